/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Boots as a whole: what is taken early, what goes back, and what the next boot makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "apply/claim.h"
#include "fake/back.h"
#include "fake/boot.h"
#include "fake/machine.h"
#include "state/notes.h"
#include "base/macro.h"

#define HBA_TEXT "[device hba]\naddress = " HBA "\n"
#define GPU_TEXT "[device gpu]\naddress = " GPU "\n"
#define ADDED "0000:08:00.0"

static const char *const modules[] = { "nouveau", "snd_hda_intel", "mpt3sas", "nvme", NULL };
static const char *const no_sound[] = { "nouveau", "mpt3sas", "nvme", NULL };

/* Before any of the host's drivers is loaded; any device may be written to. */
static struct fake_kernel *cold(const char *record)
{
        static const struct {
                const char *address;
                struct fake_pci spec;
        } devices[] = {
                { BRIDGE,
                  { .id = "8086:1901",
                    .class = 0x060400,
                    .driver = "pcieport",
                    .native = "pcieport",
                    .group = 14,
                    .parent_chain = "pci0000:00" } },
                { GPU,
                  { .id = "10de:2487:1458:4073",
                    .class = 0x030000,
                    .native = "nouveau",
                    .group = 14,
                    .bars = { { .size = 16U << 20 }, { .size = 256U << 20, .sizes = 0x3f00 } },
                    .rom = machine_rom,
                    .rom_size = sizeof(machine_rom),
                    .parent_chain = "pci0000:00/" BRIDGE } },
                { GPU_AUDIO,
                  { .id = "10de:228b:1458:4073",
                    .class = 0x040300,
                    .native = "snd_hda_intel",
                    .group = 14,
                    .parent_chain = "pci0000:00/" BRIDGE } },
                { HBA, { .id = "1000:0097:1028:1f53", .class = 0x010700, .native = "mpt3sas", .group = 20 } },
                { HBA_TWIN, { .id = "1000:0097:1028:1f53", .class = 0x010700, .native = "mpt3sas", .group = 21 } },
                { NVME,
                  { .id = "144d:a808", .class = 0x010802, .native = "nvme", .nvme_serial = "S4EVNX0", .group = 21 } },
                /* Another display, which the host keeps. */
                { "0000:0a:00.0", { .id = "1a03:2000", .class = 0x030000, .native = "ast", .driver = "ast" } },
        };
        struct fake_kernel *k = fake_new();

        fake_driver_add(k, "pci-stub", &(struct fake_driver){ .loaded = true, .vfio = true });
        for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
                fake_pci_add(k, devices[i].address, &devices[i].spec);
                fake_claim(k, devices[i].address);
        }
        if (record)
                boot_set_record(k, record);
        return k;
}

/* A boot of which only the record is of interest. */
static char *record_of(const char *record, const char *text, const char *const *drivers)
{
        CLEANUP(fake_freep) struct fake_kernel *k = cold(record);
        CLEANUP_RUN struct run run = { 0 };

        boot(k, text, drivers, &run);
        assert_int_equal(run.error, 0);
        assert_no_violation(k);
        return boot_record(k);
}

static void assert_with_host(struct fake_kernel *k, const char *address, const char *driver)
{
        assert_driver(k, address, driver);
        assert_string_equal(fake_override_of(k, address), "");
}

static void mount_srv(struct fake_kernel *k)
{
        fake_mount(k, DEV HBA "/host0/block", "sda", "8:0", "/srv", "ext4");
}

static void list_srv(struct fake_kernel *k)
{
        fake_block(k, DEV HBA "/host0/block", "sda", "8:0");
        fake_file(k, "dev/sda", "");
        fake_file(k, "etc/fstab", "/dev/sda /srv ext4 defaults\n");
}

/* Claimed in the first boot by the whole look, in the second before its driver is there, and then there is nothing to
 * do. */
