/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU: -device arguments, a line for each device, without blanks or quotes in a word, so that they can be pasted or
 * taken by a shell's $(…). A card has a root port of its own, as on the host; its name and numbers are made of the
 * host's address, so that those of several exports go together. With iommufd QEMU opens /dev/iommu and the device's
 * own node, /dev/vfio/devices/vfioN, itself (its document vfio-iommufd). */
#include "base/macro.h"
#include "base/uuid.h"
#include "export/export-internal.h"

#define IOMMUFD "iommufd0"

/* The slot's number is to be another than those that are given by hand, from 0 on. */
static void add_port(struct strbuf *b, const struct pci_address *a)
{
        strbuf_addf(b, "-device pcie-root-port,id=port-%04x.%02x.%02x.%x,bus=pcie.0,chassis=%u,slot=%u", a->domain,
                    a->bus, a->device, a->function, a->bus,
                    ((a->domain & 0xf) + 1) << 8 | (unsigned) a->device << 3 | a->function);
}

static void add_function(const struct export_writer *w, const struct export_device *d, size_t i, bool is_display)
{
        const struct pci_address *port = &export_function(w, d, 0)->address, *a = &export_function(w, d, i)->address;
        char address[PCI_ADDRESS_MAX];

        strbuf_addf(w->b, " -device vfio-pci,%s%s,bus=port-%04x.%02x.%02x.%x,addr=0.%x",
                    a->domain > HOST_DOMAIN_MAX ? "sysfsdev=/sys/bus/pci/devices/" : "host=",
                    pci_address_format(a, address), port->domain, port->bus, port->device, port->function,
                    export_guest_function(d, w->inv, i));
        if (i == 0 && d->n_functions > 1)
                strbuf_add(w->b, ",multifunction=on");
        if (i == 0 && is_display)
                strbuf_add(w->b, ",x-vga=on");
}

/* They are pasted into a command, where a comment has no place. */
static void add_notes(const struct export_writer *w)
{
        bool pci = false;

        FOR_EXPORTS (d, w)
                pci = pci || d->functions;
        if (pci)
                diag_add(w->diags, DIAG_NOTE, NULL,
                         "The root ports are for -machine q35; without it leave them out, and bus= "
                         "and addr= too");
        if (export_display(w->list, w->inv))
                diag_add(w->diags, DIAG_NOTE, NULL,
                         "x-vga=on makes the card the VM's display from the start and goes with -vga "
                         "none; with UEFI in the VM it may be left out");
}

static void add_all(const struct export_writer *w, const char *more)
{
        const struct export_device *display = export_display(w->list, w->inv);
        char uuid[UUID_TEXT_MAX];

        FOR_EXPORTS (d, w) {
                if (d->n_functions > 0)
                        add_port(w->b, &export_function(w, d, 0)->address);
                else
                        strbuf_addf(w->b, "-device %s,sysfsdev=/sys/bus/mdev/devices/%s%s", d->api,
                                    uuid_format(d->uuid, uuid), more);
                for (size_t k = 0; k < d->n_functions; k++) {
                        add_function(w, d, k, d == display);
                        strbuf_add(w->b, more);
                }
                strbuf_add(w->b, "\n");
        }
        add_notes(w);
}

void export_qemu(const struct export_writer *w)
{
        add_all(w, "");
}

void export_qemu_iommufd(const struct export_writer *w)
{
        strbuf_add(w->b, "-object iommufd,id=" IOMMUFD "\n");
        add_all(w, ",iommufd=" IOMMUFD);
}
