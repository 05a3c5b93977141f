/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as VMs' definitions (the next begins after a byte 0x1e, and its first byte says whose it is): each mistake is noted
 * with its file, and doctor and explain take what is read. */
#include <string.h>

#include "base/macro.h"
#include "boot/boot-host.h"
#include "doctor/doctor.h"
#include "fake/machine.h"
#include "fuzz/fuzz.h"
#include "import/foreign-config.h"
#include "plan/plan.h"
#include "scan/scan.h"
#include "vmdef/vmdef.h"

#define SEPARATOR 0x1e

static const char config_text[] = "[device gpu]\naddress = " GPU "\n[sriov nic]\naddress = " NIC "\nvfs = 2\n";

struct look {
        struct config *config;
        struct inventory *inventory;
        struct plan *plan;
};

/* Nothing changes it, so one look is enough. */
static const struct look *get_look(void)
{
        static struct look look;
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        struct plan_input input = { 0 };
        struct fake_kernel *k;

        if (look.plan)
                return &look;
        k = machine_new_mtty();
        look.config = config_new();
        config_add_file(look.config, "c", config_text, strlen(config_text), &diags);
        config_finish(look.config, &diags);
        REQUIRE(diags.n == 0);
        REQUIRE(fake_poke(k, DEV NIC "/sriov_numvfs", "4") == 0);
        REQUIRE(inventory_read(fake_sys(k), look.config, &look.inventory) == 0);
        input.config = look.config;
        input.inventory = look.inventory;
        plan_build(&input, &look.plan);
        fake_free(k);
        return &look;
}

static void add(struct vmdefs *defs, uint8_t which, char *text, size_t len)
{
        switch (which % 4) {
        case 0:
                vmdef_add_proxmox(defs, "/etc/pve/qemu-server/100.conf", "100", text, len);
                break;
        case 1:
                vmdef_add_mappings(defs, "/etc/pve/mapping/pci.cfg", which & 4 ? "pve1" : NULL, text, len);
                break;
        default:
                vmdef_add_libvirt(defs, "/etc/libvirt/qemu/a.xml", which & 1, text, len);
        }
}

static void check(const struct vmdefs *defs)
{
        static const struct doctor_facts facts;
        static const struct rivals rivals;
        const struct look *look = get_look();
        CLEANUP_BOOT_HOST struct boot_host boot = { .running = strdup("") };
        CLEANUP_REPORT struct doctor_report report = { 0 };
        const struct doctor_input input = { &facts, &boot, &rivals, look->config, look->inventory, look->plan, defs, NULL, 0 };

        for (size_t i = 0; i < defs->notes.n; i++)
                REQUIRE(defs->notes.items[i].file && *defs->notes.items[i].text);
        for (size_t i = 0; i < defs->n; i++) {
                const struct vm *vm = &defs->items[i];

                REQUIRE(vm->file && vm->id && *vm->id);
                for (size_t k = 0; k < vm->n_devices; k++)
                        REQUIRE(vm->devices[k].key && vm->devices[k].line > 0 &&
                                vm->devices[k].has_address + vm->devices[k].has_uuid + (vm->devices[k].mapping != NULL) +
                                                (vm->devices[k].network != NULL) + (vm->devices[k].interface != NULL) >= 1);
        }
        doctor_examine(&input, &report);
        for (size_t i = 0; i < report.n; i++)
                REQUIRE(*report.items[i].subject && *report.items[i].text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        CLEANUP_VMDEFS struct vmdefs defs = { 0 };

        for (size_t at = 0; at < size;) {
                const uint8_t *end = memchr(data + at, SEPARATOR, size - at);
                size_t len = end ? (size_t) (end - data) - at : size - at;
                CLEANUP_FREE char *text = NULL;

                if (len > 0) {
                        text = calloc(1, len); /* one byte less, and the NUL */
                        REQUIRE(text);
                        memcpy(text, data + at + 1, len - 1);
                        add(&defs, data[at], text, len - 1);
                }
                at += len + 1;
        }
        check(&defs);
        return 0;
}
