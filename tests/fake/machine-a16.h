/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine with an NVIDIA A16, whose VFs are vGPUs themselves. */
#pragma once

#include "fake/machine.h"

#define A16 "0000:41:00.0"
#define VF0 "0000:41:02.0"
#define VF1 "0000:41:02.1"
#define VF2 "0000:41:02.2"
#define VF3 "0000:41:02.3"
#define TYPE(vf) DEV vf "/nvidia/current_vgpu_type"
#define PARAMS(vf) DEV vf "/nvidia/vgpu_params"
#define SRIOV "[sriov a16]\naddress = " A16 "\nvfs = 4\nvf-driver = host\n"

/* On its driver, without VFs; nvidia-vgpud runs. Only the GPU is claimed. */
struct fake_kernel *machine_new_a16(void);
void machine_add_a16(struct fake_kernel *k);   /* to another machine */
struct fake_kernel *machine_new_a16_vfs(void); /* its VFs are there already, as after sriov-manage */