static void second_boot(void **unused)
{
        static const char text[] = GPU_TEXT "functions = all\n" HBA_TEXT;
        CLEANUP_FREE char *record = record_of(NULL, text, modules);
        CLEANUP(fake_freep) struct fake_kernel *k = cold(record);
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        boot(k, text, modules, &run);
        assert_true(run_is_clean(&run));
        assert_int_equal(run.n_steps, 0);
        assert_driver(k, GPU, "vfio-pci");
        assert_driver(k, GPU_AUDIO, "vfio-pci");
        assert_driver(k, HBA, "vfio-pci");
        assert_int_equal(fake_count_writes(k, "unbind", NULL), 0);
        assert_no_violation(k);
}

/* /srv is not mounted when the claim is made, and neither is /var with what is known of it. */
static void var_is_mounted_later(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = cold(NULL);
        CLEANUP_RUN struct run early = { 0 }, run = { 0 };

        (void) unused;
        boot_claim(k);
        boot_coldplug(k, modules);
        list_srv(k);
        boot_early(k, HBA_TEXT, &early);
        assert_with_host(k, HBA, "mpt3sas");
        boot_set_record(k, "# nothing\n");
        fake_file(k, "proc/1/mountinfo", "36 1 8:0 / /srv rw - ext4 /dev/sda rw\n");
        boot_whole(k, HBA_TEXT, &run);
        assert_int_equal(run_item(&run, "hba")->verdict, VERDICT_REFUSED);
        assert_with_host(k, HBA, "mpt3sas");
        assert_no_violation(k);
}

/* The units start once more in one boot, by soft-reboot or from the emergency shell: /run is kept, and /srv is not
 * mounted. */
static void second_start(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = cold(NULL);
        CLEANUP_RUN struct run first = { 0 }, early = { 0 }, run = { 0 };

        (void) unused;
        boot_claim(k);
        boot_coldplug(k, modules);
        list_srv(k);
        boot_whole(k, HBA_TEXT, &first);
        for (unsigned i = 0; i < 2; i++) {
                boot_claim(k);
                boot_coldplug(k, NULL);
                run_clear(&early);
                boot_early(k, HBA_TEXT, &early);
                assert_with_host(k, HBA, "mpt3sas");
        }
        boot_whole(k, HBA_TEXT, &run);
        assert_with_host(k, HBA, "mpt3sas");
        assert_no_violation(k);
}

/* A section that names another device by now is taken for what it names: the record is of devices. */
static void mended_section(void **unused)
{
        static const char mended[] = "[device hba]\naddress = " HBA_TWIN "\ngroup = ignore\n";
        CLEANUP_FREE char *record = record_of(NULL, HBA_TEXT, modules);
        CLEANUP(fake_freep) struct fake_kernel *k = cold(record);
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        boot(k, mended, modules, &run);
        assert_with_host(k, HBA, "mpt3sas");
        assert_driver(k, HBA_TWIN, "vfio-pci");
        assert_false(boot_is_cleared(k, HBA));
        assert_true(boot_is_cleared(k, HBA_TWIN));
        assert_no_violation(k);
}

/* While the group has no drivers it is fit for VFIO; what counts is how it is once udev has been at it. */
static void neighbour_with_a_driver(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *first = cold(NULL), *k = NULL;
        CLEANUP_FREE char *record = record_of(NULL, GPU_TEXT, no_sound);
        CLEANUP_RUN struct run never_applied = { 0 }, run = { 0 };

        (void) unused;
        boot(first, GPU_TEXT, modules, &never_applied);
        assert_int_equal(run_item(&never_applied, "gpu")->verdict, VERDICT_REFUSED);
        assert_with_host(first, GPU, "nouveau");
        assert_false(boot_is_cleared(first, GPU));

        /* It was cleared while no sound driver was installed. */
        k = cold(record);
        boot_claim(k);
        assert_string_equal(fake_override_of(k, GPU), "vfio-pci");
        boot_coldplug(k, modules);
        boot_whole(k, GPU_TEXT, &run);
        assert_int_equal(run_item(&run, "gpu")->verdict, VERDICT_REFUSED);
        assert_with_host(k, GPU, "nouveau");
        assert_false(boot_is_cleared(k, GPU));
        assert_no_violation(k);
}

