/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The drafts as a file, with what was not taken, and what to take out of other files. */
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "import/generate-internal.h"

static void add_header(struct generator *g, struct strbuf *b)
{
        CLEANUP_STRBUF struct strbuf from = { 0 };

        for (unsigned bit = 0; bit < GENERATE_SOURCES; bit++)
                if (g->in->from & 1U << bit)
                        strbuf_addf(&from, "%s%s", from.len > 0 ? "," : "", generate_source_name(bit));
        add_comment(b, "Made by passthru-setup generate --from=%s.", from.text ? from.text : "");
        strbuf_add(b, "# To use it: save it as /etc/passthru.conf and run \"passthru-setup plan\".\n# Devices are "
                      "named by id where it is unique on this host, otherwise by where they are plugged in (path).\n");
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

static void add_note(struct strbuf *b, const struct diag *note, bool *heading)
{
        CLEANUP_STRBUF struct strbuf line = { 0 };

        if (!*heading)
                strbuf_add(b, "\n# Not taken:\n");
        *heading = true;
        add_place(&line, note->file, note->line);
        strbuf_add(&line, note->text);
        add_comment(b, "%s", line.text);
}

/* What could not be taken; and of the files that were to be read, what could not be understood. */
static void add_notes(struct generator *g, struct strbuf *b)
{
        const struct rivals *rivals = g->in->rivals;
        bool heading = false;

        for (size_t i = 0; i < g->notes.n; i++)
                add_note(b, &g->notes.items[i], &heading);
        for (size_t i = 0; i < rivals->notes.n; i++)
                if (g->in->from & FROM_RIVAL(rivals->note_kinds[i]))
                        add_note(b, &rivals->notes.items[i], &heading);
}

/* Whether each device that the id means, and at least one, goes to VFIO by this file. */
static bool is_id_replaced(const struct generator *g, const struct rival *rival)
{
        bool any = false;

        for (size_t i = 0; i < g->inv->n_functions; i++) {
                const struct pci_function *f = &g->inv->functions[i];
                struct pci_function vf = *f;

                vf.device = f->vf_device;
                any = any || (g->wishes[i].base && driver_is_vfio(g->wishes[i].base) && rival_is_for(rival, &vf));
                if (!rival_is_for(rival, f) || pci_function_is_bridge(f))
                        continue;
                if (!g->wishes[i].done || !driver_is_vfio(g->wishes[i].driver))
                        return false;
                any = true;
        }
        return any;
}

/* Whether the entry is about something that the file is about now. */
static bool is_replaced(const struct generator *g, size_t i)
{
        const struct rival *rival = &g->in->rivals->items[i];

        if (rival->kind == RIVAL_MDEVCTL)
                return g->used[i];
        if (rival->kind == RIVAL_VFIO_IDS)
                return is_id_replaced(g, rival);
        for (size_t k = 0; k < g->inv->n_functions; k++)
                if (g->wishes[k].done && rival_is_for(rival, &g->inv->functions[k]))
                        return true;
        return false;
}

static void add_rival(struct strbuf *b, const struct rival *rival)
{
        CLEANUP_STRBUF struct strbuf place = { 0 };

        add_place(&place, rival->file, rival->line);
        switch (rival->kind) {
        case RIVAL_VFIO_IDS:
                add_comment(b, "%s%s of %sids=", place.text, rival->id_text,
                            rival->line > 0 ? ""
                            : rival->driver ? "pci-stub."
                                            : "vfio-pci.");
                break;
        case RIVAL_SYSFS:
                add_comment(b, "%sthe line with %s", place.text, rival->attribute);
                break;
        default:
                add_comment(b, "%sthe file", place.text);
                break;
        }
}

/* What a line is of that nothing needs once sections hand devices over. NULL: it is kept. */
static const char *needless(const struct generator *g, const struct foreign_line *l)
{
        static const char *const texts[FOREIGN_WHAT_MAX] = {
                [FOREIGN_VFS] = "what creates VFs",
                [FOREIGN_OVERRIDE] = "what sets a driver_override",
                [FOREIGN_BIND] = "what binds, unbinds, or gives a driver ids",
                [FOREIGN_LOAD] = "what loads ",
                [FOREIGN_SOFTDEP] = "the softdep of ",
                [FOREIGN_INSTALL] = "the command in place of loading vfio-pci",
                [FOREIGN_BLACKLIST] = "the blacklist of ",
        };

        return rivals_is_packaged(g->in->rivals, l->file) ? NULL : texts[l->what];
}

static bool hands_over(const struct generator *g)
{
        for (size_t i = 0; i < g->inv->n_functions; i++)
                if (g->wishes[i].done && driver_is_vfio(g->wishes[i].driver))
                        return true;
        return false;
}

static bool has_address(const char *addresses, const struct pci_function *f)
{
        return addresses && strstr(addresses, ADDRESS_OF(f));
}

static bool has_interface(const struct pci_function *f, const char *name)
{
        for (size_t i = 0; name && i < f->n_netdevs; i++)
                if (streq_ptr(f->netdevs[i].name, name))
                        return true;
        return false;
}

/* Whether a line creates the VFs of a PF that has a section now; one that names no PF may be for any. */
static bool creates_ours(const struct generator *g, const struct foreign_line *l)
{
        bool plain = l->addresses || l->interface || l->module;

        for (size_t i = 0; i < g->inv->n_functions; i++) {
                const struct pci_function *f = &g->inv->functions[i];

                if (g->wishes[i].section &&
                    (!plain || has_address(l->addresses, f) || has_interface(f, l->interface) ||
                     (l->module && module_has_driver(l->module, f->driver))))
                        return true;
        }
        return false;
}

static void add_place_comment(struct strbuf *b, const char *file, unsigned line, const char *what, const char *of)
{
        CLEANUP_STRBUF struct strbuf place = { 0 };

        add_place(&place, file, line);
        add_comment(b, "%s%s%s", place.text, what, of);
}

static bool gives_parameter(const struct generator *g, const struct foreign_param *p)
{
        for (size_t i = 0; i < g->n_drafts; i++) {
                const struct draft *d = g->drafts[i];

                for (const char *s = d->keys.text;
                     d->kind == SECTION_MODULE && streq(d->name, p->module) && s && *s;) {
                        const char *rest = after_prefix(s, p->name), *end = strchr(s, '\n');

                        if (rest && after_prefix(rest, " = "))
                                return true;
                        s = end ? end + 1 : NULL;
                }
        }
        return false;
}

/* The rest of such a recipe. */
static void add_needless(struct generator *g, struct strbuf *b)
{
        const struct rivals *rivals = g->in->rivals;
        bool heading = false;

        for (size_t i = 0; i < rivals->n_lines; i++) {
                const struct foreign_line *l = &rivals->lines[i];

                if (!needless(g, l) || !(l->what == FOREIGN_VFS ? creates_ours(g, l) : hands_over(g)))
                        continue;
                if (!heading)
                        strbuf_add(b, "\n# And the rest of such recipes, unless passthru-setup doctor says that it is "
                                      "needed:\n");
                heading = true;
                add_place_comment(b, l->file, l->line, needless(g, l),
                                  l->module && l->what != FOREIGN_INSTALL && l->what != FOREIGN_VFS ? l->module : "");
        }
        for (size_t i = 0; i < rivals->n_params; i++) {
                const struct foreign_param *p = &rivals->params[i];

                if (rivals_is_packaged(rivals, p->file) || !gives_parameter(g, p))
                        continue;
                if (!heading)
                        strbuf_add(b, "\n# And what the [module] sections set as well:\n");
                heading = true;
                add_place_comment(b, p->file, p->line, "the parameter ", p->name);
        }
}

static void add_replaced(struct generator *g, struct strbuf *b)
{
        const struct rivals *rivals = g->in->rivals;
        bool heading = false, modprobe = false, cmdline = false;

        for (size_t i = 0; i < rivals->n; i++) {
                const struct rival *rival = &rivals->items[i];

                if (!is_replaced(g, i))
                        continue;
                if (!heading)
                        strbuf_add(b, "\n# Once this file is in place, remove what is about the same devices:\n");
                heading = true;
                add_rival(b, rival);
                modprobe = modprobe || (rival->kind == RIVAL_VFIO_IDS && rival->line > 0);
                cmdline = cmdline || (rival->kind == RIVAL_VFIO_IDS && rival->line == 0);
        }
        if (cmdline)
                strbuf_add(b, "# The kernel command line is in the boot loader's configuration.\n");
        if (modprobe)
                strbuf_add(b, "# Afterwards rebuild the initramfs, which has a copy of modprobe.d.\n");
}

char *generate_text(struct generator *g)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        add_header(g, &b);
        for (size_t i = 0; i < g->n_drafts; i++)
                add_draft(&b, g->drafts[i]);
        if (g->n_drafts == 0)
                strbuf_add(&b, "\n# There is nothing to hand over.\n");
        add_notes(g, &b);
        add_replaced(g, &b);
        add_needless(g, &b);
        return strbuf_steal(&b);
}
