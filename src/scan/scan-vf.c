/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what is set of VFs and of their PF's interface, where a section says something of it; and all that is
 * set of them, for who asks for that. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/macro.h"
#include "device/lookup.h"
#include "device/property-io.h"
#include "device/vf-io.h"
#include "scan/scan.h"

#define WANTS_LINK 1U
#define WANTS_VALUES 2U
#define WANTS_MSIX 4U

/* What is wanted of each section's PF, by section; true: of any. */
static bool find_wanted(const struct config *config, unsigned *wanted)
{
        bool any = false;

        for (size_t i = 0; i < config->n_sections; i++) {
                const struct config_section *s = config->sections[i], *pf = NULL;
                unsigned what = 0;

                if (!s->enabled)
                        continue;
                if (s->kind == SECTION_SRIOV) {
                        pf = s;
                        what = (s->pf_up || s->mtu > 0 ? WANTS_LINK : 0) | (s->stable_macs ? WANTS_VALUES : 0);
                } else if (s->kind == SECTION_VF) {
                        pf = config_find(config, SECTION_SRIOV, s->selector.section);
                        what = (s->values.known & ~PROPERTY_BIT(PROPERTY_MSIX_COUNT) ? WANTS_VALUES : 0) |
                               (s->values.known & PROPERTY_BIT(PROPERTY_MSIX_COUNT) ? WANTS_MSIX : 0);
                }
                if (pf && what)
                        wanted[pf->index] |= what;
                any = any || what;
        }
        return any;
}

static void read_link(struct sys *sys, struct netdev *n)
{
        char path[64 + NAME_MAX];
        uint64_t flags = 0, mtu = 0;
        int r;

        (void) snprintf(path, sizeof(path), "sys/class/net/%s/flags", n->name);
        r = sys_read_number(sys, path, &flags);
        (void) snprintf(path, sizeof(path), "sys/class/net/%s/mtu", n->name);
        if (r == 0)
                r = sys_read_number(sys, path, &mtu);
        if (r < 0) {
                n->link_error = -r;
                return;
        }
        n->has_link = true;
        n->up = flags & 1; /* IFF_UP */
        n->mtu = (unsigned) MIN_OF(mtu, UINT_MAX);
}

static int read_values(struct sys *sys, struct inventory *inv, struct pci_function *pf, unsigned wanted)
{
        CLEANUP_FREE struct values *values = calloc(pf->numvfs, sizeof(*values));
        struct interface interface;
        int r;

        if (!values)
                return -ENOMEM;
        r = wanted & WANTS_VALUES ? vf_read(sys, pf, values, pf->numvfs, &interface) : 0;
        if (r < 0 && r != -EOPNOTSUPP && r != -ENOMEM)
                pf->vf_error = -r;
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (unsigned i = 0; i < pf->numvfs; i++) {
                struct pci_function *vf = pf->vfs[i] == NO_INDEX ? NULL : &inv->functions[pf->vfs[i]];
                struct values *have;

                if ((wanted & WANTS_VALUES) && values[i].known == 0)
                        pf->vf_error = ENODATA;
                if (!vf || vf->vf_read)
                        continue;
                have = function_values(vf);
                if (!have)
                        return -ENOMEM;
                values_keep(have, &values[i], values[i].known);
                have->lacking |= values[i].lacking;
                vf->vf_read = true;
                if (wanted & WANTS_MSIX)
                        (void) property_read(sys, &vf->address, PROPERTY_MSIX_COUNT, have);
        }
        return 0;
}

static int read_pf(struct sys *sys, struct inventory *inv, struct pci_function *pf, unsigned wanted)
{
        if (!pf->sriov)
                return 0;
        for (size_t i = 0; (wanted & WANTS_LINK) && i < pf->n_netdevs; i++)
                read_link(sys, &pf->netdevs[i]);
        return (wanted & (WANTS_VALUES | WANTS_MSIX)) && pf->numvfs > 0 ? read_values(sys, inv, pf, wanted) : 0;
}

int inventory_read_settings(struct sys *sys, struct inventory *inv)
{
        int r = 0;

        for (size_t i = 0; i < inv->n_functions && r == 0; i++)
                if (inv->functions[i].numvfs > 0)
                        r = read_pf(sys, inv, &inv->functions[i],
                                    WANTS_LINK | WANTS_MSIX | (inv->functions[i].n_netdevs > 0 ? WANTS_VALUES : 0));
        return r;
}

int inventory_read_vfs(struct sys *sys, const struct config *config, struct inventory *inv)
{
        CLEANUP_FREE unsigned *wanted = calloc(config->n_sections + 1, sizeof(*wanted));
        CLEANUP(lookup_freep) struct lookup *lookup = NULL;
        int r = 0;

        if (!wanted)
                return -ENOMEM;
        if (find_wanted(config, wanted))
                r = lookup_new(inv, &lookup);
        for (size_t i = 0; lookup && i < config->n_sections && r == 0; i++) {
                CLEANUP_FREE size_t *hits = NULL;
                size_t n = 0;

                if (!wanted[i])
                        continue;
                r = lookup_find(lookup, &config->sections[i]->selector, &hits, &n);
                for (size_t k = 0; k < n && r == 0; k++)
                        r = read_pf(sys, inv, &inv->functions[hits[k]], wanted[i]);
        }
        return r;
}
