/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How and when the last apply ended. It has a file of its own, /run/passthru-setup/last-run, as the state is written
 * only when it says something new. */
#pragma once

#include <stdint.h>

struct last_run {
        uint64_t time;   /* seconds since 1970, CLOCK_REALTIME; 0: there was none in this boot */
        unsigned status; /* its exit status */
};

/* The file's text, "1764097619 0\n". Returns 0; -EBADMSG for another text. */
int last_run_parse(const char *text, struct last_run *ret);

#define LAST_RUN_TEXT_MAX 32

/* Writes it into buf and returns buf. */
const char *last_run_format(const struct last_run *run, char buf[static LAST_RUN_TEXT_MAX]);
