/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of `status`: section, device, status, what is there, why. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/uuid.h"
#include "plan/advice.h"
#include "plan/step-setting.h"
#include "plan/step-kind.h"
#include "view/rows-internal.h"

enum { SECTION, DEVICE, STATUS, ACTUAL, WHY };

static const struct column columns[ROW_COLUMNS] = {
        [SECTION] = { "SECTION", COLUMN_NAME, .share = 0.25 },
        [DEVICE] = { "DEVICE", COLUMN_DEVICE, .share = 0.22 },
        [STATUS] = { "STATUS", .role = COLUMN_VERDICT },
        [ACTUAL] = { "ACTUAL", .share = 0.47 },
        [WHY] = { "NOTE", .fold = FOLD_BESIDE, .room = 40, .into = ACTUAL },
};

static void add_device(struct strbuf *b, const struct plan_item *item, const struct inventory *inv)
{
        char address[PCI_ADDRESS_MAX];
        size_t function = item->section->kind == SECTION_SRIOV ? item->pf
                          : item->n_claims > 0                 ? item->claims[0].function
                                                               : NO_INDEX;

        if (item->section->kind == SECTION_MODULE)
                strbuf_add(b, "module");
        else if (item->section->kind == SECTION_MDEV)
                strbuf_add(b, item->parent_name ? item->parent_name : item->section->selector.text);
        else if (function == NO_INDEX)
                strbuf_add(b, item->section->selector.text);
        else
                strbuf_add(b, pci_address_format(&inv->functions[function].address, address));
        /* VFs are numbered in the name already. */
        if (item->section->kind == SECTION_DEVICE && item->n_claims + item->n_bus_claims > 1)
                strbuf_addf(b, " +%zu", item->n_claims + item->n_bus_claims - 1);
}

struct driver_count {
        const char *driver; /* NULL: none */
        size_t n;
};

/* The drivers that the claimed functions are on, which are all of a number or some: "vfio-pci", "7 on igbvf, 1 on no
 * driver". */
static void add_drivers(struct strbuf *b, const struct plan_item *item, const struct inventory *inv, size_t all)
{
        CLEANUP_FREE struct driver_count *counts = NULL;
        size_t n = 0, alloc = 0;

        for (size_t i = 0; i < item->n_claims; i++) {
                const char *driver;
                size_t k = 0;

                if (item->claims[i].function == NO_INDEX)
                        continue;
                driver = inv->functions[item->claims[i].function].driver;
                while (k < n && !streq_ptr(counts[k].driver, driver))
                        k++;
                if (k == n) {
                        struct driver_count *new = ARRAY_APPEND(counts, n, alloc);

                        new->driver = driver;
                }
                counts[k].n++;
        }
        for (size_t k = 0; k < n; k++) {
                strbuf_add(b, k > 0 ? ", " : "");
                if (counts[k].n < all)
                        strbuf_addf(b, "%zu on ", counts[k].n);
                strbuf_add(b, driver_word(counts[k].driver));
        }
}

/* The drivers of a PF's VFs; those with sections of their own are shown there. */
static void add_vf_drivers(struct strbuf *b, const struct plan_item *item, const struct inventory *inv)
{
        size_t others = item->verdict == VERDICT_REFUSED ? 0 : item->vfs - item->n_claims;

        if (item->n_claims > 0) {
                strbuf_add(b, ": ");
                add_drivers(b, item, inv, item->vfs);
        }
        if (others > 0 && item->n_claims > 0)
                strbuf_addf(b, ", %zu in other sections", others);
        else if (others > 0)
                strbuf_add(b, ", all in other sections");
}

/* What is set of the VFs, of what the section speaks of; of several, what the first has. */
static void add_vf_values(struct strbuf *b, const struct plan_item *item, const struct inventory *inv)
{
        size_t f = item->n_claims > 0 ? item->claims[0].function : NO_INDEX;
        const struct values *have = f == NO_INDEX ? NULL : inv->functions[f].values;

        if (!have || (item->section->values.known & have->known) == 0)
                return;
        strbuf_add(b, b->len > 0 ? ", " : "");
        values_words_format(have, item->section->values.known & have->known, b);
}

/* What the PF has, of what the section speaks of. */
static void add_pf_values(struct strbuf *b, const struct plan_item *item, const struct inventory *inv)
{
        const struct values *have = inv->functions[item->pf].values;
        uint64_t mask = have ? item->section->values.known & have->known & property_scope_mask(SCOPE_PF) : 0;

        strbuf_add(b, mask ? ", " : "");
        if (have)
                values_words_format(have, mask, b);
}

