/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of `plan`: section, device, name, change, note. */
#include <stdlib.h>
#include <string.h>

#include "base/uuid.h"
#include "device/device-class.h"
#include "device/vgpu.h"
#include "plan/claim-steps.h"
#include "plan/section-status.h"
#include "plan/step-setting.h"
#include "plan/step-kind.h"
#include "view/rows-plan.h"

const struct column plan_columns[ROW_COLUMNS] = {
        [SECTION] = { .role = COLUMN_NAME, .share = 0.22 },
        [DEVICE] = { .role = COLUMN_DEVICE, .share = 0.22 },
        [NAME] = { .share = 0.18, .cut = true },
        [CHANGE] = { .role = COLUMN_VERDICT, .share = 0.38 },
        [NOTE] = { .fold = FOLD_BESIDE, .room = 30, .into = CHANGE },
};

void row_set_function(struct row *row, const struct pci_function *f)
{
        CLEANUP_STRBUF struct strbuf name = { 0 };
        char address[PCI_ADDRESS_MAX];

        row_set_text(row, DEVICE, pci_address_format(&f->address, address));
        add_function_name(&name, f);
        row_set(row, NAME, &name);
}

void row_set_bus_device(struct row *row, enum bus_kind bus, const char *device)
{
        CLEANUP_STRBUF struct strbuf name = { 0 };

        row_set_text(row, DEVICE, device);
        strbuf_addf(&name, "[%s]", bus_name(bus));
        row_set(row, NAME, &name);
}

static struct row *start(struct writer *w, const struct plan_item *item, enum row_color color)
{
        struct row *row = add_row(w->list, color);

        row_set_text(row, SECTION, item->section->name);
        return row;
}

static void not_done(struct writer *w, const struct plan_item *item)
{
        enum row_color color = item->verdict == VERDICT_REFUSED || item->section->required ? ROW_BAD : ROW_DIM;
        CLEANUP_STRBUF struct strbuf reason = { 0 };
        struct row *row = start(w, item, color);
        size_t function = item->n_claims > 0 ? item->claims[0].function : item->pf;

        if (item->verdict == VERDICT_REFUSED && function != NO_INDEX)
                row_set_function(row, &w->inv->functions[function]);
        else if (item->verdict == VERDICT_REFUSED && item->section->bus != BUS_PCI)
                row_set_bus_device(row, item->section->bus, item->section->selector.text);
        row_set_text(row, CHANGE, plan_verdict_name(item->verdict));
        strbuf_add(&reason, item->reason ? item->reason : "");
        add_place(&reason, item);
        row_set(row, NOTE, &reason);
}

/* Says when it is done, not whether it would succeed: `plan SECTION` says that. */
static void on_demand(struct writer *w, const struct plan_item *item)
{
        CLEANUP_STRBUF struct strbuf when = { 0 };
        struct row *row = start(w, item, ROW_DIM);

        row_set_text(row, DEVICE, item->section->selector.text);
        row_set_text(row, CHANGE, item_verdict_name(item));
        config_add_when(&when, item->section);
        row_set(row, NOTE, &when);
}

/* What leaves the displays first; of a release, what comes back. */
void display_row(struct writer *w, const struct plan_step *step)
{
        struct row *row = start(w, &w->plan->items[step->item], ROW_CHANGE);

        row_set_text(row, DEVICE, step->subject);
        row_set_text(row, CHANGE, step_display_word(step, false));
}

static void display_rows(struct writer *w, size_t index)
{
        FOR_ITEM_STEPS(step, w->plan, index)
        {
                if (step_is_of_display(step))
                        display_row(w, step);
        }
}

static void bus_rows(struct writer *w, const struct plan_item *item)
{
        for (size_t i = 0; i < item->n_bus_claims; i++) {
                const struct bus_device *d = &w->inv->bus_devices[item->bus_claims[i].device];
                CLEANUP_STRBUF struct strbuf text = { 0 };
                struct row *row;

                if (!item->bus_claims[i].change)
                        continue;
                row = start(w, item, ROW_CHANGE);
                row_set_bus_device(row, d->bus, d->name);
                add_bus_change(&text, item, d, w->arrow);
                row_set(row, CHANGE, &text);
                if (i == 0)
                        row_set_text(row, NOTE, item->note);
        }
}

/* A claim, and the steps for its function. */
struct claim_view {
        const struct plan_claim *claim;
        const struct plan_step **steps;
        size_t n;
};

static struct claim_view view_of(const struct writer *w, const struct claim_steps *steps,
                                 const struct plan_claim *claim)
{
        struct claim_view view = { .claim = claim };

        view.steps = claim_steps_of(steps, claim, w->inv, &view.n);
        return view;
}

