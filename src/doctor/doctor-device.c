/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor's checks of what the configuration names: refused sections, groups, memory that the firmware keeps, and the
 * framebuffer of a display. */
#include <stdlib.h>

#include "base/strbuf.h"
#include "base/strutil.h"
#include "doctor/doctor-internal.h"
#include "import/foreign-config.h"
#include "usage/usage.h"

/* Another check tells of what the section is without: without an IOMMU every section is refused, without GVT-g absent.
 */
static bool is_told_elsewhere(const struct examination *e, const struct plan_item *item)
{
        if (item->verdict == VERDICT_REFUSED)
                return item_wants_vfio(item) && doctor_iommu(e) != DOCTOR_YES;
        return item_wants_gvt(item) && !has_gvt_parent(e->input->inventory);
}

/* What the plan lets pass because of force. */
static void examine_forced(struct examination *e, const struct plan_item *item)
{
        const struct config_loc *loc = config_loc_of(item->section, KEY_FORCE);
        /* display = stop says what becomes of the display. */
        unsigned forced = plan_item_forced(item) & ~(item->section->display_stop ? GUARD_BIT(GUARD_DISPLAY) : 0);
        CLEANUP_STRBUF struct strbuf text = { 0 };
        struct doctor_finding *f;

        if (forced == 0 || item->verdict != VERDICT_CHANGE)
                return;
        plan_add_reasons(&text, item, true);
        f = finding_add(e, DOCTOR_WARNING, item->section->name, "forced: %s", text.text);
        finding_at(f, loc->file, loc->line);
        f->item = item;
        for (enum guard guard = 0; guard < GUARD_MAX; guard++)
                if (forced & GUARD_BIT(guard))
                        finding_remedy(f, "remove %s from force, unless the host can do without %s", guard_name(guard),
                                       guard_protects(guard));
}

/* What would have it taken all the same. */
static void tell_override(struct doctor_finding *f, const struct plan_item *item)
{
        CLEANUP_STRBUF struct strbuf override = { 0 };

        plan_add_override(&override, item, "");
        if (!override.text)
                return;
        finding_remedy(f, "%s overrides, if the host can do without it", override.text);
        f->item = item;
}

/* Why Intel's graphics driver offers no VFs, as it is loaded. */
static void remedy_graphics(struct examination *e, struct doctor_finding *f, const char *driver)
{
        bool i915 = streq(driver, "i915");
        const char *value = e->facts->params[i915 ? DOCTOR_I915_MAX_VFS : DOCTOR_XE_MAX_VFS];
        const struct foreign_line *given = NULL;

        for (size_t i = 0; i < e->input->rivals->n_lines; i++)
                if (e->input->rivals->lines[i].what == FOREIGN_VFS_MAX &&
                    streq(e->input->rivals->lines[i].module, driver))
                        given = &e->input->rivals->lines[i];
        if (i915 && !value) {
                finding_remedy(f, "i915 as it is loaded has no parameter max_vfs: Linux's own makes no VFs, only its "
                                  "DKMS module does");
                if (given)
                        finding_remedy(f,
                                       "max_vfs=%u is set in %s, so the DKMS module is not the one that is loaded: "
                                       "dkms status, modinfo -n i915",
                                       given->number, given->file);
                else
                        finding_remedy(f, "or give the display to xe, from Linux 6.17 on");
        } else if (value && streq(value, "0") && given && given->number > 0)
                finding_remedy(f, "max_vfs=%u is set in %s, and counts when %s is loaded next: reboot", given->number,
                               given->file, driver);
        else if (value && streq(value, "0")) {
                finding_remedy(f, "%s is loaded with max_vfs = 0", driver);
                finding_add_word(e, f, i915 ? "i915.max_vfs=7" : "xe.max_vfs=7");
        } else
                finding_remedy(f, "%s of this kernel makes no VFs of this GPU: a newer one may", driver);
}

