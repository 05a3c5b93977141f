/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the details of an inventory that is there. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "scan/scan.h"
#include "state/hung-writes.h"

/* A device that knows no reset has no such attribute, and no kernel before 5.15 has one (any_resets tells). */
static void read_resets(struct sys *sys, struct pci_function *f, bool *any_resets)
{
        char path[128], address[PCI_ADDRESS_MAX], text[256];
        int r;

        (void) snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/reset_method",
                        pci_address_format(&f->address, address));
        r = sys_read_attr(sys, path, text, sizeof(text));
        if (r < 0) {
                if (r == -ENOENT)
                        replace_string(&f->resets, "");
                return;
        }
        *any_resets = true;
        replace_string(&f->resets, text);
}

/* The kernel prints -1 where the firmware says nothing of it. */
static void read_node(struct sys *sys, struct pci_function *f)
{
        char path[128], address[PCI_ADDRESS_MAX];
        uint64_t node;

        (void) snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/numa_node",
                        pci_address_format(&f->address, address));
        f->node = sys_read_number(sys, path, &node) == 0 && node <= INT_MAX ? (int) node : -1;
}

static void read_functions(struct sys *sys, struct inventory *inv)
{
        bool any_resets = false, any_stuck = stuck_any(sys);

        for (size_t i = 0; i < inv->n_functions; i++) {
                struct pci_function *f = &inv->functions[i];
                char address[PCI_ADDRESS_MAX];

                if (any_stuck && stuck_is_waiting(sys, pci_address_format(&f->address, address)))
                        continue;
                if (f->n_serials == 0)
                        inventory_read_serials(sys, f);
                read_node(sys, f);
                read_resets(sys, f, &any_resets);
        }
        for (size_t i = 0; i < inv->n_functions && !any_resets; i++)
                replace_string(&inv->functions[i].resets, NULL);
}

/* An attribute of a type, into *ret; what can't be read is left out. */
static void read_type_attr(struct sys *sys, const char *parent, const char *type, const char *name, char **ret)
{
        char path[512], text[4096];

        if (snprintf(path, sizeof(path), "sys/class/mdev_bus/%s/mdev_supported_types/%s/%s", parent, type, name) >=
            (int) sizeof(path))
                return;
        if (sys_read_attr(sys, path, text, sizeof(text)) < 0 || isempty(text))
                return;
        replace_string(ret, text);
}

void inventory_read_type_details(struct sys *sys, struct inventory *inv)
{
        for (size_t i = 0; i < inv->n_parents; i++)
                for (size_t k = 0; k < inv->parents[i].n_types; k++) {
                        struct mdev_type *type = &inv->parents[i].types[k];

                        read_type_attr(sys, inv->parents[i].name, type->id, "description", &type->description);
                        read_type_attr(sys, inv->parents[i].name, type->id, "device_api", &type->device_api);
                }
}

void inventory_read_details(struct sys *sys, struct inventory *inv)
{
        read_functions(sys, inv);
        if (inv->n_slots == 0)
                inventory_read_slots(sys, inv);
        inventory_read_type_details(sys, inv);
}
