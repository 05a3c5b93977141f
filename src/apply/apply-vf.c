/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps on what is set of VFs. All of a PF's settings are written one after the other between
 * two looks at them, for each look tells of all its VFs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/apply-internal.h"
#include "base/alloc.h"
#include "base/strutil.h"
#include "device/property-io.h"
#include "device/vf-io.h"
#include "plan/step-setting.h"

/* What became of a step. */
struct vf_outcome {
        bool done;
        int error;         /* negative errno; -EUCLEAN: it reads back as something else */
        bool lacking;      /* the driver does not offer it */
        bool unreadable;   /* what is set could not be read, before or afterwards */
        struct values got; /* what it reads back as */
};

struct batch {
        struct applier *a;
        const struct pci_function *pf;
        struct values *values; /* by VF */
        unsigned n;
        struct interface interface;
        bool *written; /* by step */
};

static const struct pci_function *pf_of(const struct applier *a, const struct plan_step *step, unsigned *ret_vf)
{
        const struct pci_function *f = inventory_find(a->inv, &step->address);

        *ret_vf = step->new_vf || !f ? step->vf_index : f->vf_index;
        if (!f || step->new_vf)
                return f;
        return f->physfn == NO_INDEX ? NULL : &a->inv->functions[f->physfn];
}

/* Whether the step is one of the batch, and can be done. */
static bool is_due(const struct batch *b, size_t i, unsigned *ret_vf)
{
        const struct plan_step *step = &b->a->plan->steps[i];

        const struct property_row *row = step_row(step);

        return row && row->transport == TRANSPORT_VF && !b->a->vf[i].done && pf_of(b->a, step, ret_vf) == b->pf &&
               *ret_vf < b->n && !step_is_blocked(b->a, step) && step_vf_is_made(b->a, step);
}

/* Of a group what is not wanted stays as it is. */
static int write_group(struct batch *b, size_t i, unsigned vf)
{
        const struct plan_step *step = &b->a->plan->steps[i];
        struct vf_outcome *o = &b->a->vf[i];
        const struct values *have = &b->values[vf];
        struct values want, all = *have;
        enum property leader = 0;
        int r;

        step_wanted(step, &want);
        o->lacking = have->lacking & want.known;
        if (o->lacking)
                return -EOPNOTSUPP;
        if (values_difference(&want, have) == 0)
                return 0;
        while (!property_leads_group(leader) || !(property_group(leader) & want.known))
                leader++;
        for (unsigned k = 0; k < step->n_changes; k++)
                all.value[step->changes[k].property] = step->changes[k].value;
        r = SYS_CALL(b->a->sys, vf_set, &b->interface, vf, leader, &all);
        o->lacking = r == -EOPNOTSUPP;
        b->written[i] = r == 0;
        return r;
}

/* Writes what is not there yet. True: something was written, and is to be read back. */
static bool write_all(struct batch *b, size_t first)
{
        bool any = false;

        for (size_t i = first; i < b->a->plan->n_steps; i++) {
                unsigned vf;

                if (!is_due(b, i, &vf))
                        continue;
                b->a->vf[i].done = true;
                b->a->vf[i].error = write_group(b, i, vf);
                any = any || b->written[i];
        }
        return any;
}

static void verify_all(struct batch *b, size_t first, int error)
{
        for (size_t i = first; i < b->a->plan->n_steps; i++) {
                struct vf_outcome *o = &b->a->vf[i];
                struct values want;
                unsigned vf;

                if (!b->written[i])
                        continue;
                step_wanted(&b->a->plan->steps[i], &want);
                (void) pf_of(b->a, &b->a->plan->steps[i], &vf);
                o->got = b->values[vf];
                o->unreadable = error < 0;
                o->error = error;
                if (error == 0 && values_difference(&want, &o->got) != 0)
                        o->error = -EUCLEAN;
        }
}

