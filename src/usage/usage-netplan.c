/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which interfaces netplan's files name: the little of YAML that they are written in. Anchors, tags and what a flow
 * ("{…}", "[…]") has beyond its first line are not read. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strutil.h"
#include "usage/usage-configured.h"
#include "usage/usage-internal.h"

#define DEPTH_MAX 8 /* network: ethernets: NAME: match: name: is five */

struct reader {
        struct {
                size_t indent;
                char *key;
        } path[DEPTH_MAX]; /* the keys down to where it is */
        size_t depth;
        unsigned nested; /* flows in flows */
        struct usage *usage;
        struct usage_configured e;
        char *id; /* of the interface that is being read; NULL: it is no ethernet, or matched by something else */
        unsigned id_line;
};

static void add(struct reader *y, enum usage_configured_kind kind, char *what, char *name)
{
        y->e.kind = kind;
        y->e.what = what;
        y->e.name = name;
        if (*what && !strpbrk(what, "*?[")) {
                usage_add_configured(y->usage, &y->e);
        }
}

static bool is_at(const struct reader *y, const char *type, const char *key)
{
        return y->depth >= 4 && streq(y->path[0].key, "network") && streq(y->path[1].key, type) &&
               streq(y->path[3].key, key);
}

/* An ethernet without a match goes by its name. */
static void end_interface(struct reader *y)
{
        unsigned line = y->e.line;

        if (!y->id)
                return;
        y->e.line = y->id_line;
        add(y, CONFIGURED_LINK, y->id, NULL);
        y->e.line = line;
        y->id = NULL;
}

static void push(struct reader *y, size_t indent, char *key)
{
        if (y->depth == DEPTH_MAX)
                return;
        y->path[y->depth].indent = indent;
        y->path[y->depth++].key = key;
        if (y->depth == 3)
                end_interface(y);
        if (y->depth == 3 && streq(y->path[0].key, "network") && streq(y->path[1].key, "ethernets")) {
                y->id = key;
                y->id_line = y->e.line;
        } else if (is_at(y, "ethernets", "match"))
                y->id = NULL;
}

static void on_value(struct reader *y, char *value)
{
        static const struct {
                const char *type;
                enum usage_configured_kind kind;
        } uppers[] = { { "bridges", CONFIGURED_BRIDGE }, { "bonds", CONFIGURED_BOND } };

        if (is_at(y, "ethernets", "match") && y->depth == 5 &&
            (streq(y->path[4].key, "name") || streq(y->path[4].key, "macaddress")))
                add(y, CONFIGURED_LINK, value, NULL);
        if (is_at(y, "ethernets", "set-name"))
                add(y, CONFIGURED_LINK, value, NULL);
        if (is_at(y, "vlans", "link"))
                add(y, CONFIGURED_VLAN, value, y->path[2].key);
        for (size_t i = 0; i < ARRAY_SIZE(uppers); i++)
                if (is_at(y, uppers[i].type, "interfaces") && y->depth == 4)
                        add(y, uppers[i].kind, value, y->path[2].key);
}

/* Cuts a scalar off at *p, without its quotes: it ends before one of ends, and *ret_end is that character. A colon
 * ends it where a blank or nothing follows: not in a MAC. */
static char *cut_scalar(char **p, const char *ends, char *ret_end)
{
        char *start = *p + strspn(*p, " "), *end = start, quote = *start == '"' || *start == '\'' ? *start : '\0';

        if (quote) {
                start++;
                end = start + strcspn(start, (char[]){ quote, '\0' });
                if (*end)
                        *end++ = '\0';
                end += strspn(end, " ");
        }
        while (*end && (!strchr(ends, *end) || (*end == ':' && end[1] && end[1] != ' ' && !quote)))
                end++;
        *ret_end = *end;
        *p = *end ? end + 1 : end;
        *end = '\0';
        return strip(start);
}

static char flow(struct reader *y, char **p, const char *ends);

static void flow_map(struct reader *y, char **p)
{
        char end = ',', *key;

        while (end == ',') {
                key = cut_scalar(p, ":,}", &end);
                if (end != ':' || y->depth == DEPTH_MAX)
                        continue;
                push(y, 0, key);
                end = flow(y, p, ",}");
                y->depth--;
        }
}

/* A value, "[a, b]" or "{a: b}", and what ends it. */
static char flow(struct reader *y, char **p, const char *ends)
{
        char end = ',', *text;

        *p += strspn(*p, " ");
        if ((**p != '[' && **p != '{') || y->nested == DEPTH_MAX) {
                text = cut_scalar(p, ends, &end);
                on_value(y, text);
                return end;
        }
        y->nested++;
        if (*(*p)++ == '{')
                flow_map(y, p);
        else
                while (end == ',')
                        end = flow(y, p, ",]");
        y->nested--;
        (void) cut_scalar(p, ends, &end); /* up to what comes after it */
        return end;
}

static void read_line(struct reader *y, char *line)
{
        size_t indent = strspn(line, " ");
        bool item = line[indent] == '-' && (line[indent + 1] == ' ' || !line[indent + 1]);
        char *p = line + indent, *key, end;

        /* The items of a list may stand as far to the left as its key. */
        while (y->depth > 0 && y->path[y->depth - 1].indent >= indent + item)
                y->depth--;
        if (!item) {
                key = cut_scalar(&p, ":", &end);
                if (end != ':')
                        return;
                push(y, indent, key);
        } else
                p++;
        p += strspn(p, " ");
        if (*p)
                (void) flow(y, &p, "");
}

static void cut_comment(char *line)
{
        char quote = '\0', *c;

        for (c = line; *c && (quote || *c != '#' || (c > line && !isblank((unsigned char) c[-1]))); c++) {
                if (*c == quote)
                        quote = '\0';
                else if (!quote && (*c == '"' || *c == '\''))
                        quote = *c;
        }
        *c = '\0';
}

void usage_parse_netplan(const char *text, const char *file, struct usage *usage)
{
        CLEANUP_FREE char *copy = xstrdup(text);
        struct reader y = { .usage = usage, .e = { .file = (char *) file } };
        char *rest = copy, *line;

        while ((line = strsep(&rest, "\n"))) {
                y.e.line++;
                cut_comment(line);
                line[strcspn(line, "\r")] = '\0';
                if (line[strspn(line, " \t")] && !after_prefix(line, "---"))
                        read_line(&y, line);
        }
        end_interface(&y);
}
