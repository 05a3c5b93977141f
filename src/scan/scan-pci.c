/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the PCI functions. Few calls for each: there can be thousands of VFs. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "device/override.h"
#include "scan/scan.h"
#include "state/hung-writes.h"

#define PCI_DEVICES "sys/bus/pci/devices/"
#define PCI_HEADER_TYPE 0x0e /* PCI local bus specification 3.0, 6.1; bit 7: it has several functions */
#define ATTR_PATH_MAX (sizeof(PCI_DEVICES) + PCI_ADDRESS_MAX + 64)

static const char *attr_path(const struct pci_function *f, const char *attribute, char buf[static ATTR_PATH_MAX])
{
        char address[PCI_ADDRESS_MAX];

        (void) snprintf(buf, ATTR_PATH_MAX, PCI_DEVICES "%s/%s", pci_address_format(&f->address, address), attribute);
        return buf;
}

static int add_function(void *arg, const char *name)
{
        struct inventory *inv = arg;
        struct pci_function *f;
        struct pci_address a;

        if (pci_address_parse(name, false, &a, NULL) < 0)
                return 0;
        f = ARRAY_APPEND(inv->functions, inv->n_functions, inv->alloc_functions);
        *f = (struct pci_function){ .address = a, .group = NO_GROUP, .physfn = NO_INDEX };
        return 0;
}

static int compare_functions(const void *a, const void *b)
{
        const struct pci_function *x = a, *y = b;

        return pci_address_compare(&x->address, &y->address);
}

/* By address, each once, whatever a directory's listing says: they are found by it. */
static void sort_functions(struct inventory *inv)
{
        size_t kept = 0;

        qsort(inv->functions, inv->n_functions, sizeof(*inv->functions), compare_functions);
        for (size_t i = 0; i < inv->n_functions; i++)
                if (kept == 0 || compare_functions(&inv->functions[kept - 1], &inv->functions[i]) != 0)
                        inv->functions[kept++] = inv->functions[i];
        inv->n_functions = kept;
}

static int parse_id_pair(const char *s, uint16_t *ret_a, uint16_t *ret_b)
{
        struct pci_id_pattern id;

        if (pci_id_pattern_parse(s, &id) < 0 || id.vendor == PCI_ID_ANY || id.device == PCI_ID_ANY)
                return -EINVAL;
        *ret_a = (uint16_t) id.vendor;
        *ret_b = (uint16_t) id.device;
        return 0;
}

static int parse_uevent_line(struct pci_function *f, const char *line)
{
        const char *value;
        uint64_t class;

        if ((value = after_prefix(line, "DRIVER="))) {
                replace_string(&f->driver, value);
                return 0;
        }
        if ((value = after_prefix(line, "PCI_ID=")))
                return parse_id_pair(value, &f->vendor, &f->device);
        if ((value = after_prefix(line, "PCI_SUBSYS_ID=")))
                return parse_id_pair(value, &f->subvendor, &f->subdevice);
        if ((value = after_prefix(line, "PCI_CLASS="))) {
                if (parse_unsigned(value, 16, 0xffffff, &class) < 0)
                        return -EINVAL;
                f->class = (uint32_t) class;
        }
        return 0;
}

/* One read tells ids, class and driver. */
static int read_uevent(struct sys *sys, struct pci_function *f)
{
        char path[ATTR_PATH_MAX], buf[4096], *rest = buf, *line;
        int r = sys_read_attr(sys, attr_path(f, "uevent", path), buf, sizeof(buf));

        while (r == 0 && (line = strsep(&rest, "\n")))
                r = parse_uevent_line(f, line);
        return r;
}

static int read_override(struct sys *sys, struct pci_function *f)
{
        char path[ATTR_PATH_MAX], buf[4096];
        int r = sys_read_attr(sys, attr_path(f, "driver_override", path), buf, sizeof(buf));

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        if (!(*override_meaning(buf)))
                return 0;
        replace_string(&f->driver_override, buf);
        return 0;
}

