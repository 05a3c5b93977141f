/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the guards. */
#include "config/guard-kind.h"

#include <string.h>

#include "base/strutil.h"

static const struct {
        const char *name;
        const char *protects;
} guards[GUARD_MAX] = {
        [GUARD_DISK] = { "disk", "its file systems and swap" },
        [GUARD_NETWORK] = { "network", "its network" },
        [GUARD_DISPLAY] = { "display", "its display" },
        [GUARD_KEYBOARD] = { "keyboard", "its keyboard" },
        [GUARD_VFS] = { "vfs", "those VFs" },
};

const char *guard_name(enum guard guard)
{
        return guards[guard].name;
}

const char *guard_protects(enum guard guard)
{
        return guards[guard].protects;
}

void guard_add_names(struct strbuf *b, unsigned set, const char *separator)
{
        const char *between = "";

        for (enum guard guard = 0; guard < GUARD_MAX; guard++) {
                if (!(set & GUARD_BIT(guard)))
                        continue;
                strbuf_addf(b, "%s%s", between, guards[guard].name);
                between = separator;
        }
}

static enum guard find(const char *word, size_t n)
{
        enum guard guard = 0;

        while (guard < GUARD_MAX && (strncmp(guards[guard].name, word, n) != 0 || guards[guard].name[n]))
                guard++;
        return guard;
}

enum guard_mistake guard_parse(const char *value, unsigned *ret, const char **ret_word, size_t *ret_n)
{
        static const char separators[] = " \t,";
        unsigned set = 0;
        bool yes;

        if (parse_boolean(value, &yes) == 0 && !yes) {
                *ret = 0;
                return GUARD_MISTAKE_NONE;
        }
        for (const char *word = value; *(word += strspn(word, separators));) {
                size_t n = strcspn(word, separators);
                enum guard guard = find(word, n);

                if (guard == GUARD_MAX || set & GUARD_BIT(guard)) {
                        *ret_word = word;
                        *ret_n = n;
                        return guard == GUARD_MAX ? GUARD_MISTAKE_UNKNOWN : GUARD_MISTAKE_TWICE;
                }
                set |= GUARD_BIT(guard);
                word += n;
        }
        *ret = set;
        return GUARD_MISTAKE_NONE;
}
