/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the VFs that are vGPUs of NVIDIA's own kind: what type they have, and what their GPU has room for. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "device/vgpu.h"
#include "scan/scan.h"

/* sysfs gives a page at most. */
#define TYPES_MAX (4096 + 1)

static void read_types(struct sys *sys, struct mdev_parent *p)
{
        char path[PATH_MAX], text[TYPES_MAX];
        int r;

        (void) snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/nvidia/creatable_vgpu_types", p->name);
        r = sys_read_attr(sys, path, text, sizeof(text));
        if (r < 0) {
                p->error = -r;
                return;
        }
        vgpu_types_parse(text, &p->types, &p->n_types);
}

static void read_vf(struct sys *sys, struct inventory *inv, size_t function)
{
        char path[PATH_MAX], address[PCI_ADDRESS_MAX];
        struct mdev_parent *p;
        uint64_t current = 0;
        int error;

        (void) pci_address_format(&inv->functions[function].address, address);
        (void) snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/nvidia/current_vgpu_type", address);
        error = sys_read_number(sys, path, &current);
        if (error == -ENOENT || error == -ENODEV)
                return; /* of another kind, or just going */
        p = ARRAY_APPEND(inv->parents, inv->n_parents, inv->alloc_parents);
        p->function = function;
        p->vgpu = true;
        p->current = (unsigned) MIN_OF(current, UINT_MAX);
        replace_string(&p->name, address);
        read_types(sys, p);
        if (error < 0)
                p->error = -error;
}

void inventory_read_vgpus(struct sys *sys, struct inventory *inv)
{
        for (size_t i = 0; i < inv->n_functions; i++)
                if (inv->functions[i].physfn != NO_INDEX && streq_ptr(inv->functions[i].driver, "nvidia"))
                        read_vf(sys, inv, i);
}
