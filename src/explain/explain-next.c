/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is in a thing's way, and the one command that comes next. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "device/device-class.h"
#include "explain/explain-internal.h"
#include "plan/advice.h"

/* The driver that a function has once all is applied that can be, and the item of the subject too. */
static const char *final_driver(const struct explain_input *in, const struct explain_subject *s, size_t function,
                                const struct plan_item *item)
{
        const char *now = in->inventory->functions[function].driver;

        for (size_t i = 0; item && (item_is_open(item) || item == s->item) && i < item->n_claims; i++)
                if (item->claims[i].function == function)
                        return plan_final_driver(&item->claims[i], now);
        return now;
}

bool explain_is_for_vm(const struct plan_item *item, size_t function)
{
        if (item->section->kind != SECTION_DEVICE && item->section->kind != SECTION_SRIOV &&
            item->section->kind != SECTION_VF)
                return false;
        for (size_t i = 0; i < item->n_claims; i++)
                if (item->claims[i].function == function)
                        return driver_is_vfio(item->claims[i].driver);
        return item->section->kind == SECTION_DEVICE && driver_is_vfio(item->section->driver);
}

void explain_group(const struct explain_input *in, struct explanation *e)
{
        const struct inventory *inv = in->inventory;
        const struct explain_subject *s = &e->subject;
        int group = s->function == NO_INDEX ? NO_GROUP : inv->functions[s->function].group;
        bool viable;

        if (group == NO_GROUP)
                return;
        viable = driver_is_viable(final_driver(in, s, s->function, s->item));
        for (size_t i = 0; i < inv->n_functions; i++) {
                struct explain_member *m;

                if (i == s->function || inv->functions[i].group != group)
                        continue;
                m = ARRAY_APPEND(e->members, e->n_members, e->alloc_members);
                m->function = i;
                m->item = plan_item_of(in->plan, i);
                m->blocks = !driver_is_viable(final_driver(in, s, i, m->item)) &&
                            inventory_carrier(in->inventory, i) == NO_INDEX;
                if (!viable && m->item && m->item != s->item && m->item->section->group != GROUP_IGNORE &&
                    explain_is_for_vm(m->item, i))
                        e->blocked = m->item;
        }
}

static void set_text(char **ret, const char *format, ...) PRINTF_LIKE(2, 3);

static void set_text(char **ret, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        *ret = xvasprintf(format, args);
        va_end(args);
}

/* "functions = all", to be written in the section. */
static void next_line(struct explanation *e, const struct config_section *s, const char *line)
{
        CLEANUP_FREE char *loc = loc_text(&s->loc);

        set_text(&e->next, "%s", line);
        set_text(&e->next_in, "[%s %s] (%s)", section_kind_name(s->kind), s->name, loc);
}

static void next_edit(struct explanation *e, const struct config_section *s)
{
        set_text(&e->next, "passthru-setup edit %s", s->name);
}

/* The [sriov] section whose VF the item's section names; NULL: it names something else. */
static const struct plan_item *pf_of(const struct explain_input *in, const struct plan_item *item)
{
        const struct selector *sel = &item->section->selector;

        return sel->kind == SELECTOR_VF ? explain_sriov(in->plan, sel->section) : NULL;
}

static void next_apply(struct explanation *e)
{
        set_text(&e->next, HOW_TO_APPLY);
}

static void next_enable(struct explanation *e, const struct config_section *s)
{
        if (s->dormant)
                set_text(&e->next, "passthru-setup %s %s", s->when == WHEN_MANUAL ? "apply" : "plan",
                         s->kind == SECTION_VF ? s->selector.section : s->name);
        else if (s->skipped)
                set_text(&e->next_when, "boot without passthru.skip= on the kernel command line");
        else
                next_line(e, s, "enabled = yes");
}

static void next_apply_once_closed(struct explanation *e)
{
        next_apply(e);
        if (e->subject.item->slow)
                set_text(&e->next_when, "once the kernel has created the VFs");
        else
                set_text(&e->next_when, "once %s has closed it",
                         e->facts->n_holders > 0 ? e->facts->holders[0].who : "whoever has it open");
}

static void next_list(struct explanation *e)
{
        const struct config_section *s = e->subject.item->section;
        enum section_kind kind = s->kind;

        if (s->bus != BUS_PCI) {
                set_text(&e->next, "ls /sys/bus/%s/devices", bus_name(s->bus));
                return;
        }
        set_text(&e->next, "passthru-setup list%s",
                 kind == SECTION_SRIOV  ? " --sriov"
                 : kind == SECTION_MDEV ? " --mdev"
                                        : "");
}

/* The [sriov] section whose VF the item names, when that is what keeps it from being there. */
static const struct plan_item *culprit(const struct explain_input *in, const struct plan_item *item)
{
        const struct plan_item *pf = pf_of(in, item);

        return pf && !item_is_open(pf) ? pf : NULL;
}

