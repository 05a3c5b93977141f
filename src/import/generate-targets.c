/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each function is to be: as it is now, and as other programs' files say. What was said first stays. */
#include "base/macro.h"
#include "import/generate-internal.h"

/* A driver that no device has for the host's own sake. */
static bool is_for_guests(const char *driver)
{
        return driver_is_vfio(driver) || streq_ptr(driver, "pci-stub");
}

/* A VF's driver as vf-driver says it. */
static const char *vf_driver_now(const struct pci_function *vf)
{
        return !vf->driver ? DRIVER_NONE : is_for_guests(vf->driver) ? vf->driver : DRIVER_HOST;
}

static void wish_vfs_now(struct generator *g, size_t pf)
{
        const struct pci_function *f = &g->inv->functions[pf];

        g->wishes[pf].makes_vfs = true;
        g->wishes[pf].vfs = f->numvfs;
        g->wishes[pf].vf_driver = DRIVER_HOST;
        for (unsigned i = 0; i < f->numvfs; i++) {
                if (f->vfs[i] == NO_INDEX)
                        generate_note(g, NULL, "%s: can't find VF %u; it is assumed to be as the others",
                                      ADDRESS_OF(f), i);
                else
                        g->wishes[f->vfs[i]].driver = vf_driver_now(&g->inv->functions[f->vfs[i]]);
        }
}

static void wish_running(struct generator *g)
{
        char text[PCI_ADDRESS_MAX];

        for (size_t i = 0; i < g->inv->n_functions; i++) {
                const struct pci_function *f = &g->inv->functions[i];
                bool taken = is_for_guests(f->driver) && f->physfn == NO_INDEX;
                bool kept_off = !f->driver && streq_ptr(f->driver_override, DRIVER_NONE);

                if (f->numvfs > 0)
                        wish_vfs_now(g, i);
                if (taken && pci_function_is_bridge(f))
                        generate_note(g, NULL, "%s is bound to %s, but is a bridge, which stays with the host",
                                      ADDRESS_OF(f), f->driver);
                else if (taken && f->numvfs > 0)
                        generate_note(g, NULL,
                                      "%s is bound to %s and has VFs (%u): the section is for these and leaves its "
                                      "own driver as it is",
                                      ADDRESS_OF(f), f->driver, f->numvfs);
                else if (taken)
                        g->wishes[i].driver = f->driver;
                else if (kept_off && f->physfn == NO_INDEX && f->numvfs == 0 && !pci_function_is_bridge(f))
                        g->wishes[i].driver = DRIVER_NONE;
        }
        for (size_t i = 0; i < g->inv->n_unreadable; i++)
                generate_note(g, NULL, "failed to read %s (%s)",
                              pci_address_format(&g->inv->unreadable[i].address, text),
                              strerrordesc_np(g->inv->unreadable[i].error));
}

/* The function that driverctl or sysfsutils names; NO_INDEX: there is none, which is noted. */
static size_t find_named(struct generator *g, const struct rival *rival)
{
        char text[PCI_ADDRESS_MAX];
        size_t found = NO_INDEX;

        if (rival->has_address)
                found = inventory_find_index(g->inv, &rival->address);
        for (size_t i = 0; !rival->has_address && i < g->inv->n_functions && found == NO_INDEX; i++)
                if (rival_is_for(rival, &g->inv->functions[i]))
                        found = i;
        if (found == NO_INDEX && rival->has_address)
                generate_note(g, rival, "no device at %s", pci_address_format(&rival->address, text));
        else if (found == NO_INDEX)
                generate_note(g, rival, "no PCI device has the interface %s", rival->interface);
        return found;
}

static void wish_vfs(struct generator *g, const struct rival *rival)
{
        size_t i = find_named(g, rival);
        const struct pci_function *f = i == NO_INDEX ? NULL : &g->inv->functions[i];
        struct wish *w = f ? &g->wishes[i] : NULL;

        if (!f)
                return;
        if (!f->sriov)
                generate_note(g, rival, "%s offers no SR-IOV", ADDRESS_OF(f));
        else if (rival->value > f->totalvfs)
                generate_note(g, rival, "%s supports at most %u VFs, not %u", ADDRESS_OF(f), f->totalvfs,
                              rival->value);
        else if (w->driver)
                generate_note(g, rival, "%s is bound to %s, which creates no VFs", ADDRESS_OF(f), w->driver);
        else if (w->makes_vfs && !w->by && w->vfs != rival->value)
                generate_note(g, rival, "%u VFs, but %s has %u now, which are taken", rival->value, ADDRESS_OF(f),
                              w->vfs);
        else if (!w->makes_vfs || w->by) {
                w->makes_vfs = rival->value > 0;
                w->vfs = rival->value;
                w->by = rival;
                w->vf_driver = f->autoprobe ? DRIVER_HOST : DRIVER_NONE;
        }
}

