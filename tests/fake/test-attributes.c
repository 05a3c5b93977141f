/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attributes of a device: set in their order around the bind, once, read back, and given back by a release. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "fake/back.h"
#include "fake/machine.h"
#include "fake/run.h"

#define ROM_FILE "var/lib/passthru-setup/rom/gpu.rom"
#define GPU_SECTION "[device gpu]\naddress = " GPU "\nfunctions = all\n"

static const char all[] = GPU_SECTION "reset-method = bus\nd3cold = no\npower-control = on\nbar-size.1 = 8G\n"
                                      "rom-dump = gpu.rom\n";

static struct fake_kernel *new_machine(void)
{
        struct fake_kernel *k = machine_new();

        fake_claim(k, GPU);
        fake_claim(k, GPU_AUDIO);
        fake_claim(k, NIC);
        fake_claim(k, NVME);
        fake_claim(k, HBA);
        return k;
}

static size_t find(const struct fake_kernel *k, const char *path, const char *value)
{
        size_t i = fake_find_write(k, 0, path, value);

        if (i == SIZE_MAX)
                fail_msg("nobody wrote %s = %s", path, value ? value : "anything");
        return i;
}

static void assert_bar1(struct fake_kernel *k, const char *end)
{
        CLEANUP_FREE char *text = fake_text(k, DEV GPU "/resource");
        const char *line = text ? strchr(text, '\n') : NULL;

        if (!line || !strstr(line, end) || strstr(line, end) > strchr(line + 1, '\n'))
                fail_msg("BAR 1: %s", text);
}

static void order(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
        size_t unbind, bind, size;

        (void) unused;
        assert_applies(k, all);
        unbind = find(k, "drivers/nouveau/unbind", GPU);
        bind = find(k, "drivers/vfio-pci/bind", GPU);
        size = find(k, GPU "/resource1_resize", "13");
        assert_true(find(k, GPU "/rom", "1") < find(k, GPU "/rom", "0"));
        assert_true(find(k, GPU "/rom", "0") < unbind);
        assert_true(find(k, GPU "/reset_method", "bus") < unbind);
        assert_true(find(k, GPU "/d3cold_allowed", "0") < unbind);
        assert_true(unbind < size && size < bind && bind < find(k, GPU "/power/control", "on"));
        assert_driver(k, GPU, "vfio-pci");
        assert_text(k, DEV GPU "/reset_method", "bus");
        assert_text(k, DEV GPU "/d3cold_allowed", "0");
        assert_text(k, DEV GPU "/power/control", "on");
        assert_bar1(k, "0x0000004200ffffff");
        /* They are the card's, and not those of what goes along. */
        assert_text(k, DEV GPU_AUDIO "/power/control", "auto");
        assert_text(k, DEV GPU_AUDIO "/d3cold_allowed", "1");
        assert_settled(k, all);
}

static void load_vfio(struct fake_kernel *k, void *unused)
{
        (void) unused;
        assert_int_equal(fake_modprobe(k, "vfio_pci"), 0);
}

/* Claimed before any driver had it, the GPU is taken by the module of vfio-pci the moment that is loaded. */
static struct fake_kernel *claimed_early(void)
{
        struct fake_kernel *k = new_machine();

        assert_int_equal(fake_poke(k, "sys/bus/pci/drivers/nouveau/unbind", GPU), 0);
        assert_int_equal(fake_poke(k, DEV GPU "/driver_override", "vfio-pci"), 0);
        assert_false(fake_module_loaded(k, "vfio_pci"));
        return k;
}

static void before_the_module(void **unused)
{
        static const char text[] = GPU_SECTION "bar-size.1 = 8G\nrom-dump = gpu.rom\n";
        CLEANUP(fake_freep) struct fake_kernel *k = claimed_early(), *late = claimed_early();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        assert_applies(k, text);
        assert_bar1(k, "0x0000004200ffffff");
        assert_driver(k, GPU, "vfio-pci");
        assert_settled(k, text);

        fake_after_write(late, "run/passthru-setup/state", NULL, load_vfio, NULL);
        run_apply(late, text, &run);
        assert_string_equal(
                run_find(&run, "gpu", OUTCOME_FAILED)->detail,
                "cannot resize BAR 1: vfio-pci bound the device meanwhile; run apply again, which unbinds it first");
        assert_driver(late, GPU, "vfio-pci");
        assert_applies(late, text);
        assert_bar1(late, "0x0000004200ffffff");
        assert_settled(late, text);
}

