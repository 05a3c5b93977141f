/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Claims functions by their overrides. */
#include "host/claim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/hotplug.h"
#include "host/override.h"
#include "util/macro.h"

/* The strings are borrowed: an entry to write, not to keep. */
static int note(struct sys *sys, const struct config_section *section, const struct pci_function *f, char *to)
{
        CLEANUP_FREE char *key = config_section_key(section);
        const struct state_device before = {
                .address = f->address,
                .vendor = f->vendor,
                .device = f->device,
                .section = key,
                .has_driver = true,
                .driver = f->driver,
                .to = to,
                .override_ = f->driver_override,
                .early = !f->driver,
        };

        return key ? hotplug_note_claim(sys, &before) : -ENOMEM;
}

static int claim(struct sys *sys, const struct plan *plan, const struct plan_step *step, const struct pci_function *f)
{
        char got[4096];
        int r;

        /* An apply has set it since it was read: that knows what was before. */
        if (override_is(sys, &f->address, step->value))
                return 0;
        r = note(sys, plan->items[step->item].section, f, step->value);
        if (r == 0)
                r = override_write(sys, &f->address, step->value, got, sizeof(got));
        return r;
}

/* An apply keeps drivers off the VFs that it makes until each has its override. A PF is read before its VFs: once it lets
 * them be probed again, their overrides read as set. */
static bool is_being_made(const struct inventory *inventory, const struct pci_function *f)
{
        return f->physfn != NO_INDEX && !inventory->functions[f->physfn].autoprobe;
}

int claim_overrides(struct sys *sys, const struct plan *plan, const struct inventory *inventory,
                    struct claim_result *ret)
{
        *ret = (struct claim_result){ 0 };
        for (size_t i = 0; i < plan->n_steps; i++) {
                const struct plan_step *step = &plan->steps[i];
                const struct pci_function *f;
                int r;

                if (step->kind != STEP_OVERRIDE || step->phase != PHASE_OVERRIDE || step->new_vf || !*step->value)
                        continue;
                f = inventory_find(inventory, &step->address);
                if (!f || is_being_made(inventory, f))
                        continue;
                r = claim(sys, plan, step, f);
                if (r == -ENOMEM)
                        return r;
                if (r == 0)
                        ret->n_set++;
                else if (r != -ENOENT && r != -ENODEV && ret->n_failed++ == 0) { /* gone meanwhile is no failure */
                        ret->error = r == -EUCLEAN ? 0 : -r;
                        ret->address = step->address;
                }
        }
        return 0;
}

int claim_give_back(struct sys *sys, const struct pci_address *address)
{
        CLEANUP_STATE struct state one = { 0 };
        const struct state_device *d;
        char got[4096], text[PCI_ADDRESS_MAX];
        int r = hotplug_read_claim(sys, address, &one);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        d = state_find_device(&one, address);
        if (d)
                r = override_write(sys, address, d->override_ ? d->override_ : "", got, sizeof(got));
        if (r < 0 && r != -ENOENT)
                return r;
        /* Its driver may be there, and have passed it by: asked again, it takes it. As modprobe does in a udev worker, and
         * as with that what it comes to is the driver's business. */
        (void) pci_address_format(address, text);
        (void) sys->ops->write(sys->userdata, "sys/bus/pci/drivers_probe", text, strlen(text));
        return hotplug_drop_claim(sys, address);
}

int claim_give_back_others(struct sys *sys, const struct plan *plan, const struct inventory *inventory)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;
        int first = 0, r = hotplug_list_claims(sys, &names, &n);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        for (size_t i = 0; i < n; i++) {
                struct pci_address a;
                size_t function;

                if (pci_address_parse(names[i], false, &a, NULL) < 0)
                        continue;
                function = inventory_find_index(inventory, &a);
                if (function == NO_INDEX || plan_takes(plan, function))
                        continue;
                r = claim_give_back(sys, &a);
                if (r < 0 && first == 0)
                        first = r;
        }
        return first;
}
