/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [sriov]: the VFs of a PF, their number and their drivers. */
#include <stdio.h>
#include <stdlib.h>

#include "build/plan-internal.h"
#include "device/netdev.h"
#include "state/hung-writes.h"

#define VENDOR_MELLANOX 0x15b3

/* A number above 0 waits for nobody; the kernel holds the PF while its driver makes the VFs. */
static bool is_being_made(const struct builder *b, const struct pci_function *f)
{
        for (unsigned i = 0; i < f->numvfs; i++)
                if (f->vfs[i] != NO_INDEX && driver_is_vfio(b->inv->functions[f->vfs[i]].driver))
                        return false;
        return f->sriov && f->driver;
}

static void fail_stuck(struct builder *b, struct plan_item *item, const struct pci_function *f)
{
        item->slow = is_being_made(b, f);
        item->busy = !item->slow;
        if (item->slow)
                item_fail(item, VERDICT_REFUSED, NULL,
                          "the kernel is still creating VFs of %s, %u of %u so far (pid %d), as driver %s is slow; "
                          "run apply again once they exist",
                          ADDRESS_TEXT(f), f->numvfs, item->vfs, f->writer, f->driver);
        else
                item_fail(item, VERDICT_REFUSED, NULL, STUCK_IN_USE, ADDRESS_TEXT(f), f->writer);
}

/* More VFs than the firmware of the card offers. */
static void fail_total(struct plan_item *item, const struct pci_function *f)
{
        const struct config_section *s = item->section;
        const char *setting = f->vendor == VENDOR_MELLANOX ? " (mstconfig: SRIOV_EN=1 NUM_OF_VFS=N)" : "";

        /* Of graphics it is the driver that says how many there are. */
        if (f->totalvfs == 0 && f->class >> 16 == 0x03)
                item_fail(item, VERDICT_REFUSED, config_loc_of(s, KEY_VFS), "%s offers no VFs with %s loaded as it is",
                          ADDRESS_TEXT(f), f->driver ? f->driver : "no driver");
        else if (f->totalvfs == 0)
                item_fail(item, VERDICT_REFUSED, config_loc_of(s, KEY_VFS),
                          "%s offers 0 VFs: SR-IOV is off in its firmware%s", ADDRESS_TEXT(f), setting);
        else
                item_fail(item, VERDICT_REFUSED, config_loc_of(s, KEY_VFS),
                          "%s supports at most %u VFs, not %u; some firmware can be configured to offer more%s",
                          ADDRESS_TEXT(f), f->totalvfs, s->vfs, setting);
        if (f->totalvfs > 0)
                item_line(item, "vfs = %u", f->totalvfs);
}

/* The driver that is to make the VFs. */
static void check_maker(struct plan_item *item, const struct pci_function *f)
{
        if (!f->driver && f->driver_override)
                item_fail(item, VERDICT_ABSENT, NULL,
                          "%s has no driver, and VFs are created by the PF's driver: its driver_override is %s",
                          ADDRESS_TEXT(f), f->driver_override);
        else if (!f->driver)
                item_fail(item, VERDICT_ABSENT, NULL, "%s has no driver bound yet; VFs are created by the PF's driver",
                          ADDRESS_TEXT(f));
        else if (driver_is_vfio(f->driver))
                item_fail(item, VERDICT_REFUSED, NULL,
                          "%s is bound to %s; creating VFs needs its own driver, or one that pf-driver names "
                          "(doctor says how)",
                          ADDRESS_TEXT(f), f->driver);
}

/* False: nothing more is to be asked of it. */
static bool check_pf(struct builder *b, struct plan_item *item)
{
        const struct config_section *s = item->section;
        const struct pci_function *f = &b->inv->functions[item->pf];

        if (f->writer > 0)
                fail_stuck(b, item, f);
        else if (!f->sriov)
                item_fail(item, VERDICT_REFUSED, NULL,
                          "%s offers no SR-IOV: the device does not support it, or it is off in the device's or the "
                          "host's firmware",
                          ADDRESS_TEXT(f));
        else {
                if (s->vfs > f->totalvfs && (s->vfs != VFS_MAX || f->totalvfs == 0))
                        fail_total(item, f);
                if (pf_driver_of(s))
                        check_pf_driver_key(b, item);
                else if (item->make) /* else it does not matter any more which driver made them */
                        check_maker(item, f);
                return true;
        }
        return false;
}

/* Its ids are the PF's but for the device id (PCIe SR-IOV, 3.4.1). */
char *driver_for_new_vf(struct builder *b, const struct pci_function *pf, const char *wanted)
{
        struct pci_function vf = *pf;

        vf.device = pf->vf_device;
        return driver_for(b, &vf, wanted);
}