static int read_group(struct sys *sys, struct pci_function *f)
{
        char path[ATTR_PATH_MAX], target[PATH_MAX];
        uint64_t group;
        ssize_t n = sys->ops->readlink(sys->userdata, attr_path(f, "iommu_group", path), target, sizeof(target));

        if (n < 0)
                return n == -ENOENT ? 0 : (int) n;
        if (parse_unsigned(last_component(target), 10, INT_MAX, &group) == 0)
                f->group = (int) group;
        return 0;
}

static int read_path(struct sys *sys, const struct inventory *inv, struct pci_function *f)
{
        char path[ATTR_PATH_MAX], address[PCI_ADDRESS_MAX], target[PATH_MAX];
        const char *devices, *pf = f->physfn == NO_INDEX ? NULL : inv->functions[f->physfn].path;
        ssize_t n;

        /* A VF's bus has the bridge of its PF's (Linux, pci/iov.c), so they are in one directory. */
        if (pf) {
                free(f->path);
                f->path = xasprintf("%.*s%s", (int) (last_component(pf) - pf), pf,
                                    pci_address_format(&f->address, address));
                return 0;
        }
        (void) snprintf(path, sizeof(path), PCI_DEVICES "%s", pci_address_format(&f->address, address));
        n = sys->ops->readlink(sys->userdata, path, target, sizeof(target));
        if (n < 0)
                return n == -EINVAL ? 0 : (int) n; /* a flat captured tree */
        devices = strstr(target, "devices/");
        if (!devices)
                return 0;
        replace_string(&f->path, devices + strlen("devices/"));
        return 0;
}

/* A VF has one PF, and is none itself: the rest relies on it. */
static void link_vf(struct inventory *inv, size_t pf, unsigned number, size_t vf)
{
        struct pci_function *f = vf == NO_INDEX || vf == pf ? NULL : &inv->functions[vf];

        if (!f || f->sriov || f->physfn != NO_INDEX)
                return;
        f->physfn = pf;
        f->vf_index = number;
        inv->functions[pf].vfs[number] = vf;
}

/* virtfn0 … are the truth for the VFs' addresses. */
static int read_virtfns(struct sys *sys, struct inventory *inv, size_t pf_index)
{
        struct pci_function *pf = &inv->functions[pf_index];

        pf->vfs = xcalloc(pf->numvfs, sizeof(*pf->vfs));
        for (unsigned i = 0; i < pf->numvfs; i++) {
                char path[ATTR_PATH_MAX], name[24], target[PATH_MAX];
                struct pci_address a;
                ssize_t n;

                pf->vfs[i] = NO_INDEX;
                (void) snprintf(name, sizeof(name), "virtfn%u", i);
                n = sys->ops->readlink(sys->userdata, attr_path(pf, name, path), target, sizeof(target));
                if (n == -ENOENT)
                        continue;
                if (n < 0)
                        return (int) n;
                if (pci_address_parse(last_component(target), false, &a, NULL) < 0)
                        continue;
                link_vf(inv, pf_index, i, inventory_find_index(inv, &a));
        }
        return 0;
}

/* The number is read under the device's lock, which an unbind that never ends holds, and the making of VFs: of a PF
 * that VFIO has, or that is on its way from it, the first VF tells that there are none; of one that a write waits for,
 * their links are counted. */
static int read_numvfs(struct sys *sys, const struct pci_function *f, uint64_t *ret)
{
        char path[ATTR_PATH_MAX], name[24] = "virtfn0";

        *ret = 0;
        while (f->writer > 0 && *ret < f->totalvfs && sys_exists(sys, attr_path(f, name, path)))
                (void) snprintf(name, sizeof(name), "virtfn%u", (unsigned) ++*ret);
        if (f->writer > 0 || ((!f->driver || driver_is_vfio(f->driver)) && !sys_exists(sys, attr_path(f, name, path))))
                return 0;
        return sys_read_number(sys, attr_path(f, "sriov_numvfs", path), ret);
}

