/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the host itself is reached, or reaches its root, over a function's network interfaces. */
#include <stdlib.h>

#include "base/alloc.h"
#include "usage/usage-internal.h"

/* What an interface carries; of several, the first is named. */
enum load { LOAD_ROOT, LOAD_ROUTE, LOAD_SSH, LOAD_NONE };

static const struct usage_uppers *link_uppers(const struct usage *usage, size_t index)
{
        return &usage->links[index].uppers;
}

static enum load load_of(const struct usage_link *l, const char *root)
{
        if (root && l->addressed)
                return LOAD_ROOT;
        if (l->default_route)
                return LOAD_ROUTE;
        return l->ssh_peer ? LOAD_SSH : LOAD_NONE;
}

struct carrier {
        enum load load;
        size_t link, top; /* the function's interface, and the one of which it is true */
};

static void find_load(const struct usage *usage, size_t link, const char *root, struct carrier *best)
{
        CLEANUP_WAY struct usage_way way = { 0 };

        usage_walk(usage, link_uppers, usage->n_links, link, &way);
        for (size_t i = 0; i < way.n; i++) {
                enum load load = load_of(&usage->links[way.order[i]], root);

                if (load < best->load)
                        *best = (struct carrier){ load, link, way.order[i] };
        }
}

static void add_load(struct strbuf *text, const struct usage *usage, const struct carrier *c, const char *root)
{
        const struct usage_link *top = &usage->links[c->top];
        bool through = c->top != c->link;

        usage_add_name(text, usage->links[c->link].name);
        if (c->load == LOAD_ROOT) {
                strbuf_add(text, " carries the root file system (");
                usage_add_name(text, root);
                strbuf_add(text, through ? ", " : "");
        } else if (c->load == LOAD_ROUTE)
                strbuf_addf(text, " carries the default route%s", through ? " (" : "");
        else
                strbuf_addf(text, " carries the SSH session from %s%s", top->ssh_peer, through ? " (" : "");
        if (through) {
                strbuf_add(text, "through ");
                usage_add_name(text, top->name);
        }
        strbuf_add(text, through || c->load == LOAD_ROOT ? ")" : "");
}

bool usage_net_reason(const struct usage *usage, const struct pci_function *f, const struct usage_words *words,
                      struct strbuf *text)
{
        struct carrier best = { .load = LOAD_NONE };
        const char *root = NULL;
        bool any = false;

        for (size_t i = 0; i < usage->n_links; i++) {
                if (!usage_is_under(usage->links[i].place, f))
                        continue;
                if (!any)
                        root = usage_network_root(usage);
                any = true;
                find_load(usage, i, root, &best);
        }
        if (best.load == LOAD_NONE)
                return usage_configured_net_reason(usage, f, words, text);
        strbuf_add(text, words->lead);
        add_load(text, usage, &best, root);
        return true;
}