void add_actual(struct strbuf *b, const struct plan_item *item, const struct inventory *inv)
{
        const struct module_info *module = inventory_find_module(inv, item->section->name);
        size_t n = 0;

        if (item->verdict == VERDICT_ABSENT || item->verdict == VERDICT_DISABLED)
                return;
        switch (item->section->kind) {
        case SECTION_DEVICE:
                add_drivers(b, item, inv, item->n_claims);
                add_bus_drivers(b, item, inv);
                break;
        case SECTION_VF:
                add_drivers(b, item, inv, item->n_claims);
                add_vf_values(b, item, inv);
                if (b->len == 0 && item->n_claims > 0)
                        strbuf_add(b, "not there");
                break;
        case SECTION_SRIOV:
                if (item->pf == NO_INDEX)
                        break;
                strbuf_addf(b, "%u VFs", inv->functions[item->pf].numvfs);
                if (inv->functions[item->pf].numvfs != item->vfs)
                        strbuf_addf(b, " of %u", item->vfs);
                else if (!item->make)
                        add_vf_drivers(b, item, inv);
                add_pf_values(b, item, inv);
                break;
        case SECTION_MDEV:
                if (item->n_mdevs == 0)
                        break;
                for (size_t i = 0; i < item->n_mdevs; i++)
                        n += item->mdevs[i].exists;
                if (n < item->n_mdevs)
                        strbuf_addf(b, "%zu of ", n);
                strbuf_addf(b, "%zu %s%s %s", item->n_mdevs, item->mdevs[0].vgpu ? "vGPU" : "mdev",
                            item->n_mdevs == 1 ? "" : "s", item->type_id ? item->type_id : item->section->type);
                break;
        case SECTION_MODULE:
                strbuf_add(b, module && module->loaded ? "loaded" : "not loaded");
                break;
        case SECTION_DEFAULTS:
        case SECTION_KIND_MAX:
                break;
        }
}

static bool any_off_driver(const struct plan_item *item, const struct inventory *inv)
{
        if (item->section->bus != BUS_PCI)
                return any_bus_change(item, inv);
        for (size_t i = 0; i < item->n_claims; i++)
                if (item->claims[i].function == NO_INDEX ||
                    !function_is_on(&inv->functions[item->claims[i].function], item->claims[i].driver))
                        return true;
        return false;
}

/* What attributes are and should not be: "power-control auto and not on; bar-size.1 256M and not 8G" */
static void add_attributes(struct strbuf *b, const struct plan *plan, size_t index)
{
        size_t n = 0;

        FOR_ITEM_STEPS(step, plan, index)
        {
                if (!step_is_of_device(step))
                        continue;
                strbuf_add(b, n++ > 0 ? "; " : "");
                step_setting_format(b, step, step->kind == STEP_ROM_DUMP ? "is not in" : "and not");
        }
}

/* "wanted: vlan 200, qos 3", of several VFs what the first of them lacks: "wanted: trust yes; 2 more VFs differ". */
static void add_missing_settings(struct strbuf *b, const struct plan *plan, size_t index)
{
        const struct pci_address *first = NULL, *last = NULL;
        size_t others = 0;

        FOR_ITEM_STEPS(step, plan, index)
        {
                if (!step_is_of_sriov(step))
                        continue;
                if (!first)
                        strbuf_addf(b, "%swanted: ", b->len > 0 ? "; " : "");
                if (!first || pci_address_compare(&step->address, first) == 0) {
                        strbuf_add(b, first ? ", " : "");
                        step_setting_format(b, step, NULL);
                } else
                        others += pci_address_compare(&step->address, last) != 0;
                last = &step->address;
                first = first ? first : last;
        }
        if (others > 0)
                strbuf_addf(b, "; %zu more %s", others, others == 1 ? "VF differs" : "VFs differ");
}

static void add_missing_queues(struct strbuf *b, const struct plan *plan, size_t index)
{
        size_t n = 0;

        FOR_ITEM_STEPS(step, plan, index)
        n += step->kind == STEP_VF_QUEUES;
        if (n > 0)
                strbuf_addf(b, "%s%zu of the VFs %s offline or %s other queues", b->len > 0 ? "; " : "", n,
                            n == 1 ? "is" : "are", n == 1 ? "has" : "have");
}

