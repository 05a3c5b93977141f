/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as other programs' files (the next begins after a byte 0x1e, and its first byte says whose it is): each
 * mistake is noted in a line, and what generate makes of them is a configuration without a mistake. */
#include <string.h>

#include "base/macro.h"
#include "fake/machine.h"
#include "fuzz/fuzz.h"
#include "import/generate.h"
#include "plan/plan.h"
#include "scan/scan.h"

#define SEPARATOR 0x1e
#define UUID "4b20d080-1b54-4048-85b3-a6a62d165c01"
#define UUID_2 "4b20d080-1b54-4048-85b3-a6a62d165c02"

static void add_running(struct rivals *r, const char *file, char *text, size_t len)
{
        rivals_add_cmdline(r, file, text, len, true);
}

static void add_later(struct rivals *r, const char *file, char *text, size_t len)
{
        rivals_add_cmdline(r, file, text, len, false);
}

static const struct {
        void (*add)(struct rivals *r, const char *file, char *text, size_t len);
        const char *file;
} programs[] = {
        { rivals_add_driverctl, "/etc/driverctl.d/pci-" GPU },
        { rivals_add_driverctl, "/etc/driverctl.d/pci-" NIC_VF0 },
        { rivals_add_driverctl, "/etc/driverctl.d/pci-" BRIDGE },
        { rivals_add_mdevctl, "/etc/mdevctl.d/mtty/" UUID },
        { rivals_add_mdevctl, "/etc/mdevctl.d/" VGPU_VF0 "/" UUID_2 },
        { rivals_add_modprobe, "/etc/modprobe.d/vfio.conf" },
        { add_running, "/proc/cmdline" },
        { add_later, "/etc/kernel/cmdline" },
        { rivals_add_sysfs, "/etc/sysfs.conf" },
        { rivals_add_modules, INITRAMFS_MODULES },
        { rivals_add_grub, "/etc/default/grub" },
        { rivals_add_link, "/etc/systemd/network/10-a.link" },
        { rivals_add_keyfile, "/etc/NetworkManager/system-connections/a" },
        { rivals_add_netplan, "/etc/netplan/a.yaml" },
        { rivals_add_script, "/etc/rc.local" },
        { rivals_add_initramfs, "/etc/dracut.conf" },
};

/* A machine with VFs of which one is on VFIO, and an mdev; nothing changes it, so one look is enough. */
static const struct inventory *get_inventory(void)
{
        static struct inventory *inv;
        struct fake_kernel *k;
        struct config *config;

        if (inv)
                return inv;
        k = machine_new_mtty();
        config = config_new();
        REQUIRE(fake_poke(k, DEV NIC "/sriov_numvfs", "4") == 0 && fake_poke(k, DEV VGPU "/sriov_numvfs", "2") == 0);
        REQUIRE(fake_modprobe(k, "vfio_pci") == 0 && fake_poke(k, DEV NIC_VF0 "/driver_override", "vfio-pci") == 0);
        REQUIRE(fake_poke(k, "sys/bus/pci/drivers/vfio-pci/bind", NIC_VF0) == 0);
        REQUIRE(fake_poke(k, "sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create", UUID) == 0);
        REQUIRE(config && inventory_read(fake_sys(k), config, &inv) == 0);
        config_free(config);
        fake_free(k);
        return inv;
}

static void check_notes(const struct rivals *rivals)
{
        REQUIRE(rivals->n_kinds == rivals->notes.n);
        for (size_t i = 0; i < rivals->notes.n; i++)
                REQUIRE(rivals->notes.items[i].file && *rivals->notes.items[i].text);
        for (size_t i = 0; i < rivals->n; i++)
                REQUIRE(rivals->items[i].file && rivals->items[i].kind < RIVAL_KIND_MAX);
        for (size_t i = 0; i < rivals->n_lines; i++)
                REQUIRE(rivals->lines[i].file && rivals->lines[i].what < FOREIGN_WHAT_MAX);
        for (size_t i = 0; i < rivals->n_params; i++)
                REQUIRE(rivals->params[i].module && rivals->params[i].value);
        for (size_t i = 0; i < rivals->n_scripts; i++)
                REQUIRE(*rivals->scripts[i] == '/');
}

static void check_generated(const struct rivals *rivals, unsigned from)
{
        const struct generate_input input = { get_inventory(), rivals, from };
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP(config_freep) struct config *config = config_new();
        CLEANUP(plan_freep) struct plan *plan = NULL;
        CLEANUP_FREE char *text = NULL;
        struct plan_input planned = { .config = config, .inventory = input.inventory };

        text = generate_config(&input);
        config_add_file(config, "generated", text, strlen(text), &diags);
        config_finish(config, &diags);
        if (diags.n > 0)
                fprintf(stderr, "line %u: %s\n%s", diags.items[0].line, diags.items[0].text, text);
        REQUIRE(diags.n == 0);
        plan_build(&planned, &plan);
        for (size_t i = 0; from == FROM_RUNNING && i < plan->n_steps; i++)
                REQUIRE(plan->steps[i].kind == STEP_OVERRIDE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        CLEANUP_RIVALS struct rivals rivals = { 0 };
        unsigned from = size > 0 ? data[0] % (1U << GENERATE_SOURCES) : 0;

        for (size_t at = 1; at < size;) {
                const uint8_t *end = memchr(data + at, SEPARATOR, size - at);
                size_t len = end ? (size_t) (end - data) - at : size - at, which = data[at] % ARRAY_SIZE(programs);
                CLEANUP_FREE char *text = NULL;

                if (len > 0) {
                        text = calloc(1, len); /* one byte less, and the NUL */
                        REQUIRE(text);
                        memcpy(text, data + at + 1, len - 1);
                        programs[which].add(&rivals, programs[which].file, text, len - 1);
                }
                at += len + 1;
        }
        check_notes(&rivals);
        check_generated(&rivals, from);
        check_generated(&rivals, FROM_RUNNING);
        return 0;
}
