/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cleanup attributes: what a scope owns is given back when the scope ends. */
#pragma once

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(func) __attribute__((cleanup(func)))

/* Defines func##p(), the form the attribute wants, for a destructor that takes a pointer (NULL too). */
#define DEFINE_CLEANUP(type, func)             \
        static inline void func##p(type *p)    \
        {                                      \
                func(*p);                      \
        }

static inline void freep(void *p)
{
        free(*(void **) p);
}

static inline int close_fd(int fd)
{
        if (fd >= 0)
                close(fd);
        return -1;
}

static inline void closep(int *fd)
{
        close_fd(*fd);
}

static inline void closedirp(DIR **d)
{
        if (*d)
                closedir(*d);
}

/* Hands ownership over: returns the pointer and forgets it. */
#define STEAL(p)                               \
        __extension__({                        \
                __typeof__(p) stolen_ = (p);   \
                (p) = NULL;                    \
                stolen_;                       \
        })

#define CLEANUP_FREE CLEANUP(freep)
#define CLEANUP_CLOSE CLEANUP(closep)
