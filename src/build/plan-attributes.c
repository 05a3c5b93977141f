/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps that set attributes of a device: before its driver lets it go, while it has none, and once the next one has it. */
#include <stdlib.h>

#include "build/plan-internal.h"
#include "property/bar-size.h"
#include "property/pci-attribute.h"

/* NULL: the section sets nothing of this function. */
static const struct config_attributes *wanted_of(const struct plan_item *item, const struct plan_claim *claim)
{
        return claim->named && config_has_attributes(item->section) ? &item->section->attributes : NULL;
}

/* What there is; NULL for a VF to come. */
static const struct pci_attributes *found_of(const struct builder *b, const struct plan_claim *claim)
{
        return claim->function == NO_INDEX ? NULL : b->inv->functions[claim->function].attributes;
}

/* What it was before, if it was changed: which methods the kernel would take by default, only a write tells. */
static const char *wanted_reset(const struct builder *b, const struct config_attributes *want,
                                const struct plan_claim *claim)
{
        const struct pci_function *f = claim->function == NO_INDEX ? NULL : &b->inv->functions[claim->function];
        const struct state_device *d;
        const struct state_attribute *before;

        if (!want->reset_method || !streq(want->reset_method, RESET_DEFAULT))
                return want->reset_method;
        d = f && b->in->state ? state_find_device(b->in->state, &f->address) : NULL;
        before = d && d->vendor == f->vendor && d->device == f->device ? state_find_attribute(d, ATTRIBUTE_RESET) : NULL;
        return before ? before->value : NULL;
}

static void check_there(struct builder *b, struct plan_item *item, const struct pci_function *f, enum config_key key,
                        bool there, const char *lacks)
{
        if (!there && config_has(item->section, key))
                item_fail(b, item, VERDICT_REFUSED, config_loc_of(item->section, key), "%s %s", ADDRESS_TEXT(f), lacks);
}

static void check_bar(struct builder *b, struct plan_item *item, const struct pci_function *f, unsigned bar)
{
        const struct pci_bar *have = &f->attributes->bars[bar];
        const struct config_loc *loc = config_loc_of(item->section, KEY_BAR_SIZE_0 + bar);
        uint64_t want = item->section->attributes.bar_sizes[bar];
        CLEANUP_FREE char *sizes = NULL;
        char text[BAR_SIZE_MAX];

        if (want == 0 || (have->sizes >> bar_size_bit(want) & 1))
                return;
        if (have->size == 0) {
                item_fail(b, item, VERDICT_REFUSED, loc, "%s has no BAR %u", ADDRESS_TEXT(f), bar);
                return;
        }
        if (have->sizes == 0) {
                item_fail(b, item, VERDICT_REFUSED, loc, "BAR %u of %s can't be resized: the device or the kernel offers no "
                          "sizes for it (it has %s)", bar, ADDRESS_TEXT(f), bar_size_format(have->size, text));
                return;
        }
        sizes = bar_size_list(have->sizes);
        b->out_of_memory = b->out_of_memory || !sizes;
        item_fail(b, item, VERDICT_REFUSED, loc, "BAR %u of %s can't be %s; it can be %s", bar, ADDRESS_TEXT(f),
                  bar_size_format(want, text), sizes ? sizes : "");
}

/* A VF that is not there yet: only that it is a VF is known. */
static void check_new_vf(struct builder *b, struct plan_item *item)
{
        for (enum config_key key = KEY_BAR_SIZE_0; key <= KEY_ROM_DUMP; key++)
                if (config_has(item->section, key))
                        item_fail(b, item, VERDICT_REFUSED, config_loc_of(item->section, key),
                                  "%s is a VF, which has no %s", item->section->selector.text,
                                  key == KEY_ROM_DUMP ? "option ROM" : "BARs of its own to resize");
}

/* The kernel resizes nothing that has VFs, and a rebind would cost mdevs their parent. */
static void check_resize(struct builder *b, struct plan_item *item, const struct plan_claim *claim)
{
        const struct pci_function *f = &b->inv->functions[claim->function];

        if (!attributes_resize(b, item, claim))
                return;
        if (f->numvfs > 0)
                item_fail(b, item, VERDICT_REFUSED, NULL, "%s has %u VFs, and the kernel resizes no BAR beside them",
                          ADDRESS_TEXT(f), f->numvfs);
        check_mdevs(b, item, claim->function);
}

