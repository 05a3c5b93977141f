/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of `release`, and of what is held for sections that have gone: section, device, name, change, note. */
#include <stdlib.h>

#include "base/macro.h"
#include "base/uuid.h"
#include "device/device-class.h"
#include "plan/step-setting.h"
#include "plan/step-kind.h"
#include "release/release.h"
#include "view/rows-plan.h"

static struct row *start(struct writer *w, const struct plan_step *step)
{
        const struct pci_function *f = step->has_address ? inventory_find(w->inv, &step->address) : NULL;
        struct row *row = add_row(w->list, ROW_CHANGE);
        char address[PCI_ADDRESS_MAX];

        row_set_text(row, SECTION, w->plan->items[step->item].section->name);
        if (f)
                row_set_function(row, f);
        else if (step->has_address)
                row_set_text(row, DEVICE, pci_address_format(&step->address, address));
        else if (step->bus != BUS_PCI)
                row_set_bus_device(row, step->bus, step->subject);
        return row;
}

/* The one that the step's device is on; NULL: none. */
static const char *driver_now(const struct inventory *inv, const struct plan_step *step)
{
        const struct pci_function *f = step->has_address ? inventory_find(inv, &step->address) : NULL;
        size_t device = step->bus == BUS_PCI ? NO_INDEX : inventory_find_bus_device(inv, step->bus, step->subject);

        return f ? f->driver : device != NO_INDEX ? inv->bus_devices[device].driver : NULL;
}

static void write_step(struct writer *w, size_t i)
{
        const struct plan_step *step = &w->plan->steps[i];
        CLEANUP_STRBUF struct strbuf text = { 0 };
        char uuid[UUID_TEXT_MAX];
        struct row *row;

        if (step->way)
                return;
        switch (step->kind) {
        case STEP_MDEV_REMOVE:
                row = start(w, step);
                row_set_text(row, DEVICE, step->subject);
                strbuf_addf(&text, "- %s %s", step->vgpu ? "vGPU" : "mdev", step->old);
                row_set(row, CHANGE, &text);
                if (step->vgpu)
                        return;
                row_set_text(row, NOTE, uuid_format(step->uuid, uuid));
                return;
        case STEP_BIND:
                if (streq(driver_word(driver_now(w->inv, step)), step->value))
                        strbuf_addf(&text, "%s, bound again", step->value);
                else
                        strbuf_addf(&text, "%s %s %s", driver_word(driver_now(w->inv, step)), w->arrow, step->value);
                break;
        case STEP_PROBE:
                strbuf_addf(&text, "%s %s host driver", driver_word(driver_now(w->inv, step)), w->arrow);
                break;
        case STEP_UNBIND:
                strbuf_addf(&text, "%s %s no driver", step->old, w->arrow);
                break;
        case STEP_OVERRIDE:
                strbuf_add(&text, *step->value ? "override as before" : "- override");
                break;
        case STEP_NUMVFS:
                strbuf_addf(&text, "%s %s %s VFs", step->old, w->arrow, step->value);
                break;
        case STEP_UNIT:
        case STEP_CONSOLE:
                display_row(w, step);
                return;
        case STEP_SET:
                if (step_is_part(step))
                        return;
                step_setting_format(&text, step, w->arrow);
                break;
        default:
                return;
        }
        row = start(w, step);
        row_set(row, CHANGE, &text);
        if (step->kind == STEP_NUMVFS && streq(step->value, "0") && w->plan->items[step->item].note)
                row_set_text(row, NOTE, w->plan->items[step->item].note);
}

void rows_of_release(const struct release *release, const struct inventory *inv, const char *arrow,
                     struct row_list *ret)
{
        const struct plan *plan = release->plan;
        struct writer w = { plan, inv, arrow, ret };

        ret->columns = plan_columns;
        for (size_t i = 0; i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];
                struct row *row;

                for (size_t k = 0; k < plan->n_steps; k++)
                        if (plan->steps[k].item == i)
                                write_step(&w, k);
                if (item->verdict == VERDICT_CHANGE)
                        continue;
                row = add_row(ret, item->verdict == VERDICT_REFUSED ? ROW_BAD : ROW_DIM);
                row_set_text(row, SECTION, item->section->name);
                if (item->verdict == VERDICT_REFUSED) {
                        CLEANUP_STRBUF struct strbuf text = { 0 };

                        row_set_text(row, CHANGE, plan_verdict_name(item->verdict));
                        strbuf_add(&text, item->reason ? item->reason : "");
                        plan_add_override(&text, item, "; overridden by ");
                        row_set(row, NOTE, &text);
                } else
                        row_set_text(row, CHANGE, "nothing to release");
        }
}

char *release_summary(const struct release *release)
{
        const struct plan *plan = release->plan;
        struct plan_counts c = plan_count(plan);
        CLEANUP_STRBUF struct strbuf b = { 0 };

        step_counts_format(&c.steps, SUMMARY_RELEASE, &b);
        strbuf_add_count(&b, c.refused, "refused", "refused");
        strbuf_add(&b, ".");
        return strbuf_steal(&b);
}

void rows_of_held(const struct release *held, const struct inventory *inv, struct row_list *ret)
{
        const struct plan *plan = held->plan;

        for (size_t i = 0; i < plan->n_items; i++) {
                const struct config_section *s = plan->items[i].section;
                CLEANUP_STRBUF struct strbuf text = { 0 };
                const struct plan_step *first = NULL;
                char address[PCI_ADDRESS_MAX];
                struct row *row;

                for (size_t k = 0; k < plan->n_steps && !first; k++)
                        if (plan->steps[k].item == i)
                                first = &plan->steps[k];
                if (!first)
                        continue;
                row = add_row(ret, ROW_CHANGE);
                row_set_text(row, SECTION, s->name);
                row_set_text(row, DEVICE,
                             first->has_address ? pci_address_format(&first->address, address) : first->subject);
                row_set_text(row, 2, "held");
                if (first->vgpu) {
                        strbuf_addf(&text, "vGPU %s", first->old);
                        row_set(row, 3, &text);
                } else
                        row_set_text(row, 3, driver_now(inv, first));
                strbuf_addf(&text, "no longer in the configuration; run: passthru-setup release %s", s->name);
                row_set(row, NOTE, &text);
        }
}
