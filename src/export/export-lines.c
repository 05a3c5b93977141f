/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Engines that take a device by a line: Cloud Hypervisor (docs/vfio.md of its source) and Incus (its manual, Type:
 * pci). */
#include <stdlib.h>

#include "base/macro.h"
#include "export/export-internal.h"

/* All of them behind one --device. */
void export_cloud_hypervisor(const struct export_writer *w)
{
        const char *separator = "--device ";
        char address[PCI_ADDRESS_MAX];

        FOR_EXPORTS (d, w)
                for (size_t i = 0; i < d->n_functions; i++) {
                        strbuf_addf(w->b, "%spath=/sys/bus/pci/devices/%s/", separator,
                                    pci_address_format(&export_function(w, d, i)->address, address));
                        separator = " ";
                }
        strbuf_add(w->b, w->b->len > 0 ? "\n" : "");
}

/* Each function is a device; they are no card any more for the guest. */
void export_incus(const struct export_writer *w)
{
        char address[PCI_ADDRESS_MAX];

        FOR_EXPORTS (d, w) {
                export_add_comment(w, d);
                strbuf_add(w->b, "\n");
                for (size_t i = 0; i < d->n_functions; i++) {
                        CLEANUP_FREE char *name = export_device_name(w, d, i, "-_.", '-');

                        strbuf_addf(w->b, "incus config device add VM %s pci address=%s\n", name,
                                    pci_address_format(&export_function(w, d, i)->address, address));
                }
        }
}
