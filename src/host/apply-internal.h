/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the apply-*.c files share while a plan is carried out. */
#pragma once

#include "host/apply.h"
#include "util/macro.h"
#include "util/strbuf.h"

/* VFs that a PF's numvfs has made in this run. */
struct made_vfs {
        struct pci_address pf;
        unsigned wanted, made;
};

struct applier {
        struct sys *sys;
        const struct plan *plan;
        const struct inventory *inv;
        const struct apply_options *options;
        struct apply_result *result;
        size_t *failed_steps;
        size_t n_failed, alloc_failed;
        struct made_vfs *made;
        size_t n_made, alloc_made;
        struct strbuf detail; /* of the step at hand */
        uint64_t wait_left;   /* µs: what all waits of the run have left together */
        const char *known_driver; /* that was looked for last, and is there */
        bool skip;            /* the step at hand turned out to be for nothing: a VF that never came */
};

/* Waits for an event within what the run has left to wait. 1 one came, 0 the time is over, -errno. */
int apply_wait(struct applier *a);

/* What went wrong with the step at hand, in words. Returns error, so that it can be returned. */
int step_fail(struct applier *a, int error, const char *format, ...) PRINTF_LIKE(3, 4);

/* A write that may sleep in the kernel for ever, with the run's limit. When it has not come back, it says so in words,
 * notes it for the device (an address or a UUID) and returns -ETIMEDOUT. */
int bounded_write(struct applier *a, const char *device, const char *path, const char *value);

/* A step's kind of work. Each returns 0 when what was wanted is read back, -errno when the kernel says no, and
 * -EUCLEAN when it said yes and the read-back is wrong. address: the function's, VFs to come resolved. */
int do_module_load(struct applier *a, const struct plan_step *step);
int do_module_param(struct applier *a, const struct plan_step *step);
int do_override(struct applier *a, const struct plan_step *step, const struct pci_address *address);
int do_autoprobe(struct applier *a, const struct plan_step *step);
int do_numvfs(struct applier *a, const struct plan_step *step);
int do_unbind(struct applier *a, const struct plan_step *step, const struct pci_address *address);
int do_bind(struct applier *a, const struct plan_step *step, const struct pci_address *address);
int do_probe(struct applier *a, const struct plan_step *step, const struct pci_address *address);
int do_mdev_create(struct applier *a, const struct plan_step *step, const struct pci_address *address);
int do_mdev_attr(struct applier *a, const struct plan_step *step);
int do_mdev_remove(struct applier *a, const struct plan_step *step);
int do_attribute(struct applier *a, const struct plan_step *step, const struct pci_address *address);
int do_bar_size(struct applier *a, const struct plan_step *step, const struct pci_address *address);
int do_nvme_reserve(struct applier *a, const struct plan_step *step, const struct pci_address *address);
int do_vf_queues(struct applier *a, const struct plan_step *step); /* by its PF */
int do_rom_dump(struct applier *a, const struct plan_step *step, const struct pci_address *address);

/* "sys/bus/pci/devices/ADDRESS/ATTRIBUTE" into buf. */
#define DEVICE_PATH_MAX 128
const char *device_path(const struct pci_address *address, const char *attribute, char buf[static DEVICE_PATH_MAX]);

/* The driver a function is on; *ret is NULL when it is unbound. Returns 0 or -errno. */
int read_driver(struct sys *sys, const struct pci_address *address, char **ret);

/* Whether a process has the function open through VFIO: 1, 0. What can't be asked counts as no. */
int function_is_open(struct sys *sys, const struct pci_address *address, int group);

/* The same for an mdev, by its group. */
int mdev_is_open(struct sys *sys, const uint8_t uuid[static 16]);

/* The first VF of a PF that is open: it would be lost with the PF's driver, whose remove() sleeps until it is closed.
 * NULL: none is. */
const struct pci_function *find_open_vf(struct sys *sys, const struct inventory *inventory,
                                        const struct pci_function *pf);
