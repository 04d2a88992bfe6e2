#pragma once
int* __errno_location(void);
#define errno (*__errno_location())
