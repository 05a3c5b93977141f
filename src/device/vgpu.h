/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vGPUs that are no mdevs: NVIDIA's driver has the vGPU be the VF itself, whose type is a number in sysfs
 * ("vendor-specific VFIO framework" of NVIDIA's vGPU user guide, for kernels from 6.8 on:
 * VF/nvidia/creatable_vgpu_types and current_vgpu_type). The inventory has such a VF among the mdev parents, with
 * `vgpu` set. */
#pragma once

#include "device/inventory.h"

/* The lines of creatable_vgpu_types, "592   : NVIDIA A16-4Q"; its heading and what is no such line are left out. *ret
 * is a new array. */
void vgpu_types_parse(const char *text, struct mdev_type **ret, size_t *ret_n);

/* "592" or "nvidia-592" as a number above 0. */
bool vgpu_type_number(const char *text, unsigned *ret);

/* Whether b is a VF of the same GPU as the VF a. */
bool vgpu_same_gpu(const struct inventory *inv, const struct mdev_parent *a, const struct mdev_parent *b);

/* Whether the PF's VFs, which are not there yet, may be vGPUs: only then is it known. pf is an index or NO_INDEX. */
bool vgpu_may_come(const struct inventory *inv, size_t pf);

/* The number of a type that is given by its id or its name. Each VF lists what its GPU has still room for, so that the
 * others of its PF are asked too. False: none of them tells. */
bool vgpu_type_find(const struct inventory *inv, const struct mdev_parent *parent, const char *type, unsigned *ret);

/* Its name, or NULL when none of them tells. */
const char *vgpu_type_name(const struct inventory *inv, const struct mdev_parent *parent, unsigned type);

/* The vGPU's VF that the state names: its address, or its PF's address and its number, "0000:41:00.0/3". NULL: it is
 * not there, or none of that kind. */
const struct mdev_parent *vgpu_find(const struct inventory *inv, const char *name);

/* Whether the VF has the vGPU that the state calls so, as far as can be told. */
bool vgpu_is(const struct inventory *inv, const struct mdev_parent *parent, const char *type);

/* The VF's vGPU; NULL: it has none, or is no such VF. */
const struct mdev_parent *vgpu_of_function(const struct inventory *inv, size_t function);