static const struct plan_step *find_step(const struct claim_view *view, enum step_kind kind)
{
        for (size_t i = 0; i < view->n; i++)
                if (view->steps[i]->kind == kind)
                        return view->steps[i];
        return NULL;
}

static void add_to_list(struct strbuf *b, const char *between, const char *text)
{
        strbuf_addf(b, "%s%s", b->len > 0 ? between : "", text);
}

/* "2 queues, 1 interrupt", if any of the item's VFs is still to get them. */
static void add_queues_of_all(const struct writer *w, struct strbuf *b, size_t index)
{
        FOR_ITEM_STEPS(step, w->plan, index)
        {
                if (step->kind != STEP_VF_QUEUES)
                        continue;
                add_to_list(b, ", ", step->value);
                strbuf_add(b, " each");
                return;
        }
}

/* The same of one VF. */
static void add_queues(struct strbuf *b, const struct claim_view *view)
{
        const struct plan_step *step = find_step(view, STEP_VF_QUEUES);

        if (step)
                add_to_list(b, ", ", step->value);
}

/* What a claim's function is given beside its settings; nothing when those are all. */
static void add_driver_change(struct writer *w, struct strbuf *text, const struct claim_view *view)
{
        const struct plan_claim *claim = view->claim;
        const struct pci_function *f = claim->function == NO_INDEX ? NULL : &w->inv->functions[claim->function];

        if (!f || !function_is_on(f, claim->driver))
                strbuf_addf(text, "%s %s %s", f ? driver_word(f->driver) : "new VF", w->arrow,
                            driver_word(claim->driver));
        else if (find_step(view, STEP_OVERRIDE))
                strbuf_addf(text, "%s, %c override", driver_word(f->driver),
                            streq(claim->driver, DRIVER_HOST) ? '-' : '+');
        add_queues(text, view);
}

/* A row about a claim's function. */
static void claim_row(struct writer *w, const struct plan_item *item, const struct plan_claim *claim,
                      struct strbuf *text)
{
        struct row *row = start(w, item, ROW_CHANGE);

        if (claim->function == NO_INDEX)
                row_set_text(row, DEVICE, item->section->selector.text);
        else
                row_set_function(row, &w->inv->functions[claim->function]);
        row_set(row, CHANGE, text);
}

/* A row for each attribute that is set of it. */
static void attribute_rows(struct writer *w, size_t index, const struct claim_view *view)
{
        for (size_t i = 0; i < view->n; i++) {
                CLEANUP_STRBUF struct strbuf text = { 0 };

                if (!step_is_of_device(view->steps[i]))
                        continue;
                step_setting_format(&text, view->steps[i], w->arrow);
                claim_row(w, &w->plan->items[index], view->claim, &text);
        }
}

static void device_rows(struct writer *w, size_t index)
{
        const struct plan_item *item = &w->plan->items[index];
        CLEANUP_CLAIM_STEPS struct claim_steps steps = { 0 };

        claim_steps_find(w->plan, index, &steps);
        for (size_t i = 0; i < item->n_claims; i++) {
                const struct plan_claim *claim = &item->claims[i];
                const struct claim_view view = view_of(w, &steps, claim);
                CLEANUP_STRBUF struct strbuf text = { 0 };
                size_t first = w->list->n;

                if (!claim->change && !claim->set)
                        continue;
                add_driver_change(w, &text, &view);
                if (text.len == 0 && claim->set) /* a VF's MAC */
                        add_settings(&text, w->plan, index, &w->inv->functions[claim->function], w->arrow);
                if (text.len > 0)
                        claim_row(w, item, claim, &text);
                attribute_rows(w, index, &view);
                if (i == 0 && claim->function != NO_INDEX && w->list->n > first)
                        row_set_text(&w->list->items[first], NOTE, item->note);
        }
}

/* The PF's own: "eth0 up, mtu 1500 → 9000, eswitch legacy → switchdev". */
static void add_pf_settings(struct writer *w, size_t index, struct strbuf *b)
{
        FOR_ITEM_STEPS(step, w->plan, index)
        {
                if (step->kind == STEP_BIND && step->has_address && !step->new_vf &&
                    pci_address_compare(&step->address, &w->inv->functions[w->plan->items[index].pf].address) == 0) {
                        strbuf_addf(b, "%sPF %s %s %s", b->len > 0 ? ", " : "", driver_word(step->old), w->arrow,
                                    step->value);
                        continue;
                }
                if (!step_is_of_sriov(step) || step_row(step)->scope == SCOPE_VF)
                        continue;
                strbuf_add(b, b->len > 0 ? ", " : "");
                step_setting_format(b, step, w->arrow);
        }
}

