/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sizes of BARs out of text and into it. */
#include "property/bar-size.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/strutil.h"

#define MIB_BITS 20

static const struct {
        char letter;
        unsigned bits;
} units[] = { { 'T', 40 }, { 'G', 30 }, { 'M', MIB_BITS }, { 'K', 10 } };

int bar_size_parse(const char *text, uint64_t *ret)
{
        size_t digits = strspn(text, "0123456789");
        char number[24];
        uint64_t n;

        if (digits == 0 || digits >= sizeof(number) || !text[digits] || text[digits + 1])
                return -EINVAL;
        memcpy(number, text, digits);
        number[digits] = '\0';
        for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
                if (units[i].letter != toupper((unsigned char) text[digits]))
                        continue;
                if (parse_unsigned(number, 10, UINT64_MAX >> units[i].bits, &n) < 0)
                        return -EINVAL;
                n <<= units[i].bits;
                if (n < UINT64_C(1) << MIB_BITS || (n & (n - 1)) != 0)
                        return -EINVAL;
                *ret = n;
                return 0;
        }
        return -EINVAL;
}

const char *bar_size_format(uint64_t size, char buf[static BAR_SIZE_MAX])
{
        for (size_t i = 0; i < ARRAY_SIZE(units); i++)
                if (size > 0 && (size & ((UINT64_C(1) << units[i].bits) - 1)) == 0) {
                        (void) snprintf(buf, BAR_SIZE_MAX, "%u%c", (unsigned) (size >> units[i].bits), units[i].letter);
                        return buf;
                }
        (void) snprintf(buf, BAR_SIZE_MAX, "%u", (unsigned) size);
        return buf;
}

unsigned bar_size_bit(uint64_t size)
{
        unsigned bit = 0;

        while (size >> (MIB_BITS + bit) > 1)
                bit++;
        return bit;
}

char *bar_size_list(uint64_t sizes)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        char buf[BAR_SIZE_MAX];

        for (unsigned bit = 0; bit + MIB_BITS < 64; bit++)
                if (sizes >> bit & 1)
                        strbuf_addf(&b, "%s%s", b.len > 0 ? " " : "", bar_size_format(UINT64_C(1) << (bit + MIB_BITS), buf));
        return strbuf_steal(&b);
}

/* "0x00000000fe000000 …" into a number; *text goes behind it and its blank. */
static int take_hex(const char **text, uint64_t *ret)
{
        const char *digits = after_prefix(*text, "0x");
        size_t n = digits ? strspn(digits, "0123456789abcdefABCDEF") : 0;
        char number[17];

        if (n == 0 || n >= sizeof(number) || digits[n] != ' ')
                return -EINVAL;
        memcpy(number, digits, n);
        number[n] = '\0';
        *text = digits + n + 1;
        return parse_unsigned(number, 16, UINT64_MAX, ret);
}

int bar_size_of_resource(const char *text, unsigned bar, uint64_t *ret)
{
        uint64_t start, end;

        for (unsigned i = 0; i < bar && text; i++) {
                text = strchr(text, '\n');
                text = text ? text + 1 : NULL;
        }
        if (!text || take_hex(&text, &start) < 0 || take_hex(&text, &end) < 0 || end < start)
                return -EINVAL;
        *ret = end > start ? end - start + 1 : 0;
        return 0;
}
