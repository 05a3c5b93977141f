/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps on a function's driver: override, unbind, bind, probe. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/apply-internal.h"
#include "host/override.h"
#include "util/strutil.h"

static bool driver_is_there(struct sys *sys, const char *driver)
{
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "sys/bus/pci/drivers/%s", driver);
        return sys_exists(sys, path);
}

/* An override to a driver that is not there would leave the function without any at its next probe. One look for each
 * driver, not for each VF. */
static int check_driver_is_there(struct applier *a, const char *driver)
{
        if (!*driver || streq(driver, DRIVER_NONE) || streq_ptr(a->known_driver, driver))
                return 0;
        if (!driver_is_there(a->sys, driver))
                return step_fail(a, -ENODEV, "there is no driver %s", driver);
        a->known_driver = driver; /* the plan's, which outlives the run */
        return 0;
}

/* A VF that was just made may share its PF's IOMMU group (no ACS): then no VM could open it. */
static int check_new_group(struct applier *a, const struct plan_step *step, const struct pci_address *address)
{
        const struct plan_item *item = &a->plan->items[step->item];
        char path[DEVICE_PATH_MAX];
        CLEANUP_FREE char *name = NULL;
        uint64_t group;

        if (!step->new_vf || !driver_is_vfio(step->value) || item->section->group == GROUP_IGNORE)
                return 0;
        if (sys_read_link_name(a->sys, device_path(address, "iommu_group", path), &name) < 0 ||
            parse_unsigned(name, 10, INT_MAX, &group) < 0)
                return 0; /* none: the bind will say so */
        for (size_t i = 0; i < a->inv->n_functions; i++) {
                const struct pci_function *f = &a->inv->functions[i];

                if (f->group == (int) group && f->physfn == NO_INDEX && !driver_is_viable(f->driver))
                        return step_fail(a, -EUCLEAN, "its group %d also holds %s (%s), so no VM could open it",
                                         f->group, pci_address_format(&f->address, (char[PCI_ADDRESS_MAX]){ 0 }),
                                         f->driver);
        }
        return 0;
}

int do_override(struct applier *a, const struct plan_step *step, const struct pci_address *address)
{
        char got[4096];
        int r = check_driver_is_there(a, step->value);

        if (r == 0)
                r = check_new_group(a, step, address);
        if (r < 0)
                return r;
        r = override_write(a->sys, address, step->value, got, sizeof(got));

        if (r == -EUCLEAN)
                return step_fail(a, r, "driver_override reads %s after %s was written", got,
                                 *step->value ? step->value : "an empty line");
        return r < 0 ? step_fail(a, r, "driver_override could not be set to %s",
                                 *step->value ? step->value : "nothing")
                     : 0;
}

static const char *unbind_path(const char *driver, char path[static PATH_MAX])
{
        (void) snprintf(path, PATH_MAX, "sys/bus/pci/drivers/%s/unbind", driver);
        return path;
}

static const char *bind_path(const char *driver, char path[static PATH_MAX])
{
        (void) snprintf(path, PATH_MAX, "sys/bus/pci/drivers/%s/bind", driver);
        return path;
}

/* To let a device go a driver waits for what it has begun, and VFIO's for the last to close it. */
static int unbind_from(struct applier *a, const char *driver, const struct pci_address *address)
{
        char path[PATH_MAX], text[PCI_ADDRESS_MAX];
        int r;

        (void) pci_address_format(address, text);
        r = bounded_write(a, text, unbind_path(driver, path), text);
        return r < 0 && r != -ETIMEDOUT ? step_fail(a, r, "%s did not let it go", driver) : r;
}

static int bind_to(struct sys *sys, const char *driver, const struct pci_address *address)
{
        char path[PATH_MAX], text[PCI_ADDRESS_MAX];

        (void) pci_address_format(address, text);
        return sys->ops->write(sys->userdata, bind_path(driver, path), text, strlen(text));
}

