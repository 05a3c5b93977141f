/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The drafts as a file, with what was not taken, and what to take out of other files. */
#include <errno.h>

#include "core/generate-internal.h"
#include "util/macro.h"

static void add_header(struct generator *g, struct strbuf *b)
{
        CLEANUP_STRBUF struct strbuf from = { 0 };

        for (unsigned bit = 0; bit < GENERATE_SOURCES; bit++)
                if (g->in->from & 1U << bit)
                        strbuf_addf(&from, "%s%s", from.len > 0 ? "," : "", generate_source_name(bit));
        add_comment(g, b, "Made by passthru-setup generate --from=%s.", from.text ? from.text : "");
        strbuf_add(b, "# To use it: save it as /etc/passthru.conf, and look at \"passthru-setup plan\".\n");
        if (from.failed)
                g->out_of_memory = true;
}

static void add_draft(struct strbuf *b, const struct draft *d)
{
        strbuf_add(b, "\n");
        strbuf_add(b, d->above.text ? d->above.text : "");
        strbuf_addf(b, "[%s %s]\n%s", section_kind_name(d->kind), d->name, d->keys.text ? d->keys.text : "");
}

static void add_place(struct strbuf *b, const char *file, unsigned line)
{
        if (file)
                strbuf_add(b, file);
        if (file && line > 0)
                strbuf_addf(b, ":%u", line);
        if (file)
                strbuf_add(b, ": ");
}

static void add_notes(struct generator *g, struct strbuf *b, const struct diag_list *notes)
{
        for (size_t i = 0; i < notes->n; i++) {
                const struct diag *note = &notes->items[i];
                CLEANUP_STRBUF struct strbuf line = { 0 };

                add_place(&line, note->file, note->line);
                strbuf_add(&line, note->text);
                if (line.failed)
                        g->out_of_memory = true;
                else
                        add_comment(g, b, "%s", line.text);
        }
}

/* Whether what the entry says is in the file now. */
static bool is_replaced(const struct generator *g, size_t rival)
{
        const struct rival *r = &g->in->rivals->items[rival];

        if (r->kind == RIVAL_MDEVCTL)
                return g->used[rival];
        for (size_t i = 0; i < g->inv->n_functions; i++) {
                const struct pci_function *f = &g->inv->functions[i];
                struct pci_function vf = *f;

                vf.device = f->vf_device;
                if (g->wishes[i].done && (rival_is_for(r, f) || (r->kind == RIVAL_VFIO_IDS && g->wishes[i].makes_vfs &&
                                                                 rival_is_for(r, &vf))))
                        return true;
        }
        return false;
}

static void add_rival(struct generator *g, struct strbuf *b, const struct rival *r)
{
        CLEANUP_STRBUF struct strbuf place = { 0 };

        add_place(&place, r->file, r->line);
        if (place.failed) {
                g->out_of_memory = true;
                return;
        }
        switch (r->kind) {
        case RIVAL_DRIVERCTL:
        case RIVAL_MDEVCTL:
                add_comment(g, b, "%sthe file (rm \"%s\")", place.text, r->file);
                break;
        case RIVAL_VFIO_IDS:
                add_comment(g, b,
                            r->line > 0 ? "%sids=, and then renew the initramfs"
                                        : "%svfio-pci.ids=, in the boot loader's configuration",
                            place.text);
                break;
        default:
                add_comment(g, b, "%sthe line", place.text);
                break;
        }
}

/* Several ids of one line are one thing to take out. */
static bool is_same_place(const struct rival *a, const struct rival *b)
{
        return a->line == b->line && streq(a->file, b->file);
}

static void add_replaced(struct generator *g, struct strbuf *b)
{
        const struct rivals *rivals = g->in->rivals;
        const struct rival *last = NULL;

        for (size_t i = 0; i < rivals->n; i++) {
                const struct rival *r = &rivals->items[i];

                if ((last && is_same_place(last, r)) || !is_replaced(g, i))
                        continue;
                if (!last)
                        strbuf_add(b, "\n# Once this file is in place, take out of the others what says the same:\n");
                add_rival(g, b, r);
                last = r;
        }
}

int generate_text(struct generator *g, char **ret)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        bool imports = g->in->from != FROM_RUNNING;

        add_header(g, &b);
        for (size_t i = 0; i < g->n_drafts; i++) {
                add_draft(&b, g->drafts[i]);
                b.failed = b.failed || g->drafts[i]->above.failed || g->drafts[i]->keys.failed;
        }
        if (g->n_drafts == 0)
                strbuf_add(&b, "\n# There is nothing to hand over.\n");
        if (g->notes.n + (imports ? g->in->rivals->notes.n : 0) > 0)
                strbuf_add(&b, "\n# Not taken:\n");
        add_notes(g, &b, &g->notes);
        if (imports)
                add_notes(g, &b, &g->in->rivals->notes);
        add_replaced(g, &b);
        return g->out_of_memory || g->notes.out_of_memory ? -ENOMEM : strbuf_steal(&b, ret);
}
