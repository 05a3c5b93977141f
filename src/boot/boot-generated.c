/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel command lines in what a loader reads. */
#include "boot/boot-generated.h"

#include <errno.h>
#include <string.h>

#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"

/* Behind the first word of a line if it is this one, else NULL. */
static const char *after_word(const char *line, const char *word)
{
        const char *rest = after_prefix(line + strspn(line, " \t"), word);

        return rest && (*rest == ' ' || *rest == '\t') ? rest + strspn(rest, " \t") : NULL;
}

int grub_cfg_cmdline(const char *text, char **ret)
{
        static const char *const commands[] = { "linux", "linuxefi", "linux16" };

        for (const char *line = text; *line;) {
                size_t len = strcspn(line, "\n");

                for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
                        const char *rest = after_word(line, commands[i]), *end = line + len;
                        CLEANUP_STRBUF struct strbuf b = { 0 };

                        if (!rest || rest >= end)
                                continue;
                        rest += MIN_OF(strcspn(rest, " \t\n"), (size_t) (end - rest)); /* the image */
                        strbuf_addn(&b, rest, (size_t) (end - rest));
                        *ret = strbuf_steal(&b);
                        return 0;
                }
                line += len + (line[len] == '\n');
        }
        return -ENOENT;
}

char *loader_entry_cmdline(const char *text)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        for (const char *line = text; *line;) {
                size_t len = strcspn(line, "\n");
                const char *rest = after_word(line, "options"), *end = line + len;

                if (rest && rest < end) {
                        strbuf_add(&b, b.len > 0 ? " " : "");
                        strbuf_addn(&b, rest, (size_t) (end - rest));
                }
                line += len + (line[len] == '\n');
        }
        return strbuf_steal(&b);
}

bool loader_entry_is_of(const char *name, const char *version)
{
        size_t len = strlen(version);

        /* Both token and version may have dashes: each is tried. */
        for (const char *dash = strchr(name, '-'); dash; dash = strchr(dash + 1, '-')) {
                const char *rest = dash + 1 + len;

                if (strncmp(dash + 1, version, len) != 0)
                        continue;
                if (*rest == '+')
                        rest += 1 + strspn(rest + 1, "0123456789-");
                if (streq(rest, ".conf"))
                        return true;
        }
        return false;
}
