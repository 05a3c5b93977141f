/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proxmox VE: `qm set` (its manual, qm(1), hostpci[n]). hostpci with mdev= takes the mdev that has the UUID which
 * Proxmox VE makes of N and the VM's number, makes it where there is none, and removes it when the VM stops. */
#include <stdlib.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "export/export-proxmox.h"

bool export_proxmox_mdev(const struct export_writer *w, const struct export_device *d, struct strbuf *type,
                         const struct pci_address **ret)
{
        const struct mdev_parent *parent = d->parent;

        if (d->vgpu > 0) {
                strbuf_addf(type, "nvidia-%u", d->vgpu);
                *ret = &export_function(w, d, 0)->address;
                return true;
        }
        if (!parent || parent->function == NO_INDEX || !d->item->type_id) {
                diag_add(w->diags, DIAG_ERROR, NULL,
                         "%s: Proxmox VE supports mdevs only of PCI devices that are present, and %s is none; export "
                         "it for qemu, "
                         "and give "
                         "the VM these arguments",
                         d->item->section->name,
                         d->item->parent_name ? d->item->parent_name : d->item->section->selector.text);
                return false;
        }
        strbuf_add(type, d->item->type_id);
        *ret = &w->inv->functions[parent->function].address;
        return true;
}

void export_proxmox_add_path(const struct export_writer *w, const struct export_device *d)
{
        const struct pci_address *a = &export_function(w, d, 0)->address;
        char address[PCI_ADDRESS_MAX];

        if (d->n_functions > 1 && d->whole) {
                strbuf_addf(w->b, "%04x:%02x:%02x", a->domain, a->bus, a->device);
                return;
        }
        for (size_t i = 0; i < d->n_functions; i++)
                strbuf_addf(w->b, "%s%s", i > 0 ? ";" : "",
                            pci_address_format(&export_function(w, d, i)->address, address));
}

static void add_pci(const struct export_writer *w, const struct export_device *d, size_t n, bool is_display, bool keep)
{
        const char *quote = d->n_functions > 1 && !d->whole ? "'" : ""; /* around the ; */

        export_add_comment(w, d);
        strbuf_add(w->b, ": pcie=1 is for VMs of machine type q35");
        if (is_display)
                strbuf_add(w->b, "; x-vga=1 makes the card the VM's only display");
        if (keep)
                strbuf_add(w->b, "; driver=keep, from Proxmox VE 9.1 on, leaves it on its driver");
        strbuf_addf(w->b, "\nqm set %s -hostpci%zu %s", w->vmid, n, quote);
        export_proxmox_add_path(w, d);
        strbuf_addf(w->b, ",pcie=1%s%s%s\n", is_display ? ",x-vga=1" : "", keep ? ",driver=keep" : "", quote);
}

void export_proxmox_add_uuid_comment(const struct export_writer *w, const struct export_device *d, size_t n)
{
        char theirs[UUID_TEXT_MAX], ours[UUID_TEXT_MAX];
        uint64_t vmid;

        if (parse_unsigned(w->vmid, 10, 999999999, &vmid) < 0) {
                strbuf_addf(
                        w->b,
                        ": Proxmox VE takes this very mdev if its UUID is made of %zu and the VM's number; --vmid=ID "
                        "shows it",
                        n);
                return;
        }
        (void) snprintf(theirs, sizeof(theirs), "%08zu-0000-0000-0000-%012u", n, (unsigned) vmid);
        if (!streq(theirs, uuid_format(d->uuid, ours)))
                strbuf_addf(w->b, ": uuid = %s in its section makes it this VM's; else Proxmox VE makes another one",
                            theirs);
}

static void add_mdev(const struct export_writer *w, const struct export_device *d, size_t n)
{
        CLEANUP_STRBUF struct strbuf type = { 0 };
        const struct pci_address *a;
        char address[PCI_ADDRESS_MAX];

        if (!export_proxmox_mdev(w, d, &type, &a))
                return;
        export_add_comment(w, d);
        if (d->vgpu == 0)
                export_proxmox_add_uuid_comment(w, d, n);
        strbuf_addf(w->b, "\nqm set %s -hostpci%zu %s,pcie=1,mdev=%s\n", w->vmid, n, pci_address_format(a, address),
                    type.text);
}

static void add_all(const struct export_writer *w, bool may_keep)
{
        const struct export_device *display = export_display(w->list, w->inv);
        size_t n = 0;

        FOR_EXPORTS (d, w) {
                if (d->n_functions > 0 && d->vgpu == 0)
                        add_pci(w, d, n, d == display, d->driver && may_keep);
                else
                        add_mdev(w, d, n);
                n++;
        }
}

void export_proxmox(const struct export_writer *w)
{
        add_all(w, true);
}

void export_proxmox_8(const struct export_writer *w)
{
        add_all(w, false);
}