/* What must be done before the bind is done at every boot, though a module binds what has its override. */
static void before_the_bind(void **unused)
{
        static const char text[] = GPU_TEXT "functions = all\nbar-size.1 = 8G\nrom-dump = gpu.rom\n";
        CLEANUP_FREE char *record = NULL;

        (void) unused;
        for (unsigned i = 0; i < 2; i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = cold(record);
                CLEANUP_RUN struct run early = { 0 }, run = { 0 };

                boot_claim(k);
                boot_coldplug(k, modules);
                boot_early(k, text, &early);
                boot_whole(k, text, &run);
                assert_null(run_find(&early, NULL, OUTCOME_FAILED));
                assert_true(run_is_clean(&run));
                assert_driver(k, GPU, "vfio-pci");
                assert_text(k, DEV GPU "/resource1_resize", "0000000000003f00");
                assert_true(i == 0 || run.n_steps == 0);
                assert_no_violation(k);
                free(record);
                record = boot_record(k);
        }
}

/* Claimed for one driver in the initramfs and for another afterwards, it goes back to what it had before the first. */
static void second_claim(void **unused)
{
        CLEANUP_FREE char *stub = record_of(NULL, HBA_TEXT "driver = pci-stub\n", modules),
                          *record = record_of(NULL, HBA_TEXT, modules);
        CLEANUP(fake_freep) struct fake_kernel *k = cold(record);
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        boot_initramfs(k, stub);
        assert_string_equal(fake_override_of(k, HBA), "pci-stub");
        boot_claim(k);
        assert_string_equal(fake_override_of(k, HBA), "vfio-pci");
        boot_coldplug(k, modules);
        boot_whole(k, HBA_TEXT, &run);
        assert_driver(k, HBA, "vfio-pci");
        assert_int_equal(release(k, NULL), 0);
        assert_with_host(k, HBA, "mpt3sas");
        assert_no_violation(k);
}

/* An initramfs from before clears what the record does not any more; with vfio-pci in it, the device is on that by
 * then. */
static void stale_initramfs(void **unused)
{
        CLEANUP_FREE char *stale = record_of(NULL, HBA_TEXT, modules),
                          *record = record_of(stale, GPU_TEXT "functions = all\n", modules);

        (void) unused;
        for (unsigned with_vfio = 0; with_vfio < 2; with_vfio++) {
                CLEANUP(fake_freep) struct fake_kernel *k = cold(record);

                if (with_vfio)
                        assert_int_equal(fake_modprobe(k, "vfio_pci"), 0);
                boot_initramfs(k, stale);
                if (with_vfio)
                        assert_int_equal(fake_poke(k, "sys/bus/pci/drivers_probe", HBA), 0);
                assert_driver(k, HBA, with_vfio ? "vfio-pci" : "");
                boot_claim(k);
                boot_coldplug(k, modules);
                assert_with_host(k, HBA, "mpt3sas");
                assert_no_violation(k);
        }
}

/* One of two is missing: the other is with the host, and is so from the start in the next boot. */
static void section_that_lacks_another(void **unused)
{
        static const char text[] = "[device hbas]\nid = 1000:0097\ncount = 2\ngroup = ignore\n";
        CLEANUP_FREE char *record = record_of(NULL, text, modules), *then = NULL;
        CLEANUP_RUN struct run run = { 0 };
        CLEANUP(fake_freep) struct fake_kernel *k = cold(record), *next = NULL;

        (void) unused;
        fake_pci_remove(k, HBA_TWIN);
        boot(k, text, modules, &run);
        assert_int_equal(run_item(&run, "hbas")->verdict, VERDICT_ABSENT);
        assert_with_host(k, HBA, "mpt3sas");
        assert_false(boot_is_cleared(k, HBA));
        assert_true(boot_is_cleared(k, HBA_TWIN)); /* which is not there to be looked at */
        then = boot_record(k);
        next = cold(then);
        fake_pci_remove(next, HBA_TWIN);
        boot_claim(next);
        assert_string_equal(fake_override_of(next, HBA), "");
        assert_no_violation(k);
}