static void dump(void **unused)
{
        static const char text[] = GPU_SECTION "rom-dump = gpu.rom\n";
        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
        CLEANUP_FREE char *rom = NULL;
        size_t len = 0;

        (void) unused;
        assert_applies(k, text);
        assert_int_equal(fake_sys(k)->ops->read_file(fake_sys(k)->userdata, ROM_FILE, 4096, &rom, &len), 0);
        assert_int_equal(len, sizeof(machine_rom));
        assert_memory_equal(rom, machine_rom, len);
        assert_settled(k, text);
        /* What is there stays, whatever it is. */
        fake_file(k, ROM_FILE, "mine");
        assert_settled(k, text);
}

/* On vfio-pci it sleeps: it is woken for it, and sleeps again. */
static void dump_of_a_sleeper(void **unused)
{
        static const char before[] = GPU_SECTION, after[] = GPU_SECTION "rom-dump = gpu.rom\n";
        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        assert_applies(k, before);
        fake_open(k, GPU, FAKE_OPEN_BOTH);
        run_apply(k, after, &run);
        assert_int_equal(run_find(&run, "gpu", OUTCOME_FAILED)->error, EBUSY);
        assert_int_equal(fake_count_writes(k, GPU "/rom", NULL), 0);
        fake_open(k, GPU, 0);
        assert_applies(k, after);
        assert_text(k, DEV GPU "/power/control", "auto");
        assert_settled(k, after);
}

/* Each is what it was before, whatever was changed by whom in between. */
static void back(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
        CLEANUP_FREE char *before = NULL, *after = NULL;

        (void) unused;
        assert_int_equal(fake_poke(k, DEV GPU "/power/control", "auto"), 0);
        before = host_text(k);
        assert_applies(k, all);
        assert_int_equal(fake_poke(k, DEV GPU "/power/control", "auto"), 0);
        assert_applies(k, all);
        assert_text(k, DEV GPU "/power/control", "on");
        assert_int_equal(release(k, NULL), 0);
        after = host_text(k);
        assert_string_equal(after, before);
        assert_no_violation(k);
        assert_applies(k, all);
        assert_settled(k, all);
}

/* On vfio-pci already: what needs no rebind is written alone; a BAR of another size needs one. */
static void later(void **unused)
{
        static const char plain[] = GPU_SECTION, power[] = GPU_SECTION "power-control = on\nreset-method = bus flr\n",
                          sized[] = GPU_SECTION "power-control = on\nreset-method = default\nbar-size.1 = 512M\n";
        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
        CLEANUP_FREE char *before = host_text(k), *after = NULL;
        CLEANUP_RUN struct run run = { 0 };
        size_t writes;

        (void) unused;
        assert_applies(k, plain);
        writes = fake_n_writes(k);
        assert_applies(k, power);
        assert_true(fake_find_write(k, writes, "drivers/vfio-pci/unbind", NULL) == SIZE_MAX);
        assert_text(k, DEV GPU "/power/control", "on");
        assert_text(k, DEV GPU "/reset_method", "bus flr");
        assert_settled(k, power);
        /* Not while a VM has it. */
        fake_open(k, GPU, FAKE_OPEN_BOTH);
        run_apply(k, sized, &run);
        assert_int_equal(run_item(&run, "gpu")->verdict, VERDICT_REFUSED);
        fake_open(k, GPU, 0);
        assert_applies(k, sized);
        assert_driver(k, GPU, "vfio-pci");
        assert_text(k, DEV GPU "/power/control", "on");
        assert_text(k, DEV GPU "/reset_method", "flr bus");
        assert_bar1(k, "0x0000004020ffffff");
        assert_settled(k, sized);
        assert_int_equal(release(k, NULL), 0);
        after = host_text(k);
        assert_string_equal(after, before);
}

/* It was on vfio-pci before us, and stays there: only the BAR and the power go back. */
static void driver_stays(void **unused)
{
        static const char text[] = GPU_SECTION "bar-size.1 = 1G\npower-control = on\n";
        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
        CLEANUP_FREE char *before = NULL, *after = NULL;

        (void) unused;
        fake_modprobe(k, "vfio_pci");
        for (size_t i = 0; i < 2; i++) {
                const char *address = i == 0 ? GPU : GPU_AUDIO;
                CLEANUP_FREE char *override = NULL;

                assert_true(asprintf(&override, DEV "%s/driver_override", address) > 0);
                assert_int_equal(fake_poke(k, override, "vfio-pci"), 0);
                assert_int_equal(fake_poke(k,
                                           i == 0 ? "sys/bus/pci/drivers/nouveau/unbind"
                                                  : "sys/bus/pci/drivers/snd_hda_intel/unbind",
                                           address),
                                 0);
                assert_int_equal(fake_poke(k, "sys/bus/pci/drivers/vfio-pci/bind", address), 0);
        }
        before = host_text(k);
        assert_applies(k, text);
        assert_bar1(k, "0x0000004040ffffff");
        assert_int_equal(release(k, NULL), 0);
        after = host_text(k);
        assert_string_equal(after, before);
        assert_driver(k, GPU, "vfio-pci");
}

