/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the attributes that [device] sections set, of the functions that they name and no others: to ask for the sizes
 * of a BAR wakes the device. */
#include <stdlib.h>

#include "base/macro.h"
#include "device/device-path.h"
#include "device/lookup.h"
#include "device/property-io.h"
#include "scan/scan.h"
#include "state/hung-writes.h"

struct reader {
        struct sys *sys;
        const struct config *config;
        struct inventory *inv;
        struct lookup *lookup;
        bool any_stuck;
};

/* What can't be read is not there, for whoever wants to write it. */
static void read_function(struct reader *r, struct pci_function *f, const struct config_section *s)
{
        char path[DEVICE_PATH_MAX], address[PCI_ADDRESS_MAX];
        uint64_t asked = s->values.known & property_scope_mask(SCOPE_DEVICE);
        struct pci_details *details;
        struct values *values;

        if (r->any_stuck && stuck_is_waiting(r->sys, pci_address_format(&f->address, address)))
                return;
        values = function_values(f);
        details = function_details(f);
        for (enum property p = 0; p < PROPERTY_MAX; p++) {
                if (!(asked & PROPERTY_BIT(p)))
                        continue;
                if (property_read(r->sys, &f->address, p, values) < 0)
                        values->lacking |= PROPERTY_BIT(p);
                else if (properties[p].transport == TRANSPORT_BAR)
                        (void) bar_sizes_read(r->sys, &f->address, p - PROPERTY_BAR_SIZE_0,
                                              &details->bar_sizes[p - PROPERTY_BAR_SIZE_0]);
        }
        if (s->rom_dump) {
                details->rom = sys_exists(r->sys, device_path(&f->address, "rom", path));
                details->rom_dumped = sys_exists(r->sys, s->rom_dump);
        }
}

/* A device that was found by what it has lost since (its interface, MAC or serial) is known by the state alone, which
 * is another room's: all that may be it are read. */
static void read_held(struct reader *r, const struct config_section *s)
{
        for (size_t i = 0; i < r->inv->n_functions; i++)
                if (r->inv->functions[i].driver_override || driver_is_vfio(r->inv->functions[i].driver))
                        read_function(r, &r->inv->functions[i], s);
}

/* "uplink/0": a VF that is there. */
static void read_vf(struct reader *r, const struct config_section *s)
{
        const struct config_section *sriov = config_find(r->config, SECTION_SRIOV, s->selector.section);
        CLEANUP_FREE size_t *hits = NULL;
        size_t n = 0;

        if (sriov)
                lookup_find(r->lookup, &sriov->selector, &hits, &n);
        if (n == 0) {
                read_held(r, s);
                return;
        }
        for (size_t i = 0; i < n; i++) {
                const struct pci_function *pf = &r->inv->functions[hits[i]];

                if (s->selector.vf_index < pf->numvfs && pf->vfs[s->selector.vf_index] != NO_INDEX)
                        read_function(r, &r->inv->functions[pf->vfs[s->selector.vf_index]], s);
        }
}

static void read_section(struct reader *r, const struct config_section *s)
{
        CLEANUP_FREE size_t *hits = NULL;
        size_t n = 0;

        if (s->selector.kind == SELECTOR_VF) {
                read_vf(r, s);
                return;
        }
        lookup_find(r->lookup, &s->selector, &hits, &n);
        if (n == 0 && (s->selector.kind == SELECTOR_INTERFACE || s->selector.kind == SELECTOR_MAC ||
                       s->selector.kind == SELECTOR_SERIAL)) {
                read_held(r, s);
                return;
        }
        for (size_t i = 0; i < n; i++)
                read_function(r, &r->inv->functions[hits[i]], s);
}

void inventory_read_device(struct sys *sys, const struct config *config, struct inventory *inv)
{
        CLEANUP(lookup_freep) struct lookup *lookup = NULL;
        struct reader r = { sys, config, inv, NULL, stuck_any(sys) };

        lookup_new(inv, &lookup);
        r.lookup = lookup;
        for (size_t i = 0; i < config->n_sections; i++)
                if (config->sections[i]->enabled && config_sets_device(config->sections[i]))
                        read_section(&r, config->sections[i]);
}
