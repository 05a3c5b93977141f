/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the modes of eswitches, of the PFs whose section wants one or whose mode is to be given back. */
#include <errno.h>
#include <stdlib.h>

#include "device/eswitch-io.h"
#include "device/lookup.h"
#include "scan/scan.h"

static int read_mode(struct sys *sys, struct pci_function *pf)
{
        enum eswitch_mode mode = ESWITCH_UNKNOWN;
        int r;

        /* The PF's driver has it. */
        if (!pf->sriov || !pf->driver || pf->eswitch != ESWITCH_UNKNOWN || pf->eswitch_error)
                return 0;
        r = eswitch_read(sys, &pf->address, &mode);
        if (r == -ENOMEM)
                return r;
        if (r == 0)
                pf->eswitch = mode;
        else if (r != -EOPNOTSUPP && r != -EPERM) /* here it can't be told, or not to this user */
                pf->eswitch_error = -r;
        return 0;
}

static int read_for_section(struct sys *sys, struct lookup *lookup, const struct selector *selector,
                            struct inventory *inv)
{
        CLEANUP_FREE size_t *hits = NULL;
        size_t n = 0;
        int r = lookup_find(lookup, selector, &hits, &n);

        for (size_t i = 0; i < n && r == 0; i++)
                r = read_mode(sys, &inv->functions[hits[i]]);
        return r;
}

int inventory_read_eswitches(struct sys *sys, const struct config *config, struct inventory *inv)
{
        CLEANUP(lookup_freep) struct lookup *lookup = NULL;
        int r = 0;

        for (size_t i = 0; i < config->n_sections && r == 0; i++) {
                const struct config_section *s = config->sections[i];

                if (!s->enabled || s->kind != SECTION_SRIOV || s->eswitch == ESWITCH_UNKNOWN)
                        continue;
                if (!lookup)
                        r = lookup_new(inv, &lookup);
                if (r == 0)
                        r = read_for_section(sys, lookup, &s->selector, inv);
        }
        return r;
}

int inventory_read_all_eswitches(struct sys *sys, struct inventory *inv)
{
        int r = 0;

        for (size_t i = 0; i < inv->n_functions && r == 0; i++)
                if (inv->functions[i].numvfs > 0)
                        r = read_mode(sys, &inv->functions[i]);
        return r;
}

int inventory_read_taken_eswitches(struct sys *sys, const struct state *state, struct inventory *inv)
{
        int r = 0;

        for (size_t i = 0; state && i < state->n_devices && r == 0; i++) {
                size_t f = state->devices[i].eswitch == ESWITCH_UNKNOWN
                                   ? NO_INDEX
                                   : inventory_find_index(inv, &state->devices[i].address);

                if (f != NO_INDEX)
                        r = read_mode(sys, &inv->functions[f]);
        }
        return r;
}
