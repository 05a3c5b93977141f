/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers and names out of text, strictly. */
#include "base/strutil.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/macro.h"

static int digit_value(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return 16;
}

int parse_unsigned(const char *s, unsigned base, uint64_t max, uint64_t *ret)
{
        uint64_t value = 0;

        if (!*s)
                return -EINVAL;
        /* strtoull() would take signs, blanks and prefixes: this takes digits. */
        for (; *s; s++) {
                int digit = digit_value(*s);

                if (digit >= (int) base)
                        return -EINVAL;
                if (value > (UINT64_MAX - (uint64_t) digit) / base)
                        return -ERANGE;
                value = value * base + (uint64_t) digit;
        }
        if (value > max)
                return -ERANGE;
        *ret = value;
        return 0;
}

int parse_boolean(const char *s, bool *ret)
{
        static const char *const yes[] = { "yes", "true", "on", "1" };
        static const char *const no[] = { "no", "false", "off", "0" };

        for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
                if (strcasecmp(s, yes[i]) == 0) {
                        *ret = true;
                        return 0;
                }
                if (strcasecmp(s, no[i]) == 0) {
                        *ret = false;
                        return 0;
                }
        }
        return -EINVAL;
}

const char *mac_format(const uint8_t mac[static 6], char buf[static MAC_TEXT_MAX])
{
        (void) snprintf(buf, MAC_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
                        mac[5]);
        return buf;
}

char *strip(char *s)
{
        size_t n;

        while (isspace((unsigned char) *s))
                s++;
        n = strlen(s);
        while (n > 0 && isspace((unsigned char) s[n - 1]))
                s[--n] = '\0';
        return s;
}

const char *after_prefix(const char *s, const char *prefix)
{
        size_t n = strlen(prefix);

        return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

void module_name_normalize(char *name)
{
        for (char *c = name; *c; c++)
                if (*c == '-')
                        *c = '_';
}

bool module_has_driver(const char *module, const char *driver)
{
        for (; driver && *driver && (*driver == *module || (*driver == '-' && *module == '_')); driver++)
                module++;
        return driver && *driver == *module;
}

const char *last_component(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

void replace_string(char **dst, const char *src)
{
        char *copy = src ? xstrdup(src) : NULL;

        free(*dst);
        *dst = copy;
}

int mac_parse(const char *s, uint8_t ret[static 6])
{
        uint8_t mac[6];

        if (strlen(s) != strlen("52:54:00:12:34:56"))
                return -EINVAL;
        for (size_t i = 0; i < sizeof(mac); i++, s += 3) {
                char byte[3] = { s[0], s[1], '\0' };
                uint64_t value;

                if (parse_unsigned(byte, 16, 0xff, &value) < 0)
                        return -EINVAL;
                if (s[2] != (i + 1 < sizeof(mac) ? ':' : '\0'))
                        return -EINVAL;
                mac[i] = (uint8_t) value;
        }
        memcpy(ret, mac, sizeof(mac));
        return 0;
}
