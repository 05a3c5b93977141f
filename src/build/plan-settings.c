/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps that set properties of a device: before its driver lets it go, while it has none, and once the next one
 * has it. */
#include <stdlib.h>

#include "build/plan-internal.h"
#include "plan/step-setting.h"

void set_step(struct builder *b, struct plan_item *item, const struct plan_claim *claim, enum step_phase phase,
              const struct values *want, uint64_t mask)
{
        const struct pci_function *f = claim->function == NO_INDEX ? NULL : &b->inv->functions[claim->function];
        struct plan_step *step = add_step(b, item, phase, STEP_SET, NULL, NULL);

        at_claim(b, item, claim, step);
        step_set_changes(step, want, f ? f->values : NULL, mask);
        step->guarded = f && driver_is_vfio(f->driver) && step_row(step)->guarded;
}

struct plan_step *set_pf_step(struct builder *b, struct plan_item *item, enum step_phase phase, enum property property,
                              uint64_t old, uint64_t value)
{
        struct plan_step *step = add_step(b, item, phase, STEP_SET, NULL, NULL);

        at_address(step, &b->inv->functions[item->pf].address);
        step->changes[0] = (struct property_change){ property, true, old, value };
        step->n_changes = 1;
        return step;
}

/* Whether the section sets anything of this function. */
static bool is_set(const struct plan_item *item, const struct plan_claim *claim)
{
        return claim->named && config_sets_device(item->section);
}

/* What it was before, if it was changed: which methods the kernel would take by default, only a write tells. */
static void settle_default(const struct builder *b, const struct plan_claim *claim, enum property p,
                           struct values *want)
{
        const struct pci_function *f = claim->function == NO_INDEX ? NULL : &b->inv->functions[claim->function];
        const struct state_device *d;

        if (!values_have(want, p) || want->value[p] != LIST_DEFAULT)
                return;
        want->known &= ~PROPERTY_BIT(p);
        d = f && b->in->state ? state_find_device(b->in->state, &f->address) : NULL;
        if (d && d->vendor == f->vendor && d->device == f->device)
                values_keep(want, &d->before, PROPERTY_BIT(p));
}

/* What is wanted of the function itself. */
static struct values wanted_of(const struct builder *b, const struct plan_item *item, const struct plan_claim *claim)
{
        struct values want = item->section->values;

        want.known &= claim->named ? property_scope_mask(SCOPE_DEVICE) : 0;
        settle_default(b, claim, PROPERTY_RESET_METHOD, &want);
        return want;
}

/* What there is; NULL for a VF to come. */
static const struct values *found_of(const struct builder *b, const struct plan_claim *claim)
{
        return claim->function == NO_INDEX ? NULL : b->inv->functions[claim->function].values;
}

/* Those that differ and are set then; of a VF to come, all. */
static uint64_t differing(const struct builder *b, const struct plan_item *item, const struct plan_claim *claim,
                          enum property_when when, struct values *ret_want)
{
        static const struct values nothing;
        const struct values *have = found_of(b, claim);
        uint64_t mask;

        *ret_want = wanted_of(b, item, claim);
        mask = values_difference(ret_want, have ? have : &nothing);
        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if (properties[p].when != when)
                        mask &= ~PROPERTY_BIT(p);
        return mask;
}

static void check_bar(struct plan_item *item, const struct pci_function *f, enum property p)
{
        unsigned bar = p - PROPERTY_BAR_SIZE_0;
        const struct config_loc *loc = config_loc_of(item->section, KEY_PROPERTY + p);
        uint64_t want = item->section->values.value[p], have = f->values->value[p],
                 offered = f->details->bar_sizes[bar];
        CLEANUP_FREE char *sizes = NULL;
        char text[BAR_SIZE_MAX];

        if (offered >> bar_size_bit(want) & 1)
                return;
        if (!values_have(f->values, p) || have == 0) {
                item_fail(item, VERDICT_REFUSED, loc, "%s has no BAR %u", ADDRESS_TEXT(f), bar);
                return;
        }
        if (offered == 0) {
                item_fail(item, VERDICT_REFUSED, loc,
                          "BAR %u of %s can't be resized: the device or the kernel offers no sizes for it (it is %s)",
                          bar, ADDRESS_TEXT(f), bar_size_format(have, text));
                return;
        }
        sizes = bar_size_list(offered);
        item_fail(item, VERDICT_REFUSED, loc, "BAR %u of %s can't be %s; it can be %s", bar, ADDRESS_TEXT(f),
                  bar_size_format(want, text), sizes);
}

static void check_property(struct plan_item *item, const struct pci_function *f, enum property p)
{
        if (properties[p].transport == TRANSPORT_BAR)
                check_bar(item, f, p);
        else if (!values_have(f->values, p))
                item_fail(item, VERDICT_REFUSED, config_loc_of(item->section, KEY_PROPERTY + p), "%s %s",
                          ADDRESS_TEXT(f), properties[p].lacks);
}

