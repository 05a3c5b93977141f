/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration out of what there is: the passes, and what the drafts of all kinds of sections share. */
#include "import/generate.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "device/device-class.h"
#include "device/netdev.h"
#include "device/suggest.h"
#include "import/generate-internal.h"

#define NAME_BASE_MAX 32 /* of the 49 bytes that a section's kind and name may have, with room for a VF's number */
#define VALUE_MAX 150    /* a line has 199 bytes at most */

const char *generate_source_name(unsigned bit)
{
        return bit == RIVAL_KIND_MAX ? "running" : rival_kind_name(bit);
}

unsigned generate_source(const char *word)
{
        for (unsigned bit = 0; bit < GENERATE_SOURCES; bit++)
                if (streq(generate_source_name(bit), word))
                        return 1U << bit;
        return 0;
}

static bool is_name_taken(const struct generator *g, const char *name)
{
        for (size_t i = 0; i < g->n_drafts; i++)
                if (streq_ptr(g->drafts[i]->name, name))
                        return true;
        return false;
}

/* How many sections there are of this name, with and without a number: where to begin to look for a free one. */
static size_t count_names(const struct generator *g, const char *base)
{
        size_t n = 0, len = strlen(base);

        for (size_t i = 0; i < g->n_drafts; i++) {
                const char *name = g->drafts[i]->name;

                n += name && strncmp(name, base, len) == 0 && strspn(name + len, "0123456789") == strlen(name + len);
        }
        return n;
}

static char *free_name(const struct generator *g, const char *base)
{
        char *name = xstrndup(base, NAME_BASE_MAX);
        size_t n;

        for (char *c = name; *c; c++)
                if (!isalnum((unsigned char) *c) && !strchr("_-.:@+", *c))
                        *c = '-';
        if (!is_name_taken(g, name))
                return name;
        n = count_names(g, name);
        for (;;) {
                /* A digit before the number would make another number of it. */
                const char *dash = isdigit((unsigned char) name[strlen(name) - 1]) ? "-" : "";
                char *numbered = xasprintf("%s%s%zu", name, dash, ++n);
                if (!is_name_taken(g, numbered)) {
                        free(name);
                        return numbered;
                }
                free(numbered);
        }
}

struct draft *draft_new(struct generator *g, enum section_kind kind, const char *base)
{
        struct draft *d = xcalloc(1, sizeof(*d)), **slot;

        d->kind = kind;
        d->name = free_name(g, base);
        slot = ARRAY_APPEND(g->drafts, g->n_drafts, g->alloc_drafts);
        *slot = d;
        return d;
}

struct draft *draft_for(struct generator *g, enum section_kind kind, size_t function)
{
        const struct pci_function *f = &g->inv->functions[function];
        const struct netdev *n = netdev_of(f);
        CLEANUP_FREE char *base =
                xasprintf("%s%s%s", device_class_name(device_class_of(f)), n ? "-" : "", n ? n->name : "");

        return draft_new(g, kind, base);
}

/* The text, with a "?" for what could end a line. */
static char *line_of(const char *format, va_list args)
{
        char *text = xvasprintf(format, args);

        for (char *c = text; *c; c++)
                if (iscntrl((unsigned char) *c))
                        *c = '?';
        return text;
}

void add_comment(struct strbuf *b, const char *format, ...)
{
        CLEANUP_FREE char *text = NULL;
        va_list args;

        va_start(args, format);
        text = line_of(format, args);
        va_end(args);
        strbuf_addf(b, "# %s\n", text);
}

void generate_note(struct generator *g, const struct rival *rival, const char *format, ...)
{
        const struct config_loc loc = { .file = rival ? rival->file : NULL, .line = rival ? rival->line : 0 };
        CLEANUP_FREE char *text = NULL;
        va_list args;

        va_start(args, format);
        text = line_of(format, args);
        va_end(args);
        diag_add(&g->notes, DIAG_NOTE, &loc, "%s", text);
}

