/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wait: until sections are as configured. What passthru-setup-ready@.service runs. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "cmd/cmd.h"
#include "config/config-keys.h"
#include "report/log.h"
#include "report/progress.h"
#include "state/ready.h"

/* "a\x2bb", as systemd-escape(1) writes what the name of a unit can't have: undone in place. */
static void unescape(char *name)
{
        char *to = name;

        for (const char *from = name; *from; to++) {
                char hex[3] = "";
                uint64_t c;

                if (from[0] == '\\' && from[1] == 'x')
                        memcpy(hex, from + 2, strnlen(from + 2, 2));
                if (hex[1] && parse_unsigned(hex, 16, 0x7f, &c) == 0) {
                        *to = (char) c;
                        from += 4;
                } else
                        *to = *from++;
        }
        *to = '\0';
}

static int read_timeout(const struct options *o, struct sys *sys, uint64_t *ret)
{
        uint64_t timeout = 0;

        if (!o->timeout) {
                *ret = UINT64_MAX;
                return EXIT_OK;
        }
        if (config_parse_time(o->timeout, &timeout) < 0) {
                log_plain(LOG_ERR, NULL, "--timeout=%s: expected a time such as 30, 500 ms or 2 min, at most an hour.",
                          o->timeout);
                return EXIT_USAGE_ERROR;
        }
        *ret = sys->ops->now(sys->userdata) + timeout;
        return EXIT_OK;
}

static int tell_missing(struct sys *sys, struct config_section *const *sections, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (!ready_is(sys, sections[i]))
                        log_plain(LOG_ERR, NULL, "%s is not as configured yet; passthru-setup explain %s says why.",
                                  sections[i]->name, sections[i]->name);
        return EXIT_SECTION_FAILED;
}

static void show_missing(struct sys *sys, struct config_section *const *sections, size_t n)
{
        CLEANUP_STRBUF struct strbuf names = { 0 };

        for (size_t i = 0; progress_is_shown() && i < n; i++)
                if (!ready_is(sys, sections[i]))
                        strbuf_addf(&names, "%s%s", names.len > 0 ? ", " : "", sections[i]->name);
        if (names.len > 0)
                progress_show("Waiting for %s", names.text);
}

static bool is_named(const struct options *o, const struct config_section *s)
{
        for (int i = 0; i < o->n_args; i++)
                if (streq(o->args[i], s->name))
                        return true;
        return false;
}

static int wait_for(struct context *c, const struct options *o)
{
        CLEANUP_FREE struct config_section **sections =
                xcalloc(c->config->n_sections + 1, sizeof(struct config_section *));
        uint64_t deadline;
        size_t n = 0;
        int r = read_timeout(o, c->sys, &deadline);

        if (r != EXIT_OK)
                return r;
        for (size_t i = 0; i < c->config->n_sections; i++) {
                struct config_section *s = c->config->sections[i];

                if (s->left_out || s->kind == SECTION_DEFAULTS ||
                    (s->kind == SECTION_MODULE && o->n_args > 0 && !is_named(o, s)))
                        continue;
                if (!s->enabled && is_named(o, s)) {
                        log_plain(LOG_ERR, NULL, "%s is disabled, so waiting for it would never end.", s->name);
                        return EXIT_SECTION_FAILED;
                }
                if (s->enabled)
                        sections[n++] = s;
        }
        show_missing(c->sys, sections, n);
        r = ready_wait(c->sys, sections, n, deadline);
        if (r == -ETIMEDOUT)
                return tell_missing(c->sys, sections, n);
        return r < 0 ? context_host_error("/" READY_DIRECTORY " can't be watched", r) : EXIT_OK;
}

int cmd_wait(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { 0 };
        int r;

        for (int i = 0; i < o->n_args; i++)
                unescape(o->args[i]);
        r = context_load_config(&c, o, o->args, o->n_args);
        if (r == EXIT_OK)
                r = context_open(&c, o, false);
        if (r == EXIT_OK && c.off)
                return EXIT_SECTION_FAILED; /* that was told */
        return r == EXIT_OK ? wait_for(&c, o) : r;
}