/* Of a VF, named through its PF; made in the same run, and there already. */
static void of_a_vf(void **unused)
{
        static const char text[] = "[sriov up]\naddress = " NIC "\nvfs = 2\n"
                                   "[device vm]\naddress = up/1\nreset-method = pm\nd3cold = no\npower-control = on\n";
        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();

        (void) unused;
        assert_applies(k, text);
        assert_driver(k, NIC_VF1, "vfio-pci");
        assert_text(k, DEV NIC_VF1 "/reset_method", "pm");
        assert_text(k, DEV NIC_VF1 "/d3cold_allowed", "0");
        assert_text(k, DEV NIC_VF1 "/power/control", "on");
        assert_text(k, DEV NIC_VF0 "/power/control", "auto");
        assert_settled(k, text);
        assert_int_equal(fake_poke(k, DEV NIC_VF1 "/power/control", "auto"), 0);
        assert_applies(k, text);
        assert_text(k, DEV NIC_VF1 "/power/control", "on");
}

/* Found by what it has lost since. */
static void of_one_that_is_held(void **unused)
{
        static const char text[] = "[device disk]\nserial = S4EVNX0\npower-control = on\n";
        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();

        (void) unused;
        assert_applies(k, text);
        assert_driver(k, NVME, "vfio-pci");
        assert_settled(k, text);
        assert_int_equal(fake_poke(k, DEV NVME "/power/control", "auto"), 0);
        assert_applies(k, text);
        assert_text(k, DEV NVME "/power/control", "on");
}

