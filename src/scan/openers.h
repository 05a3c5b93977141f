/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who has which devices open, of those that a VM could open. */
#pragma once

#include "device/holders.h"
#include "plan/plan.h"
#include "sys/sys.h"

/* Called with each function on a driver of VFIO's that a process has open: of a group's node all of the group. */
typedef void (*function_opened)(void *arg, size_t function, const struct opener *who);
void openers_read(struct sys *sys, const struct inventory *inv, function_opened opened, void *arg);

enum member_use {
        MEMBER_NOT_READY, /* it has no driver of VFIO's, so that no VM can open it */
        MEMBER_UNKNOWN,
        MEMBER_FREE,
        MEMBER_OPEN,
};

/* One of what a section hands over. */
struct pool_member {
        size_t function;              /* index into the inventory, or NO_INDEX: */
        size_t bus_device;            /* index into the inventory, or NO_INDEX: */
        const struct plan_mdev *mdev; /* or NULL; of a vGPU that is a VF itself the function is this VF */
        enum member_use use;
        struct opener *opener; /* open: who has it so; NULL: not known */
};

/* What a section hands over: a PF's VFs, those of other sections too; the functions that a device's selector names;
 * the mdevs that exist. Without members: nothing that can be open. */
struct pool {
        struct pool_member *members; /* VFs by their numbers */
        size_t n, alloc;
        size_t n_free, n_open, n_unknown;
};

struct pools {
        struct pool *items; /* one for each of the plan's */
        size_t n;
        struct opener_view view;
};

/* What cannot be seen is unknown; of PCI functions the kernel tells anyone whether they are open, and root alone by
 * whom. */
void pools_read(struct sys *sys, const struct plan *plan, const struct inventory *inv, struct pools *ret);
void pools_clear(struct pools *pools);
#define CLEANUP_POOLS CLEANUP(pools_clear)

const char *member_use_name(enum member_use use); /* "free", "open", … */

/* The number of a VF's member; -1: it is no VF. */
int member_vf(const struct pool_member *m, const struct inventory *inv);
