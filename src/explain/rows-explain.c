/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of `explain`: a label and what it says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "explain/explain-internal.h"
#include "vmdef/vmdef.h"
#include "view/rows-internal.h"

#define LISTED_MAX 4 /* of one kind on one row; the rest is counted */

enum { LABEL, TEXT };

static const struct column columns[ROW_COLUMNS] = {
        [LABEL] = { .role = COLUMN_NAME },
        [TEXT] = { .role = COLUMN_VERDICT, .share = 0.6 },
};

static void add_line(struct row_list *list, const char *label, enum row_color color, struct strbuf *text)
{
        CLEANUP_STRBUF struct strbuf indented = { 0 };
        struct row *row = add_row(list, color);

        strbuf_addf(&indented, "  %s", label);
        row_set(row, LABEL, &indented);
        row_set(row, TEXT, text);
}

static void add_text(struct row_list *list, const char *label, enum row_color color, const char *text)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        strbuf_add(&b, text);
        add_line(list, label, color, &b);
}

static void wanted(const struct explain_input *in, const struct explanation *e, struct row_list *list)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        const char *held = explain_held_for(in, e);

        if (e->by)
                strbuf_addf(&b, "%s, by %s", e->wanted, e->by);
        else if (held)
                strbuf_addf(&b, "nothing; still held for [%s], which is no longer in the configuration", held);
        else {
                strbuf_add(&b, "nothing: ");
                if (e->subject.disabled)
                        explain_add_disabled(e->subject.disabled, &b);
                else
                        strbuf_add(&b, "no section claims it");
        }
        add_line(list, "wanted", ROW_PLAIN, &b);
}

static void status(const struct explanation *e, struct row_list *list)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        strbuf_addf(&b, "%s: %s", section_status_name(e->status), e->why ? e->why : "");
        add_line(list, "status", status_color(e->status), &b);
}

static void modules(const struct explanation *e, struct row_list *list)
{
        const struct explain_facts *facts = e->facts;
        const struct plan_item *item = e->subject.item;
        bool one = item && (item->section->kind == SECTION_DEVICE || e->subject.claim);
        const char *want = one ? explain_wanted_driver(&e->subject) : NULL;
        CLEANUP_STRBUF struct strbuf b = { 0 };

        if (!facts->modules_known)
                return;
        for (size_t i = 0; i < facts->n_modules; i++)
                strbuf_addf(&b, "%s%s%s", i > 0 ? ", " : "", facts->modules[i].name,
                            facts->modules[i].blacklisted ? " (blacklisted)" : "");
        if (facts->n_modules == 0)
                strbuf_add(&b, "modules.alias has none for it");
        else
                strbuf_add(&b, facts->n_modules == 1 ? " fits it by modules.alias" : " fit it by modules.alias");
        if (driver_is_vfio(want))
                strbuf_addf(&b, "; %s binds it only by driver_override", want);
        add_line(list, "drivers", ROW_PLAIN, &b);
}

/* "0000:01:00.1 (snd_hda_intel), …" of the members that block, or of those that do not. */
static size_t add_members(const struct explain_input *in, const struct explanation *e, bool blocks, struct strbuf *b)
{
        char address[PCI_ADDRESS_MAX];
        size_t n = 0;

        for (size_t i = 0; i < e->n_members; i++) {
                const struct explain_member *m = &e->members[i];
                const struct pci_function *f = &in->inventory->functions[m->function];

                if (m->blocks != blocks || (!blocks && pci_function_is_bridge(f)) || n++ >= LISTED_MAX)
                        continue;
                strbuf_addf(b, "%s%s (%s%s%s)", n > 1 ? ", " : "", pci_address_format(&f->address, address),
                            explain_driver_word(f->driver), m->item && m->item != e->subject.item ? ", " : "",
                            m->item && m->item != e->subject.item ? m->item->section->name : "");
        }
        if (n > LISTED_MAX)
                strbuf_addf(b, " and %zu more", n - LISTED_MAX);
        return n;
}