/* A VF that is not there yet: only that it is a VF is known. */
static void check_new_vf(struct plan_item *item)
{
        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if (values_have(&item->section->values, p) && properties[p].transport == TRANSPORT_BAR)
                        item_fail(item, VERDICT_REFUSED, config_loc_of(item->section, KEY_PROPERTY + p),
                                  "%s is a VF, which has no BARs of its own to resize", item->section->selector.text);
        if (item->section->rom_dump)
                item_fail(item, VERDICT_REFUSED, config_loc_of(item->section, KEY_ROM_DUMP),
                          "%s is a VF, which has no option ROM", item->section->selector.text);
}

/* The kernel resizes nothing that has VFs, and a rebind would cost mdevs their parent. */
static void check_resize(struct builder *b, struct plan_item *item, const struct plan_claim *claim)
{
        const struct pci_function *f = &b->inv->functions[claim->function];

        if (!settings_need_unbound(b, item, claim))
                return;
        if (f->numvfs > 0)
                item_fail(item, VERDICT_REFUSED, NULL, "%s has %u VFs, and the kernel resizes no BAR beside them",
                          ADDRESS_TEXT(f), f->numvfs);
        check_mdevs(b, item, claim->function);
}

void settings_check(struct builder *b, struct plan_item *item, const struct plan_claim *claim)
{
        uint64_t wanted = item->section->values.known & property_scope_mask(SCOPE_DEVICE);
        const struct pci_function *f;

        if (!is_set(item, claim))
                return;
        if (claim->function == NO_INDEX) {
                check_new_vf(item);
                return;
        }
        f = &b->inv->functions[claim->function];
        if (!f->values || !f->details) {
                item_fail(item, VERDICT_REFUSED, NULL, "failed to read the attributes of %s", ADDRESS_TEXT(f));
                return;
        }
        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if (wanted & PROPERTY_BIT(p))
                        check_property(item, f, p);
        if (item->section->rom_dump && !f->details->rom && !f->details->rom_dumped)
                item_fail(item, VERDICT_REFUSED, config_loc_of(item->section, KEY_ROM_DUMP),
                          "%s has no option ROM to dump", ADDRESS_TEXT(f));
        check_resize(b, item, claim);
}

static void rom_step(struct builder *b, struct plan_item *item, const struct plan_claim *claim, enum step_phase phase,
                     const char *file)
{
        CLEANUP_STRBUF struct strbuf path = { 0 };
        struct plan_step *step;

        strbuf_addf(&path, "/%s", file);
        step = add_step(b, item, phase, STEP_ROM_DUMP, NULL, path.text);
        at_claim(b, item, claim, step);
        step_set(step, NULL, "rom");
}

static void set_steps(struct builder *b, struct plan_item *item, const struct plan_claim *claim, enum step_phase phase,
                      const struct values *want, uint64_t mask)
{
        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if (mask & PROPERTY_BIT(p))
                        set_step(b, item, claim, phase, want, PROPERTY_BIT(p));
}

void settings_before(struct builder *b, struct plan_item *item, const struct plan_claim *claim, enum step_phase phase)
{
        const struct pci_details *have =
                claim->function == NO_INDEX ? NULL : b->inv->functions[claim->function].details;
        struct values want;
        uint64_t mask = differing(b, item, claim, WHEN_BEFORE_UNBIND, &want);

        if (claim->named && item->section->rom_dump && have && !have->rom_dumped)
                rom_step(b, item, claim, phase, item->section->rom_dump);
        set_steps(b, item, claim, phase, &want, mask);
}

bool settings_need_unbound(const struct builder *b, const struct plan_item *item, const struct plan_claim *claim)
{
        struct values want;

        return found_of(b, claim) && differing(b, item, claim, WHEN_UNBOUND, &want) != 0;
}

void settings_unbound(struct builder *b, struct plan_item *item, const struct plan_claim *claim, enum step_phase phase)
{
        struct values want;
        uint64_t mask = found_of(b, claim) ? differing(b, item, claim, WHEN_UNBOUND, &want) : 0;

        set_steps(b, item, claim, unbound_phase(b, claim, phase), &want, mask);
}

void settings_after(struct builder *b, struct plan_item *item, const struct plan_claim *claim, enum step_phase phase,
                    bool bound)
{
        struct values want;
        uint64_t mask = differing(b, item, claim, WHEN_BOUND, &want);

        /* vfio-pci sets it to auto whenever it takes a device (vfio_pci_core_register_device()). */
        if (bound && driver_is_vfio(claim->driver))
                mask |= want.known & PROPERTY_BIT(PROPERTY_POWER_CONTROL);
        set_steps(b, item, claim, phase, &want, mask);
}
