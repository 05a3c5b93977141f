/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stdout and stderr can show. */
#include "report/output.h"

#include <errno.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "json/render-json.h"
#include "report/exit.h"
#include "report/pager.h"
#include "report/progress.h"

#define CLEAR "\033[H\033[2J"

/* Of this run, of which there is one in a process. */
static struct {
        char **errors;
        size_t n, alloc;
        bool begun; /* stdout has something */
} run;

bool output_has_color(int fd)
{
        const char *systemd = getenv("SYSTEMD_COLORS"), *no = getenv("NO_COLOR"), *term = getenv("TERM");
        bool on;

        if (systemd) /* yes, no, or a kind of colours: 16, 256, 24bit */
                return parse_boolean(systemd, &on) < 0 || on;
        if (!isempty(no))
                return false;
        return isatty(fd) && !isempty(term) && !streq(term, "dumb");
}

bool output_is_utf8(void)
{
        return streq(nl_langinfo(CODESET), "UTF-8");
}

struct render_style output_style(void)
{
        struct render_style style = { .color = output_has_color(STDOUT_FILENO) };
        struct winsize size;

        style.utf8 = output_is_utf8();
        if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
                style.width = size.ws_col;
        return style;
}

int output_text(const char *text)
{
        run.begun = run.begun || !isempty(text);
        progress_clear();
        if (fputs(text ? text : "", stdout) >= 0 && fflush(stdout) == 0)
                return EXIT_OK;
        (void) fprintf(stderr, "stdout: %s\n", strerrordesc_np(errno));
        return EXIT_SECTION_FAILED;
}

int output_again(const char *text, bool first)
{
        const char *term = getenv("TERM");
        bool over = isatty(STDOUT_FILENO) && !isempty(term) && !streq(term, "dumb");

        return output_format("%s%s", over ? CLEAR : first ? "" : "\n", text);
}

int output_page(const char *text, bool no_pager)
{
        if (!no_pager && !isempty(text) && pager_show(text) == 0) {
                run.begun = true;
                return EXIT_OK;
        }
        return output_text(text);
}

int output_format(const char *format, ...)
{
        CLEANUP_FREE char *text = NULL;
        va_list args;

        va_start(args, format);
        text = xvasprintf(format, args);
        va_end(args);
        return output_text(text);
}

int usage_error(const char *format, ...)
{
        CLEANUP_FREE char *text = NULL;
        va_list args;

        va_start(args, format);
        text = xvasprintf(format, args);
        va_end(args);
        (void) fprintf(stderr, "passthru-setup: %s\n", text);
        output_note_error(text);
        return EXIT_USAGE_ERROR;
}

void output_note_error(const char *text)
{
        char **slot = ARRAY_APPEND(run.errors, run.n, run.alloc);

        *slot = xstrdup(text);
}

void output_json_errors(void)
{
        CLEANUP_FREE char *json = NULL;

        if (run.begun || run.n == 0)
                return;
        json = render_errors_json(run.errors, run.n);
        (void) output_text(json);
}
