/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices on other buses than PCI: the way there and back, what is refused, and the sweep of failing operations. */
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

#define NET "fff51000.ethernet"
#define DMA "2b600000.dma"
#define DMA_TWIN "2b610000.dma" /* in the same group */
#define CHANNEL "0.0.0313"
#define QUEUE "03.0006"
#define OLD_QUEUE "03.0007"  /* of an older kernel: without driver_override */
#define DISK "a0000000.sata" /* the root file system is on it */
#define PROBLEMS_MAX 25

#define NET_TEXT "[device net]\nbus = platform\naddress = " NET "\n"
#define DMA_TEXT "[device dma]\nbus = platform\naddress = " DMA "\ngroup = whole\n"
#define CHANNEL_TEXT "[device channel]\naddress = " CHANNEL "\nbus = css\n"
#define PLAIN_TEXT "[device plain]\nbus = platform\naddress = plain\ndriver = uio_pdrv\n"
#define QUEUE_TEXT "[device queue]\nbus = ap\naddress = " QUEUE "\n"
static const char text[] = NET_TEXT DMA_TEXT CHANNEL_TEXT QUEUE_TEXT PLAIN_TEXT "[device hba]\naddress = " HBA "\n";

static const struct {
        const char *bus, *name, *native, *driver;
} devices[] = {
        { "platform", NET, "xgmac", "vfio-platform" },      { "platform", DMA, "pl330", "vfio-platform" },
        { "platform", DMA_TWIN, "pl330", "vfio-platform" }, { "css", CHANNEL, "io_subchannel", "vfio_ccw" },
        { "platform", "plain", "plaindrv", "uio_pdrv" },    { "ap", QUEUE, "cex4queue", "vfio_ap" },
};

static void add(struct fake_kernel *k, const char *bus, const char *name, const char *native, int group)
{
        CLEANUP_FREE char *path = NULL;

        assert_true(asprintf(&path, "%s0/%s", bus, name) > 0);
        fake_bus_add(k, &(struct fake_bus_device){ .bus = bus,
                                                   .name = name,
                                                   .path = path,
                                                   .native = native,
                                                   .group = group,
                                                   .no_override = streq(name, OLD_QUEUE) });
}

static struct fake_kernel *prepare(void)
{
        struct fake_kernel *k = machine_new();

        fake_bus_driver_add(k, "platform", "vfio-platform", true, false);
        fake_bus_driver_add(k, "platform", "uio_pdrv", false, false);
        fake_bus_driver_add(k, "css", "vfio_ccw", true, false);
        fake_bus_driver_add(k, "ap", "vfio_ap", true, false);
        for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
                fake_bus_driver_add(k, devices[i].bus, devices[i].native, false, true);
        fake_bus_driver_add(k, "platform", "ahci_platform", false, true);
        add(k, "platform", NET, "xgmac", 0);
        add(k, "platform", DMA, "pl330", 70);
        add(k, "platform", DMA_TWIN, "pl330", 70);
        add(k, "platform", "plain", "plaindrv", FAKE_NO_GROUP);
        add(k, "platform", DISK, "ahci_platform", 0);
        add(k, "css", CHANNEL, "io_subchannel", FAKE_NO_GROUP);
        add(k, "ap", QUEUE, "cex4queue", FAKE_NO_GROUP);
        add(k, "ap", OLD_QUEUE, "cex4queue", FAKE_NO_GROUP);
        fake_mount(k, "sys/devices/platform0/" DISK, "sdz1", "8:401", "/", "ext4");
        for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
                fake_claim(k, devices[i].name);
        fake_claim(k, HBA);
        return k;
}

/* The first device that is not as wanted, or NULL. */
static const char *wrong(struct fake_kernel *k, bool back)
{
        for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
                char path[256];
                CLEANUP_FREE char *override = NULL;

                (void) snprintf(path, sizeof(path), "sys/bus/%s/devices/%s/driver_override", devices[i].bus,
                                devices[i].name);
                override = fake_text(k, path);
                if (!streq(fake_bus_driver_of(k, devices[i].name), back ? devices[i].native : devices[i].driver) ||
                    !streq(override, !back                         ? devices[i].driver
                                     : streq(devices[i].bus, "ap") ? ""
                                                                   : "(null)"))
                        return devices[i].name;
        }
        return streq(fake_driver_of(k, HBA), back ? "mpt3sas" : "vfio-pci") ? NULL : HBA;
}