/* Another card is in the place of the one that a section names: the function that comes with it is as it was, and
 * waits for the whole look without its driver in between. */
static void half_of_a_section_is_cleared(void **unused)
{
        static const char text[] = GPU_TEXT "group = whole\n";
        CLEANUP_FREE char *record = NULL;
        CLEANUP(fake_freep) struct fake_kernel *first = cold(NULL), *k = NULL;
        static const struct fake_pci gpu = { .id = "10de:2487:1458:4073",
                                             .class = 0x030000,
                                             .native = "nouveau",
                                             .serial = "00-00-00-ff-ff-00-00-01",
                                             .group = 14,
                                             .parent_chain = "pci0000:00/" BRIDGE };
        struct fake_pci other = gpu;
        CLEANUP_RUN struct run run = { 0 }, early = { 0 }, whole = { 0 };

        (void) unused;
        fake_pci_remove(first, GPU);
        fake_pci_add(first, GPU, &gpu);
        boot(first, text, modules, &run);
        record = boot_record(first);

        k = cold(record);
        fake_pci_remove(k, GPU);
        other.serial = "00-00-00-ff-ff-00-00-02";
        fake_pci_add(k, GPU, &other);
        boot_claim(k);
        boot_coldplug(k, modules);
        assert_driver(k, GPU, "nouveau");
        assert_driver(k, GPU_AUDIO, "");
        boot_early(k, text, &early);
        assert_int_equal(early.n_deferred, 1);
        assert_int_equal(early.n_given_back, 0);
        assert_driver(k, GPU_AUDIO, "");
        boot_whole(k, text, &whole);
        assert_driver(k, GPU, "vfio-pci");
        assert_driver(k, GPU_AUDIO, "vfio-pci");
        assert_no_violation(k);
}

/* The other display has no driver yet, so that early the cleared one is refused: that gives nothing back. */
static void refused_early(void **unused)
{
        static const char text[] = "[device ast]\naddress = 0000:0a:00.0\n";
        CLEANUP_FREE char *record = record_of(NULL, text, modules);
        CLEANUP(fake_freep) struct fake_kernel *k = cold(record);
        CLEANUP_RUN struct run early = { 0 }, run = { 0 };

        (void) unused;
        boot_claim(k);
        boot_coldplug(k, NULL); /* nouveau is still to come: for now it is the only display */
        boot_early(k, text, &early);
        assert_int_equal(run_item(&early, "ast")->verdict, VERDICT_REFUSED);
        assert_int_equal(early.n_given_back, 0);
        assert_string_equal(fake_override_of(k, "0000:0a:00.0"), "vfio-pci");
        assert_int_equal(fake_modprobe(k, "nouveau"), 0);
        boot_whole(k, text, &run);
        assert_true(run_is_clean(&run));
        assert_driver(k, "0000:0a:00.0", "vfio-pci");
        assert_no_violation(k);
}

/* Without the neighbour's section, the neighbour goes back to its driver, and the group is not fit for VFIO any more.
 */
static void neighbour_that_goes_back(void **unused)
{
        static const char *const both[] = { "[device twin]\naddress = " HBA_TWIN "\n[device disk]\naddress = " NVME
                                            "\n",
                                            "[device twin]\naddress = " HBA_TWIN "\ngroup = whole\n" };
        static const char one[] = "[device twin]\naddress = " HBA_TWIN "\n";

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
                CLEANUP_FREE char *record = record_of(NULL, both[i], modules);
                CLEANUP(fake_freep) struct fake_kernel *k = cold(record);
                CLEANUP_RUN struct run run = { 0 };

                boot_claim(k);
                boot_coldplug(k, modules);
                assert_driver(k, HBA_TWIN, "");
                assert_driver(k, NVME, "");
                boot_whole(k, one, &run);
                assert_int_equal(run_item(&run, "twin")->verdict, VERDICT_REFUSED);
                assert_with_host(k, NVME, "nvme");
                assert_with_host(k, HBA_TWIN, "mpt3sas");
                assert_false(boot_is_cleared(k, HBA_TWIN));
                assert_false(boot_is_cleared(k, NVME));
                assert_no_violation(k);
        }
}