/* VFs of Intel's graphics, which i915 does not make while it does not drive the display. */
static void remedy_modeset(struct examination *e, struct doctor_finding *f, const struct plan_item *item)
{
        const struct pci_function *pf = item->pf == NO_INDEX ? NULL : &e->input->inventory->functions[item->pf];
        CLEANUP_FREE char *word = NULL;

        if (item->section->kind != SECTION_SRIOV || !pf || pf->vendor != 0x8086 || pf->class >> 16 != 0x03)
                return;
        if (pf->driver && pf->totalvfs == 0)
                remedy_graphics(e, f, pf->driver);
        if (pf->driver)
                return;
        word = doctor_find_modeset_off(e);
        if (!word)
                return;
        finding_remedy(f, "%s keeps i915 from driving the display: no VFs", word);
        finding_drop_word(e, f, word);
}

/* Two equal cards, of which the host keeps one. */
static void examine_twin(struct examination *e, const struct plan_item *item)
{
        const struct config_loc *loc = config_loc_of(item->section, KEY_ADDRESS);
        const struct inventory *inv = e->input->inventory;
        CLEANUP_FREE char *path = NULL, *twin_path = NULL;
        char twin[PCI_ADDRESS_MAX], address[PCI_ADDRESS_MAX];
        const struct pci_function *f, *other;
        struct doctor_finding *finding;

        if (item->twin == NO_INDEX || !item_is_open(item))
                return;
        f = &inv->functions[item->found];
        other = &inv->functions[item->twin];
        if (!f->path || selector_path_of(f->path, &path) < 0 || !other->path ||
            selector_path_of(other->path, &twin_path) < 0)
                return;
        (void) pci_address_format(&other->address, twin);
        finding = finding_add(e, DOCTOR_NOTE, item->section->name,
                              "%s is equal to %s: the address alone tells them apart, and it may come to mean the "
                              "other one when a card "
                              "is added or removed",
                              twin, pci_address_format(&f->address, address));
        finding_at(finding, loc->file, loc->line);
        finding_remedy(finding, "name it by path: %s is %s now, %s is %s", path, address, twin_path, twin);
}

/* A PF on a driver that makes no VFs, or on none: its own may be told by nobody but the kernel. What an override keeps
 * off is said with the override. */
static void remedy_pf_driver(const struct examination *e, struct doctor_finding *f, const struct plan_item *item)
{
        const struct config_section *s = item->section;
        const struct pci_function *pf =
                s->kind == SECTION_SRIOV && item->pf != NO_INDEX ? &e->input->inventory->functions[item->pf] : NULL;
        char address[PCI_ADDRESS_MAX];

        if (!pf || pf->totalvfs == 0 || pf->class >> 16 == 0x03 || values_have(&s->values, PROPERTY_PF_DRIVER))
                return;
        if (!pf->driver && !pf->driver_override)
                finding_remedy(f, "if the kernel has no driver for it: pf-driver = pci-pf-stub, in [sriov %s]",
                               s->name);
        if (!driver_is_vfio(pf->driver))
                return;
        (void) pci_address_format(&pf->address, address);
        if (!pf->driver_override)
                finding_remedy(f,
                               "run: echo %s > /sys/bus/pci/drivers/%s/unbind; echo %s > /sys/bus/pci/drivers_probe",
                               address, pf->driver, address);
        if (streq_ptr(pf->driver, DRIVER_VFIO))
                finding_remedy(
                        f,
                        "to have vfio-pci create them: pf-driver = vfio-pci, in [sriov %s], and enable_sriov = 1, in "
                        "[module vfio_pci]",
                        s->name);
}