/* What the device lacks is refused before anything is written, and named. */
static void refused(void **unused)
{
        static const struct {
                const char *text, *reason;
        } cases[] = {
                { GPU_SECTION "bar-size.1 = 16G\n", "BAR 1 of " GPU " can't be 16G; it can be 256M 512M 1G 2G 4G 8G" },
                { GPU_SECTION "bar-size.0 = 16M\n",
                  "BAR 0 of " GPU " can't be resized: the device or the kernel offers no sizes for it (it is 16M)" },
                { GPU_SECTION "bar-size.2 = 16M\n", GPU " has no BAR 2" },
                { "[device hba]\naddress = " HBA "\nreset-method = flr\n",
                  HBA " has no reset_method: it supports no reset, or the kernel is older than Linux 5.15" },
                { "[device hba]\naddress = " HBA "\nrom-dump = x\n", HBA " has no option ROM to dump" },
                { "[sriov up]\naddress = " NIC "\nvfs = 2\n[device hba]\naddress = up/1\nrom-dump = x\n",
                  "up/1 is a VF, which has no option ROM" },
                { "[sriov up]\naddress = " NIC "\nvfs = 2\n[device hba]\naddress = up/1\nbar-size.0 = 1M\n",
                  "up/1 is a VF, which has no BARs of its own to resize" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
                CLEANUP_RUN struct run run = { 0 };
                const struct plan_item *item;

                run_apply(k, cases[i].text, &run);
                item = run_item(&run, strstr(cases[i].text, "[device gpu]") ? "gpu" : "hba");
                assert_int_equal(item->verdict, VERDICT_REFUSED);
                assert_string_equal(item->reason, cases[i].reason);
                assert_driver(k, GPU, "nouveau");
                assert_driver(k, HBA, "mpt3sas");
                assert_no_violation(k);
        }
}

/* A method that it does not have: the others are told and still there, and the device stays where it was. */
static void unknown_reset(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
        CLEANUP_RUN struct run run = { 0 };
        const struct run_event *e;

        (void) unused;
        assert_int_equal(fake_poke(k, DEV GPU "/reset_method", "bus"), 0);
        run_apply(k, GPU_SECTION "reset-method = pm\n", &run);
        e = run_find(&run, "gpu", OUTCOME_FAILED);
        assert_non_null(e);
        assert_int_equal(e->error, EINVAL);
        assert_string_equal(e->detail, "failed to set reset_method to pm; the device offers: flr bus");
        assert_text(k, DEV GPU "/reset_method", "bus");
        assert_driver(k, GPU, "nouveau");
        assert_no_violation(k);
}

/* No room for the BAR, or nothing to be had of the ROM: the section has failed, and the device is of use. */
static void minor_failures(void **unused)
{
        static const uint8_t bad[64] = { 0x55, 0xaa };
        static const struct fake_pci card = {
                .id = "1002:73bf",
                .class = 0x030000,
                .driver = "amdgpu",
                .native = "amdgpu",
                .bars = { { .size = 1 << 28, .sizes = 0x3f00, .room = 1 << 29 } },
                .rom = bad,
                .rom_size = sizeof(bad),
        };
        static const struct {
                const char *line, *detail;
                int error;
        } cases[] = {
                { "bar-size.0 = 1G\n", "failed to resize BAR 0 from 256M to 1G", ENOSPC },
                { "rom-dump = bad.rom\n", "its option ROM (64 bytes) is invalid: it has no PCI data structure", EIO },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
                CLEANUP_FREE char *text = NULL;
                CLEANUP_RUN struct run run = { 0 };
                const struct run_event *e;

                fake_pci_add(k, "0000:09:00.0", &card);
                fake_claim(k, "0000:09:00.0");
                /* Beside another card, it fails before its turn has come. */
                fake_pci_add(k, "0000:0a:00.0",
                             &(struct fake_pci){
                                     .id = "1000:0097", .class = 0x010700, .driver = "mpt3sas", .native = "mpt3sas" });
                fake_claim(k, "0000:0a:00.0");
                fake_let_write_late(k);
                assert_true(asprintf(&text,
                                     "[device hba]\naddress = 0a:00.0\n[device card]\naddress = 09:00.0\n"
                                     "power-control = on\n%s",
                                     cases[i].line) > 0);
                run_apply(k, text, &run);
                e = run_find(&run, "card", OUTCOME_FAILED);
                assert_non_null(e);
                assert_int_equal(e->error, cases[i].error);
                assert_string_equal(e->detail, cases[i].detail);
                assert_null(run_find(&run, "card", OUTCOME_SKIPPED));
                assert_driver(k, "0000:09:00.0", "vfio-pci");
                assert_text(k, DEV "0000:09:00.0/power/control", "on");
                assert_no_violation(k);
        }
}

/* Every operation of a run fails once, and so does every write silently: each section is right or said not to be, and
 * the next run puts all right. */
static void sweep(void **unused)
{
        static const struct {
                enum fake_fault fault;
                int error;
        } faults[] = { { FAULT_ERROR, EIO },
                       { FAULT_ERROR, EINVAL },
                       { FAULT_ERROR, ENOENT },
                       { FAULT_LOST, 0 },
                       { FAULT_DEATH, EINTR } };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
                bool hit = true;

                for (unsigned n = 1; hit; n++) {
                        CLEANUP(fake_freep) struct fake_kernel *k = new_machine();
                        CLEANUP_RUN struct run run = { 0 };
                        const char *what = NULL;

                        fake_fail_at(k, n, faults[i].fault, faults[i].error);
                        run_apply(k, all, &run);
                        hit = fake_fault_hit(k, &what);
                        fake_fail_at(k, 0, FAULT_ERROR, 0);
                        if (run_is_clean(&run) && hit && faults[i].fault != FAULT_DEATH) {
                                CLEANUP_FREE char *control = fake_text(k, DEV GPU "/power/control"),
                                                  *d3cold = fake_text(k, DEV GPU "/d3cold_allowed"),
                                                  *reset = fake_text(k, DEV GPU "/reset_method");

                                if (!streq(control, "on") || !streq(d3cold, "0") || !streq(reset, "bus"))
                                        fail_msg("after \"%s\" failed with %d it is called right, and is not", what,
                                                 faults[i].error);
                        }
                        assert_applies(k, all);
                        assert_bar1(k, "0x0000004200ffffff");
                        assert_settled(k, all);
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(order),
                cmocka_unit_test(before_the_module),
                cmocka_unit_test(dump),
                cmocka_unit_test(dump_of_a_sleeper),
                cmocka_unit_test(back),
                cmocka_unit_test(later),
                cmocka_unit_test(driver_stays),
                cmocka_unit_test(of_a_vf),
                cmocka_unit_test(of_one_that_is_held),
                cmocka_unit_test(refused),
                cmocka_unit_test(unknown_reset),
                cmocka_unit_test(minor_failures),
                cmocka_unit_test(sweep),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