void attributes_check(struct builder *b, struct plan_item *item, const struct plan_claim *claim)
{
        const struct config_attributes *want = wanted_of(item, claim);
        const struct pci_attributes *have = found_of(b, claim);
        const struct pci_function *f;

        if (!want)
                return;
        if (claim->function == NO_INDEX) {
                check_new_vf(b, item);
                return;
        }
        f = &b->inv->functions[claim->function];
        if (!have) {
                item_fail(b, item, VERDICT_REFUSED, NULL, "the attributes of %s can't be read", ADDRESS_TEXT(f));
                return;
        }
        check_there(b, item, f, KEY_RESET_METHOD, have->reset_method != NULL,
                    "has no reset_method: it knows no reset, or the kernel is older than Linux 5.15");
        check_there(b, item, f, KEY_D3COLD, have->d3cold != NULL, "has no d3cold_allowed: the kernel has no ACPI for it");
        check_there(b, item, f, KEY_POWER_CONTROL, have->power_control != NULL,
                    "has no power/control: the kernel has no power management");
        check_there(b, item, f, KEY_ROM_DUMP, have->rom || have->rom_dumped, "has no option ROM to dump");
        for (unsigned bar = 0; bar < PCI_BARS; bar++)
                check_bar(b, item, f, bar);
        check_resize(b, item, claim);
}

static struct plan_step *claim_step(struct builder *b, struct plan_item *item, const struct plan_claim *claim,
                                    enum step_phase phase, enum step_kind kind, const char *old, const char *value)
{
        struct plan_step *step = add_step(b, item, phase, kind, old, value);

        at_claim(b, item, claim, step);
        return step;
}

static void attribute_step(struct builder *b, struct plan_item *item, const struct plan_claim *claim,
                           enum step_phase phase, const char *attribute, const char *have, const char *want)
{
        if (want && !streq_ptr(have, want))
                step_set(b, claim_step(b, item, claim, phase, STEP_ATTRIBUTE, have, want), NULL, attribute);
}

static void rom_step(struct builder *b, struct plan_item *item, const struct plan_claim *claim, enum step_phase phase,
                     const char *file)
{
        CLEANUP_STRBUF struct strbuf path = { 0 };

        strbuf_addf(&path, "/%s", file);
        b->out_of_memory = b->out_of_memory || path.failed;
        if (!path.failed)
                step_set(b, claim_step(b, item, claim, phase, STEP_ROM_DUMP, NULL, path.text), NULL, "rom");
}

void attributes_before(struct builder *b, struct plan_item *item, const struct plan_claim *claim, enum step_phase phase)
{
        const struct config_attributes *want = wanted_of(item, claim);
        const struct pci_attributes *have = found_of(b, claim);

        if (!want)
                return;
        if (want->rom_dump && have && !have->rom_dumped)
                rom_step(b, item, claim, phase, want->rom_dump);
        attribute_step(b, item, claim, phase, ATTRIBUTE_RESET, have ? have->reset_method : NULL,
                       wanted_reset(b, want, claim));
        attribute_step(b, item, claim, phase, ATTRIBUTE_D3COLD, have ? have->d3cold : NULL, want->d3cold);
}

static bool is_resized(const struct config_attributes *want, const struct pci_attributes *have, unsigned bar)
{
        return want->bar_sizes[bar] != 0 && want->bar_sizes[bar] != have->bars[bar].size;
}

bool attributes_resize(const struct builder *b, const struct plan_item *item, const struct plan_claim *claim)
{
        const struct config_attributes *want = wanted_of(item, claim);
        const struct pci_attributes *have = found_of(b, claim);

        for (unsigned bar = 0; want && have && bar < PCI_BARS; bar++)
                if (is_resized(want, have, bar))
                        return true;
        return false;
}

void attributes_unbound(struct builder *b, struct plan_item *item, const struct plan_claim *claim, enum step_phase phase)
{
        const struct config_attributes *want = wanted_of(item, claim);
        const struct pci_attributes *have = found_of(b, claim);
        char old[BAR_SIZE_MAX], text[BAR_SIZE_MAX], name[BAR_ATTRIBUTE_MAX];

        for (unsigned bar = 0; want && have && bar < PCI_BARS; bar++)
                if (is_resized(want, have, bar))
                        step_set(b, claim_step(b, item, claim, unbound_phase(b, claim, phase), STEP_BAR_SIZE,
                                               bar_size_format(have->bars[bar].size, old),
                                               bar_size_format(want->bar_sizes[bar], text)),
                                 NULL, bar_attribute(bar, name));
}

void attributes_after(struct builder *b, struct plan_item *item, const struct plan_claim *claim, enum step_phase phase,
                      bool bound)
{
        const struct config_attributes *want = wanted_of(item, claim);
        const struct pci_attributes *have = found_of(b, claim);

        if (!want || !want->power_control)
                return;
        /* vfio-pci sets it to auto whenever it takes a device (vfio_pci_core_register_device()). */
        if (bound && driver_is_vfio(claim->driver))
                step_set(b, claim_step(b, item, claim, phase, STEP_ATTRIBUTE, have ? have->power_control : NULL,
                                       want->power_control), NULL, ATTRIBUTE_POWER);
        else
                attribute_step(b, item, claim, phase, ATTRIBUTE_POWER, have ? have->power_control : NULL, want->power_control);
}
