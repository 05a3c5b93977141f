/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "Did you mean": optimal string alignment distance over lists of names. */
#include "base/names.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/macro.h"

/* No key, section kind or driver is longer; a longer word is near nothing. */
#define WORD_MAX 64

static int plain(char c)
{
        return c == '_' ? '-' : tolower((unsigned char) c);
}

static bool same(char a, char b)
{
        return plain(a) == plain(b);
}

bool names_same(const char *a, const char *b)
{
        while (*a && same(*a, *b)) {
                a++;
                b++;
        }
        return *a == *b;
}

static unsigned distance(const char *a, size_t n, const char *b, size_t m)
{
        unsigned rows[3][WORD_MAX + 1];
        unsigned *before = rows[0], *above = rows[1], *row = rows[2];

        for (size_t j = 0; j <= m; j++)
                above[j] = (unsigned) j;
        for (size_t i = 1; i <= n; i++) {
                unsigned *oldest = before;

                row[0] = (unsigned) i;
                for (size_t j = 1; j <= m; j++) {
                        unsigned best = above[j - 1] + !same(a[i - 1], b[j - 1]);

                        best = MIN_OF(best, above[j] + 1);
                        best = MIN_OF(best, row[j - 1] + 1);
                        if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                                best = MIN_OF(best, before[j - 2] + 1);
                        row[j] = best;
                }
                before = above;
                above = row;
                row = oldest;
        }
        return above[m];
}

const char *names_nearest(const char *word, const char *const *candidates, size_t n)
{
        size_t length = strlen(word);
        const char *nearest = NULL;
        unsigned best = 0;

        if (length == 0 || length > WORD_MAX)
                return NULL;
        for (size_t i = 0; i < n; i++) {
                size_t other = strlen(candidates[i]);
                unsigned d, limit = (unsigned) MAX_OF(length, other) / 3;

                if (other > WORD_MAX)
                        continue;
                d = distance(word, length, candidates[i], other);
                if (d <= limit && d < length && (!nearest || d < best)) {
                        nearest = candidates[i];
                        best = d;
                }
        }
        return nearest;
}