static void run_batch(struct applier *a, const struct pci_function *pf, unsigned n, size_t first)
{
        CLEANUP_FREE struct values *values = xcalloc(n, sizeof(*values));
        CLEANUP_FREE bool *written = xcalloc(a->plan->n_steps, sizeof(*written));
        struct batch b = { .a = a, .pf = pf, .values = values, .n = n, .written = written };
        int r;

        r = vf_read(a->sys, pf, values, n, &b.interface);
        if (r < 0) {
                a->vf[first] = (struct vf_outcome){ .done = true, .error = r, .unreadable = true };
                return;
        }
        if (write_all(&b, first))
                verify_all(&b, first, vf_read(a->sys, pf, values, n, &b.interface));
}

static int fail(struct applier *a, const struct plan_step *step, const struct vf_outcome *o,
                const struct pci_function *pf, unsigned vf)
{
        CLEANUP_STRBUF struct strbuf names = { 0 }, values = { 0 }, got = { 0 };
        const char *driver = pf->driver ? pf->driver : "(none)";
        char address[PCI_ADDRESS_MAX];
        struct values want;

        (void) pci_address_format(&pf->address, address);
        step_wanted(step, &want);
        step_names_format(&names, step);
        step_values_format(&values, step);
        if (o->unreadable && o->error == -ENODATA)
                return step_fail(a, o->error, "VF %u of %s: driver %s does not report the settings of its VFs", vf,
                                 address, driver);
        if (o->unreadable)
                return step_fail(a, o->error, "VF %u of %s: failed to read its settings", vf, address);
        if (o->lacking)
                return step_fail(a, o->error, "VF %u of %s: driver %s does not support %s", vf, address, driver,
                                 names.text);
        if (o->error != -EUCLEAN)
                return step_fail(a, o->error, "VF %u of %s: driver %s rejected %s %s", vf, address, driver, names.text,
                                 values.text);
        values_format(&o->got, want.known, &got);
        return step_fail(a, o->error, "VF %u of %s: %s reads %s after setting it to %s", vf, address, names.text,
                         got.text, values.text);
}

/* The only one that is not set through the PF. The VF has no driver now. */
static void set_msix(struct applier *a, const struct plan_step *step, const struct pci_address *address,
                     struct vf_outcome *o)
{
        char path[DEVICE_PATH_MAX], text[PROPERTY_TEXT_MAX];
        const char *value = property_write_text(PROPERTY_MSIX_COUNT, step->changes[0].value, text);
        struct values want;

        step_wanted(step, &want);
        o->done = true;
        (void) property_read(a->sys, address, PROPERTY_MSIX_COUNT, &o->got);
        o->lacking = o->got.lacking != 0;
        o->error = o->lacking ? -EOPNOTSUPP : 0;
        if (o->lacking || values_difference(&want, &o->got) == 0)
                return;
        (void) device_path(address, properties[PROPERTY_MSIX_COUNT].attribute, path);
        o->error = a->sys->ops->write(a->sys->userdata, path, value, strlen(value));
        o->lacking = o->error == -EOPNOTSUPP;
        if (o->error < 0)
                return;
        o->got = (struct values){ 0 };
        (void) property_read(a->sys, address, PROPERTY_MSIX_COUNT, &o->got);
        o->error = values_difference(&want, &o->got) == 0 ? 0 : -EUCLEAN;
}

int do_vf_set(struct applier *a, const struct plan_step *step, const struct pci_address *address)
{
        const struct pci_function *f = inventory_find(a->inv, address), *pf;
        size_t i = (size_t) (step - a->plan->steps);
        unsigned vf;

        pf = pf_of(a, step, &vf);
        if (!pf)
                return step_fail(a, -ENODEV, "its PF is gone");
        if (step->guarded && f && function_is_open(a->sys, address, f->group))
                return step_fail(a, -EBUSY, "a VM or another program has it open and would keep its old %s",
                                 property_name(step->changes[0].property));
        if (!a->vf)
                a->vf = xcalloc(a->plan->n_steps, sizeof(*a->vf));
        if (step_sets(step, PROPERTY_MSIX_COUNT))
                set_msix(a, step, address, &a->vf[i]);
        else if (!a->vf[i].done)
                run_batch(a, pf, step->new_vf ? step_made_vfs(a, step) : pf->numvfs, i);
        if (!a->vf[i].done)
                return step_fail(a, -ENODEV, "VF %u does not exist", vf);
        return a->vf[i].error < 0 ? fail(a, step, &a->vf[i], pf, vf) : 0;
}
