/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the kernel command line's words for us. */
#include "host/cmdline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/macro.h"
#include "util/strutil.h"

#define CMDLINE_MAX (64U * 1024)

static void skip(struct config *config, const char *name)
{
        for (size_t i = 0; i < config->n_sections; i++) {
                struct config_section *s = config->sections[i];

                if (s->kind != SECTION_DEFAULTS &&
                    (streq(s->name, name) || (s->kind == SECTION_VF && streq(s->selector.section, name)))) {
                        s->enabled = false;
                        s->skipped = true;
                }
        }
}

int cmdline_apply(struct sys *sys, struct config *config, bool *ret_off)
{
        CLEANUP_FREE char *text = NULL;
        char *rest, *word;
        size_t len = 0;
        int r = sys->ops->read_file(sys->userdata, "proc/cmdline", CMDLINE_MAX, &text, &len);

        *ret_off = false;
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        rest = text;
        while ((word = strsep(&rest, " \t\n"))) {
                const char *value = after_prefix(word, "passthru.skip=");
                char *names = value ? (char *) value : NULL, *name;

                if (streq(word, "passthru.off"))
                        *ret_off = true;
                while (names && (name = strsep(&names, ",")))
                        skip(config, name);
        }
        return 0;
}
