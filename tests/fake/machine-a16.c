/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine with an NVIDIA A16. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake/machine-a16.h"

static const struct fake_vgpu_type types[] = {
        { 591, "NVIDIA A16-2Q", 2 },
        { 592, "NVIDIA A16-4Q", 4 },
        { 593, "NVIDIA A16-8Q", 8 },
        { 0 },
};

void machine_add_a16(struct fake_kernel *k)
{
        fake_pci_add(k, A16,
                     &(struct fake_pci){ .id = "10de:25b6:10de:14a9",
                                         .class = 0x030200,
                                         .driver = "nvidia",
                                         .native = "nvidia",
                                         .totalvfs = 4,
                                         .vf_device = 0x25b6,
                                         .vf_native = "nvidia",
                                         .vgpu_types = types,
                                         .vgpu_memory = 16 });
        fake_claim(k, A16);
}

struct fake_kernel *machine_new_a16(void)
{
        struct fake_kernel *k = fake_new();

        machine_add_a16(k);
        return k;
}

struct fake_kernel *machine_new_a16_vfs(void)
{
        struct fake_kernel *k = machine_new_a16();

        assert_int_equal(fake_poke(k, DEV A16 "/sriov_numvfs", "4"), 0);
        return k;
}
