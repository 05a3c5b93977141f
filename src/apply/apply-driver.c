/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps on a device's driver, on whatever bus: override, unbind, bind, probe. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/apply-internal.h"
#include "base/strutil.h"
#include "device/override.h"
#include "guard/guard-bus.h"
#include "state/notes.h"

static const char *driver_path(enum bus_kind bus, const char *driver, const char *attribute,
                               char path[static PATH_MAX])
{
        (void) snprintf(path, PATH_MAX, "sys/bus/%s/drivers/%s%s", bus_name(bus), driver, attribute);
        return path;
}

static bool driver_is_there(struct sys *sys, enum bus_kind bus, const char *driver)
{
        char path[PATH_MAX];

        return sys_exists(sys, driver_path(bus, driver, "", path));
}

/* Asks the kernel for the driver that fits. */
static const char *probe_path(enum bus_kind bus, char path[static PATH_MAX])
{
        (void) snprintf(path, PATH_MAX, "sys/bus/%s/drivers_probe", bus_name(bus));
        return path;
}

static int write_override(struct sys *sys, const struct apply_device *d, const char *driver, char *got, size_t size)
{
        char path[DEVICE_PATH_MAX];

        return override_write_at(sys, apply_device_path(d, "driver_override", path), driver, got, size);
}

/* An override to a driver that is not there would leave the function without any at its next probe. One look for each
 * driver, not for each VF. */
static int check_driver_is_there(struct applier *a, const char *driver)
{
        enum bus_kind bus = a->work->device.bus;

        if (!*driver || streq(driver, DRIVER_NONE) || (a->known_bus == bus && streq_ptr(a->known_driver, driver)))
                return 0;
        if (!driver_is_there(a->sys, bus, driver))
                return step_fail(a, -ENODEV, "driver %s not found", driver);
        a->known_driver = driver; /* the plan's, which outlives the run */
        a->known_bus = bus;
        return 0;
}

/* A VF that was just made may share its PF's IOMMU group (no ACS): then no VM could open it. */
static int check_new_group(struct applier *a, const struct plan_step *step)
{
        const struct plan_item *item = &a->plan->items[step->item];
        char path[DEVICE_PATH_MAX];
        CLEANUP_FREE char *name = NULL;
        uint64_t group;

        if (!step->new_vf || !driver_is_vfio(step->value) || item->section->group == GROUP_IGNORE)
                return 0;
        if (sys_read_link_name(a->sys, apply_device_path(&a->work->device, "iommu_group", path), &name) < 0 ||
            parse_unsigned(name, 10, INT_MAX, &group) < 0)
                return 0; /* none: the bind will say so */
        for (size_t i = 0; i < a->inv->n_functions; i++) {
                const struct pci_function *f = &a->inv->functions[i];

                if (f->group == (int) group && f->physfn == NO_INDEX && !driver_is_viable(f->driver))
                        return step_fail(a, -EUCLEAN, "its IOMMU group %d also contains %s (%s), so no VM can open it",
                                         f->group, pci_address_format(&f->address, (char[PCI_ADDRESS_MAX]){ 0 }),
                                         f->driver);
        }
        return 0;
}

int do_override(struct applier *a, const struct plan_step *step)
{
        char got[4096];
        int r = check_driver_is_there(a, step->value);

        if (r == 0)
                r = check_new_group(a, step);
        if (r < 0)
                return r;
        r = write_override(a->sys, &a->work->device, step->value, got, sizeof(got));

        if (r == -EUCLEAN)
                return step_fail(a, r, "driver_override reads %s after writing %s", got,
                                 *step->value ? step->value : "an empty line");
        return r < 0 ? step_fail(a, r, "failed to set driver_override to %s", *step->value ? step->value : "nothing")
                     : 0;
}

#define NVIDIA_GPUS "proc/driver/nvidia/gpus/"

/* NVIDIA's driver waits in unbind until nobody has the GPU open, and lets others open it meanwhile. Its unbindLock,
 * which NVIDIA's sriov-manage takes too, is given while nobody has, and keeps everybody out from then on
 * (open-gpu-kernel-modules, nv-procfs.c). It ends with the unbind, or by a 0. */