/* What is taken while a run waits for something else is upheld by its last plan, or goes back as well. */
static void taken_while_waiting(void **unused)
{
        static const char first[] = "[device disk]\naddress = " NVME "\ngroup = ignore\n";
        static const char then[] = "[device twin]\naddress = " HBA_TWIN "\n[device later]\naddress = " ADDED "\n";
        CLEANUP_FREE char *record = record_of(NULL, first, modules);
        CLEANUP(fake_freep) struct fake_kernel *k = cold(record);
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        boot_claim(k);
        boot_coldplug(k, modules);
        assert_driver(k, NVME, "");
        boot_whole(k, then, &run);
        assert_int_equal(run_item(&run, "twin")->verdict, VERDICT_REFUSED);
        assert_with_host(k, NVME, "nvme");
        assert_with_host(k, HBA_TWIN, "mpt3sas");
        assert_false(boot_is_cleared(k, HBA_TWIN));
        assert_no_violation(k);
}

/* An event of a device looks at its whole IOMMU group: what another section is refused stays in it. */
static void instance_and_its_group(void **unused)
{
        static const char text[] = "[device twin]\naddress = " HBA_TWIN "\n[device disk]\naddress = " NVME "\n";
        CLEANUP(fake_freep) struct fake_kernel *k = cold(NULL);
        CLEANUP_RUN struct run run = { 0 }, instance = { 0 };

        (void) unused;
        boot_claim(k);
        boot_coldplug(k, modules);
        fake_mount(k, DEV NVME "/nvme/nvme7", "nvme0n1", "259:0", "/srv", "ext4");
        boot_whole(k, text, &run);
        assert_with_host(k, HBA_TWIN, "mpt3sas");
        run_device(k, text, HBA_TWIN, &instance);
        assert_int_equal(run_item(&instance, "twin")->verdict, VERDICT_REFUSED);
        assert_with_host(k, HBA_TWIN, "mpt3sas");
        assert_with_host(k, NVME, "nvme");
        assert_false(boot_is_cleared(k, HBA_TWIN));
        assert_no_violation(k);
}

static void add_nvme(struct fake_kernel *k, void *arg)
{
        bool *came = arg;

        fake_pci_add(k, ADDED,
                     &(struct fake_pci){ .id = "144d:a808", .class = 0x010802, .native = "nvme", .driver = "nvme", .group = 20 });
        *came = true;
}

/* At whatever moment of the whole look a device comes to the group: what is cleared is a group that was looked at. */
static void neighbour_comes_meanwhile(void **unused)
{
        (void) unused;
        for (unsigned n = 1;; n++) {
                CLEANUP(fake_freep) struct fake_kernel *k = cold(NULL), *next = NULL;
                CLEANUP_RUN struct run run = { 0 };
                CLEANUP_FREE char *record = NULL;
                bool came = false;

                boot_claim(k);
                boot_coldplug(k, modules);
                fake_before_operation(k, n, add_nvme, &came);
                boot_whole(k, HBA_TEXT, &run);
                if (!came)
                        break;
                record = boot_record(k);
                next = cold(record);
                add_nvme(next, &came);
                boot_claim(next);
                assert_string_equal(fake_override_of(next, HBA), "");
                assert_no_violation(k);
        }
}

/* Two equal cards that no driver has had: the module that is loaded for one takes the other too, and that is no
 * failure. */
static void release_of_equal_cards(void **unused)
{
        static const char text[] = HBA_TEXT "[device twin]\naddress = " HBA_TWIN "\ngroup = ignore\n";
        static const char *const none[] = { NULL };
        CLEANUP_FREE char *record = record_of(NULL, text, modules);
        CLEANUP(fake_freep) struct fake_kernel *k = cold(record);
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        boot(k, text, none, &run);
        assert_driver(k, HBA, "vfio-pci");
        assert_driver(k, HBA_TWIN, "vfio-pci");
        assert_int_equal(release(k, NULL), 0);
        assert_with_host(k, HBA, "mpt3sas");
        assert_with_host(k, HBA_TWIN, "mpt3sas");
        assert_no_violation(k);
}