/* What the plan does not let pass. */
void examine_sections(struct examination *e)
{
        for (size_t i = 0; i < e->input->plan->n_items; i++) {
                const struct plan_item *item = &e->input->plan->items[i];
                bool absent = item->verdict == VERDICT_ABSENT;
                struct doctor_finding *f;

                examine_forced(e, item);
                examine_twin(e, item);
                if (!item_is_wanted(item) || (!absent && item->verdict != VERDICT_REFUSED) ||
                    is_told_elsewhere(e, item))
                        continue;
                f = finding_add(e, item->section->required ? DOCTOR_ERROR : DOCTOR_NOTE, item->section->name, "%s: %s",
                                absent ? "absent" : "refused", item->reason ? item->reason : "");
                if (item->loc)
                        finding_at(f, item->loc->file, item->loc->line);
                tell_override(f, item);
                remedy_modeset(e, f, item);
                remedy_pf_driver(e, f, item);
                if (item->section->kind == SECTION_SRIOV && item->pf != NO_INDEX &&
                    e->input->inventory->functions[item->pf].totalvfs == 0 &&
                    e->input->inventory->functions[item->pf].class >> 16 != 0x03)
                        finding_remedy(
                                f, "in the firmware's setup, turn on SR-IOV; some cards have a switch of their own "
                                   "(mlxconfig SRIOV_EN=1 NUM_OF_VFS=N, the NIC's page in the firmware's setup)");
        }
}

/* The members of the group that would keep a VM from opening it, as they are now: "0000:00:1f.3 (snd_hda_intel)". */
static const struct pci_function *find_blocker(const struct examination *e, int group)
{
        const struct inventory *inv = e->input->inventory;
        size_t n;
        const size_t *members = inventory_group(inv, group, &n);

        for (size_t i = 0; i < n; i++) {
                const struct pci_function *f = &inv->functions[members[i]];
                const struct plan_item *item = plan_item_of(e->input->plan, members[i]);

                if (!driver_is_viable(f->driver) && inventory_carrier(inv, members[i]) == NO_INDEX &&
                    !(item && item->n_claims > 0))
                        return f;
        }
        return NULL;
}

#define GROUPS_NAMED 6 /* in one line; the rest is counted */

/* Tells of a group that the plan has not looked at. */
static void say_blocked(struct examination *e, const struct plan_item *item, int group,
                        const struct pci_function *blocker)
{
        const struct config_loc *loc = config_loc_of(item->section, KEY_GROUP);
        char address[PCI_ADDRESS_MAX];
        struct doctor_finding *f = finding_add(e, DOCTOR_WARNING, item->section->name,
                                               "no VM can open IOMMU group %d: it also contains %s (%s)", group,
                                               pci_address_format(&blocker->address, address), blocker->driver);

        finding_at(f, loc->file, loc->line);
        finding_remedy(f, "remove group = ignore; plan then says what must be included");
}

