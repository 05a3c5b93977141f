/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the kernel command line's words for us. */
#include "config/cmdline.h"

#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"

#define CMDLINE_MAX (64U * 1024)

/* Calls each() with every name that is to be skipped, and with NULL for "off"; each() above 0 ends it. Returns that, or 0. */
static int read_names(struct sys *sys, int (*each)(void *arg, const char *name), void *arg)
{
        CLEANUP_FREE char *text = NULL;
        char *rest, *word;
        size_t len = 0;
        int r = sys->ops->read_file(sys->userdata, "proc/cmdline", CMDLINE_MAX, &text, &len);

        if (r < 0)
                return 0;
        rest = text;
        while (r == 0 && (word = strsep(&rest, " \t\n"))) {
                const char *value = after_prefix(word, "passthru.skip=");
                char *names = value ? (char *) value : NULL, *name;

                if (streq(word, "passthru.off"))
                        r = each(arg, NULL);
                while (r == 0 && names && (name = strsep(&names, ",")))
                        r = each(arg, name);
        }
        return r;
}

struct apply {
        struct config *config;
        bool *off;
};

static int skip(void *arg, const char *name)
{
        const struct apply *a = arg;

        *a->off = *a->off || !name;
        for (size_t i = 0; name && i < a->config->n_sections; i++) {
                struct config_section *s = a->config->sections[i];

                if (s->kind != SECTION_DEFAULTS &&
                    (streq(s->name, name) || (s->kind == SECTION_VF && streq(s->selector.section, name)))) {
                        s->enabled = false;
                        s->skipped = true;
                        s->dormant = false;
                }
        }
        return 0;
}

void cmdline_apply(struct sys *sys, struct config *config, bool *ret_off)
{
        struct apply a = { config, ret_off };

        *ret_off = false;
        (void) read_names(sys, skip, &a);
}

static int is_name(void *arg, const char *name)
{
        return !name || streq(name, arg);
}

bool cmdline_skips(struct sys *sys, const char *name)
{
        return read_names(sys, is_name, (char *) name) > 0;
}