/* A disk that is mounted is in use whatever the record says of its controller's twin, which has the same ids. */
static void mounted_before_the_first_apply(void **unused)
{
        static const char text[] = "[device hba]\nid = 1000:0097\ncount = 2\ngroup = ignore\n";
        CLEANUP(fake_freep) struct fake_kernel *k = cold(NULL);
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        boot_initramfs(k, "# nothing\n");
        boot_claim(k);
        boot_coldplug(k, modules);
        mount_srv(k);
        boot_whole(k, text, &run);
        assert_int_equal(run_item(&run, "hba")->verdict, VERDICT_REFUSED);
        assert_with_host(k, HBA, "mpt3sas");
        assert_with_host(k, HBA_TWIN, "mpt3sas");
        assert_no_violation(k);
}

/* What an image of the version before has claimed by its copy of the configuration was never cleared. */
static void image_of_the_version_before(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = cold(NULL);
        struct state_device before = { .vendor = 0x1000, .device = 0x0097, .section = (char *) "device hba", .has_driver = true,
                                       .to = (char *) "vfio-pci", .early = true };

        (void) unused;
        assert_int_equal(fake_poke(k, DEV HBA "/driver_override", "vfio-pci"), 0);
        fake_file(k, "run/passthru-setup/initramfs", "PTCLAIM1");
        assert_int_equal(pci_address_parse(HBA, false, &before.address, NULL), 0);
        assert_int_equal(hotplug_note_claim(fake_sys(k), &before), 0);
        boot_set_record(k, "# nothing\n");
        boot_claim(k);
        boot_coldplug(k, modules);
        assert_with_host(k, HBA, "mpt3sas");
}

/* The configuration has come to have a mistake: nothing is handed over, and nothing is kept from the host. */
static void a_mistake(void **unused)
{
        CLEANUP_FREE char *record = record_of(NULL, HBA_TEXT, modules);
        CLEANUP(fake_freep) struct fake_kernel *k = cold(record);

        (void) unused;
        boot_claim(k);
        boot_coldplug(k, modules);
        assert_driver(k, HBA, "");
        assert_int_equal(claim_give_back_all(fake_sys(k)), 0);
        assert_with_host(k, HBA, "mpt3sas");
        /* Events that udev's coldplug has yet to come to don't claim it again. */
        boot_coldplug(k, modules);
        assert_with_host(k, HBA, "mpt3sas");
        /* Once a whole look is past, what is claimed is that one's. */
        boot_claim(k);
        boot_done(k, HBA_TEXT);
        assert_int_equal(claim_give_back_all(fake_sys(k)), 0);
        assert_string_equal(fake_override_of(k, HBA), "vfio-pci");
        assert_no_violation(k);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_mistake),
                cmocka_unit_test(image_of_the_version_before),
                cmocka_unit_test(second_boot),
                cmocka_unit_test(var_is_mounted_later),
                cmocka_unit_test(second_start),
                cmocka_unit_test(mended_section),
                cmocka_unit_test(neighbour_with_a_driver),
                cmocka_unit_test(before_the_bind),
                cmocka_unit_test(second_claim),
                cmocka_unit_test(stale_initramfs),
                cmocka_unit_test(section_that_lacks_another),
                cmocka_unit_test(half_of_a_section_is_cleared),
                cmocka_unit_test(refused_early),
                cmocka_unit_test(neighbour_that_goes_back),
                cmocka_unit_test(taken_while_waiting),
                cmocka_unit_test(instance_and_its_group),
                cmocka_unit_test(neighbour_comes_meanwhile),
                cmocka_unit_test(release_of_equal_cards),
                cmocka_unit_test(mounted_before_the_first_apply),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
