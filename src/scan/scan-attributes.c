/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the attributes that [device] sections set, of the functions that they name and no others: to ask for the sizes of a
 * BAR wakes the device. */
#include <errno.h>
#include <stdlib.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "device/bar-read.h"
#include "device/device-path.h"
#include "device/lookup.h"
#include "property/pci-attribute.h"
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
static int read_text(struct reader *r, const struct pci_function *f, const char *attribute, char **ret)
{
        char path[DEVICE_PATH_MAX], text[256];

        if (sys_read_attr(r->sys, device_path(&f->address, attribute, path), text, sizeof(text)) < 0)
                return 0;
        return replace_string(ret, text);
}

static int read_function(struct reader *r, struct pci_function *f, const struct config_attributes *want)
{
        char path[DEVICE_PATH_MAX], address[PCI_ADDRESS_MAX];
        struct pci_attributes *a;
        int ret = 0;

        if (r->any_stuck && stuck_is_waiting(r->sys, pci_address_format(&f->address, address)))
                return 0;
        if (!f->attributes)
                f->attributes = calloc(1, sizeof(*f->attributes));
        a = f->attributes;
        if (!a)
                return -ENOMEM;
        if (want->reset_method)
                ret = read_text(r, f, ATTRIBUTE_RESET, &a->reset_method);
        if (ret == 0 && want->d3cold)
                ret = read_text(r, f, ATTRIBUTE_D3COLD, &a->d3cold);
        if (ret == 0 && want->power_control)
                ret = read_text(r, f, ATTRIBUTE_POWER, &a->power_control);
        for (unsigned bar = 0; bar < PCI_BARS && ret == 0; bar++)
                if (want->bar_sizes[bar] > 0)
                        (void) pci_bar_read(r->sys, &f->address, bar, &a->bars[bar]);
        if (want->rom_dump) {
                a->rom = sys_exists(r->sys, device_path(&f->address, "rom", path));
                a->rom_dumped = sys_exists(r->sys, want->rom_dump);
        }
        return ret;
}

/* A device that was found by what it has lost since (its interface, MAC or serial) is known by the state alone, which is
 * another room's: all that may be it are read. */
static int read_held(struct reader *r, const struct config_section *s)
{
        int ret = 0;

        for (size_t i = 0; i < r->inv->n_functions && ret == 0; i++)
                if (r->inv->functions[i].driver_override || driver_is_vfio(r->inv->functions[i].driver))
                        ret = read_function(r, &r->inv->functions[i], &s->attributes);
        return ret;
}

/* "uplink/0": a VF that is there. */
static int read_vf(struct reader *r, const struct config_section *s)
{
        const struct config_section *sriov = config_find(r->config, SECTION_SRIOV, s->selector.section);
        CLEANUP_FREE size_t *hits = NULL;
        size_t n = 0;
        int ret = sriov ? lookup_find(r->lookup, &sriov->selector, &hits, &n) : 0;

        if (ret == 0 && n == 0)
                return read_held(r, s);
        for (size_t i = 0; i < n && ret == 0; i++) {
                const struct pci_function *pf = &r->inv->functions[hits[i]];

                if (s->selector.vf_index < pf->numvfs && pf->vfs[s->selector.vf_index] != NO_INDEX)
                        ret = read_function(r, &r->inv->functions[pf->vfs[s->selector.vf_index]], &s->attributes);
        }
        return ret;
}

static int read_section(struct reader *r, const struct config_section *s)
{
        CLEANUP_FREE size_t *hits = NULL;
        size_t n = 0;
        int ret;

        if (s->selector.kind == SELECTOR_VF)
                return read_vf(r, s);
        ret = lookup_find(r->lookup, &s->selector, &hits, &n);
        if (ret == 0 && n == 0 &&
            (s->selector.kind == SELECTOR_INTERFACE || s->selector.kind == SELECTOR_MAC || s->selector.kind == SELECTOR_SERIAL))
                return read_held(r, s);
        for (size_t i = 0; i < n && ret == 0; i++)
                ret = read_function(r, &r->inv->functions[hits[i]], &s->attributes);
        return ret;
}

int inventory_read_attributes(struct sys *sys, const struct config *config, struct inventory *inv)
{
        CLEANUP(lookup_freep) struct lookup *lookup = NULL;
        struct reader r = { sys, config, inv, NULL, stuck_any(sys) };
        int ret = lookup_new(inv, &lookup);

        r.lookup = lookup;
        for (size_t i = 0; i < config->n_sections && ret == 0; i++)
                if (config->sections[i]->enabled && config_has_attributes(config->sections[i]))
                        ret = read_section(&r, config->sections[i]);
        return ret;
}
