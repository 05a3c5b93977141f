/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the apply-*.c files share while a plan is carried out. */
#pragma once

#include "apply/apply.h"
#include "apply/parallel.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "device/device-path.h"
#include "guard/guard.h"

/* VFs that a PF's numvfs has made in this run. */
struct made_vfs {
        struct pci_address pf;
        unsigned wanted, made;
};

enum work_state {
        WORK_WAITING,   /* not begun */
        WORK_UNDER_WAY, /* its write is with the kernel */
        WORK_DONE,
};

/* The device whose driver a step is about, on whatever bus. */
struct apply_device {
        enum bus_kind bus;
        const char *name;              /* under sys/bus/BUS/devices */
        char address[PCI_ADDRESS_MAX]; /* a function's name */
};

/* A step while it is done. Steps that do not touch the same card are under way side by side; they end, and are
 * reported, in the order of the plan. */
struct work {
        const struct plan_step *step;
        enum work_state state;
        int result; /* of what is done */
        bool skip;  /* it turned out to be for nothing: a VF that never came, or a step that failed before */
        struct pci_address address; /* of the function, VFs to come resolved */
        struct apply_device device; /* the same, or one on another bus */
        struct plan_place place;
        struct strbuf detail; /* what went wrong, in words */
        int write;            /* under way: the system's number of the write */
        char *path;           /* that it is to */
        char *found; /* unbind: the driver it is on; bind: that too, if the plan knew none; probe: its modalias */
        bool vgpu;   /* mdev: it turned out to be a vGPU that is its VF itself */
        int loaded;  /* probe: what became of its own driver's module */
};
struct vf_outcome;

struct applier {
        struct sys *sys;
        const struct plan *plan;
        const struct inventory *inv;
        const struct apply_options *options;
        struct apply_result *result;
        struct work *works; /* by step */
        struct work *work;  /* the one at hand */
        size_t n_under_way;
        size_t turn;  /* the step that is reported next */
        void *failed; /* tsearch(3) tree; apply-failed.c */
        size_t n_failed;
        struct made_vfs *made;
        size_t n_made, alloc_made;
        uint64_t wait_left;       /* µs: what all waits of the run have left together */
        struct vf_outcome *vf;    /* by step: what became of those on VFs' settings; apply-vf.c */
        const char *known_driver; /* that was looked for last, and is there */
        enum bus_kind known_bus;
};

/* Waits for an event within what the run has left to wait. 1 one came, 0 the time is over, -errno. */
int apply_wait(struct applier *a);

/* Notes that a step has failed, by its number. */
void failed_add(struct applier *a, size_t i);
/* Whether a step that has failed, and touches what this one does, is one of which match() says so. */
typedef bool (*failed_match)(const struct applier *a, const struct plan_step *failed, const struct plan_step *step);
bool failed_any(const struct applier *a, failed_match match, const struct plan_step *step);
/* Whether the module of the step's driver could not be loaded. */
bool failed_to_load(const struct applier *a, const struct plan_step *step);
void failed_clear(struct applier *a);

/* An earlier step that failed stands in its way. */
bool step_is_blocked(const struct applier *a, const struct plan_step *step);

/* The address of the function that a step is about. A VF to come has one once its PF has made it: virtfnN is the
 * truth. */
int step_address(struct applier *a, const struct plan_step *step, struct pci_address *ret);

/* How many VFs this run has made on the PF of a step for a VF to come; whether its VF is among them (true for any
 * other step). */
unsigned step_made_vfs(const struct applier *a, const struct plan_step *step);
bool step_vf_is_made(const struct applier *a, const struct plan_step *step);

/* What went wrong with the step at hand, in words. Returns error, so that it can be returned. */
int step_fail(struct applier *a, int error, const char *format, ...) PRINTF_LIKE(3, 4);

/* A write that may sleep in the kernel for long, or for ever, with the run's limit: begun, or done to its end. When it
 * has not come back, it says so in words, notes it for the device (an address or a UUID) and returns -ETIMEDOUT. */
int begin_write(struct applier *a, const char *path, const char *value);
int end_write(struct applier *a, const char *device);
int bounded_write(struct applier *a, const char *device, const char *path, const char *value);

/* The kinds of work whose write may take long, in two halves: a->work->write is under way between them. The first
 * returns 1, or what the whole does. written: what the write came to. */
int begin_numvfs(struct applier *a, const struct plan_step *step);
int end_numvfs(struct applier *a, const struct plan_step *step, int written);
int begin_unbind(struct applier *a, const struct plan_step *step);
int end_unbind(struct applier *a, const struct plan_step *step, int written);
int begin_bind(struct applier *a, const struct plan_step *step);
int end_bind(struct applier *a, const struct plan_step *step, int written);
int begin_probe(struct applier *a, const struct plan_step *step);
int end_probe(struct applier *a, const struct plan_step *step, int written);

/* The others. Each returns 0 when what was wanted is read back, -errno when the kernel says no, and -EUCLEAN when it
 * said yes and the read-back is wrong. address: the function's, VFs to come resolved. */
int do_module_load(struct applier *a, const struct plan_step *step);
int do_module_param(struct applier *a, const struct plan_step *step);
int do_override(struct applier *a, const struct plan_step *step);
int do_set(struct applier *a, const struct plan_step *step, const struct pci_address *address);
int do_vf_set(struct applier *a, const struct plan_step *step, const struct pci_address *address);
int do_mdev_create(struct applier *a, const struct plan_step *step, const struct pci_address *address);
int do_mdev_attr(struct applier *a, const struct plan_step *step);
int do_mdev_remove(struct applier *a, const struct plan_step *step);
int do_nvme_reserve(struct applier *a, const struct plan_step *step, const struct pci_address *address);
int do_vf_queues(struct applier *a, const struct plan_step *step); /* by its PF */
int do_unit(struct applier *a, const struct plan_step *step);
int do_console(struct applier *a, const struct plan_step *step);
int do_rom_dump(struct applier *a, const struct plan_step *step, const struct pci_address *address);

/* Those of them whose VF is the vGPU; vf: its address. */
#define VGPU_PATH_MAX 256
bool vgpu_is_there(struct sys *sys, const char *vf);
int do_vgpu_create(struct applier *a, const struct plan_step *step, const char *vf);
int do_vgpu_attr(struct applier *a, const struct plan_step *step, const char *vf);
int do_vgpu_remove(struct applier *a, const char *vf);

/* Whether an attribute that was written reads back, for those of which the kernel tells. Returns 0, -EUCLEAN or
 * -errno. */
int verify_mdev_attr(struct applier *a, const char *uuid, const struct plan_step *step);

/* As device_path(), of a device on whatever bus. */
const char *apply_device_path(const struct apply_device *d, const char *attribute, char buf[static DEVICE_PATH_MAX]);

/* The driver a device is on; *ret is NULL when it is unbound. Returns 0 or -errno. */
int read_driver(struct sys *sys, const struct apply_device *d, char **ret);