static void group(const struct explain_input *in, const struct explanation *e, struct row_list *list)
{
        const struct explain_subject *s = &e->subject;
        const struct pci_function *f = s->function == NO_INDEX ? NULL : &in->inventory->functions[s->function];
        bool for_vm = s->item && !s->item->section->dormant && driver_is_vfio(explain_wanted_driver(s));
        CLEANUP_STRBUF struct strbuf b = { 0 }, blockers = { 0 }, others = { 0 };
        size_t n_blockers, n_others;

        if (!f || (s->item && s->item->section->kind == SECTION_SRIOV && explain_is_whole(s)))
                return;
        if (f->group == NO_GROUP) {
                add_text(list, "group", for_vm ? ROW_BAD : ROW_PLAIN,
                         in->inventory->iommu ? "none" : "none: the IOMMU is off");
                return;
        }
        n_blockers = add_members(in, e, true, &blockers);
        n_others = add_members(in, e, false, &others);
        strbuf_addf(&b, "%d: ", f->group);
        if (n_blockers > 0)
                strbuf_addf(&b, for_vm ? "in the way: %s" : "with %s", blockers.text ? blockers.text : "");
        if (n_others > 0)
                strbuf_addf(&b, "%swith %s", n_blockers > 0 ? "; " : "", others.text ? others.text : "");
        if (n_blockers + n_others == 0)
                strbuf_add(&b, "alone");
        if (e->blocked)
                strbuf_addf(&b, "; on its driver no VM can open [%s %s]", section_kind_name(e->blocked->section->kind),
                            e->blocked->section->name);
        add_line(list, "group", (for_vm && n_blockers > 0) || e->blocked ? ROW_BAD : ROW_PLAIN, &b);
}

static void held_by(const struct explanation *e, struct row_list *list)
{
        const struct explain_facts *facts = e->facts;
        const char *label = "held by";

        if (e->use) {
                CLEANUP_STRBUF struct strbuf b = { 0 };

                strbuf_addf(&b, "the host: %s", e->use);
                add_line(list, label, ROW_CHANGE, &b);
                label = "";
        }
        for (size_t i = 0; i < facts->n_holders && i < LISTED_MAX; i++, label = "") {
                CLEANUP_STRBUF struct strbuf b = { 0 };

                strbuf_addf(&b, "%s: %s", facts->holders[i].node, facts->holders[i].who);
                if (i == LISTED_MAX - 1 && facts->n_holders > LISTED_MAX)
                        strbuf_addf(&b, ", and %zu more", facts->n_holders - LISTED_MAX);
                add_line(list, label, ROW_PLAIN, &b);
        }
        if (facts->n_holders > 0)
                return;
        if (facts->open)
                add_text(list, label, ROW_PLAIN,
                         facts->holders_hidden ? "a VM or another program; root sees which"
                                               : "a VM or another program");
        else if (facts->holders_hidden)
                add_text(list, label, ROW_DIM, "only root can see who has it open");
        else if (facts->holders_known && !e->use)
                add_text(list, label, ROW_PLAIN, "nobody");
}

static void vms(const struct explain_input *in, const struct explanation *e, struct row_list *list)
{
        struct explain_vm v = { 0 };

        for (const char *label = "VMs"; explain_next_vm(in, &e->subject, &v); label = "") {
                const struct config_loc loc = { v.vm->file, v.device->line };
                CLEANUP_FREE char *place = loc_text(&loc);
                CLEANUP_STRBUF struct strbuf b = { 0 };

                vm_add_title(&b, v.vm);
                strbuf_add(&b, ": ");
                vm_add_key(&b, v.vm, v.device);
                if (v.device->mapping)
                        strbuf_addf(&b, ", mapping %s", v.device->mapping);
                if (v.device->managed)
                        strbuf_add(&b, ", managed='yes'");
                strbuf_addf(&b, "%s (%s)", v.vm->autostart ? ", starts with the host" : "", place);
                add_line(list, label, ROW_PLAIN, &b);
        }
}