int begin_unbind(struct applier *a, const struct plan_step *step, const struct pci_address *address)
{
        const struct pci_function *f = inventory_find(a->inv, address);
        CLEANUP_FREE char *driver = NULL;
        char path[PATH_MAX], text[PCI_ADDRESS_MAX];
        int r = read_driver(a->sys, address, &driver);

        if (r < 0)
                return step_fail(a, r, "its driver can't be read");
        if (!driver || streq_ptr(driver, step->value))
                return 0;
        if (!streq(driver, step->old))
                return step_fail(a, -EUCLEAN, "it is on %s now, and was on %s when the plan was made", driver, step->old);
        /* Without a driver to go to it would end on none. */
        if (step->value && !driver_is_there(a->sys, step->value))
                return step_fail(a, -ENODEV, "there is no driver %s; it stays on %s", step->value, driver);
        if (step->guarded && function_is_open(a->sys, address, f ? f->group : NO_GROUP))
                return step_fail(a, -EBUSY, "it is open: a VM or another program uses it");
        if (f && find_open_vf(a->sys, a->inv, f))
                return step_fail(a, -EBUSY, "a VF of it is open: a VM or another program uses it");
        a->work->found = STEAL(driver);
        r = begin_write(a, unbind_path(a->work->found, path), pci_address_format(address, text));
        return r < 0 ? end_unbind(a, step, address, r) : r;
}

int end_unbind(struct applier *a, const struct plan_step *step, const struct pci_address *address, int written)
{
        CLEANUP_FREE char *after = NULL;
        int r;

        if (written < 0)
                return written == -ETIMEDOUT ? written : step_fail(a, written, "%s did not let it go", a->work->found);
        r = read_driver(a->sys, address, &after);
        /* It is loose now: the bind that follows must be tried, and what it reads back decides. */
        if (step->value)
                return 0;
        if (r < 0)
                return step_fail(a, r, "its driver can't be read");
        return after ? step_fail(a, -EUCLEAN, "it is on %s after it was unbound from %s", after, a->work->found) : 0;
}

/* Claimed before any driver had it, it has none to go back to: the kernel finds one. */
static void give_to_any(struct applier *a, const struct pci_address *address, const char *override)
{
        CLEANUP_FREE char *driver = NULL;
        char got[4096], text[PCI_ADDRESS_MAX];

        if (override_write(a->sys, address, override, got, sizeof(got)) < 0)
                return;
        (void) pci_address_format(address, text);
        (void) a->sys->ops->write(a->sys->userdata, "sys/bus/pci/drivers_probe", text, strlen(text));
        if (read_driver(a->sys, address, &driver) == 0 && driver)
                strbuf_addf(&a->work->detail, "; it is on %s", driver);
}

/* The new driver did not take it: gives it back to the one it had before passthru-setup, so that it is not left with
 * none. The state knows that one; the inventory may have seen our own override, or a run that was killed. */
static void put_back(struct applier *a, const struct plan_step *step, const struct pci_address *address,
                     const char *before)
{
        const struct state_device *d = a->options->state ? state_find_device(a->options->state, address) : NULL;
        const char *old = d && d->driver ? d->driver : before;
        const char *override = d && d->has_driver && d->override_ ? d->override_ : "";
        CLEANUP_FREE char *driver = NULL;
        char got[4096];
        int r;

        if (d && d->early && !old) {
                give_to_any(a, address, override);
                return;
        }
        if (!old || step->new_vf)
                return;
        r = override_write(a->sys, address, override, got, sizeof(got));
        if (r == 0 || r == -EUCLEAN)
                r = bind_to(a->sys, old, address);
        if (read_driver(a->sys, address, &driver) == 0 && streq_ptr(driver, old))
                strbuf_addf(&a->work->detail, "; it is back on %s", old);
        else
                strbuf_addf(&a->work->detail, "; it could not be put back on %s (%s) and has no driver", old,
                            r < 0 && r != -EUCLEAN ? strerrordesc_np(-r) : "no reason given");
}

int begin_bind(struct applier *a, const struct plan_step *step, const struct pci_address *address)
{
        CLEANUP_FREE char *native = NULL;
        char path[PATH_MAX], text[PCI_ADDRESS_MAX];
        int r;

        /* A VF to come may have been taken by its own driver while it was made, if others of its PF may. */
        if (step->new_vf) {
                r = read_driver(a->sys, address, &native);
                if (r < 0)
                        return step_fail(a, r, "its driver can't be read");
                if (streq_ptr(native, step->value))
                        return 0;
                r = native ? unbind_from(a, native, address) : 0;
                if (r < 0)
                        return r;
        }
        r = begin_write(a, bind_path(step->value, path), pci_address_format(address, text));
        return r < 0 ? end_bind(a, step, address, r) : r;
}