static int lock_unbind(struct applier *a, const char *driver)
{
        const struct apply_device *d = &a->work->device;
        char path[PATH_MAX];
        uint64_t locked = 0;
        int r;

        if (d->bus != BUS_PCI || !streq(driver, "nvidia"))
                return 0;
        (void) snprintf(path, sizeof(path), NVIDIA_GPUS "%s/unbindLock", d->name);
        r = a->sys->ops->write(a->sys->userdata, path, "1\n", strlen("1\n"));
        if (r == -ENOENT)
                return 0; /* a VF, or a driver that has none */
        if (r == 0)
                r = sys_read_number(a->sys, path, &locked);
        if (r < 0)
                return step_fail(a, r, "its unbindLock can't be taken");
        return locked ? 0 : step_fail(a, -EBUSY, "a program has the GPU open: nvidia does not give its unbindLock");
}

static void unlock_unbind(struct applier *a)
{
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), NVIDIA_GPUS "%s/unbindLock", a->work->device.name);
        if (sys_exists(a->sys, path))
                (void) a->sys->ops->write(a->sys->userdata, path, "0\n", strlen("0\n"));
}

/* To let a device go a driver waits for what it has begun, and VFIO's for the last to close it. */
static int unbind_from(struct applier *a, const char *driver)
{
        const struct apply_device *d = &a->work->device;
        char path[PATH_MAX];
        int r = lock_unbind(a, driver);

        if (r < 0)
                return r;
        r = bounded_write(a, d->name, driver_path(d->bus, driver, "/unbind", path), d->name);
        if (r < 0 && r != -ETIMEDOUT && streq(driver, "nvidia"))
                unlock_unbind(a);
        return r < 0 && r != -ETIMEDOUT ? step_fail(a, r, "failed to unbind from %s", driver) : r;
}

static int bind_to(struct sys *sys, const char *driver, const struct apply_device *d)
{
        char path[PATH_MAX];

        return sys->ops->write(sys->userdata, driver_path(d->bus, driver, "/bind", path), d->name, strlen(d->name));
}

/* By now: the guards have looked before the first write. */
static int check_open(struct applier *a, const struct plan_step *step)
{
        const struct apply_device *d = &a->work->device;
        const struct pci_function *f = d->bus == BUS_PCI ? inventory_find(a->inv, &a->work->address) : NULL;

        if (step->guarded && (d->bus == BUS_PCI ? function_is_open(a->sys, &a->work->address, f ? f->group : NO_GROUP)
                                                : bus_device_is_open(a->sys, a->inv, d->bus, d->name)))
                return step_fail(a, -EBUSY, "it is open: a VM or another program uses it");
        if (f && find_open_vf(a->sys, a->inv, f))
                return step_fail(a, -EBUSY, "a VF of it is open: a VM or another program uses it");
        return 0;
}

/* What the state says of the device at hand. */
struct before {
        const char *driver, *override_;
        bool early;
};

static struct before was_before(const struct applier *a)
{
        const struct apply_device *device = &a->work->device;
        const struct state *state = a->options->state;
        const struct state_bus_device *b;
        const struct state_device *d;

        if (state && device->bus != BUS_PCI) {
                b = state_find_bus_device(state, device->bus, device->name);
                return b ? (struct before){ b->driver, b->override_, false } : (struct before){ 0 };
        }
        d = state ? state_find_device(state, &a->work->address) : NULL;
        return d ? (struct before){ d->driver, d->has_driver ? d->override_ : NULL, d->early } : (struct before){ 0 };
}

int begin_unbind(struct applier *a, const struct plan_step *step)
{
        const struct apply_device *d = &a->work->device;
        CLEANUP_FREE char *driver = NULL;
        char path[PATH_MAX];
        int r = read_driver(a->sys, d, &driver);

        if (r < 0)
                return step_fail(a, r, "failed to read its driver");
        if (!driver || streq_ptr(driver, step->value))
                return 0;
        if (!streq(driver, step->old))
                return step_fail(a, -EUCLEAN, "it is bound to %s now, and was bound to %s when the plan was made",
                                 driver, step->old);
        /* Without a driver to go to it would end on none. */
        if (step->value && !driver_is_there(a->sys, d->bus, step->value))
                return step_fail(a, -ENODEV, "driver %s not found; the device stays bound to %s", step->value, driver);
        r = check_open(a, step);
        if (r == 0)
                r = lock_unbind(a, driver);
        if (r < 0)
                return r;
        a->work->found = STEAL(driver);
        r = begin_write(a, driver_path(d->bus, a->work->found, "/unbind", path), d->name);
        return r < 0 ? end_unbind(a, step, r) : r;
}

