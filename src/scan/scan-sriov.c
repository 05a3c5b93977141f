/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what is set of PFs, their interfaces and their VFs, where a section says something of it; and all that is set
 * of them, for who asks for that. */
#include <errno.h>
#include <limits.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "device/lookup.h"
#include "device/property-io.h"
#include "device/vf-io.h"
#include "scan/scan.h"

/* Of a VF through its PF. */
static uint64_t through_pf(void)
{
        return property_scope_mask(SCOPE_VF) & ~PROPERTY_BIT(PROPERTY_MSIX_COUNT);
}

/* What is wanted of each section's PF and its VFs, by section; true: of any. */
static bool find_wanted(const struct config *config, uint64_t *wanted)
{
        bool any = false;

        for (size_t i = 0; i < config->n_sections; i++) {
                const struct config_section *s = config->sections[i], *pf = NULL;
                uint64_t what = values_wanted(&s->values) & ~property_scope_mask(SCOPE_DEVICE);

                if (!s->enabled)
                        continue;
                if (s->kind == SECTION_SRIOV)
                        pf = s;
                else if (s->kind == SECTION_VF)
                        pf = config_find(config, SECTION_SRIOV, s->selector.section);
                if (pf && what)
                        wanted[pf->index] |= what;
                any = any || what;
        }
        return any;
}

/* Whether the PF's interface is an InfiniBand one, whose VFs have GUIDs and no MACs (net/if_arp.h). */
static void read_link(struct sys *sys, struct pci_function *pf)
{
        struct netdev *n = pf->netdevs; /* NULL: it has no interface */
        char path[64 + NAME_MAX];
        uint64_t type = 0;

        if (!n)
                return;
        (void) snprintf(path, sizeof(path), "sys/class/net/%s/type", n->name);
        n->infiniband = sys_read_number(sys, path, &type) == 0 && type == ARPHRD_INFINIBAND;
}

static void read_interface(struct sys *sys, struct pci_function *pf, uint64_t wanted)
{
        struct netdev *n = pf->n_netdevs > 0 ? &pf->netdevs[0] : NULL;
        struct values *have = n ? function_values(pf) : NULL;
        char dir[32 + NAME_MAX];

        if (!n)
                return;
        (void) snprintf(dir, sizeof(dir), "sys/class/net/%s", n->name);
        for (enum property p = 0; p < PROPERTY_MAX; p++)
                if ((wanted & PROPERTY_BIT(p)) && properties[p].scope == SCOPE_NETDEV && n->link_error == 0)
                        n->link_error = -property_read_netdev(sys, dir, p, have);
}

/* The PF's driver has it. */
static void read_eswitch(struct sys *sys, struct pci_function *pf)
{
        struct values *have = function_values(pf);
        int r;

        if (!pf->sriov || !pf->driver || eswitch_of(have) != ESWITCH_UNKNOWN || pf->eswitch_error)
                return;
        r = property_read(sys, &pf->address, PROPERTY_ESWITCH, have);
        if (r < 0 && r != -EOPNOTSUPP && r != -EPERM)
                pf->eswitch_error = -r;
}

static void read_values(struct sys *sys, struct inventory *inv, struct pci_function *pf, uint64_t wanted)
{
        CLEANUP_FREE struct values *values = xcalloc(pf->numvfs, sizeof(*values));
        struct interface interface;
        int r;

        r = wanted & through_pf() ? vf_read(sys, pf, values, pf->numvfs, &interface) : 0;
        if (r < 0 && r != -EOPNOTSUPP)
                pf->vf_error = -r;
        if (r < 0)
                return;
        for (unsigned i = 0; i < pf->numvfs; i++) {
                struct pci_function *vf = pf->vfs[i] == NO_INDEX ? NULL : &inv->functions[pf->vfs[i]];
                struct values *have;

                if ((wanted & through_pf()) && values[i].known == 0)
                        pf->vf_error = ENODATA;
                if (!vf || vf->vf_read)
                        continue;
                have = function_values(vf);
                values_keep(have, &values[i], values[i].known);
                have->lacking |= values[i].lacking;
                vf->vf_read = true;
                if (wanted & PROPERTY_BIT(PROPERTY_MSIX_COUNT))
                        (void) property_read(sys, &vf->address, PROPERTY_MSIX_COUNT, have);
        }
}

static void read_pf(struct sys *sys, struct inventory *inv, struct pci_function *pf, uint64_t wanted)
{
        if (!pf->sriov)
                return;
        if (wanted & property_scope_mask(SCOPE_NETDEV))
                read_interface(sys, pf, wanted);
        if ((wanted & PROPERTY_BIT(PROPERTY_ESWITCH)))
                read_eswitch(sys, pf);
        if (wanted & property_scope_mask(SCOPE_VF))
                read_link(sys, pf);
        if ((wanted & property_scope_mask(SCOPE_VF)) && pf->numvfs > 0)
                read_values(sys, inv, pf, wanted);
}

void inventory_read_settings(struct sys *sys, struct inventory *inv)
{
        for (size_t i = 0; i < inv->n_functions; i++) {
                struct pci_function *pf = &inv->functions[i];

                if (pf->numvfs > 0)
                        read_pf(sys, inv, pf, pf->n_netdevs > 0 ? UINT64_MAX : UINT64_MAX & ~through_pf());
        }
}

void inventory_read_taken(struct sys *sys, const struct state *state, struct inventory *inv)
{
        for (size_t i = 0; state && i < state->n_devices; i++) {
                size_t f = values_have(&state->devices[i].before, PROPERTY_ESWITCH)
                                   ? inventory_find_index(inv, &state->devices[i].address)
                                   : NO_INDEX;

                if (f != NO_INDEX)
                        read_eswitch(sys, &inv->functions[f]);
        }
}

void inventory_read_sriov(struct sys *sys, const struct config *config, struct inventory *inv)
{
        CLEANUP_FREE uint64_t *wanted = xcalloc(config->n_sections + 1, sizeof(*wanted));
        CLEANUP(lookup_freep) struct lookup *lookup = NULL;

        if (find_wanted(config, wanted))
                lookup_new(inv, &lookup);
        for (size_t i = 0; lookup && i < config->n_sections; i++) {
                CLEANUP_FREE size_t *hits = NULL;
                size_t n = 0;

                if (!wanted[i])
                        continue;
                lookup_find(lookup, &config->sections[i]->selector, &hits, &n);
                for (size_t k = 0; k < n; k++)
                        read_pf(sys, inv, &inv->functions[hits[k]], wanted[i]);
        }
}
