/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the fuzz targets share: an input taken apart piece by piece, and invariants that end the program. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What libFuzzer and replay.c call; each target defines it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An invariant: the program ends when it does not hold, which libFuzzer and the replay take for a crash. */
#define REQUIRE(condition)                                                                                            \
        do {                                                                                                          \
                if (!(condition)) {                                                                                   \
                        fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                       \
                        abort();                                                                                      \
                }                                                                                                     \
        } while (0)

/* The rest of an input. Past its end everything is 0, so that a short input is a whole one. */
struct input {
        const uint8_t *data;
        size_t size;
};

uint8_t input_byte(struct input *in);
unsigned input_below(struct input *in, unsigned n); /* 0 to n - 1 */
bool input_one_in(struct input *in, unsigned n);    /* false past the end */
uint32_t input_number(struct input *in);            /* small ones, limits and any */
char *input_text(struct input *in, size_t max,
                 size_t *ret_len); /* a new string of at most max bytes, maybe with NULs */

/* A copy of just that size: a read past the end is then one past the allocation. */
char *exact_copy(const uint8_t *data, size_t size);