int end_unbind(struct applier *a, const struct plan_step *step, int written)
{
        CLEANUP_FREE char *after = NULL;
        int r;

        if (written < 0 && written != -ETIMEDOUT && streq(a->work->found, "nvidia"))
                unlock_unbind(a);
        if (written < 0)
                return written == -ETIMEDOUT ? written
                                             : step_fail(a, written, "failed to unbind from %s", a->work->found);
        r = read_driver(a->sys, &a->work->device, &after);
        /* It is loose now: the bind that follows must be tried, and what it reads back decides. */
        if (step->value)
                return 0;
        if (r < 0)
                return step_fail(a, r, "failed to read its driver");
        /* Taken before any driver could have it, it is on its own by now, whose module came for another device. */
        if (after && was_before(a).early && !streq(after, a->work->found))
                return 0;
        return after ? step_fail(a, -EUCLEAN, "it is bound to %s after unbinding it from %s", after, a->work->found)
                     : 0;
}

/* Claimed before any driver had it, it has none to go back to: the kernel finds one. */
static void give_to_any(struct applier *a, const char *override)
{
        const struct apply_device *d = &a->work->device;
        CLEANUP_FREE char *driver = NULL;
        char got[4096], path[PATH_MAX];

        if (write_override(a->sys, d, override, got, sizeof(got)) < 0)
                return;
        (void) a->sys->ops->write(a->sys->userdata, probe_path(d->bus, path), d->name, strlen(d->name));
        if (read_driver(a->sys, d, &driver) == 0 && driver)
                strbuf_addf(&a->work->detail, "; it is bound to %s", driver);
}

/* The new driver did not take it: gives it back to the one it had before passthru-setup, so that it is not left with
 * none. The state knows that one; the inventory may have seen our own override, or a run that was killed. */
static void put_back(struct applier *a, const struct plan_step *step, const char *before)
{
        const struct apply_device *device = &a->work->device;
        struct before b = was_before(a);
        const char *old = b.driver ? b.driver : before, *override = b.override_ ? b.override_ : "";
        CLEANUP_FREE char *driver = NULL;
        char got[4096];
        int r;

        if (b.early && !old) {
                give_to_any(a, override);
                return;
        }
        if (!old || step->new_vf)
                return;
        r = write_override(a->sys, device, override, got, sizeof(got));
        if (r == 0 || r == -EUCLEAN)
                r = bind_to(a->sys, old, device);
        if (read_driver(a->sys, device, &driver) == 0 && streq_ptr(driver, old))
                strbuf_addf(&a->work->detail, "; it is bound to %s again", old);
        else
                strbuf_addf(&a->work->detail, "; failed to bind it to %s again (%s), so it has no driver", old,
                            r < 0 && r != -EUCLEAN ? strerrordesc_np(-r) : "no reason given");
}

/* A VF that is to be on its own driver lets all of its PF's be probed while they are made, and the helper, which sees
 * this one so, notes that driver as what was before. But before it was not there, and it is reported already. */
static void forget_helper_claim(struct applier *a, const struct plan_step *step)
{
        if (step->new_vf)
                (void) hotplug_drop_claim(a->sys, &a->work->address);
}

int begin_bind(struct applier *a, const struct plan_step *step)
{
        const struct apply_device *d = &a->work->device;
        CLEANUP_FREE char *native = NULL;
        char path[PATH_MAX];
        int r;

        /* A VF to come may have been taken by its own driver while it was made, if others of its PF may. */
        if (step->new_vf) {
                r = read_driver(a->sys, d, &native);
                if (r < 0)
                        return step_fail(a, r, "failed to read its driver");
                if (streq_ptr(native, step->value)) {
                        forget_helper_claim(a, step);
                        return 0;
                }
                r = native ? unbind_from(a, native) : 0;
                if (r < 0)
                        return r;
        }
        r = begin_write(a, driver_path(d->bus, step->value, "/bind", path), d->name);
        return r < 0 ? end_bind(a, step, r) : r;
}

