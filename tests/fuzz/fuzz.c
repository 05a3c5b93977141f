/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes an input apart. */
#include "fuzz/fuzz.h"

#include <string.h>

#include "base/macro.h"

uint8_t input_byte(struct input *in)
{
        if (in->size == 0)
                return 0;
        in->size--;
        return *in->data++;
}

unsigned input_below(struct input *in, unsigned n)
{
        return input_byte(in) % n;
}

bool input_one_in(struct input *in, unsigned n)
{
        return input_byte(in) % n == n - 1;
}

uint32_t input_number(struct input *in)
{
        static const uint32_t limits[] = { 255, 256, 4095, 4096, 65535, 65536, INT32_MAX, 0x80000000, UINT32_MAX };
        uint8_t n = input_byte(in);

        if (n < 200)
                return n % 20;
        if (n < 240)
                return limits[n % ARRAY_SIZE(limits)];
        return (uint32_t) input_byte(in) << 24 | (uint32_t) input_byte(in) << 16 | (uint32_t) input_byte(in) << 8 |
               input_byte(in);
}

char *input_text(struct input *in, size_t max, size_t *ret_len)
{
        size_t n = input_byte(in);
        char *text;

        n = MIN_OF(MIN_OF(n, max), in->size);
        text = malloc(n + 1);
        REQUIRE(text);
        memcpy(text, in->data, n);
        text[n] = '\0';
        in->data += n;
        in->size -= n;
        if (ret_len)
                *ret_len = n;
        return text;
}

char *exact_copy(const uint8_t *data, size_t size)
{
        char *copy = malloc(size + (size == 0));

        REQUIRE(copy);
        if (size > 0)
                memcpy(copy, data, size);
        return copy;
}
