/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an mdev has taken of an attribute, read back where the kernel shows it. vfio_ap's can only be written one by
 * one; together they are in `matrix`, `control_domains` and `ap_config` (Documentation/arch/s390/vfio-ap.rst). */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/apply-internal.h"
#include "base/strutil.h"

#define MASK_DIGITS 64 /* of 256 adapters or domains */

/* Where a number that is assigned stands: "05.00ab" in matrix, which has each adapter with each domain, and "05." or
 * ".00ab" as long as there are none of the others; "00ab" in control_domains. */
static const struct {
        const char *attribute, *file;
        enum { BEFORE_DOT, AFTER_DOT, WHOLE } part;
        bool assigned;
} places[] = {
        { "assign_adapter", "matrix", BEFORE_DOT, true },
        { "unassign_adapter", "matrix", BEFORE_DOT, false },
        { "assign_domain", "matrix", AFTER_DOT, true },
        { "unassign_domain", "matrix", AFTER_DOT, false },
        { "assign_control_domain", "control_domains", WHOLE, true },
        { "unassign_control_domain", "control_domains", WHOLE, false },
};

static bool has_number(char *text, size_t place, unsigned long number)
{
        char *save = NULL;

        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                char *dot = strchr(line, '.'),
                     *digits = places[place].part == AFTER_DOT ? (dot ? dot + 1 : NULL) : line;
                uint64_t n;

                if (dot)
                        *dot = '\0';
                if (digits && parse_unsigned(digits, 16, ULONG_MAX, &n) == 0 && n == number)
                        return true;
        }
        return false;
}

static int verify_number(struct applier *a, const char *uuid, const struct plan_step *step, size_t place)
{
        CLEANUP_FREE char *text = NULL;
        char path[PATH_MAX];
        int r;

        (void) snprintf(path, sizeof(path), "sys/bus/mdev/devices/%s/%s", uuid, places[place].file);
        r = sys_read_text(a->sys, path, &text);
        if (r < 0) /* of another driver, which has no such file */
                return r == -ENOENT ? 0 : step_fail(a, r, "failed to read %s of mdev %s", places[place].file, uuid);
        if (has_number(text, place, strtoul(step->value, NULL, 0)) == places[place].assigned)
                return 0;
        return step_fail(a, -EUCLEAN, "%s = %s was written, but %s of mdev %s does not show it", step->attribute,
                         step->value, places[place].file, uuid);
}

/* One mask of ap_config, from its left: what is left out at its right is 0. */
static bool next_digit(const char **s, char *ret)
{
        bool more = isxdigit((unsigned char) **s);

        *ret = more ? (char) tolower((unsigned char) **s) : '0';
        *s += more;
        return more;
}

static bool same_masks(const char *want, const char *have)
{
        for (unsigned mask = 0; mask < 3; mask++) {
                const char *w = after_prefix(want, "0x"), *h = after_prefix(have, "0x");

                want = w ? w : want;
                have = h ? h : have;
                for (unsigned i = 0; i < MASK_DIGITS; i++) {
                        char x, y;

                        (void) next_digit(&want, &x);
                        (void) next_digit(&have, &y);
                        if (x != y)
                                return false;
                }
                if (mask < 2 && (*want++ != ',' || *have++ != ','))
                        return false;
        }
        return true;
}

int verify_mdev_attr(struct applier *a, const char *uuid, const struct plan_step *step)
{
        char path[PATH_MAX], text[4 * MASK_DIGITS];
        int r;

        for (size_t i = 0; i < ARRAY_SIZE(places); i++)
                if (streq(places[i].attribute, step->attribute))
                        return verify_number(a, uuid, step, i);
        if (!streq(step->attribute, "ap_config"))
                return 0; /* most others can only be written, or read back in words of their own */
        (void) snprintf(path, sizeof(path), "sys/bus/mdev/devices/%s/ap_config", uuid);
        r = sys_read_attr(a->sys, path, text, sizeof(text));
        if (r < 0)
                return step_fail(a, r, "failed to read ap_config of mdev %s", uuid);
        return same_masks(step->value, text)
                       ? 0
                       : step_fail(a, -EUCLEAN, "ap_config = %s was written to mdev %s, but it reads %s", step->value,
                                   uuid, text);
}