void draft_about(struct generator *g, struct draft *d, size_t function)
{
        const struct pci_function *f = &g->inv->functions[function];
        char group[32] = "";

        if (f->group != NO_GROUP)
                (void) snprintf(group, sizeof(group), ", group %d", f->group);
        add_comment(&d->above, "%s%s[%04x:%04x] at %s%s", f->name ? f->name : "", f->name ? " " : "", f->vendor,
                    f->device, ADDRESS_OF(f), group);
}

void draft_selector(struct generator *g, struct draft *d, size_t function)
{
        enum selector_kind kind;

        suggest_lines(g->inv, function, &kind, &d->keys);
        if (kind == SELECTOR_ADDRESS)
                add_comment(&d->above,
                            "By its address, which other hardware may change: it has no unique id or path.");
}

/* The driver that a function has once this is applied. */
static const char *final_driver(const struct generator *g, size_t function)
{
        const struct wish *w = &g->wishes[function];
        const char *now = g->inv->functions[function].driver;

        if (!w->driver)
                return now;
        if (streq(w->driver, DRIVER_NONE))
                return NULL;
        if (streq(w->driver, DRIVER_HOST))
                return now && !driver_is_vfio(now) ? now : DRIVER_HOST;
        return w->driver;
}

void draft_group(struct generator *g, struct draft *d, const size_t *functions, size_t n)
{
        int last = NO_GROUP;

        for (size_t i = 0; i < n; i++) {
                int group = functions[i] == NO_INDEX ? NO_GROUP : g->inv->functions[functions[i]].group;
                const size_t *members;
                size_t n_members;

                /* Those of one group mostly follow each other. */
                if (group == NO_GROUP || group == last || !driver_is_vfio(final_driver(g, functions[i])))
                        continue;
                last = group;
                members = inventory_group(g->inv, group, &n_members);
                for (size_t k = 0; k < n_members; k++) {
                        const char *driver = final_driver(g, members[k]);

                        if (driver_is_viable(driver))
                                continue;
                        add_comment(&d->above,
                                    "IOMMU group %d also contains %s (%s), so no VM can open it; set group = whole to "
                                    "include it.",
                                    group, ADDRESS_OF(&g->inv->functions[members[k]]), driver);
                        strbuf_add(&d->keys, "group = ignore\n");
                        return;
                }
        }
}

bool is_plain_value(const char *s)
{
        size_t n = strlen(s);

        if (n == 0 || n > VALUE_MAX || isspace((unsigned char) s[0]) || isspace((unsigned char) s[n - 1]))
                return false;
        for (size_t i = 0; i < n; i++)
                if (iscntrl((unsigned char) s[i]) || (strchr("#;", s[i]) && (i == 0 || s[i - 1] == ' ')))
                        return false;
        return true;
}

static void generator_clear(struct generator *g)
{
        for (size_t i = 0; i < g->n_drafts; i++) {
                free(g->drafts[i]->name);
                strbuf_free(&g->drafts[i]->above);
                strbuf_free(&g->drafts[i]->keys);
                free(g->drafts[i]);
        }
        free(g->drafts);
        free(g->wishes);
        free(g->used);
        lookup_free(g->lookup);
        diag_list_free(&g->notes);
}

char *generate_config(const struct generate_input *in)
{
        CLEANUP(generator_clear) struct generator g = { .in = in, .inv = in->inventory };

        g.wishes = xcalloc(g.inv->n_functions + 1, sizeof(*g.wishes));
        g.used = xcalloc(in->rivals->n + 1, sizeof(*g.used));
        lookup_new(g.inv, &g.lookup);
        generate_wishes(&g);
        generate_modules(&g);
        for (size_t i = 0; i < g.inv->n_functions; i++)
                if (g.wishes[i].makes_vfs)
                        generate_sriov(&g, i);
        for (size_t i = 0; i < g.inv->n_functions; i++)
                if (g.wishes[i].driver && !g.wishes[i].done)
                        generate_device(&g, i);
        generate_mdevs(&g);
        return generate_text(&g);
}