static void there_and_back(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        size_t override, unbind;

        (void) unused;
        assert_applies(k, text);
        assert_null(wrong(k, false));
        override = fake_find_write(k, 0, NET "/driver_override", "vfio-platform");
        unbind = fake_find_write(k, 0, "xgmac/unbind", NET);
        assert_true(override < unbind && unbind < SIZE_MAX);
        assert_true(fake_module_loaded(k, "vfio_platform") && fake_module_loaded(k, "vfio_ccw"));
        assert_settled(k, text);
        assert_int_equal(release(k, NULL), 0);
        assert_null(wrong(k, true));
        assert_no_violation(k);
}

/* What the file does not name any more is known by the state alone. */
static void given_back_by_name(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();

        (void) unused;
        assert_applies(k, text);
        assert_int_equal(release(k, "dma"), 0);
        assert_string_equal(fake_bus_driver_of(k, DMA_TWIN), "pl330");
        assert_string_equal(fake_bus_driver_of(k, NET), "vfio-platform");
        assert_int_equal(release(k, "channel"), 0);
        assert_string_equal(fake_bus_driver_of(k, CHANNEL), "io_subchannel");
        assert_no_violation(k);
}

static void assert_refused(struct fake_kernel *k, const char *config, const char *section, enum plan_verdict verdict,
                           const char *reason)
{
        CLEANUP_RUN struct run run = { 0 };

        run_apply(k, config, &run);
        assert_int_equal(run_item(&run, section)->verdict, verdict);
        assert_string_equal(run_item(&run, section)->reason, reason);
        assert_no_violation(k);
}

static void refusals(void **unused)
{
        static const struct {
                const char *section, *config, *reason;
                enum plan_verdict verdict;
        } cases[] = {
                { "dma", "[device dma]\nbus = platform\naddress = " DMA "\n",
                  "IOMMU group 70 also contains " DMA_TWIN
                  " (pl330), so no VM can open it; set group = whole to include it, if it is on the same "
                  "bus",
                  VERDICT_REFUSED },
                { "disk", "[device disk]\nbus = platform\naddress = " DISK "\n", "sdz1 on it is mounted at /",
                  VERDICT_REFUSED },
                { "queue", "[device queue]\nbus = ap\naddress = " OLD_QUEUE "\n",
                  OLD_QUEUE " has no driver_override: with this kernel a queue goes to vfio_ap by the masks apmask "
                            "and aqmask under "
                            "/sys/bus/ap (chzdev sets them)",
                  VERDICT_REFUSED },
                { "plain", "[device plain]\nbus = platform\naddress = plain\n",
                  "plain has no IOMMU group, which vfio-platform needs: it is behind no IOMMU, or the kernel has no "
                  "driver for that IOMMU",
                  VERDICT_REFUSED },
                { "gone", "[device gone]\nbus = amba\naddress = gone\n", "no device gone under /sys/bus/amba/devices",
                  VERDICT_ABSENT },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = prepare();

                assert_refused(k, cases[i].config, cases[i].section, cases[i].verdict, cases[i].reason);
                assert_null(wrong(k, true));
                assert_string_equal(fake_bus_driver_of(k, DISK), "ahci_platform");
        }
}

static void forced(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();

        (void) unused;
        fake_claim(k, DISK);
        assert_applies(k, "[device disk]\nbus = platform\naddress = " DISK "\nforce = disk\n");
        assert_string_equal(fake_bus_driver_of(k, DISK), "vfio-platform");
}

/* Two that share a group are each other's hindrance only as long as one of them stays. */
static void two_sections(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();

        (void) unused;
        assert_applies(k, "[device a]\nbus = platform\naddress = " DMA
                          "\n[device b]\nbus = platform\naddress = " DMA_TWIN "\n");
        assert_string_equal(fake_bus_driver_of(k, DMA), "vfio-platform");
        assert_string_equal(fake_bus_driver_of(k, DMA_TWIN), "vfio-platform");
}

