/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the made configuration may touch: from what passthru.conf(5) says of the keys and from how the machine is
 * before the first run. A [sriov] section's PF stands for its VFs (see fake_claim()). */
#include <string.h>

#include "base/macro.h"
#include "fake/fake-internal.h"
#include "fuzz/world-internal.h"

static bool has_id(const struct device *d, const char *id, bool whole)
{
        struct pci_id_pattern p;

        REQUIRE(pci_id_pattern_parse(id, &p) == 0);
        return d->vendor == p.vendor && d->device == p.device &&
               (!whole || p.subvendor == PCI_ID_ANY || (d->subvendor == p.subvendor && d->subdevice == p.subdevice));
}

/* Whether the section's selector names the device. */
static bool names(const struct world *w, const struct world_section *s, const struct device *d)
{
        const struct fake_pci spec = world_spec(w, world_device(w, s));
        const char *address = world_address(w, world_device(w, s)), *netdev = d->spec.netdev;

        switch (world_way(w, s)) {
        case BY_ADDRESS:
        case BY_PATH:
                return streq(d->name, address);
        case BY_SLOT:
                return strlen(d->name) == strlen(address) && strncmp(d->name, address, strlen(address) - 1) == 0;
        case BY_ID:
                return has_id(d, spec.id, world_whole_id(s));
        case BY_INTERFACE:
                if (world_names_vf_interface(s))
                        return d->physfn && d->vf_index == 0 && streq_ptr(d->physfn->spec.netdev, spec.netdev);
                return streq_ptr(netdev, spec.netdev);
        case BY_MAC:
                return streq_ptr(d->spec.mac, spec.mac);
        case BY_SERIAL:
                return streq_ptr(d->spec.serial, world_serial(&spec, s)) ||
                       streq_ptr(d->spec.nvme_serial, world_serial(&spec, s));
        case BY_VF:
                return d->physfn && d->vf_index == world_vf(s) && names(w, world_pf(w, s), d->physfn);
        case BY_NAME:
                break;
        }
        return false;
}

static void claim_group(struct fake_kernel *k, int group)
{
        for (const struct device *d = k->devices; d; d = d->next)
                if (group != FAKE_NO_GROUP && d->group == group)
                        fake_claim(k, d->name);
}

static void claim_slot(struct fake_kernel *k, const struct device *of)
{
        for (const struct device *d = k->devices; d; d = d->next)
                if (pci_address_same_slot(&d->address, &of->address))
                        fake_claim(k, d->name);
}

/* All that a section takes along with a device that it names. */
static void claim_with_others(const struct world *w, struct fake_kernel *k, const struct world_section *s,
                              const struct device *d)
{
        fake_claim(k, d->name);
        if (world_all_functions(w, s))
                claim_slot(k, d);
        if (!world_whole_group(w, s) || world_kind(s) == KIND_MDEV)
                return;
        for (const struct device *other = k->devices; other; other = other->next)
                if (other == d || other->physfn == d ||
                    (world_all_functions(w, s) && pci_address_same_slot(&other->address, &d->address)))
                        claim_group(k, other->group);
}

/* A VF that may be there only later: the address that the kernel will give it, and its group if that is the PF's. */
static void claim_vf(const struct world *w, struct fake_kernel *k, const struct world_section *s,
                     const struct device *pf)
{
        unsigned stride = pf->spec.vf_stride ? pf->spec.vf_stride : 1;
        unsigned rid = (pf->address.bus << 8 | pf->address.device << 3 | pf->address.function) + pf->spec.vf_offset +
                       world_vf(s) * stride;
        CLEANUP_FREE char *name =
                fake_printf("%04x:%02x:%02x.%x", pf->address.domain, rid >> 8, rid >> 3 & 0x1f, rid & 7);

        fake_claim(k, name);
        if (world_whole_group(w, s) && pf->spec.vf_shared_group && world_kind(s) == KIND_DEVICE)
                claim_group(k, pf->group);
}

void world_claim(const struct world *w, struct fake_kernel *k)
{
        for (size_t i = 0; i < w->n_sections; i++) {
                const struct world_section *s = &w->sections[i];
                bool vf = world_way(w, s) == BY_VF;

                if (world_is_off(s))
                        continue;
                if (world_kind(s) == KIND_MODULE) {
                        fake_claim(k, world_module(s));
                        continue;
                }
                if (world_way(w, s) == BY_NAME)
                        fake_claim(k, "mtty");
                if (world_expects_another(w, s))
                        continue;
                for (const struct device *d = k->devices; d; d = d->next) {
                        if (vf && names(w, world_pf(w, s), d) && !world_is_off(world_pf(w, s)))
                                claim_vf(w, k, s, d);
                        else if (!vf && names(w, s, d))
                                claim_with_others(w, k, s, d);
                }
        }
}
