// For zconf.h, which includes it; a guest has no operating system.
#pragma once
#include <stddef.h>
