/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may have been meant by a word that nothing is called by. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/names.h"
#include "explain/explain-internal.h"

void explain_no_vf(const struct explain_input *in, const char *word, char **ret)
{
        const struct plan_item *sriov = NULL;
        struct selector sel = { 0 };
        int r = selector_parse(SELECTOR_ADDRESS, word, &sel);

        *ret = NULL;
        if (r == 0 && sel.kind == SELECTOR_VF)
                sriov = explain_sriov(in->plan, sel.section);
        selector_clear(&sel);
        if (sriov && sriov->pf == NO_INDEX)
                *ret = xasprintf("[sriov %s] is %s, and has no VFs", sriov->section->name,
                                 sriov->section->dormant              ? "not in force"
                                 : sriov->verdict == VERDICT_DISABLED ? "disabled"
                                 : sriov->verdict == VERDICT_ABSENT ? "absent"
                                                                    : "refused");
        else if (sriov && sriov->vfs == 0)
                *ret = xasprintf("%s has no VFs", sriov->section->name);
        else if (sriov)
                *ret = xasprintf("%s has %u %s, 0 to %u", sriov->section->name, sriov->vfs,
                                 sriov->vfs == 1 ? "VF" : "VFs", sriov->vfs - 1);
}

void explain_nearest(const struct explain_input *in, const char *word, char **ret)
{
        const struct inventory *inv = in->inventory;
        size_t most = in->plan->n_items + inv->n_functions + inv->n_parents, n = 0;
        CLEANUP_FREE char(*addresses)[PCI_ADDRESS_MAX] = xcalloc(inv->n_functions + 1, sizeof(*addresses));
        CLEANUP_FREE const char **names = NULL;
        const char *nearest;

        *ret = NULL;
        for (size_t i = 0; i < inv->n_functions; i++)
                most += inv->functions[i].n_netdevs;
        names = xcalloc(most + 1, sizeof(*names));
        for (size_t i = 0; i < in->plan->n_items; i++)
                names[n++] = in->plan->items[i].section->name;
        for (size_t i = 0; i < inv->n_functions; i++) {
                const struct pci_function *f = &inv->functions[i];

                names[n++] = pci_address_format(&f->address, addresses[i]);
                for (size_t k = 0; k < f->n_netdevs; k++)
                        names[n++] = f->netdevs[k].name;
        }
        for (size_t i = 0; i < inv->n_parents; i++)
                names[n++] = inv->parents[i].name;
        nearest = names_nearest(word, names, n);
        if (!nearest)
                return;
        *ret = xstrdup(nearest);
}
