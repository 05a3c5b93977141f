/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the targets of an export have in common, and what they can't have. */
#include <errno.h>
#include <stdlib.h>

#include "base/macro.h"
#include "base/uuid.h"
#include "export/export-internal.h"

/* Proxmox VE: hostpci0 to hostpci15. */
#define PROXMOX_DEVICES 16

static const char *const targets[EXPORT_TARGET_MAX] = {
        [EXPORT_LIBVIRT] = "libvirt",
        [EXPORT_PROXMOX] = "proxmox",
        [EXPORT_QEMU] = "qemu",
};

const char *export_target_name(enum export_target target)
{
        return targets[target];
}

enum export_target export_target_from_name(const char *name)
{
        enum export_target target = 0;

        while (target < EXPORT_TARGET_MAX && !streq(targets[target], name))
                target++;
        return target;
}

void export_add_title(struct strbuf *b, const struct export_device *d, const struct inventory *inv)
{
        CLEANUP_FREE char *loc = loc_text(&d->item->section->loc);

        if (!loc)
                b->failed = true;
        strbuf_addf(b, "%s (%s)", d->item->section->name, loc ? loc : "");
        if (d->functions && inv->functions[d->functions[0]].physfn != NO_INDEX)
                strbuf_addf(b, ", VF %u", inv->functions[d->functions[0]].vf_index);
}

/* Intel's integrated GPUs sit on the root bus and are none of the kind that x-vga is for: QEMU has modes of their own
 * for them. VFs have no VGA registers. */
static bool is_vga(const struct export_device *d, const struct inventory *inv)
{
        const struct pci_function *f = d->functions ? &inv->functions[d->functions[0]] : NULL;

        return f && f->class >> 8 == 0x0300 && f->physfn == NO_INDEX && !(f->vendor == 0x8086 && f->address.bus == 0);
}

const struct export_device *export_display(const struct export_list *list, const struct inventory *inv)
{
        for (size_t i = 0; i < list->n; i++)
                if (is_vga(&list->items[i], inv))
                        return &list->items[i];
        return NULL;
}

unsigned export_guest_function(const struct export_device *d, const struct inventory *inv, size_t i)
{
        return inv->functions[d->functions[0]].address.function == 0 ? inv->functions[d->functions[i]].address.function
                                                                     : (unsigned) i;
}

void export_add_mdev_argument(struct strbuf *b, const struct export_device *d)
{
        char uuid[UUID_TEXT_MAX];

        strbuf_addf(b, "-device %s,sysfsdev=/sys/bus/mdev/devices/%s", d->api, uuid_format(d->uuid, uuid));
}

/* By the names of libvirt's models, which are those of QEMU's devices; Proxmox VE runs on PCs and Arm alone. */
static bool knows_api(enum export_target target, const char *api)
{
        return streq(api, "vfio-pci") ||
               (target != EXPORT_PROXMOX && (streq(api, "vfio-ap") || streq(api, "vfio-ccw")));
}

static void check(const struct export_list *list, const struct inventory *inv, enum export_target target,
                  struct diag_list *diags)
{
        size_t n = 0;
        char address[PCI_ADDRESS_MAX];

        for (size_t i = 0; i < list->n; i++) {
                const struct export_device *d = &list->items[i];
                const struct pci_address *a = d->functions ? &inv->functions[d->functions[0]].address : NULL;

                if (a && a->domain > HOST_DOMAIN_MAX && target != EXPORT_QEMU)
                        diag_add(diags, DIAG_ERROR, NULL,
                                 "%s: %s can't name %s, whose domain is above ffff; export it for qemu, and give the "
                                 "VM "
                                 "these arguments",
                                 d->item->section->name, targets[target], pci_address_format(a, address));
                n += d->functions != NULL;
                if (!d->functions && !knows_api(target, d->api))
                        diag_add(diags, DIAG_ERROR, NULL, "%s: %s has no device of the kind %s",
                                 d->item->section->name, targets[target], d->api);
        }
        if (target == EXPORT_PROXMOX && n > PROXMOX_DEVICES)
                diag_add(diags, DIAG_ERROR, NULL,
                         "Proxmox VE gives a VM %d PCI devices at most, not %zu; name a single VF as "
                         "SECTION/0",
                         PROXMOX_DEVICES, n);
}

/* QEMU's arguments are pasted into a command, where a comment has no place. */
static void note_for_qemu(const struct export_list *list, const struct inventory *inv, struct diag_list *diags)
{
        bool pci = false;

        for (size_t i = 0; i < list->n; i++)
                pci = pci || list->items[i].functions;
        if (pci)
                diag_add(diags, DIAG_NOTE, NULL,
                         "The root ports are for -machine q35; without it leave them out, and bus= "
                         "and addr= too");
        if (export_display(list, inv))
                diag_add(diags, DIAG_NOTE, NULL,
                         "x-vga=on makes the card the VM's display from the start and goes with -vga "
                         "none; with UEFI in the VM it may be left out");
}

int export_text(const struct export_list *list, const struct inventory *inv, enum export_target target,
                const char *vmid, struct diag_list *diags, char **ret)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        check(list, inv, target, diags);
        if (diag_has_errors(diags))
                target = EXPORT_TARGET_MAX;
        switch (target) {
        case EXPORT_LIBVIRT:
                export_libvirt(list, inv, &b);
                break;
        case EXPORT_PROXMOX:
                export_proxmox(list, inv, vmid, &b);
                break;
        case EXPORT_QEMU:
                export_qemu(list, inv, &b);
                note_for_qemu(list, inv, diags);
                break;
        case EXPORT_TARGET_MAX:
                break;
        }
        return diags->out_of_memory ? -ENOMEM : strbuf_steal(&b, ret);
}
