/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is under way, on one line of the terminal. */
#include "report/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"

#define ERASE_LINE "\r\033[K"
/* A line that is too long is cut by the terminal: it could not be erased if it went on below. */
#define WRAP_OFF "\033[?7l"
#define WRAP_ON "\033[?7h"

static bool shown;

bool progress_is_shown(void)
{
        const char *term = getenv("TERM");

        /* Of a service TERM says it without a call for each step. */
        return !isempty(term) && !streq(term, "dumb") && isatty(STDERR_FILENO);
}

void progress_show(const char *format, ...)
{
        CLEANUP_FREE char *text = NULL;
        va_list args;

        if (!progress_is_shown())
                return;
        va_start(args, format);
        text = xvasprintf(format, args);
        va_end(args);
        shown = fprintf(stderr, ERASE_LINE WRAP_OFF "%s" WRAP_ON, text) > 0;
}

void progress_clear(void)
{
        if (shown)
                (void) fputs(ERASE_LINE, stderr);
        shown = false;
}