static void next_explain(struct explanation *e, const struct plan_item *item)
{
        set_text(&e->next, "passthru-setup explain %s", item->section->name);
}

static bool lacks_group(const struct explain_input *in, const struct plan_item *item)
{
        return item->found != NO_INDEX && in->inventory->functions[item->found].group == NO_GROUP;
}

/* What would have it done: what overrides the guards, and what makes it fit. */
static void next_lines(struct explanation *e, const struct plan_item *item)
{
        CLEANUP_STRBUF struct strbuf lines = { 0 };

        plan_add_override(&lines, item, "");
        if (lines.len > 0)
                set_text(&e->next_when, "if the host can do without it");
        if (item->line)
                strbuf_addf(&lines, "%s%s", lines.len > 0 ? "\n" : "", item->line);
        if (lines.len > 0)
                next_line(e, item->section, lines.text);
        else
                next_edit(e, item->section);
}

static void next_of_refused(const struct explain_input *in, struct explanation *e)
{
        const struct plan_item *item = e->subject.item, *pf = culprit(in, item);

        if (item->busy)
                next_apply_once_closed(e);
        else if (pf)
                next_explain(e, pf);
        else if (item->section->kind == SECTION_MODULE)
                set_text(&e->next, "modprobe -r %s && " HOW_TO_APPLY, item->section->name);
        else if ((!in->inventory->iommu || lacks_group(in, item)) && item->section->bus == BUS_PCI &&
                 item->section->driver && driver_is_vfio(item->section->driver))
                set_text(&e->next, "passthru-setup doctor");
        else
                next_lines(e, item);
}

static void next_of_item(const struct explain_input *in, struct explanation *e)
{
        const struct plan_item *item = e->subject.item, *pf;

        switch (e->status) {
        case STATUS_OK:
                return;
        case STATUS_STUCK:
                next_apply_once_closed(e);
                return;
        case STATUS_ABSENT:
        case STATUS_WAITING:
                pf = culprit(in, item);
                if (pf)
                        next_explain(e, pf);
                else
                        next_list(e);
                return;
        case STATUS_REFUSED:
                next_of_refused(in, e);
                return;
        case STATUS_ON_DEMAND:
                next_enable(e, item->section);
                return;
        case STATUS_DISABLED:
                pf = culprit(in, item);
                if (pf)
                        next_explain(e, pf);
                else
                        next_enable(e, item->section);
                return;
        case STATUS_DRIFT:
        case STATUS_FAILED:
        case STATUS_RELEASED:
                break;
        }
        next_apply(e);
}

static bool is_taken(const struct plan *plan, const char *name)
{
        for (size_t i = 0; i < plan->n_items; i++)
                if (streq(plan->items[i].section->name, name))
                        return true;
        return false;
}

/* The command that makes a section of what explain_claim() has found. */
static void next_add(const struct explain_input *in, struct explanation *e)
{
        const struct explain_subject *s = &e->subject;
        const struct pci_function *f = s->function == NO_INDEX ? NULL : &in->inventory->functions[s->function];
        const char *word = f && s->parent == NO_INDEX ? device_class_name(device_class_of(f)) : "vgpu";
        char address[PCI_ADDRESS_MAX], name[40];

        (void) snprintf(name, sizeof(name), "%s", word);
        for (unsigned n = 2; is_taken(in->plan, name); n++)
                (void) snprintf(name, sizeof(name), "%s%u", word, n);
        if (s->parent != NO_INDEX)
                set_text(&e->next, "passthru-setup add %s %s --type=TYPE", name,
                         in->inventory->parents[s->parent].name);
        else
                set_text(&e->next, "passthru-setup add %s %s%s%s", name, pci_address_format(&f->address, address),
                         strstr(e->claim, "functions = all") ? " --functions=all" : "",
                         strstr(e->claim, "group = whole") ? " --group=whole" : "");
}

void explain_next(const struct explain_input *in, struct explanation *e)
{
        const char *held = explain_held_for(in, e), *name;

        if (in->off && e->subject.item && e->status != STATUS_OK) {
                set_text(&e->next_when, "boot without passthru.off on the kernel command line");
                return;
        }
        if (e->subject.item) {
                next_of_item(in, e);
                return;
        }
        name = held ? strchr(held, ' ') : NULL; /* "device hba" */
        if (name) {
                set_text(&e->next, "passthru-setup release %s", name + 1);
                return;
        }
        if (e->subject.disabled) {
                next_enable(e, e->subject.disabled->section);
                return;
        }
        if (e->blocked)
                next_explain(e, e->blocked);
        else if (e->claim)
                next_add(in, e);
}
