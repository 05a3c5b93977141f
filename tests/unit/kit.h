/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the unit tests share: cmocka with what it wants included first, configurations out of text, and comparisons
 * that show both texts whole. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/diag.h"
#include "base/macro.h"
#include "config/config.h"

/* A file of a configuration; len 0: text ends at its NUL. */
struct test_file {
        const char *name;
        const char *text;
        size_t len;
};

/* Reads the files in this order and finishes. Running out of memory fails the test. */
struct config *parse_files(const struct test_file *files, size_t n, struct diag_list *diags);

/* One file, called "c". */
struct config *parse_text(const char *text, struct diag_list *diags);

/* One file in which there must be no mistake. */
struct config *parse_good(const char *text);

/* "file:line: text", one a line. New string. */
char *diags_text(const struct diag_list *diags);

/* Fails with both texts and the case's name when they differ. */
void assert_text_of(const char *what, const char *actual, const char *expected);

/* Parses one file "c" and compares all its diagnostics. */
void assert_diags(const char *text, const char *expected);