static void open_device(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();

        (void) unused;
        assert_applies(k, NET_TEXT);
        fake_open(k, NET, FAKE_OPEN_GROUP);
        assert_refused(k, NET_TEXT "driver = uio_pdrv\n", "net", VERDICT_REFUSED,
                       NET " is open: a VM or another program uses it");
        assert_int_equal(release(k, NULL), 1);
        assert_string_equal(fake_bus_driver_of(k, NET), "vfio-platform");
        fake_open(k, NET, 0);
        assert_int_equal(release(k, NULL), 0);
        assert_string_equal(fake_bus_driver_of(k, NET), "xgmac");
        assert_no_violation(k);
}

/* vfio_ap would take the queue out of a running VM. */
static void queue_in_use(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();

        (void) unused;
        assert_applies(k, QUEUE_TEXT);
        fake_open(k, QUEUE, FAKE_OPEN_GROUP);
        assert_settled(k, QUEUE_TEXT);
        assert_refused(k, QUEUE_TEXT "driver = cex4queue\n", "queue", VERDICT_REFUSED,
                       QUEUE " is open: a VM or another program uses it");
        assert_int_equal(release(k, NULL), 1);
        assert_string_equal(fake_bus_driver_of(k, QUEUE), "vfio_ap");
        fake_open(k, QUEUE, 0);
        assert_int_equal(release(k, NULL), 0);
        assert_string_equal(fake_bus_driver_of(k, QUEUE), "cex4queue");
        assert_no_violation(k);
}

/* VFIO's driver does not take it (no reset function): it goes back to its own. */
static void not_taken(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP_RUN struct run run = { 0 };
        const struct run_event *e;

        (void) unused;
        fake_bus_probe_error(k, NET, ENOENT);
        run_apply(k, NET_TEXT, &run);
        e = run_find(&run, "net", OUTCOME_FAILED);
        assert_non_null(e);
        assert_int_equal(e->error, ENOENT);
        assert_string_equal(e->detail, "vfio-platform failed to bind the device; it is bound to xgmac again");
        assert_string_equal(fake_bus_driver_of(k, NET), "xgmac");
}

/* A kernel without the driver: nothing is unbound. */
static void no_driver(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        run_apply(k, "[device a]\nbus = platform\naddress = " NET "\ndriver = nosuch\n", &run);
        assert_string_equal(run_find(&run, "a", OUTCOME_FAILED)->detail, "failed to load module nosuch");
        assert_null(wrong(k, true));
        assert_int_equal(fake_count_writes(k, "driver_override", NULL), 0);
}

/* Returns whether the run had an Nth operation. */
static bool attempt(unsigned n, enum fake_fault fault, int error, unsigned *problems)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP_RUN struct run run = { 0 }, second = { 0 };
        const char *what = NULL, *bad = NULL;
        CLEANUP_FREE char *place = NULL;
        unsigned before = fake_operations(k);

        if ((n + (unsigned) error) % 2 == 0)
                fake_let_write_late(k);
        fake_fail_at(k, n, fault, error);
        run_apply(k, text, &run);
        if (!fake_fault_hit(k, &what))
                return fake_operations(k) - before >= n;
        place = strdup(what);
        fake_fail_at(k, 0, FAULT_ERROR, 0);
        if (wrong(k, false) && run_is_clean(&run))
                bad = "it is wrong, and nothing is said";
        for (size_t i = 0; i < ARRAY_SIZE(devices) && fault != FAULT_DEATH; i++)
                if (!*fake_bus_driver_of(k, devices[i].name))
                        bad = "a device is left without a driver";
        run_apply(k, text, &second);
        if (!bad && (!run_is_clean(&second) || wrong(k, false)))
                bad = "a run without a fault does not put it right";
        if (!bad && (release(k, NULL) > 0 || wrong(k, true)))
                bad = "it is not given back";
        if (!bad)
                bad = fake_violations(k);
        if (bad) {
                fprintf(stderr, "operation %u, %s, %s: %s\n", n, place,
                        fault == FAULT_LOST    ? "without effect"
                        : fault == FAULT_DEATH ? "the end"
                                               : strerrorname_np(error),
                        bad);
                if (getenv("FAKE_VERBOSE")) {
                        run_print(&run);
                        fake_print_writes(k, 0);
                }
                if (++*problems >= PROBLEMS_MAX)
                        fail_msg("%u problems, and the sweep ends here", *problems);
        }
        return true;
}

