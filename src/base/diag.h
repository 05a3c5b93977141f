/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Diagnostics: what a user did wrong, gathered in a list, so that all of it is reported and not just the first. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/macro.h"

/* A place in a configuration file. The file's name is owned by the struct config that was read. */
struct config_loc {
        const char *file; /* NULL: no place */
        unsigned line;    /* 0: the file as a whole */
};

enum diag_severity { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE };

struct diag {
        enum diag_severity severity;
        char *file; /* own copy, may be NULL */
        unsigned line;
        char *text;
};

struct diag_list {
        struct diag *items;
        size_t n;
        size_t alloc;
        size_t n_errors;
};

void diag_list_free(struct diag_list *list);
#define CLEANUP_DIAGS CLEANUP(diag_list_free)

void diag_add(struct diag_list *list, enum diag_severity severity, const struct config_loc *loc,
              const char *format, ...) PRINTF_LIKE(4, 5);

/* True when nothing may be written to the system. */
bool diag_has_errors(const struct diag_list *list);

/* By file and line, in the order they were added within a line. */
void diag_sort(struct diag_list *list);