/* It had no driver when the plan was made; udev's coldplug was faster than our override. */
static bool was_overtaken(const struct plan_step *step, int written, const char *driver)
{
        return written == -EBUSY && !step->new_vf && !step->old && driver && !driver_is_vfio(driver);
}

int end_bind(struct applier *a, const struct plan_step *step, const struct pci_address *address, int written)
{
        CLEANUP_FREE char *driver = NULL;
        int read, r = written;
        bool loose;

        if (r == -ETIMEDOUT)
                return r; /* it is the kernel's still */
        read = read_driver(a->sys, address, &driver);
        if (read == 0 && was_overtaken(step, written, driver)) {
                r = unbind_from(a, driver, address);
                if (r < 0)
                        return r;
                a->work->found = STEAL(driver);
                r = bind_to(a->sys, step->value, address);
                read = read_driver(a->sys, address, &driver);
        }
        if (read == 0 && streq_ptr(driver, step->value))
                return 0; /* EBUSY is what a device that is there already gives */
        if (r == 0 && read < 0)
                return step_fail(a, read, "whether %s took it can't be read", step->value);
        loose = r < 0 || !driver;
        if (r == -ENOENT)
                r = step_fail(a, r, "there is no driver %s", step->value);
        else if (r < 0)
                r = step_fail(a, r, "%s did not take it", step->value);
        else
                r = step_fail(a, -EUCLEAN, "it is on %s after it was bound to %s", driver ? driver : "no driver",
                              step->value);
        if (loose)
                put_back(a, step, address, a->work->found ? a->work->found : step->old);
        return r;
}

/* Its own driver: whichever the kernel finds. 1 on it, 0 not, -errno. */
static int is_on_host_driver(struct sys *sys, const struct pci_address *address)
{
        CLEANUP_FREE char *driver = NULL;
        int r = read_driver(sys, address, &driver);

        if (r < 0)
                return r;
        return driver && !driver_is_vfio(driver) && !streq(driver, "pci-stub");
}

int begin_probe(struct applier *a, const struct plan_step *step, const struct pci_address *address)
{
        char path[DEVICE_PATH_MAX], alias[512], text[PCI_ADDRESS_MAX];
        int r;

        (void) a->sys->ops->events_begin(a->sys->userdata);
        r = is_on_host_driver(a->sys, address);
        if (r != 0)
                return r < 0 ? step_fail(a, r, "its driver can't be read") : 0;
        /* udev would load the module some time after the VF's event; to load it here is to know when. */
        r = sys_read_attr(a->sys, device_path(address, "modalias", path), alias, sizeof(alias));
        if (r < 0)
                return step_fail(a, r, "its modalias can't be read");
        a->work->loaded = a->sys->ops->module_load(a->sys->userdata, alias, NULL);
        r = replace_string(&a->work->found, alias);
        if (r == 0)
                r = begin_write(a, "sys/bus/pci/drivers_probe", pci_address_format(address, text));
        return r < 0 ? end_probe(a, step, address, r) : r;
}

int end_probe(struct applier *a, const struct plan_step *step, const struct pci_address *address, int written)
{
        int r;

        (void) step;
        if (written == -ETIMEDOUT)
                return written;
        /* That the write went well says nothing: it does when no driver matched, and when the probe failed. */
        for (;;) {
                r = is_on_host_driver(a->sys, address);
                if (r != 0)
                        return r < 0 ? step_fail(a, r, "its driver can't be read") : 0;
                /* Some drivers probe in a thread of their own (NVMe). */
                r = apply_wait(a);
                if (r <= 0)
                        break;
        }
        r = is_on_host_driver(a->sys, address);
        if (r > 0)
                return 0;
        if (a->work->loaded < 0)
                return step_fail(a, a->work->loaded, "no driver took it, and no module could be loaded for %s", a->work->found);
        return step_fail(a, written < 0 ? written : -EUCLEAN, "no driver took it");
}