#define MACS_MAX 4 /* told in the plan; explain has all */

/* Derived ones are shown before they are set, so that leases and guests can be prepared. */
static void add_macs(const struct plan_item *item, struct strbuf *note)
{
        size_t n = 0;

        add_to_list(note, ", ", "MACs stable");
        for (size_t i = 0; i < item->n_claims; i++) {
                const struct values *values = item->claims[i].values;
                char mac[PROPERTY_TEXT_MAX];

                if (!values || !values_have(values, PROPERTY_MAC) || n++ >= MACS_MAX)
                        continue;
                strbuf_addf(note, "%s%s", n > 1 ? ", " : ": ",
                            property_value(PROPERTY_MAC, values->value[PROPERTY_MAC], mac));
        }
        if (n > MACS_MAX)
                strbuf_addf(note, " and %zu more (passthru-setup explain %s)", n - MACS_MAX, item->section->name);
}

static void sriov_row(struct writer *w, size_t index)
{
        const struct plan_item *item = &w->plan->items[index];
        const struct pci_function *pf = &w->inv->functions[item->pf];
        CLEANUP_STRBUF struct strbuf change = { 0 }, note = { 0 };
        struct row *row = start(w, item, ROW_CHANGE);
        size_t n = 0, n_bound = 0, n_set = 0;

        row_set_function(row, pf);
        for (size_t i = 0; i < item->n_claims; i++) {
                n += item->claims[i].change || item->claims[i].set;
                n_bound += item->claims[i].change;
                n_set += item->claims[i].set;
        }
        if (item->make && pf->numvfs == item->vfs)
                strbuf_addf(&change, "re-create %u %s", item->vfs, item->vfs == 1 ? "VF" : "VFs");
        else if (item->make)
                strbuf_addf(&change, "%u %s %u %s", pf->numvfs, w->arrow, item->vfs, item->vfs == 1 ? "VF" : "VFs");
        else if (n > 0)
                strbuf_addf(&change, "%zu of %u VFs", n, item->vfs);
        if (n_bound > 0)
                strbuf_addf(&note, "%s %s", w->arrow, driver_word(item->claims[0].driver));
        add_queues_of_all(w, &note, index);
        if (n_set > 0 || (n_bound > 0 && item->section->values.stable))
                add_macs(item, &note);
        add_pf_settings(w, index, change.len > 0 ? &note : &change);
        if (change.len == 0) /* the PF's autoprobe alone */
                strbuf_addf(&change, "0 of %u VFs", item->vfs);
        if (item->note)
                add_to_list(&note, "; ", item->note);
        row_set(row, CHANGE, &change);
        row_set(row, NOTE, &note);
}

/* VFs to come are shown together, those that are there each by its address. */
static void vf_rows(struct writer *w, size_t index)
{
        const struct plan_item *item = &w->plan->items[index];
        const struct values *vf = &item->section->values;
        CLEANUP_CLAIM_STEPS struct claim_steps steps = { 0 };
        bool first = true;

        claim_steps_find(w->plan, index, &steps);
        for (size_t i = 0; i < item->n_claims && first; i++) {
                const struct plan_claim *claim = &item->claims[i];
                const struct pci_function *f =
                        claim->function == NO_INDEX ? NULL : &w->inv->functions[claim->function];
                const struct claim_view view = view_of(w, &steps, claim);
                CLEANUP_STRBUF struct strbuf change = { 0 }, note = { 0 };
                char address[PCI_ADDRESS_MAX];
                struct row *row;

                if (!claim->change && !claim->set)
                        continue;
                row = start(w, item, ROW_CHANGE);
                if (f)
                        row_set_function(row, f);
                else
                        row_set_text(row, DEVICE, pci_address_format(&w->inv->functions[item->pf].address, address));
                if (!f && item->n_claims == 1)
                        strbuf_addf(&change, "new VF %s %s", w->arrow, driver_word(claim->driver));
                else if (!f)
                        strbuf_addf(&change, "%zu new VFs %s %s", item->n_claims, w->arrow,
                                    driver_word(claim->driver));
                else
                        add_driver_change(w, &change, &view);
                if (!f) {
                        struct values wanted = *vf;

                        if (item->n_claims == 1)
                                values_count(&wanted, claim->vf_index);
                        values_words_format(&wanted, values_wanted(vf), &note);
                        if (item->n_claims == 1)
                                add_queues(&note, &view);
                        else
                                add_queues_of_all(w, &note, index);
                } else if (claim->set)
                        add_settings(change.len > 0 ? &note : &change, w->plan, index, f, w->arrow);
                row_set(row, CHANGE, &change);
                row_set(row, NOTE, &note);
                first = f != NULL;
        }
}

