/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proxmox VE: resource mappings (its manual, Resource Mapping; mapping/pci.cfg): a name in the whole cluster for what
 * each node has of a kind, by which VMs are given it by others than root too. Of several maps the VM gets one that is
 * free. */
#include <ctype.h>
#include <stdlib.h>

#include "base/macro.h"
#include "export/export-proxmox.h"

/* pve-configid: a letter, and at least one other of letters, digits, - and _. */
static void add_id(const struct export_writer *w, const struct export_device *d)
{
        CLEANUP_FREE char *name = export_name(w, d, "-_", '-');

        strbuf_addf(w->b, "%s%s", isalpha((unsigned char) *name) && name[1] ? "" : "vm-", name);
}

/* Proxmox VE compares all of it when the VM starts, and does not start it on other hardware. The nodes' name is taken
 * where the command runs, as a captured tree has none. */
static void add_map(const struct export_writer *w, const struct pci_function *f, const struct export_device *d)
{
        char address[PCI_ADDRESS_MAX];

        strbuf_add(w->b, " \\\n  --map \"node=$(hostname -s),path=");
        if (d)
                export_proxmox_add_path(w, d);
        else
                strbuf_add(w->b, pci_address_format(&f->address, address));
        strbuf_addf(w->b, ",id=%04x:%04x,subsystem-id=%04x:%04x", f->vendor, f->device, f->subvendor, f->subdevice);
        if (f->group >= 0)
                strbuf_addf(w->b, ",iommugroup=%d", f->group);
        strbuf_add(w->b, "\"");
}

static void add_mdev_maps(const struct export_writer *w, const struct export_device *d, size_t n)
{
        const struct mdev_parent *last = NULL;

        for (size_t i = 0; i < n; i++) {
                if (d[i].parent && d[i].parent != last && d[i].parent->function != NO_INDEX)
                        add_map(w, &w->inv->functions[d[i].parent->function], NULL);
                last = d[i].parent;
        }
}

static void add_mapping(const struct export_writer *w, const struct export_device *d, size_t number, bool is_display)
{
        size_t n = export_n_of_section(w, d);
        bool mdev = d->n_functions == 0 || d->vgpu > 0;
        CLEANUP_STRBUF struct strbuf type = { 0 };
        const struct pci_address *a;

        if (mdev && !export_proxmox_mdev(w, d, &type, &a))
                return;
        export_add_comment(w, d);
        if (d->n_functions == 0)
                export_proxmox_add_uuid_comment(w, d, number);
        else if (n > 1)
                strbuf_addf(w->b, " and %zu more: the VM gets one that is free", n - 1);
        else if (!mdev)
                strbuf_add(w->b, ": pcie=1 is for VMs of machine type q35");
        strbuf_add(w->b, "\npvesh create /cluster/mapping/pci --id ");
        add_id(w, d);
        if (mdev)
                strbuf_add(w->b, " --mdev 1");
        if (d->n_functions == 0)
                add_mdev_maps(w, d, n);
        else
                for (size_t i = 0; i < n; i++)
                        add_map(w, export_function(w, d + i, 0), d + i);
        strbuf_addf(w->b, "\nqm set %s -hostpci%zu mapping=", w->vmid, number);
        add_id(w, d);
        strbuf_addf(w->b, ",pcie=1%s%s%s%s\n", is_display ? ",x-vga=1" : "", mdev ? ",mdev=" : "",
                    mdev ? type.text : "", !mdev && d->driver ? ",driver=keep" : "");
}

void export_proxmox_mapping(const struct export_writer *w)
{
        const struct export_device *display = export_display(w->list, w->inv);
        size_t number = 0;

        FOR_EXPORTS (d, w)
                if (export_is_first(w, d))
                        add_mapping(w, d, number++, d == display);
}