/* sriov_drivers_autoprobe: whether the kernel gives new VFs a driver. */
static void wish_autoprobe(struct generator *g, const struct rival *rival)
{
        size_t i = find_named(g, rival);

        if (i != NO_INDEX && g->wishes[i].by)
                g->wishes[i].vf_driver = rival->value > 0 ? DRIVER_HOST : DRIVER_NONE;
}

static void wish_sysfs(struct generator *g)
{
        const struct rivals *rivals = g->in->rivals;

        for (size_t i = 0; i < rivals->n; i++)
                if (rivals->items[i].kind == RIVAL_SYSFS && streq(rivals->items[i].attribute, "sriov_numvfs"))
                        wish_vfs(g, &rivals->items[i]);
        for (size_t i = 0; i < rivals->n; i++)
                if (rivals->items[i].kind == RIVAL_SYSFS && !streq(rivals->items[i].attribute, "sriov_numvfs"))
                        wish_autoprobe(g, &rivals->items[i]);
}

/* Gives a function its driver, unless another was said before, or it can't have it; then that is noted. */
static void wish_driver(struct generator *g, const struct rival *rival, size_t function, const char *driver)
{
        const struct pci_function *f = &g->inv->functions[function];
        const struct wish *pf = f->physfn == NO_INDEX ? NULL : &g->wishes[f->physfn];
        struct wish *w = &g->wishes[function];

        if (w->driver && !streq(w->driver, driver))
                generate_note(g, rival, "%s for %s, for which %s is taken: %s %s so", driver, ADDRESS_OF(f), w->driver,
                              w->by ? w->by->file : "it", w->by ? "says" : "is");
        else if (w->driver)
                return;
        else if (pci_function_is_bridge(f))
                generate_note(g, rival, "%s is a bridge, which stays with the host", ADDRESS_OF(f));
        else if (w->makes_vfs)
                generate_note(g, rival, "%s has VFs, which need its own driver", ADDRESS_OF(f));
        else if (pf && pf->makes_vfs && pf->vfs != g->inv->functions[f->physfn].numvfs)
                generate_note(g, rival, "%s is a VF that is recreated", ADDRESS_OF(f));
        else {
                w->driver = driver;
                w->by = rival;
        }
}

static void wish_driverctl(struct generator *g, const struct rival *rival)
{
        size_t i = find_named(g, rival);

        if (i == NO_INDEX)
                return;
        if (!config_is_driver(rival->driver) || streq(rival->driver, DRIVER_HOST) || streq(rival->driver, DRIVER_AUTO))
                generate_note(g, rival, "%s is not the name of a driver%s", rival->driver,
                              streq(rival->driver, "vfio_pci") ? "; the driver is called vfio-pci" : "");
        else
                wish_driver(g, rival, i, rival->driver);
}

/* Whether the id means the VFs that this PF is to have. */
static bool is_for_new_vfs(const struct rival *rival, const struct pci_function *pf)
{
        struct pci_function vf = *pf;

        vf.device = pf->vf_device; /* the rest is the PF's (PCIe SR-IOV, 3.4.1) */
        return rival_is_for(rival, &vf);
}

static void wish_id(struct generator *g, const struct rival *rival)
{
        size_t hits = 0;

        for (size_t i = 0; i < g->inv->n_functions; i++) {
                const struct pci_function *f = &g->inv->functions[i];
                struct wish *w = &g->wishes[i];

                if (w->makes_vfs && w->by && is_for_new_vfs(rival, f)) {
                        w->vf_driver = DRIVER_VFIO;
                        hits++;
                }
                if (!rival_is_for(rival, f))
                        continue;
                hits++;
                if (f->physfn == NO_INDEX || !g->wishes[f->physfn].by)
                        wish_driver(g, rival, i, DRIVER_VFIO);
        }
        if (hits == 0)
                generate_note(g, rival, "no device here is %s", rival->id_text);
}

void generate_wishes(struct generator *g)
{
        const struct rivals *rivals = g->in->rivals;

        if (g->in->from & FROM_RUNNING)
                wish_running(g);
        if (g->in->from & FROM_RIVAL(RIVAL_SYSFS))
                wish_sysfs(g);
        for (size_t i = 0; i < rivals->n && g->in->from & FROM_RIVAL(RIVAL_DRIVERCTL); i++)
                if (rivals->items[i].kind == RIVAL_DRIVERCTL)
                        wish_driverctl(g, &rivals->items[i]);
        for (size_t i = 0; i < rivals->n && g->in->from & FROM_RIVAL(RIVAL_VFIO_IDS); i++)
                if (rivals->items[i].kind == RIVAL_VFIO_IDS && (rivals->items[i].in_force || rivals->items[i].later))
                        wish_id(g, &rivals->items[i]);
}