static void mdev_rows(struct writer *w, const struct plan_item *item)
{
        for (size_t i = 0; i < item->n_mdevs; i++) {
                const struct plan_mdev *m = &item->mdevs[i];
                CLEANUP_STRBUF struct strbuf text = { 0 }, vf = { 0 };
                char uuid[UUID_TEXT_MAX];
                struct row *row;

                if (m->exists)
                        continue;
                row = start(w, item, ROW_CHANGE);
                strbuf_add(&vf, m->parent == NO_INDEX ? item->parent_name : w->inv->parents[m->parent].name);
                if (m->parent == NO_INDEX && item->spread)
                        strbuf_addf(&vf, " VF %u", m->vf_index);
                row_set(row, DEVICE, &vf);
                if (m->replaces > 0)
                        strbuf_addf(&text, "vGPU %u %s ", m->replaces, w->arrow);
                strbuf_addf(&text, "%s%s %s", m->replaces > 0 ? "" : "+ ", m->vgpu ? "vGPU" : "mdev", item->type_id);
                if (item->type_name && !streq(item->type_name, item->type_id))
                        strbuf_addf(&text, " (%s)", item->type_name);
                row_set(row, CHANGE, &text);
                if (m->vgpu) /* the VF is all that a VM's configuration needs */
                        continue;
                if (m->parent == NO_INDEX && vgpu_may_come(w->inv, item->pf))
                        row_set_text(row, NOTE, "or the VF itself, if the driver has no mdevs");
                else
                        row_set_text(row, NOTE, m->known ? uuid_format(m->uuid, uuid) : "uuid derived on the host");
        }
}

static void module_rows(struct writer *w, size_t index)
{
        const struct plan_item *item = &w->plan->items[index];

        FOR_ITEM_STEPS(step, w->plan, index)
        {
                CLEANUP_STRBUF struct strbuf text = { 0 };
                struct row *row;

                if (step->phase > PHASE_MODULE)
                        continue;
                row = start(w, item, ROW_CHANGE);
                row_set_text(row, DEVICE, "module");
                if (step->kind == STEP_MODULE_PARAM)
                        strbuf_addf(&text, "%s = %s %s %s", step->attribute, step->old, w->arrow, step->value);
                else
                        strbuf_addf(&text, "load%s%s", step->value ? " with " : "", step->value ? step->value : "");
                row_set(row, CHANGE, &text);
        }
}

void rows_of_plan(const struct plan *plan, const struct inventory *inv, const char *arrow, struct row_list *ret)
{
        struct writer w = { plan, inv, arrow, ret };

        ret->columns = plan_columns;
        for (size_t i = 0; i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];

                if (item->verdict == VERDICT_ABSENT || item->verdict == VERDICT_REFUSED)
                        not_done(&w, item);
                if (item->section->dormant && !item->section->left_out)
                        on_demand(&w, item);
                if (item->verdict != VERDICT_CHANGE)
                        continue;
                switch (item->section->kind) {
                case SECTION_DEVICE:
                        display_rows(&w, i);
                        device_rows(&w, i);
                        bus_rows(&w, item);
                        break;
                case SECTION_SRIOV:
                        sriov_row(&w, i);
                        break;
                case SECTION_VF:
                        vf_rows(&w, i);
                        break;
                case SECTION_MDEV:
                        mdev_rows(&w, item);
                        break;
                case SECTION_MODULE:
                        module_rows(&w, i);
                        break;
                case SECTION_DEFAULTS:
                case SECTION_KIND_MAX:
                        break;
                }
        }
}

char *plan_summary(const struct plan *plan)
{
        struct plan_counts c = plan_count(plan);
        CLEANUP_STRBUF struct strbuf b = { 0 };

        step_counts_format(&c.steps, SUMMARY_PLAN, &b);
        strbuf_add_count(&b, c.ok, "section is as configured", "sections are as configured");
        strbuf_add_count(&b, c.absent, "absent", "absent");
        strbuf_add_count(&b, c.refused, "refused", "refused");
        strbuf_add_count(&b, c.disabled, "disabled", "disabled");
        strbuf_add_count(&b, c.on_demand, "on demand", "on demand");
        strbuf_add(&b, ".");
        return strbuf_steal(&b);
}
