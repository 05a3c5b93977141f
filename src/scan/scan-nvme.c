/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks the NVMe drives whose VFs are to have queues what they have. */
#include <stdlib.h>

#include "base/macro.h"
#include "device/lookup.h"
#include "device/nvme-io.h"
#include "scan/scan.h"
#include "state/hung-writes.h"

#define CLASS_NVME 0x0108

static void read_function(struct sys *sys, struct pci_function *f)
{
        char name[NVME_NAME_MAX], address[PCI_ADDRESS_MAX];
        struct nvme_virt *virt = NULL;
        int r;

        if (f->nvme || f->class >> 8 != CLASS_NVME || stuck_is_waiting(sys, pci_address_format(&f->address, address)))
                return;
        r = nvme_name(sys, &f->address, name);
        if (r == 0)
                r = nvme_read_virt(sys, name, &virt);
        f->nvme = virt;
        f->nvme_error = r;
}

void inventory_read_nvme(struct sys *sys, const struct config *config, struct inventory *inv)
{
        CLEANUP(lookup_freep) struct lookup *lookup = NULL;

        lookup_new(inv, &lookup);
        for (size_t i = 0; i < config->n_sections; i++) {
                const struct config_section *s = config->sections[i];
                CLEANUP_FREE size_t *hits = NULL;
                size_t n = 0;

                if (!s->enabled || s->vf_queues == 0)
                        continue;
                lookup_find(lookup, &s->selector, &hits, &n);
                for (size_t k = 0; k < n; k++)
                        read_function(sys, &inv->functions[hits[k]]);
        }
}
