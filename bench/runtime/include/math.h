// For sources that include it (csmith's runtime); there is no floating point in a guest.
#pragma once
float fabsf(float value);
double fabs(double value);
double ldexp(double value, int exponent);
