/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine that the tests of this directory apply configurations to. */
#pragma once

#include <stdint.h>

#include "fake/fake-kernel.h"

#define GPU "0000:01:00.0"       /* nouveau, group 14 with its audio and the bridge above */
#define GPU_AUDIO "0000:01:00.1" /* snd_hda_intel */
#define BRIDGE "0000:00:01.0"
#define HBA "0000:03:00.0" /* mpt3sas, two equal ones */
#define HBA_TWIN "0000:04:00.0"
#define NIC "0000:05:00.0" /* igb, 7 VFs from 0000:05:10.0 on; igbvf is not loaded */
#define NIC_VF0 "0000:05:10.0"
#define NIC_VF1 "0000:05:10.2"
#define NIC_VF2 "0000:05:10.4"
#define VGPU "0000:06:00.0" /* a PF whose VFs are mdev parents on their own driver, vgpu */
#define VGPU_VF0 "0000:06:02.0"
#define NVME "0000:07:00.0" /* nvme, serial S4EVNX0 */
#define FAST "0000:09:00.0" /* mlx5_core, 4 VFs with the driver fastvf; its eswitch is changed once they are there */
#define FAST_VF0 "0000:09:02.0"

#define DEV "sys/bus/pci/devices/"

extern const uint8_t machine_rom[512]; /* the option ROM of the GPU, whose BAR 1 can have 256M to 8G */

/* All of it, and mtty (a module to be loaded) as an mdev parent with 4 ports. Nothing is claimed. */
struct fake_kernel *machine_new(void);
struct fake_kernel *machine_new_mtty(void); /* with mtty loaded */
void machine_add_fast(struct fake_kernel *k); /* FAST, with its VFs' driver loaded */

/* Fails the test when the kernel has seen what must never be. */
void assert_no_violation(const struct fake_kernel *k);
void assert_driver(struct fake_kernel *k, const char *address, const char *driver); /* "" unbound */
void assert_text(struct fake_kernel *k, const char *path, const char *expected);

/* Paths of no file: VF/set is what is set of a VF, VF/seen the MAC that its driver has seen. */
bool is_vf_path(const char *path);
bool vf_is_set(struct fake_kernel *k, const char *path, const char *part);

/* A run does all that the text asks for. */
void assert_applies(struct fake_kernel *k, const char *text);
/* Another run has nothing to say and writes nothing. */
void assert_settled(struct fake_kernel *k, const char *text);
