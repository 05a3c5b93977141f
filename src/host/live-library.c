/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Functions of libraries that are loaded late. */
#include "host/live-library.h"

#include <dlfcn.h>
#include <string.h>

/* POSIX lets dlsym()'s pointer be a function's; ISO C does not convert it, so it is copied. */
bool library_find(void *library, const char *name, void *function)
{
        void *symbol = dlsym(library, name);

        memcpy(function, &symbol, sizeof(symbol));
        return symbol != NULL;
}
