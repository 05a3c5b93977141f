/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU: -device arguments, a line for each device, without blanks or quotes in a word, so that they can be pasted or
 * taken by a shell's $(…). A card has a root port of its own, as on the host; its name and numbers are made of the
 * host's address, so that those of several exports go together. */
#include "base/macro.h"
#include "export/export-internal.h"

/* The slot's number is to be another than those that are given by hand, from 0 on. */
static void add_port(struct strbuf *b, const struct pci_address *a)
{
        strbuf_addf(b, "-device pcie-root-port,id=port-%04x.%02x.%02x.%x,bus=pcie.0,chassis=%u,slot=%u", a->domain,
                    a->bus, a->device, a->function, a->bus,
                    ((a->domain & 0xf) + 1) << 8 | (unsigned) a->device << 3 | a->function);
}

static void add_function(struct strbuf *b, const struct export_device *d, const struct inventory *inv, size_t i, bool is_display)
{
        const struct pci_address *port = &inv->functions[d->functions[0]].address;
        char address[PCI_ADDRESS_MAX];

        strbuf_addf(b, " -device vfio-pci,%s%s,bus=port-%04x.%02x.%02x.%x,addr=0.%x",
                    inv->functions[d->functions[i]].address.domain > HOST_DOMAIN_MAX ? "sysfsdev=/sys/bus/pci/devices/" : "host=",
                    pci_address_format(&inv->functions[d->functions[i]].address, address), port->domain, port->bus,
                    port->device, port->function, export_guest_function(d, inv, i));
        if (i == 0 && d->n_functions > 1)
                strbuf_add(b, ",multifunction=on");
        if (i == 0 && is_display)
                strbuf_add(b, ",x-vga=on");
}

void export_qemu(const struct export_list *list, const struct inventory *inv, struct strbuf *b)
{
        const struct export_device *display = export_display(list, inv);

        for (size_t i = 0; i < list->n; i++) {
                const struct export_device *d = &list->items[i];

                if (d->functions) {
                        add_port(b, &inv->functions[d->functions[0]].address);
                        for (size_t k = 0; k < d->n_functions; k++)
                                add_function(b, d, inv, k, d == display);
                } else
                        export_add_mdev_argument(b, d);
                strbuf_add(b, "\n");
        }
}