static int read_sriov(struct sys *sys, struct inventory *inv, size_t i)
{
        struct pci_function *f = &inv->functions[i];
        char path[ATTR_PATH_MAX], buf[32];
        uint64_t n;
        int r = sys_read_number(sys, attr_path(f, "sriov_totalvfs", path), &n);

        if (r == -ENOENT)
                return 0; /* no PF */
        if (r < 0)
                return r;
        f->sriov = true;
        f->totalvfs = (unsigned) MIN_OF(n, UINT16_MAX);
        r = read_numvfs(sys, f, &n);
        if (r < 0)
                return r;
        f->numvfs = (unsigned) MIN_OF(n, UINT16_MAX);
        f->autoprobe = sys_read_number(sys, attr_path(f, "sriov_drivers_autoprobe", path), &n) < 0 || n != 0;
        /* printed as bare hex */
        if (sys_read_attr(sys, attr_path(f, "sriov_vf_device", path), buf, sizeof(buf)) == 0 &&
            parse_unsigned(buf, 16, 0xffff, &n) == 0)
                f->vf_device = (uint16_t) n;
        return f->numvfs > 0 ? read_virtfns(sys, inv, i) : 0;
}

/* vfio-pci refuses bridges by their header, not by their class. Host and ISA bridges have an endpoint's header and are
 * the host's own. The header is read of the rare ones alone: the read resumes a device that sleeps. */
static void read_header(struct sys *sys, struct pci_function *f)
{
        unsigned sub = f->class >> 8 & 0xff;
        char path[ATTR_PATH_MAX], header[PCI_HEADER_TYPE + 1];

        if (f->class >> 16 != 0x06 || sub <= 0x01 || sub == 0x04)
                return;
        if (sys->ops->read(sys->userdata, attr_path(f, "config", path), header, sizeof(header)) == sizeof(header))
                f->endpoint = (header[PCI_HEADER_TYPE] & 0x7f) == 0;
        else
                f->endpoint = sub == 0x80;
}

/* The same from attributes that take no lock; of the driver there is no need to know. */
static int read_ids(struct sys *sys, struct pci_function *f)
{
        static const char *const names[] = { "vendor", "device", "subsystem_vendor", "subsystem_device", "class" };
        uint64_t values[ARRAY_SIZE(names)];
        char path[ATTR_PATH_MAX];

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                int r = sys_read_number(sys, attr_path(f, names[i], path), &values[i]);

                if (r < 0)
                        return r;
        }
        f->vendor = (uint16_t) values[0];
        f->device = (uint16_t) values[1];
        f->subvendor = (uint16_t) values[2];
        f->subdevice = (uint16_t) values[3];
        f->class = (uint32_t) (values[4] & 0xffffff);
        return 0;
}

/* Linux before 6.12 reads the override, and some releases uevent, under the device's lock too. What is not known of a
 * device that is stuck is not needed: nothing is written to it. */
static bool is_locked(struct sys *sys, struct pci_function *f, bool any_stuck)
{
        char address[PCI_ADDRESS_MAX];

        f->writer = any_stuck ? (int) stuck_writer(sys, pci_address_format(&f->address, address)) : 0;
        return f->writer > 0;
}

/* The driver of a PF whose VFs are being made stays; one that is on its way from VFIO is on no driver for us. */
static int read_stuck(struct sys *sys, struct pci_function *f)
{
        char path[ATTR_PATH_MAX];
        CLEANUP_FREE char *driver = NULL;
        int r = read_ids(sys, f);

        if (r == 0)
                r = sys_read_link_name(sys, attr_path(f, "driver", path), &driver);
        if (r == 0 && !driver_is_vfio(driver))
                f->driver = STEAL(driver);
        return r == -ENOENT ? 0 : r;
}