/* The way back, with each of its operations failing, and a second time without. */
static bool attempt_back(unsigned n, enum fake_fault fault, int error, unsigned *problems)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP_FREE char *place = NULL;
        const char *what = NULL;
        unsigned before;

        assert_applies(k, text);
        before = fake_operations(k);
        fake_fail_at(k, n, fault, error);
        (void) try_release(k, NULL);
        if (!fake_fault_hit(k, &what))
                return fake_operations(k) - before >= n;
        place = strdup(what);
        fake_fail_at(k, 0, FAULT_ERROR, 0);
        if (release(k, NULL) > 0 || wrong(k, true) || fake_violations(k)) {
                fprintf(stderr, "back: operation %u, %s, %s: %s\n", n, place,
                        fault == FAULT_ERROR ? strerrorname_np(error) : "",
                        wrong(k, true) ? wrong(k, true) : "not given back");
                if (++*problems >= PROBLEMS_MAX)
                        fail_msg("%u problems, and the sweep ends here", *problems);
        }
        return true;
}

static void sweep(bool (*one)(unsigned n, enum fake_fault fault, int error, unsigned *problems))
{
        static const int errors[] = { ENODEV, EBUSY, EINVAL, EACCES, EROFS, EIO, ENOMEM, ENOSPC, EINTR };
        unsigned problems = 0, runs = 0;

        for (size_t i = 0; i < ARRAY_SIZE(errors) + 2; i++) {
                enum fake_fault fault = i < ARRAY_SIZE(errors)    ? FAULT_ERROR
                                        : i == ARRAY_SIZE(errors) ? FAULT_LOST
                                                                  : FAULT_DEATH;
                unsigned n = 1;

                while (one(n, fault, fault == FAULT_ERROR ? errors[i] : EIO, &problems))
                        n++;
                runs += n - 1;
                assert_true(n > 60);
        }
        if (problems > 0)
                fail_msg("%u problems in %u runs", problems, runs);
}

static void sweep_there(void **unused)
{
        (void) unused;
        sweep(attempt);
}

static void sweep_back(void **unused)
{
        (void) unused;
        sweep(attempt_back);
}

/* A subchannel is an mdev parent once vfio_ccw has it: one apply does both, though it is a parent only after the first plan. */
static void channel_with_its_mdev(void **unused)
{
        static const char with_mdev[] = "[mdev disk]\nparent = " CHANNEL "\ntype = vfio_ccw-io\n" CHANNEL_TEXT;
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();

        (void) unused;
        assert_applies(k, with_mdev);
        assert_string_equal(fake_bus_driver_of(k, CHANNEL), "vfio_ccw");
        assert_int_equal(fake_n_mdevs(k), 1);
        assert_settled(k, with_mdev);
        assert_int_equal(release(k, NULL), 0);
        assert_int_equal(fake_n_mdevs(k), 0);
        assert_string_equal(fake_bus_driver_of(k, CHANNEL), "io_subchannel");
        assert_no_violation(k);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(there_and_back), cmocka_unit_test(given_back_by_name), cmocka_unit_test(refusals),
                cmocka_unit_test(forced),         cmocka_unit_test(two_sections),       cmocka_unit_test(open_device),
                cmocka_unit_test(not_taken),      cmocka_unit_test(no_driver),          cmocka_unit_test(sweep_there),
                cmocka_unit_test(sweep_back),     cmocka_unit_test(queue_in_use),
                cmocka_unit_test(channel_with_its_mdev),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
