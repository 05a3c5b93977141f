/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record's text. */
#include "state/clearance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "config/guard-kind.h"

#define HEAD "# What may be handed over early in the next boot; written by passthru-setup apply.\n"
#define NONE "-"

void clearance_clear(struct clearance *c)
{
        free(c->line);
        *c = (struct clearance){ 0 };
}

/* Takes the line. */
static int parse(char *line, struct clearance *ret)
{
        struct clearance c = { .line = line };
        char *rest = line;
        const char *address = strsep(&rest, "\t"), *forced, *word;
        size_t n;

        c.driver = strsep(&rest, "\t");
        forced = strsep(&rest, "\t");
        c.section = strsep(&rest, "\t");
        c.selector = strsep(&rest, "\t");
        c.identity = rest;
        if (!c.identity || isempty(c.driver) || pci_address_parse(address, false, &c.address, NULL) < 0 ||
            (!streq(forced, NONE) && guard_parse(forced, &c.forced, &word, &n) != GUARD_MISTAKE_NONE)) {
                free(line);
                return -EBADMSG;
        }
        if (streq(c.selector, NONE))
                c.selector = NULL;
        *ret = c;
        return 0;
}

static int parse_line(const char *line, size_t len, struct clearance *ret)
{
        char *copy = xstrndup(line, len);

        return parse(copy, ret);
}

static size_t line_length(const char *line, const char *end)
{
        const char *newline = memchr(line, '\n', (size_t) (end - line));

        return (size_t) ((newline ? newline : end) - line);
}

/* As two lines are sorted: by the address's text and the tab behind it. */
static int compare_address(const char *key, size_t key_len, const char *line, size_t len)
{
        int r = memcmp(key, line, MIN_OF(key_len, len));

        return r != 0 || len >= key_len ? r : 1;
}

int clearance_find(const char *text, size_t len, const struct pci_address *a, struct clearance *ret)
{
        char key[PCI_ADDRESS_MAX + 1];
        size_t low = 0, high = len, key_len;

        (void) pci_address_format(a, key);
        key_len = strlen(key);
        key[key_len++] = '\t';
        while (low < high) {
                size_t middle = low + (high - low) / 2, n;
                int r;

                while (middle > low && text[middle - 1] != '\n')
                        middle--;
                n = line_length(text + middle, text + len);
                r = compare_address(key, key_len, text + middle, n);
                if (r == 0)
                        return parse_line(text + middle, n, ret);
                if (r < 0)
                        high = middle;
                else
                        low = MIN_OF(middle + n + 1, high);
        }
        return -ENOENT;
}

int clearance_next(const char **text, const char *end, struct clearance *ret)
{
        while (*text < end) {
                const char *line = *text;
                size_t n = line_length(line, end);
                int r = parse_line(line, n, ret);

                *text = line + MIN_OF(n + 1, (size_t) (end - line));
                if (r != -EBADMSG)
                        return r < 0 ? r : 1;
        }
        return 0;
}

int clearance_format(const struct clearance *c, struct strbuf *text)
{
        const char *fields[] = { c->driver, c->section, c->selector ? c->selector : NONE, c->identity };
        char address[PCI_ADDRESS_MAX];
        CLEANUP_STRBUF struct strbuf forced = { 0 };

        for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
                if (isempty(fields[i]) || strpbrk(fields[i], "\t\n"))
                        return -EINVAL;
        guard_add_names(&forced, c->forced, ",");
        strbuf_addf(text, "%s\t%s\t%s\t%s\t%s\t%s\n", pci_address_format(&c->address, address), c->driver,
                    forced.len > 0 ? forced.text : NONE, c->section, fields[2], c->identity);
        return 0;
}

static int compare_lines(const void *a, const void *b)
{
        return strcmp(*(char *const *) a, *(char *const *) b);
}

char *clearance_record(const char *lines)
{
        CLEANUP_FREE char *copy = xstrdup(lines);
        CLEANUP_FREE char **sorted = NULL;
        CLEANUP_STRBUF struct strbuf text = { 0 };
        char *rest = copy, *line;
        size_t n = 0, alloc = 0;

        while ((line = strsep(&rest, "\n"))) {
                char **slot = *line ? ARRAY_APPEND(sorted, n, alloc) : NULL;

                if (slot)
                        *slot = line;
                else if (*line)
                        return NULL;
        }
        if (n > 1)
                qsort(sorted, n, sizeof(*sorted), compare_lines);
        strbuf_add(&text, HEAD);
        for (size_t i = 0; i < n; i++)
                strbuf_addf(&text, "%s\n", sorted[i]);
        return strbuf_steal(&text);
}

bool clearance_covers(const char *text, size_t len, const struct clearance *c)
{
        CLEANUP_CLEARANCE struct clearance now = { 0 };

        return clearance_find(text, len, &c->address, &now) == 0 && streq(now.driver, c->driver) && streq(now.identity, c->identity);
}