/* It had no driver when the plan was made; udev's coldplug was faster than our override. */
static bool was_overtaken(const struct plan_step *step, int written, const char *driver)
{
        return written == -EBUSY && !step->new_vf && !step->old && driver && !driver_is_vfio(driver);
}

int end_bind(struct applier *a, const struct plan_step *step, int written)
{
        const struct apply_device *d = &a->work->device;
        CLEANUP_FREE char *driver = NULL;
        int read, r = written;
        bool loose;

        if (r == -ETIMEDOUT)
                return r; /* it is the kernel's still */
        read = read_driver(a->sys, d, &driver);
        if (read == 0 && was_overtaken(step, written, driver)) {
                r = unbind_from(a, driver);
                if (r < 0)
                        return r;
                a->work->found = STEAL(driver);
                r = bind_to(a->sys, step->value, d);
                read = read_driver(a->sys, d, &driver);
        }
        if (read == 0 && streq_ptr(driver, step->value)) {
                forget_helper_claim(a, step);
                return 0; /* EBUSY is what a device that is there already gives */
        }
        if (r == 0 && read < 0)
                return step_fail(a, read, "can't tell whether %s bound the device", step->value);
        loose = r < 0 || !driver;
        if (r == -ENOENT && !driver_is_there(a->sys, d->bus, step->value))
                r = step_fail(a, r, "driver %s not found", step->value);
        else if (r < 0)
                r = step_fail(a, r, "%s failed to bind the device", step->value);
        else
                r = step_fail(a, -EUCLEAN, "it is bound to %s after binding it to %s", driver ? driver : "no driver",
                              step->value);
        if (loose)
                put_back(a, step, a->work->found ? a->work->found : step->old);
        return r;
}

/* Its own driver: whichever the kernel finds. 1 on it, 0 not, -errno. */
static int is_on_host_driver(struct sys *sys, const struct apply_device *d)
{
        CLEANUP_FREE char *driver = NULL;
        int r = read_driver(sys, d, &driver);

        if (r < 0)
                return r;
        return driver && !driver_is_vfio(driver) && !streq(driver, "pci-stub");
}

int begin_probe(struct applier *a, const struct plan_step *step)
{
        const struct apply_device *d = &a->work->device;
        char path[DEVICE_PATH_MAX], probe[PATH_MAX], alias[512];
        int r;

        (void) SYS_CALL(a->sys, events_begin);
        r = is_on_host_driver(a->sys, d);
        if (r != 0)
                return r < 0 ? step_fail(a, r, "failed to read its driver") : 0;
        /* udev would load the module some time after the VF's event; to load it here is to know when. */
        r = sys_read_attr(a->sys, apply_device_path(d, "modalias", path), alias, sizeof(alias));
        if (r < 0)
                return step_fail(a, r, "failed to read its modalias");
        a->work->loaded = SYS_CALL(a->sys, module_load, alias, NULL);
        replace_string(&a->work->found, alias);
        r = begin_write(a, probe_path(d->bus, probe), d->name);
        return r < 0 ? end_probe(a, step, r) : r;
}

int end_probe(struct applier *a, const struct plan_step *step, int written)
{
        const struct apply_device *d = &a->work->device;
        int r;

        (void) step;
        if (written == -ETIMEDOUT)
                return written;
        /* It was taken before any driver could have it, and there is none for it: as it is without us. */
        if (a->work->loaded == -ENOENT && was_before(a).early && is_on_host_driver(a->sys, d) == 0)
                return 0;
        /* That the write went well says nothing: it does when no driver matched, and when the probe failed. */
        for (;;) {
                r = is_on_host_driver(a->sys, d);
                if (r != 0)
                        return r < 0 ? step_fail(a, r, "failed to read its driver") : 0;
                /* Some drivers probe in a thread of their own (NVMe). */
                r = apply_wait(a);
                if (r <= 0)
                        break;
        }
        r = is_on_host_driver(a->sys, d);
        if (r > 0)
                return 0;
        if (a->work->loaded < 0)
                return step_fail(a, a->work->loaded,
                                 "no driver bound the device, and no module could be loaded for %s", a->work->found);
        return step_fail(a, written < 0 ? written : -EUCLEAN, "no driver bound the device");
}