static int read_function(struct sys *sys, struct inventory *inv, size_t i, bool serials, bool any_stuck)
{
        struct pci_function *f = &inv->functions[i];
        bool locked = is_locked(sys, f, any_stuck);
        int r = locked ? read_stuck(sys, f) : read_uevent(sys, f);

        if (r == 0 && !locked)
                r = read_override(sys, f);
        if (r == 0)
                r = read_group(sys, f);
        if (r == 0)
                r = read_path(sys, inv, f);
        if (r == 0)
                read_header(sys, f);
        /* A VF is never a PF. Its PF comes before it: routing ids of VFs are offsets from the PF's. */
        if (r == 0 && f->physfn == NO_INDEX && !pci_function_is_bridge(f))
                r = read_sriov(sys, inv, i);
        /* A serial that can't be read is one that no selector finds. */
        if (r == 0 && serials)
                inventory_read_serials(sys, f);
        return r;
}

/* Leaves out what has gone while it was read, and mends the indices that pointed past it. */
static void compact(struct inventory *inv, const bool *gone)
{
        size_t kept = 0;
        CLEANUP_FREE size_t *place = xcalloc(inv->n_functions + 1, sizeof(*place));

        for (size_t i = 0; i < inv->n_functions; i++) {
                place[i] = gone[i] ? NO_INDEX : kept;
                if (gone[i])
                        pci_function_clear(&inv->functions[i]);
                else
                        inv->functions[kept++] = inv->functions[i];
        }
        inv->n_functions = kept;
        for (size_t i = 0; i < kept; i++) {
                struct pci_function *f = &inv->functions[i];

                if (f->physfn != NO_INDEX)
                        f->physfn = place[f->physfn];
                for (unsigned k = 0; f->vfs && k < f->numvfs; k++)
                        if (f->vfs[k] != NO_INDEX)
                                f->vfs[k] = place[f->vfs[k]];
        }
}

/* Its group is asked for all the same: that is what others must know of it. */
static void add_unreadable(struct sys *sys, struct inventory *inv, struct pci_function *f, int error)
{
        int group = read_group(sys, f) < 0 ? UNKNOWN_GROUP : f->group;
        struct unreadable *u = ARRAY_APPEND(inv->unreadable, inv->n_unreadable, inv->alloc_unreadable);

        *u = (struct unreadable){ f->address, error, group, error == ENOENT || error == ENODEV };
}

static bool is_listed(struct sys *sys, const struct pci_function *f)
{
        char path[ATTR_PATH_MAX], address[PCI_ADDRESS_MAX];

        (void) snprintf(path, sizeof(path), PCI_DEVICES "%s", pci_address_format(&f->address, address));
        return sys_exists(sys, path);
}

int inventory_read_pci(struct sys *sys, const struct config *config, struct inventory *inv)
{
        CLEANUP_FREE bool *gone = NULL;
        bool any = false, serials = false, any_stuck = stuck_any(sys);
        int r = sys->ops->list(sys->userdata, PCI_DEVICES, add_function, inv);

        if (r == -ENOENT)
                return 0; /* a host without PCI */
        if (r < 0)
                return sys_note_failed(sys, PCI_DEVICES, r);
        if (inv->n_functions == 0)
                return 0;
        sort_functions(inv);
        gone = xcalloc(inv->n_functions, sizeof(*gone));
        for (size_t k = 0; k < config->n_sections && !serials; k++)
                serials = config->sections[k]->selector.kind == SELECTOR_SERIAL;
        for (size_t i = 0; i < inv->n_functions; i++) {
                r = read_function(sys, inv, i, serials, any_stuck);
                if (r == 0)
                        continue;
                gone[i] = any = true;
                /* Gone meanwhile is no news; unreadable is, if the configuration wants it. */
                if ((r == -ENOENT || r == -ENODEV) && !is_listed(sys, &inv->functions[i]))
                        continue;
                add_unreadable(sys, inv, &inv->functions[i], -r);
        }
        if (any)
                compact(inv, gone);
        return 0;
}