static const struct doctor_group *facts_group(const struct doctor_facts *facts, int group)
{
        size_t low = 0, high = facts->n_groups;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (facts->groups[middle].group == group)
                        return &facts->groups[middle];
                if (facts->groups[middle].group < group)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

/* drivers/iommu/iommu.c: a device with such a region gets no domain of a user's. */
static bool is_reserved(const struct doctor_facts *facts, int group)
{
        const struct doctor_group *g = facts_group(facts, group);

        return g && g->known && g->direct;
}

/* Of sections that the plan lets pass; what it refuses is reported already. */
void examine_groups(struct examination *e)
{
        CLEANUP_STRBUF struct strbuf fit = { 0 };
        size_t n = 0;

        for (size_t i = 0; i < e->input->plan->n_items; i++) {
                const struct plan_item *item = &e->input->plan->items[i];
                const struct pci_function *blocker;
                int group;

                if (!item_wants_vfio(item) || item->section->kind != SECTION_DEVICE || item->n_claims == 0 ||
                    item->claims[0].function == NO_INDEX || !item_is_open(item))
                        continue;
                group = e->input->inventory->functions[item->claims[0].function].group;
                if (group < 0 || is_reserved(e->facts, group))
                        continue;
                blocker = item->section->group == GROUP_IGNORE ? find_blocker(e, group) : NULL;
                if (blocker)
                        say_blocked(e, item, group, blocker);
                else if (n++ < GROUPS_NAMED)
                        strbuf_addf(&fit, "%s%d (%s)", n > 1 ? ", " : "", group, item->section->name);
        }
        if (n > GROUPS_NAMED)
                strbuf_addf(&fit, " and %zu more", n - GROUPS_NAMED);
        if (n > 0)
                finding_add(e, DOCTOR_OK, "groups", "fit for VFIO: %s", fit.text);
}

static const struct pci_function *claimed_function(const struct examination *e, const struct plan_claim *claim)
{
        return claim->function == NO_INDEX ? NULL : &e->input->inventory->functions[claim->function];
}

static void say_reserved(struct examination *e, const struct config_section *s, int group)
{
        struct doctor_finding *f = finding_add(
                e, s->required ? DOCTOR_ERROR : DOCTOR_WARNING, s->name,
                "the firmware keeps memory mapped for a device of group %d (RMRR): the kernel assigns it to no VM",
                group);

        finding_at(f, s->loc.file, s->loc.line);
        finding_remedy(f, "in the firmware's setup, turn off what uses it: remote management's shared memory (HP: HPE "
                          "Shared Memory features), USB legacy support; or try another slot");
}

void examine_reserved(struct examination *e)
{
        bool unknown = false;

        for (size_t i = 0; i < e->input->plan->n_items; i++) {
                const struct plan_item *item = &e->input->plan->items[i];
                int last = NO_GROUP;

                for (size_t k = 0; item_wants_vfio(item) && k < item->n_claims; k++) {
                        const struct pci_function *f = claimed_function(e, &item->claims[k]);
                        const struct doctor_group *g = f ? facts_group(e->facts, f->group) : NULL;

                        unknown = unknown || (g && !g->known);
                        if (!g || !is_reserved(e->facts, g->group) || g->group == last)
                                continue;
                        last = g->group;
                        say_reserved(e, item->section, last);
                }
        }
        if (unknown)
                finding_add(
                        e, DOCTOR_NOTE, "groups",
                        "can't tell whether the firmware keeps memory mapped for a device (RMRR): reserved_regions "
                        "can't be read");
}

/* "simple-framebuffer.0": what the firmware drew on, without a driver for the card (drivers/firmware/sysfb.c). */
static bool is_firmwares(const char *place)
{
        static const char *const names[] = { "simple-framebuffer.", "efi-framebuffer.", "vesa-framebuffer." };

        for (size_t i = 0; place && i < ARRAY_SIZE(names); i++)
                if (after_prefix(last_component(place), names[i]))
                        return true;
        return false;
}

/* vfio-pci takes the firmware's framebuffer away from a VGA card by itself since Linux 6.0, and from that only. */
void examine_display(struct examination *e)
{
        const char *place = e->facts->framebuffer;

        for (size_t i = 0; is_firmwares(place) && i < e->input->plan->n_items; i++) {
                const struct plan_item *item = &e->input->plan->items[i];

                for (size_t k = 0; item_wants_vfio(item) && k < item->n_claims; k++) {
                        size_t function = item->claims[k].function;
                        const struct pci_function *f =
                                function == NO_INDEX ? NULL : &e->input->inventory->functions[function];
                        struct doctor_finding *finding;

                        if (!f || f->class >> 16 != 0x03 ||
                            (e->facts->boot_vga != function && !usage_is_under(place, f)))
                                continue;
                        if (f->class >> 8 == 0x0300)
                                finding_add(e, DOCTOR_NOTE, item->section->name,
                                            "the console is on it by the firmware's framebuffer (%s): "
                                            "the screen stops when vfio-pci takes it, and SSH is what is left",
                                            last_component(place));
                        else {
                                finding = finding_add(e, DOCTOR_WARNING, item->section->name,
                                                      "the firmware's framebuffer (%s) keeps its "
                                                      "memory: \"can't reserve\" in dmesg when a VM opens it",
                                                      last_component(place));
                                finding_add_word(e, finding, "initcall_blacklist=sysfb_init");
                        }
                }
        }
}
