/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A system that lies: the fake kernel's files, but for those about which the input says something else. */
#pragma once

#include "fake/fake-kernel.h"
#include "fuzz/fuzz.h"
#include "sys/sys.h"

#define LIES_MAX 16
#define LIAR_OPERATIONS_MAX 100000 /* then every answer is EIO: a system need not be read to its end */

enum lie_kind {
        LIE_ERROR, /* an errno */
        LIE_TEXT,  /* the input's bytes; for a directory names, with a NUL between */
        LIE_MORE,  /* what there is, and the input's bytes */
        LIE_NUMBER,
        LIE_HUGE,       /* as much as is asked for; for a directory many functions */
        LIE_CUT,        /* less than there is */
        LIE_TWICE,      /* what there is, once more */
        LIE_ADDRESS,    /* another function's address, as the end of a path */
        LIE_SELF,       /* a link to itself; a directory with itself in it */
        LIE_WRONG_KIND, /* a directory for a file, a file for a link or a directory */
        LIE_KIND_MAX,
};

struct lie {
        const char *pattern, *device; /* of paths: fnmatch(); a part of them, or NULL: any */
        enum lie_kind kind;
        unsigned from; /* the first time that it is asked counts as 0: until then the answer is true */
        unsigned arg;
        uint32_t number;
        char *text;
        size_t len;
        unsigned asked;
};

struct liar {
        struct sys sys; /* what the code under test gets; nothing can be written */
        struct sys *truth;
        char **functions; /* that there are */
        struct lie lies[LIES_MAX];
        size_t n_lies;
        unsigned operations;
};

void liar_read(struct liar *l, struct sys *truth, struct input *in);
void liar_free(struct liar *l);
#define CLEANUP_LIAR CLEANUP(liar_free)