/* Intel's QuickAssist: its sriov_configure() enables all that the device has (drivers/crypto/intel/qat). */
static bool makes_all_vfs(const char *driver)
{
        static const char *const names[] = { "420xx", "4xxx", "6xxx", "c3xxx", "c6xx", "dh895xcc" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (streq_ptr(driver, names[i]))
                        return true;
        return false;
}

void plan_sriov_resolve(struct builder *b, struct plan_item *item)
{
        const struct config_section *s = item->section;
        CLEANUP_FREE size_t *hits = NULL;
        CLEANUP_FREE char *driver = NULL;
        const struct pci_function *f;
        bool fits; /* it can make them, whatever else is in the way */

        if (resolve_selector(b, item, &hits) == 0 || !item_is_open(item))
                return;
        item->pf = hits[0];
        b->pf_item[item->pf] = item_index(b, item);
        f = &b->inv->functions[item->pf];
        item->vfs = s->vfs == VFS_MAX ? f->totalvfs : s->vfs;
        if (item->vfs > 0 && item->vfs < f->totalvfs && makes_all_vfs(f->driver)) {
                item->vfs = f->totalvfs;
                item_note(item, "driver %s always creates all %u VFs", f->driver, f->totalvfs);
        }
        item->make =
                f->numvfs != item->vfs ||
                (f->numvfs > 0 && eswitch_order_of(f->driver) == ESWITCH_WITHOUT_VFS && eswitch_differs(b, item)) ||
                (f->numvfs > 0 && pf_driver_differs(item, f));
        if (!check_pf(b, item) || item->verdict == VERDICT_ABSENT)
                return;
        fits = item_is_open(item);
        if (item->vfs > 0 && !b->inv->iommu && driver_is_vfio(s->driver))
                check_iommu(b, item, f, s->driver);
        if (s->values.stable || (s->values.known & property_scope_mask(SCOPE_NETDEV)))
                check_interface(b, item);
        (void) check_link(b, item, s);
        check_eswitch(b, item);
        nvme_check(b, item);
        /* A driver that the kernel gives a VF while it is made would be there too early. */
        item->late = streq(s->driver, DRIVER_HOST) &&
                     (s->values.stable || s->vf_queues > 0 || (item->make && eswitch_differs(b, item)));
        driver = driver_for_new_vf(b, f, s->driver);
        if (!driver)
                return;
        if (item->vfs > 0)
                check_denylist(b, item, f->vendor, f->vf_device, driver);
        for (unsigned i = 0; i < item->vfs && fits; i++) {
                size_t vf = item->make ? NO_INDEX : f->vfs[i];

                if (!item->make && vf == NO_INDEX)
                        item_fail(item, VERDICT_ABSENT, NULL, "VF %u of %s does not exist yet", i, ADDRESS_TEXT(f));
                else
                        item_claim(b, item, vf, i, driver);
        }
}

/* What a new number would take from under a guest, as far as sysfs tells: an mdev on a VF, or a VF that can't be seen.
 * Whether a VF is open is tested by the host (guard_plan()). */
static void check_regrow(struct builder *b, struct plan_item *item)
{
        const struct pci_function *pf = &b->inv->functions[item->pf];

        for (unsigned i = 0; i < pf->numvfs; i++)
                if (pf->vfs[i] == NO_INDEX) {
                        item_fail(item, VERDICT_REFUSED, config_loc_of(item->section, KEY_VFS),
                                  "%u VFs exist, and VF %u can't be found: it may be in use, and a new number would "
                                  "remove it",
                                  pf->numvfs, i);
                        break;
                }
        check_vf_mdevs(b, item, pf);
}

void plan_sriov_check(struct builder *b, struct plan_item *item)
{
        if (item->pf != NO_INDEX && item->make)
                check_regrow(b, item);
        check_claims(b, item);
}

void check_vf_stays(struct builder *b, struct plan_item *item, size_t function)
{
        const struct pci_function *f = &b->inv->functions[function];
        size_t index = f->physfn == NO_INDEX ? NO_INDEX : b->pf_item[f->physfn];
        const struct plan_item *pf = index == NO_INDEX ? NULL : &b->plan->items[index];

        if (pf && item_is_open(pf) && pf->make)
                item_fail(item, VERDICT_REFUSED, NULL,
                          "%s is a VF that [sriov %s] is about to remove; name it as %s/%u", ADDRESS_TEXT(f),
                          pf->section->name, pf->section->name, f->vf_index);
}

void check_sriov_item(struct builder *b, struct plan_item *item)
{
        const struct selector *sel = &item->section->selector;
        const struct plan_item *pf = sel->kind == SELECTOR_VF ? find_sriov_item(b, sel->section) : NULL;

        if (item->spread && b->pf_item[item->pf] != NO_INDEX)
                pf = &b->plan->items[b->pf_item[item->pf]];
        if (pf && !item_is_open(pf))
                item_fail(item, pf->verdict, NULL, "VF %s needs [sriov %s], which is %s: %s", sel->text,
                          pf->section->name, pf->verdict == VERDICT_ABSENT ? "absent" : "refused",
                          pf->reason ? pf->reason : "");
}

static struct plan_step *numvfs_step(struct builder *b, struct plan_item *item, unsigned old, unsigned value)
{
        char old_text[16], text[16];
        struct plan_step *step;

        (void) snprintf(old_text, sizeof(old_text), "%u", old);
        (void) snprintf(text, sizeof(text), "%u", value);
        step = add_step(b, item, PHASE_VFS, STEP_NUMVFS, old_text, text);
        step->has_address = true;
        step->address = b->inv->functions[item->pf].address;
        return step;
}

/* The kernel takes a new number only from 0: the VFs that are there go first, unbound one by one, for inside
 * numvfs = 0 the same takes seconds under the device's lock. */
static void remove_vfs(struct builder *b, struct plan_item *item)
{
        const struct pci_function *pf = &b->inv->functions[item->pf];
        struct plan_step *step;

        for (unsigned i = 0; i < pf->numvfs; i++) {
                const struct pci_function *vf = pf->vfs[i] == NO_INDEX ? NULL : &b->inv->functions[pf->vfs[i]];

                if (!vf || !vf->driver)
                        continue;
                step = add_step(b, item, PHASE_VFS, STEP_UNBIND, vf->driver, NULL);
                step->has_address = true;
                step->address = vf->address;
                step->guarded = driver_is_vfio(vf->driver);
        }
        step = numvfs_step(b, item, pf->numvfs, 0);
        step->guarded = true;
}

/* The autoprobe that there was before passthru-setup: a run that died may have left it changed. */
static bool original_autoprobe(struct builder *b, const struct pci_function *pf)
{
        const struct state_device *d = b->in->state ? state_find_device(b->in->state, &pf->address) : NULL;

        if (!d || !values_have(&d->before, PROPERTY_AUTOPROBE) || d->vendor != pf->vendor || d->device != pf->device)
                return pf->autoprobe;
        return d->before.value[PROPERTY_AUTOPROBE];
}

/* The steps for the VFs' drivers. Returns whether one of them needs the kernel to probe VFs. */
static bool all_vf_driver_steps(struct builder *b, struct plan_item *item)
{
        bool probes = false;

        for (size_t i = 0; i < item->n_claims && item_is_open(item); i++) {
                struct plan_claim *claim = &item->claims[i];

                vf_driver_steps(b, item, claim);
                probes = probes || (claim->change && streq(claim->driver, DRIVER_HOST));
        }
        return probes;
}

/* The PF's interface as it is to be, before its VFs are made. */
static void interface_steps(struct builder *b, struct plan_item *item)
{
        const struct values *want = &item->section->values;
        const struct pci_function *pf = &b->inv->functions[item->pf];
        const struct netdev *n = netdev_of(pf);
        uint64_t mask = n && pf->values ? values_difference(want, pf->values) & pf->values->known &
                                                  property_scope_mask(SCOPE_NETDEV)
                                        : 0;

        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if (mask & PROPERTY_BIT(p))
                        step_set(set_pf_step(b, item, PHASE_PF, p, pf->values->value[p], want->value[p]), n->name,
                                 NULL);
}

void need_autoprobe(struct builder *b, struct plan_item *pf)
{
        if (pf->autoprobe)
                return;
        (void) set_pf_step(b, pf, PHASE_VF_PROBE, PROPERTY_AUTOPROBE, 0, 1);
        pf->autoprobe = true;
}

void plan_sriov_steps(struct builder *b, struct plan_item *item)
{
        const struct pci_function *pf = &b->inv->functions[item->pf];
        bool make = item->make, meanwhile = pf->autoprobe;

        /* The kernel may probe the VFs by itself while it makes them, but not in vain: an NVMe VF's probe takes 0.1 s.
         * Nor before they are set up. A VF that a section of its own takes is not counted. */
        if (item->late && make && item->vfs > 0)
                meanwhile = false;
        item->autoprobe = meanwhile;
        if (all_vf_driver_steps(b, item) && !item->late)
                meanwhile = true;
        else if (make && item->vfs > 0)
                meanwhile = false;
        if (!item_is_open(item))
                return;

        if (make && pf->numvfs > 0) {
                item_note(item, "disruptive: the %u existing VFs are removed first", pf->numvfs);
                remove_vfs(b, item);
        }
        pf_driver_steps(b, item);
        eswitch_step(b, item);
        if (meanwhile != pf->autoprobe)
                (void) set_pf_step(b, item, PHASE_VFS, PROPERTY_AUTOPROBE, pf->autoprobe, meanwhile);
        if (make && item->vfs > 0) {
                nvme_reserve_step(b, item);
                (void) numvfs_step(b, item, 0, item->vfs);
        }
        interface_steps(b, item);
        if (!item->late)
                item->autoprobe = meanwhile;
}

void plan_sriov_restore(struct builder *b, struct plan_item *item)
{
        bool original = original_autoprobe(b, &b->inv->functions[item->pf]);
        struct plan_step *step;

        eswitch_vf_steps(b, item);
        if (item->autoprobe == original || !item_is_open(item))
                return;
        step = set_pf_step(b, item, item->late ? PHASE_VF_PROBE : PHASE_VF_DRIVER, PROPERTY_AUTOPROBE, item->autoprobe,
                           original);
        step->always = true;
}
