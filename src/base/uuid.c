/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UUIDs as text. */
#include "base/uuid.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/strutil.h"

/* A dash stands before these bytes. */
static int dash_before(size_t byte)
{
        return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

int uuid_parse(const char *s, uint8_t ret[static 16])
{
        uint8_t uuid[16];

        for (size_t i = 0; i < sizeof(uuid); i++) {
                char byte[3] = { 0 };
                uint64_t value;

                if (dash_before(i) && *s++ != '-')
                        return -EINVAL;
                byte[0] = s[0];
                byte[1] = s[0] ? s[1] : '\0';
                if (strlen(byte) != 2 || parse_unsigned(byte, 16, 0xff, &value) < 0)
                        return -EINVAL;
                uuid[i] = (uint8_t) value;
                s += 2;
        }
        if (*s)
                return -EINVAL;
        memcpy(ret, uuid, sizeof(uuid));
        return 0;
}

const char *uuid_format(const uint8_t uuid[static 16], char buf[static UUID_TEXT_MAX])
{
        char *p = buf;

        for (size_t i = 0; i < 16; i++) {
                if (dash_before(i))
                        *p++ = '-';
                p += snprintf(p, 3, "%02x", uuid[i]);
        }
        return buf;
}
