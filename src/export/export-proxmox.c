/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proxmox VE: `qm set` (its manual, qm(1), hostpci[n]). An mdev that is there goes by `args`: hostpci with mdev= makes
 * one of its own when the VM starts, with a UUID out of N and the VM's number, and removes it when the VM stops. */
#include "base/macro.h"
#include "export/export-internal.h"

static void add_comment(struct strbuf *b, const struct export_device *d, const struct inventory *inv, bool is_display)
{
        strbuf_add(b, "# ");
        export_add_title(b, d, inv);
        strbuf_add(b, ": pcie=1 is for VMs of machine type q35");
        if (is_display)
                strbuf_add(b, "; x-vga=1 makes the card the VM's only display");
        if (d->variant)
                strbuf_add(b, "; driver=keep leaves it on its driver");
        strbuf_add(b, "\n");
}

static void add_pci(struct strbuf *b, const struct export_device *d, const struct inventory *inv, const char *vmid,
                    size_t n, bool is_display)
{
        char address[PCI_ADDRESS_MAX];
        const char *quote = d->n_functions > 1 && !d->whole ? "'" : ""; /* around the ; */

        add_comment(b, d, inv, is_display);
        strbuf_addf(b, "qm set %s -hostpci%zu %s", vmid, n, quote);
        if (d->n_functions > 1 && d->whole) {
                const struct pci_address *a = &inv->functions[d->functions[0]].address;

                strbuf_addf(b, "%04x:%02x:%02x", a->domain, a->bus, a->device);
        } else
                for (size_t i = 0; i < d->n_functions; i++)
                        strbuf_addf(b, "%s%s", i > 0 ? ";" : "",
                                    pci_address_format(&inv->functions[d->functions[i]].address, address));
        strbuf_addf(b, ",pcie=1%s%s%s\n", is_display ? ",x-vga=1" : "", d->variant ? ",driver=keep" : "",
                    quote);
}

void export_proxmox(const struct export_list *list, const struct inventory *inv, const char *vmid, struct strbuf *b)
{
        const char *separator = "'";
        const struct export_device *display = export_display(list, inv);
        size_t n = 0;

        for (size_t i = 0; i < list->n; i++)
                if (list->items[i].functions)
                        add_pci(b, &list->items[i], inv, vmid, n++, &list->items[i] == display);
        if (n == list->n)
                return;
        strbuf_add(b, "# mdevs go by args, as hostpci would make other ones. This takes the place of args that the VM "
                      "has.\n");
        strbuf_addf(b, "qm set %s -args ", vmid);
        for (size_t i = 0; i < list->n; i++)
                if (!list->items[i].functions) {
                        strbuf_add(b, separator);
                        export_add_mdev_argument(b, &list->items[i]);
                        separator = " ";
                }
        strbuf_add(b, "'\n");
}
