// For zconf.h: the type of a file offset, as Debian's 32-bit libz.a was built with it.
#pragma once
typedef long off_t;
