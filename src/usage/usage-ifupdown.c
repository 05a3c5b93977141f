/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which interfaces interfaces(5) brings up at boot, by themselves or below a bridge, a bond or a VLAN. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/strutil.h"
#include "usage/usage-configured.h"
#include "usage/usage-internal.h"

void usage_clear_ifupdown(struct usage_ifupdown *u)
{
        usage_drop_configured(&u->found, 0);
        free(u->found.configured);
        for (size_t i = 0; i < u->n_started; i++)
                free(u->started[i]);
        free(u->started);
        for (size_t i = 0; i < u->n_sources; i++)
                free(u->sources[i].path);
        free(u->sources);
        *u = (struct usage_ifupdown){ 0 };
}

static bool is_started(const struct usage_ifupdown *u, const char *name)
{
        for (size_t i = 0; i < u->n_started; i++)
                if (streq(u->started[i], name))
                        return true;
        return false;
}

static void start(struct usage_ifupdown *u, const char *name)
{
        char **slot;

        if (is_started(u, name))
                return;
        slot = ARRAY_APPEND(u->started, u->n_started, u->alloc_started);
        *slot = xstrdup(name);
}

/* Of "enp5s0.100" enp5s0 carries it, whether a stanza says so or not. */
static void add_carrier(struct usage_ifupdown *u, struct usage_configured e, const char *name)
{
        const char *dot = strrchr(name, '.');
        CLEANUP_FREE char *base = NULL;

        if (!dot || dot == name || !dot[1] || strspn(dot + 1, "0123456789") != strlen(dot + 1))
                return;
        base = xstrndup(name, (size_t) (dot - name));
        e.kind = CONFIGURED_VLAN;
        e.what = base;
        e.name = (char *) name;
        usage_add_configured(&u->found, &e);
}

/* What is read of a stanza's options; "_" is as good as "-". upper: what the option names is made of the stanza's. */
static void add_option(struct usage_ifupdown *u, struct usage_configured e, const char *interface, char *option,
                       char *rest)
{
        static const struct {
                const char *option;
                enum usage_configured_kind kind;
                bool upper;
        } options[] = {
                { "bridge-ports", CONFIGURED_BRIDGE, false },  { "ovs-ports", CONFIGURED_BRIDGE, false },
                { "bond-slaves", CONFIGURED_BOND, false },     { "slaves", CONFIGURED_BOND, false },
                { "vlan-raw-device", CONFIGURED_VLAN, false }, { "bond-master", CONFIGURED_BOND, true },
        };
        char *other;

        for (char *c = option; *c; c++)
                if (*c == '_')
                        *c = '-';
        e.kind = CONFIGURED_LINK;
        e.what = (char *) interface;
        if (streq(option, "address"))
                usage_add_configured(&u->found, &e);
        for (size_t i = 0; i < ARRAY_SIZE(options); i++)
                while (streq(option, options[i].option) && (other = usage_next_word(&rest))) {
                        e.kind = options[i].kind;
                        e.what = (char *) (options[i].upper ? interface : other);
                        e.name = (char *) (options[i].upper ? other : interface);
                        usage_add_configured(&u->found, &e);
                        add_carrier(u, e, other);
                }
}

/* Once: files may name each other in a circle. */
static void add_source(struct usage_ifupdown *u, const char *path, bool directory)
{
        struct usage_source *slot;

        for (size_t i = 0; i < u->n_sources; i++)
                if (u->sources[i].directory == directory && streq(u->sources[i].path, path))
                        return;
        slot = ARRAY_APPEND(u->sources, u->n_sources, u->alloc_sources);
        slot->directory = directory;
        slot->path = xstrdup(path);
}

/* NAME FAMILY METHOD. Sets *ret to the interface, of which the options tell that follow. */
static void begin(struct usage_ifupdown *u, struct usage_configured e, char *rest, const char **ret)
{
        char *name = usage_next_word(&rest), *family = usage_next_word(&rest), *method = usage_next_word(&rest);

        *ret = name;
        if (!name)
                return;
        e.kind = CONFIGURED_LINK;
        e.what = name;
        if (family && method && !streq(method, "manual") && !streq(method, "loopback"))
                usage_add_configured(&u->found, &e);
        add_carrier(u, e, name);
}

static void add_list(struct usage_ifupdown *u, const char *keyword, char *rest)
{
        bool directory = streq(keyword, "source-directory"), source = directory || streq(keyword, "source");
        bool started = streq(keyword, "auto") || streq(keyword, "allow-auto") || streq(keyword, "allow-hotplug");
        char *word;

        while ((word = usage_next_word(&rest)))
                if (source)
                        add_source(u, word, directory);
                else if (started)
                        start(u, word);
}

/* The next line with those that a backslash adds. */
static char *next_line(char **rest, unsigned *line, unsigned *ret_lines)
{
        char *text = strsep(rest, "\n");
        size_t n;

        *line += *ret_lines;
        for (*ret_lines = 1; text && (n = strlen(text)) > 0 && text[n - 1] == '\\' && *rest; ++*ret_lines) {
                text[n - 1] = text[n] = ' ';
                (void) strsep(rest, "\n");
        }
        return text;
}

void usage_add_ifupdown(struct usage_ifupdown *u, const char *text, const char *file)
{
        CLEANUP_FREE char *copy = xstrdup(text);
        char *rest = copy, *line, *word;
        const char *interface = NULL;
        struct usage_configured e = { .file = (char *) file };
        unsigned lines = 1;

        while ((line = next_line(&rest, &e.line, &lines))) {
                line = strip(line);
                word = usage_next_word(&line);
                if (!word || *word == '#')
                        continue;
                if (streq(word, "iface"))
                        begin(u, e, line, &interface);
                else if (streq(word, "auto") || after_prefix(word, "allow-") || after_prefix(word, "source"))
                        add_list(u, word, line);
                else if (interface)
                        add_option(u, e, interface, word, line);
        }
}

/* What is below an interface that is brought up is brought up with it. */
void usage_finish_ifupdown(struct usage_ifupdown *u, struct usage *usage)
{
        size_t before;

        do {
                before = u->n_started;
                for (size_t i = 0; i < u->found.n_configured; i++) {
                        const struct usage_configured *e = &u->found.configured[i];

                        if (e->name && is_started(u, e->name))
                                start(u, e->what);
                }
        } while (u->n_started > before);
        for (size_t i = 0; i < u->found.n_configured; i++) {
                const struct usage_configured *e = &u->found.configured[i];

                if (is_started(u, e->name ? e->name : e->what))
                        usage_add_configured(usage, e);
        }
}