void add_drift(struct strbuf *b, const struct plan *plan, const struct plan_item *item, const struct inventory *inv)
{
        size_t index = (size_t) (item - plan->items);

        if (any_off_driver(item, inv))
                return;
        add_attributes(b, plan, index);
        add_missing_settings(b, plan, index);
        add_missing_queues(b, plan, index);
        if (b->len == 0 && item->n_claims > 0 && !streq(item->claims[0].driver, DRIVER_HOST))
                strbuf_add(b, "driver_override is not set: another driver may bind it");
}

/* The VFs, but for the one that the section names, and which of them have another type. */
static void add_vgpus(struct strbuf *b, const struct plan_item *item, const struct inventory *inv)
{
        for (size_t i = 0; i < item->n_mdevs; i++) {
                const struct plan_mdev *m = &item->mdevs[i];
                const char *vf = m->parent == NO_INDEX ? NULL : inv->parents[m->parent].name;

                if (!vf || (streq_ptr(vf, item->parent_name) && m->replaces == 0))
                        continue;
                strbuf_addf(b, "%s%s", b->len > 0 ? ", " : "", vf);
                if (m->replaces > 0)
                        strbuf_addf(b, " is of type %u", m->replaces);
        }
}

/* Beside the driver that is wanted: ", eswitch switchdev". */
static void add_missing_eswitch(struct strbuf *b, const struct plan *plan, size_t index)
{
        FOR_ITEM_STEPS(step, plan, index)
        {
                if (!step_sets(step, PROPERTY_ESWITCH))
                        continue;
                strbuf_add(b, ", ");
                step_setting_format(b, step, NULL);
        }
}

/* What the first step for a section that is neither of a driver nor of settings would set: "wanted: vfs 0". */
static void add_first_change(struct strbuf *b, const struct plan *plan, size_t index)
{
        FOR_ITEM_STEPS(step, plan, index)
        {
                const char *property = step_kind_property(step->kind);

                if (step_is_part(step))
                        continue;
                if (step->kind == STEP_MODULE_LOAD)
                        strbuf_add(b, "wanted: loaded");
                else
                        strbuf_addf(b, "wanted: %s %s", property ? property : step->attribute,
                                    step->value ? step->value : "none");
                return;
        }
}

/* What keeps an item from being as configured: what differs, or the driver that is wanted. */
static void add_difference(struct strbuf *b, const struct plan *plan, const struct plan_item *item,
                           const struct inventory *inv)
{
        size_t index = (size_t) (item - plan->items);

        add_drift(b, plan, item, inv);
        if (b->len > 0)
                return;
        if (item->n_claims > 0) {
                strbuf_addf(b, "wanted: %s", driver_word(item->claims[0].driver));
                add_missing_eswitch(b, plan, index);
        } else if (item->n_bus_claims > 0)
                strbuf_addf(b, "wanted: %s", item->section->driver);
        else
                add_first_change(b, plan, index);
}

void add_reason(struct strbuf *b, const struct plan *plan, const struct plan_item *item, const struct inventory *inv,
                const struct state *state)
{
        switch (section_status(item, state)) {
        case STATUS_ABSENT:
        case STATUS_WAITING:
        case STATUS_REFUSED:
                strbuf_add(b, item->reason ? item->reason : "");
                break;
        case STATUS_FAILED:
        case STATUS_STUCK:
                strbuf_add(b, item_failure_text(item, state));
                break;
        case STATUS_DRIFT:
                add_difference(b, plan, item, inv);
                break;
        case STATUS_DISABLED: /* what it refers to is */
                strbuf_add(b, item->section->enabled && !item->section->left_out && item->reason ? item->reason : "");
                break;
        case STATUS_ON_DEMAND:
                config_add_when(b, item->section);
                break;
        case STATUS_OK:
        case STATUS_RELEASED:
                break;
        }
}

/* The UUID of an mdev, or the VFs that are vGPUs, for it is what a VM's config needs; else the wanted driver of a
 * device that is not on it. */
