/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine that the tests of this directory apply configurations to. */
#include "fake/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "fake/fake-internal.h"
#include "fake/run.h"

#define MIB (UINT64_C(1) << 20)

/* One image of 512 bytes. */
const uint8_t machine_rom[512] = {
        [0] = 0x55, [1] = 0xaa, [2] = 1, [0x18] = 0x1c, [0x1c] = 'P', [0x1d] = 'C', [0x1e] = 'I', [0x1f] = 'R',
        [0x1c + 0x0a] = 0x18, [0x1c + 0x10] = 1, [0x1c + 0x15] = 0x80,
};

static const struct fake_mdev_type mtty_types[] = {
        { .id = "mtty-1", .name = "Single port serial" },
        { .id = "mtty-2", .name = "Dual port serial", .cost = 2, .attrs = "level,!assign", .reject = "bad" },
        { 0 },
};

static const struct fake_mdev_type vgpu_types[] = {
        { .id = "vgpu-35", .name = "GRID A", .attrs = "vgpu_params" },
        { .id = "vgpu-36", .name = "GRID B" },
        { 0 },
};

static void add_gpu(struct fake_kernel *k)
{
        fake_pci_add(k, BRIDGE,
                     &(struct fake_pci){ .id = "8086:1901",
                                         .class = 0x060400,
                                         .driver = "pcieport",
                                         .native = "pcieport",
                                         .group = 14,
                                         .parent_chain = "pci0000:00" });
        fake_pci_add(k, GPU,
                     &(struct fake_pci){ .id = "10de:2487:1458:4073",
                                         .class = 0x030000,
                                         .driver = "nouveau",
                                         .native = "nouveau",
                                         .resets = "flr bus",
                                         .bars = { { .size = 16 * MIB }, { .size = 256 * MIB, .sizes = 0x3f00 }, { 0 },
                                                   { .size = 32 * MIB } },
                                         .rom = machine_rom,
                                         .rom_size = sizeof(machine_rom),
                                         .group = 14,
                                         .parent_chain = "pci0000:00/" BRIDGE });
        fake_pci_add(k, GPU_AUDIO,
                     &(struct fake_pci){ .id = "10de:228b:1458:4073",
                                         .class = 0x040300,
                                         .driver = "snd_hda_intel",
                                         .native = "snd_hda_intel",
                                         .group = 14,
                                         .parent_chain = "pci0000:00/" BRIDGE });
}

static void add_nics(struct fake_kernel *k)
{
        fake_pci_add(k, NIC,
                     &(struct fake_pci){ .id = "8086:10c9:8086:a03c",
                                         .class = 0x020000,
                                         .driver = "igb",
                                         .native = "igb",
                                         .netdev = "enp5s0",
                                         .mac = "52:54:00:00:05:00",
                                         .current_mac = "02:00:00:00:00:99",
                                         .resets = "flr pm",
                                         .serial = "52-54-00-ff-ff-00-05-00",
                                         .totalvfs = 7,
                                         .vf_device = 0x10ca,
                                         .vf_native = "igbvf",
                                         .vf_offset = 0x80,
                                         .vf_stride = 2,
                                         .vf_netdevs = true });
        fake_pci_add(k, VGPU,
                     &(struct fake_pci){ .id = "10de:2236:10de:1482",
                                         .class = 0x038000,
                                         .driver = "vgpu",
                                         .native = "vgpu",
                                         .totalvfs = 4,
                                         .vf_device = 0x2236,
                                         .vf_native = "vgpu",
                                         .vf_mdev_types = vgpu_types,
                                         .mdev_ports = 1 });
        fake_pci_add(k, NVME,
                     &(struct fake_pci){ .id = "144d:a808",
                                         .class = 0x010802,
                                         .driver = "nvme",
                                         .native = "nvme",
                                         .nvme_serial = "S4EVNX0" });
}

struct fake_kernel *machine_new(void)
{
        struct fake_kernel *k = fake_new();
        static const char *const hbas[] = { HBA, HBA_TWIN };

        add_gpu(k);
        for (size_t i = 0; i < 2; i++)
                fake_pci_add(k, hbas[i],
                             &(struct fake_pci){ .id = "1000:0097:1028:1f53",
                                                 .class = 0x010700,
                                                 .driver = "mpt3sas",
                                                 .native = "mpt3sas" });
        add_nics(k);
        fake_module_add(k, "mtty",
                        &(struct fake_module){
                                .parent_path = "virtual/mtty/mtty", .mdev_types = mtty_types, .mdev_ports = 4 });
        return k;
}

struct fake_kernel *machine_new_mtty(void)
{
        struct fake_kernel *k = machine_new();

        assert_int_equal(fake_modprobe(k, "mtty"), 0);
        return k;
}

void machine_add_fast(struct fake_kernel *k)
{
        fake_pci_add(k, FAST, &(struct fake_pci){ .id = "15b3:101d", .class = 0x020000, .driver = "mlx5_core", .native = "mlx5_core",
                                                  .netdev = "enp9s0", .mac = "52:54:00:00:09:00", .totalvfs = 4, .vf_device = 0x101e,
                                                  .vf_native = "fastvf", .eswitch = FAKE_ESWITCH_MLX5 });
        assert_int_equal(fake_modprobe(k, "fastvf"), 0);
}

void assert_no_violation(const struct fake_kernel *k)
{
        if (!fake_violations(k))
                return;
        fake_print_writes(k, 0);
        fail_msg("%s", fake_violations(k));
}

void assert_driver(struct fake_kernel *k, const char *address, const char *driver)
{
        const char *have = fake_driver_of(k, address);

        if (have && streq(have, driver))
                return;
        fake_print_writes(k, 0);
        fail_msg("%s is on driver \"%s\", expected \"%s\"", address, have ? have : "(absent)", driver);
}

void assert_text(struct fake_kernel *k, const char *path, const char *expected)
{
        CLEANUP_FREE char *text = fake_text(k, path);

        if (!text)
                fail_msg("failed to read %s", path);
        assert_string_equal(text, expected);
}

bool is_vf_path(const char *path)
{
        return fake_path_ends(path, "set") || fake_path_ends(path, "seen");
}

bool vf_is_set(struct fake_kernel *k, const char *path, const char *part)
{
        CLEANUP_FREE char *address = strndup(path, strlen(NIC)), *have = NULL;

        have = fake_path_ends(path, "seen") ? fake_vf_seen_mac(k, address) : fake_vf_text(k, address);
        return have && strstr(have, part);
}

void assert_applies(struct fake_kernel *k, const char *text)
{
        CLEANUP_RUN struct run run = { 0 };

        run_apply(k, text, &run);
        if (!run_is_clean(&run)) {
                run_print(&run);
                fake_print_writes(k, 0);
                fail_msg("the run is not clean");
        }
        assert_no_violation(k);
}

void assert_settled(struct fake_kernel *k, const char *text)
{
        CLEANUP_RUN struct run run = { 0 };
        size_t writes = fake_n_writes(k);

        run_apply(k, text, &run);
        if (run_is_clean(&run) && run.n_steps == 0 && fake_n_writes(k) == writes)
                return;
        run_print(&run);
        fake_print_writes(k, writes);
        fail_msg("another run is not empty: %zu steps, %zu writes", run.n_steps, fake_n_writes(k) - writes);
}