static void add_age(struct strbuf *b, uint64_t age)
{
        if (age < 60)
                strbuf_addf(b, "%u s ago", (unsigned) age);
        else if (age < 2 * 3600)
                strbuf_addf(b, "%u min ago", (unsigned) (age / 60));
        else if (age < 2 * 86400)
                strbuf_addf(b, "%u h ago", (unsigned) (age / 3600));
        else
                strbuf_addf(b, "%u days ago", (unsigned) (age / 86400));
}

static void last_run(const struct explanation *e, struct row_list *list)
{
        const struct explain_facts *facts = e->facts;
        const char *label = "last run";

        for (size_t i = 0; i < facts->n_entries; i++, label = "") {
                CLEANUP_STRBUF struct strbuf b = { 0 };

                add_age(&b, facts->entries[i].age);
                strbuf_addf(&b, ": %s", facts->entries[i].text);
                add_line(list, label, facts->entries[i].error ? ROW_BAD : ROW_PLAIN, &b);
        }
        if (facts->journal_error == EACCES)
                add_text(list, label, ROW_DIM,
                         "no permission to read the journal: run as root, or join the group systemd-journal");
        if (facts->n_entries == 0 && facts->journal_error == 0)
                add_text(list, label, ROW_PLAIN, "nothing in this boot's journal");
}

static void claim(const struct explanation *e, struct row_list *list)
{
        const char *kind = e->subject.parent == NO_INDEX ? "device" : "mdev";
        CLEANUP_STRBUF struct strbuf b = { 0 };

        if (!e->claim) {
                if (e->claim_note)
                        add_text(list, "to claim", ROW_PLAIN, e->claim_note);
                return;
        }
        strbuf_addf(&b, "[%s NAME]", kind);
        if (e->claim_note)
                strbuf_addf(&b, "   # %s", e->claim_note);
        add_line(list, "to claim", ROW_PLAIN, &b);
        for (const char *line = e->claim; line && *line;) {
                size_t n = strcspn(line, "\n");
                CLEANUP_STRBUF struct strbuf text = { 0 };

                strbuf_addn(&text, line, n);
                add_line(list, "", ROW_PLAIN, &text);
                line += n + (line[n] == '\n');
        }
}

static void next(const struct explanation *e, struct row_list *list)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        if (!e->next && !e->next_when)
                strbuf_add(&b, "nothing to do");
        else if (!e->next)
                strbuf_add(&b, e->next_when);
        else {
                for (const char *line = e->next; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
                        strbuf_addf(&b, "%s%.*s", line > e->next ? " and " : "", (int) strcspn(line, "\n"), line);
                if (e->next_in)
                        strbuf_addf(&b, ", in %s", e->next_in);
                if (e->next_when)
                        strbuf_addf(&b, "   (%s)", e->next_when);
        }
        add_line(list, "next", ROW_PLAIN, &b);
}

void rows_of_explanation(const struct explain_input *in, const struct explanation *e, struct row_list *ret)
{
        ret->columns = columns;
        wanted(in, e, ret);
        if (e->now)
                add_text(ret, "now", ROW_PLAIN, e->now);
        if (e->has_status)
                status(e, ret);
        if (e->along)
                add_text(ret,
                         e->subject.item->section->kind == SECTION_MDEV    ? "mdevs"
                         : e->subject.item->section->kind == SECTION_SRIOV ? "MACs"
                                                                           : "with",
                         ROW_PLAIN, e->along);
        modules(e, ret);
        group(in, e, ret);
        vms(in, e, ret);
        held_by(e, ret);
        if (e->before)
                add_text(ret, "before", ROW_PLAIN, e->before);
        last_run(e, ret);
        claim(e, ret);
        next(e, ret);
}