static void add_wanted(struct strbuf *b, const struct plan *plan, const struct plan_item *item,
                       const struct inventory *inv)
{
        char uuid[UUID_TEXT_MAX];

        if (item->n_mdevs > 0 && item->mdevs[0].vgpu) {
                add_vgpus(b, item, inv);
        } else if (item->section->kind == SECTION_MDEV && item->n_mdevs > 0 && item->mdevs[0].known) {
                strbuf_add(b, uuid_format(item->mdevs[0].uuid, uuid));
                if (item->n_mdevs > 1)
                        strbuf_addf(b, " and %zu more", item->n_mdevs - 1);
                return;
        }
        if (b->len == 0 && item->verdict == VERDICT_CHANGE)
                add_difference(b, plan, item, inv);
        if (b->len == 0 && item->note)
                strbuf_add(b, item->note);
}

/* For which VM a section that is not for boot is in force. */
static void add_hold(struct strbuf *b, const struct plan_item *item, const struct state *state)
{
        CLEANUP_FREE char *key = config_section_key(item->section);
        const struct state_hold *hold = state ? state_find_hold(state, key) : NULL;

        if (!hold)
                return;
        strbuf_add(b, b->len > 0 ? "; " : "");
        strbuf_add(b, hold->vm ? "for " : "by hand");
        state_hold_add_vm(b, hold);
}

static void add_why(struct strbuf *b, const struct plan *plan, const struct plan_item *item,
                    const struct inventory *inv, const struct state *state)
{
        enum section_status status = section_status(item, state);

        if (item->verdict == VERDICT_ABSENT || status == STATUS_REFUSED || status == STATUS_FAILED ||
            status == STATUS_STUCK) {
                add_reason(b, plan, item, inv, state);
                add_place(b, item);
        } else if (status == STATUS_ON_DEMAND)
                add_reason(b, plan, item, inv, state);
        else if (item->section->skipped)
                strbuf_add(b, "passthru.skip= on the kernel command line");
        else if (status == STATUS_RELEASED)
                strbuf_add(b, "run: " HOW_TO_APPLY " to hand it over again");
        else {
                add_wanted(b, plan, item, inv);
                add_hold(b, item, state);
                if (plan_item_forced(item) != 0 && item->verdict == VERDICT_CHANGE) { /* else it is in the note */
                        strbuf_add(b, "; forced: ");
                        plan_add_reasons(b, item, true);
                }
        }
}

/* An apply of everything has nothing to do with it. */
static bool is_left_alone(enum section_status status)
{
        return status == STATUS_DISABLED || status == STATUS_ON_DEMAND;
}

enum row_color status_summary(const struct plan *plan, const struct state *state, struct strbuf *b)
{
        static const char *const words[SECTION_STATUSES] = { [STATUS_DRIFT] = "to apply",
                                                             [STATUS_ON_DEMAND] = "on demand" };
        struct status_counts counts = status_count(plan, state);
        enum row_color color = ROW_GOOD;
        size_t all = 0;

        for (enum section_status s = 0; s < SECTION_STATUSES; s++)
                all += is_left_alone(s) ? 0 : counts.n[s];
        if (all + counts.n[STATUS_DISABLED] + counts.n[STATUS_ON_DEMAND] == 0)
                return ROW_PLAIN;
        strbuf_addf(b, "%zu of %zu as configured", counts.n[STATUS_OK], all);
        for (enum section_status s = STATUS_OK + 1; s < SECTION_STATUSES; s++) {
                const char *word = words[s] ? words[s] : section_status_name(s);

                strbuf_add_count(b, counts.n[s], word, word);
                if (counts.n[s] > 0 && !is_left_alone(s) && color != ROW_BAD)
                        color = status_color(s);
        }
        strbuf_add(b, ".");
        return color;
}

void rows_of_status(const struct plan *plan, const struct inventory *inv, const struct state *state,
                    const struct pools *pools, struct row_list *ret)
{
        ret->columns = columns;
        for (size_t i = 0; i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];
                enum section_status status = section_status(item, state);
                CLEANUP_STRBUF struct strbuf device = { 0 }, actual = { 0 }, why = { 0 };
                struct row *row;

                if (item->section->left_out)
                        continue;
                row = add_row(ret, status_color(status));

                if (item->verdict == VERDICT_ABSENT && !item->section->required)
                        row->color = ROW_DIM;
                row_set_text(row, SECTION, item->section->name);
                row_set_text(row, STATUS, section_status_name(status));
                add_device(&device, item, inv);
                row_set(row, DEVICE, &device);
                add_actual(&actual, item, inv);
                row_set(row, ACTUAL, &actual);
                add_why(&why, plan, item, inv, state);
                if (pools)
                        add_pool_use(&why, &pools->items[i], &pools->view);
                row_set(row, WHY, &why);
        }
}
