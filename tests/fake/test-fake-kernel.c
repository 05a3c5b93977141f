/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the fake kernel itself: the rules that the other tests of this directory rest on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "fake/fake-kernel.h"

#define DEV "sys/bus/pci/devices/"
#define GPU "0000:01:00.0"
#define NIC "0000:02:00.0"

static int put(struct fake_kernel *k, const char *path, const char *value)
{
        const struct sys *sys = fake_sys(k);

        return sys->ops->write(sys->userdata, path, value, strlen(value));
}

static void assert_text(struct fake_kernel *k, const char *path, const char *expected)
{
        CLEANUP_FREE char *text = fake_text(k, path);

        assert_non_null(text);
        assert_string_equal(text, expected);
}

static struct fake_kernel *machine(void)
{
        struct fake_kernel *k = fake_new();

        fake_pci_add(k, "0000:00:01.0",
                     &(struct fake_pci){ .id = "8086:1901",
                                         .class = 0x060400,
                                         .driver = "pcieport",
                                         .native = "pcieport",
                                         .parent_chain = "pci0000:00" });
        fake_pci_add(k, GPU,
                     &(struct fake_pci){ .id = "10de:2487:1458:4073",
                                         .class = 0x030000,
                                         .driver = "nouveau",
                                         .native = "nouveau",
                                         .group = 14,
                                         .parent_chain = "pci0000:00/0000:00:01.0" });
        fake_pci_add(k, NIC,
                     &(struct fake_pci){ .id = "8086:10c9",
                                         .class = 0x020000,
                                         .driver = "igb",
                                         .native = "igb",
                                         .netdev = "enp2s0",
                                         .mac = "52:54:00:00:00:01",
                                         .serial = "52-54-00-ff-ff-00-00-01",
                                         .totalvfs = 7,
                                         .vf_device = 0x10ca,
                                         .vf_native = "igbvf",
                                         .vf_offset = 0x80,
                                         .vf_stride = 2 });
        fake_claim(k, GPU);
        fake_claim(k, NIC);
        return k;
}

static void layout(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine();
        const struct sys *sys = fake_sys(k);
        char buf[200];

        (void) unused;
        assert_true(sys->ops->readlink(sys->userdata, DEV GPU, buf, sizeof(buf)) > 0);
        assert_string_equal(buf, "../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0");
        assert_true(sys->ops->readlink(sys->userdata, DEV GPU "/driver", buf, sizeof(buf)) > 0);
        assert_string_equal(buf, "../../../../bus/pci/drivers/nouveau");
        assert_true(sys->ops->readlink(sys->userdata, DEV GPU "/iommu_group", buf, sizeof(buf)) > 0);
        assert_string_equal(buf, "../../../../kernel/iommu_groups/14");
        assert_int_equal(sys->ops->readlink(sys->userdata, DEV GPU, buf, 10), -ENAMETOOLONG);
        assert_text(k, DEV GPU "/uevent",
                    "DRIVER=nouveau\nPCI_CLASS=30000\nPCI_ID=10DE:2487\nPCI_SUBSYS_ID=1458:4073\n"
                    "PCI_SLOT_NAME=0000:01:00.0\n"
                    "MODALIAS=pci:v000010DEd00002487sv00001458sd00004073bc03sc00i00");
        assert_text(k, DEV GPU "/../0000:01:00.0/class", "0x030000");
        assert_text(k, DEV GPU "/driver_override", "(null)");
        assert_text(k, "sys/class/net/enp2s0/address", "52:54:00:00:00:01");
        assert_text(k, DEV NIC "/sriov_vf_device", "10ca");
        assert_int_equal(put(k, DEV GPU "/nothing", "1"), -ENOENT);
        assert_int_equal(put(k, DEV GPU "/class", "1"), -EACCES);
        assert_int_equal(sys->ops->read(sys->userdata, "sys/bus/pci/drivers_probe", buf, 10), -EACCES);
}

static void rebinding(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine();

        (void) unused;
        assert_int_equal(put(k, "sys/bus/pci/drivers/vfio-pci/bind", GPU), -ENOENT); /* not loaded */
        assert_int_equal(fake_modprobe(k, "vfio-pci"), 0);
        assert_text(k, "sys/module/vfio_pci/drivers/pci:vfio-pci/module/initstate", "live");
        assert_int_equal(put(k, "sys/bus/pci/drivers/vfio-pci/bind", GPU), -ENODEV); /* no override */
        assert_int_equal(put(k, DEV GPU "/driver_override", "vfio-pci\nrest"), 0);
        assert_string_equal(fake_override_of(k, GPU), "vfio-pci");
        assert_int_equal(put(k, DEV GPU "/driver_override", ""), 0);
        assert_string_equal(fake_override_of(k, GPU), "vfio-pci");
        assert_int_equal(put(k, "sys/bus/pci/drivers/vfio-pci/bind", GPU), -EBUSY);
        assert_int_equal(put(k, "sys/bus/pci/drivers/igb/unbind", GPU), -ENODEV);
        assert_int_equal(put(k, "sys/bus/pci/drivers_probe", GPU), 0);
        assert_string_equal(fake_driver_of(k, GPU), "nouveau");
        assert_int_equal(put(k, "sys/bus/pci/drivers/nouveau/unbind", GPU "\n"), 0);
        fake_probe_error(k, GPU, "vfio-pci", EIO);
        assert_int_equal(put(k, "sys/bus/pci/drivers_probe", GPU), 0);
        assert_string_equal(fake_driver_of(k, GPU), "");
        assert_int_equal(put(k, "sys/bus/pci/drivers/vfio-pci/bind", GPU), -EIO);
        fake_probe_error(k, GPU, "vfio-pci", FAKE_EPROBE_DEFER);
        assert_int_equal(put(k, "sys/bus/pci/drivers/vfio-pci/bind", GPU), -EAGAIN);
        fake_probe_error(k, GPU, "vfio-pci", 0);
        assert_int_equal(put(k, "sys/bus/pci/drivers_probe", GPU), 0);
        assert_string_equal(fake_driver_of(k, GPU), "vfio-pci");
        assert_text(k, DEV GPU "/enable", "0");
        assert_int_equal(put(k, DEV GPU "/driver_override", "\n"), 0);
        assert_text(k, DEV GPU "/driver_override", "(null)");
        assert_int_equal(put(k, "sys/bus/pci/drivers_probe", "0000:77:00.0"), -ENODEV);
        assert_null(fake_violations(k));
}

static void opening(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine();
        const struct sys *sys = fake_sys(k);

        (void) unused;
        assert_int_equal(sys->ops->group_open(sys->userdata, 14), -ENOENT);
        assert_int_equal(put(k, DEV GPU "/driver_override", "vfio-pci"), 0);
        assert_int_equal(put(k, "sys/bus/pci/drivers/nouveau/unbind", GPU), 0);
        assert_int_equal(fake_modprobe(k, "vfio_pci"), 0);
        assert_string_equal(fake_driver_of(k, GPU), "vfio-pci");
        assert_int_equal(sys->ops->group_open(sys->userdata, 14), 0);
        fake_open(k, GPU, FAKE_OPEN_BOTH);
        assert_int_equal(sys->ops->group_open(sys->userdata, 14), -EBUSY);
        assert_text(k, DEV GPU "/enable", "1");
        assert_null(fake_violations(k));
        assert_int_equal(put(k, "sys/bus/pci/drivers/vfio-pci/unbind", GPU), -ETIMEDOUT);
        assert_non_null(strstr(fake_violations(k), "hang"));
}

static void virtual_functions(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine();

        (void) unused;
        assert_int_equal(put(k, DEV NIC "/sriov_numvfs", "x"), -EINVAL);
        assert_int_equal(put(k, DEV NIC "/sriov_numvfs", "65536"), -EINVAL);
        assert_int_equal(put(k, DEV NIC "/sriov_numvfs", "8"), -ERANGE);
        assert_int_equal(put(k, DEV NIC "/sriov_drivers_autoprobe", "0"), 0);
        assert_int_equal(put(k, DEV NIC "/sriov_numvfs", "2"), 0);
        assert_int_equal(put(k, DEV NIC "/sriov_numvfs", "2"), 0);
        assert_int_equal(put(k, DEV NIC "/sriov_numvfs", "3"), -EBUSY);
        assert_string_equal(fake_vf_address(k, NIC, 0), "0000:02:10.0");
        assert_string_equal(fake_vf_address(k, NIC, 1), "0000:02:10.2");
        assert_text(k, DEV NIC "/virtfn1/physfn/device", "0x10c9");
        assert_int_equal(fake_modprobe(k, "igbvf"), 0);
        assert_string_equal(fake_driver_of(k, "0000:02:10.0"), "");
        assert_int_equal(put(k, "sys/bus/pci/drivers/igbvf/bind", "0000:02:10.0"), -ENODEV);
        assert_int_equal(put(k, DEV "0000:02:10.0/driver_override", "vfio-pci"), 0);
        assert_int_equal(fake_modprobe(k, "vfio-pci"), 0);
        assert_string_equal(fake_driver_of(k, "0000:02:10.0"), "vfio-pci");
        assert_int_equal(put(k, DEV NIC "/sriov_numvfs", "0"), 0);
        assert_null(fake_driver_of(k, "0000:02:10.0"));
        assert_int_equal(put(k, DEV NIC "/sriov_drivers_autoprobe", "1"), 0);
        assert_int_equal(put(k, DEV NIC "/sriov_numvfs", "1"), 0);
        assert_string_equal(fake_driver_of(k, "0000:02:10.0"), "igbvf");
        assert_int_equal(put(k, "sys/bus/pci/drivers/igb/unbind", NIC), 0);
        assert_null(fake_vf_address(k, NIC, 0));
        assert_int_equal(put(k, DEV NIC "/sriov_numvfs", "1"), -ENOENT);
        assert_null(fake_text(k, "sys/class/net/enp2s0/address"));
        assert_null(fake_violations(k));
}

static void mediated_devices(void **unused)
{
        static const struct fake_mdev_type types[] = {
                { .id = "mtty-1", .name = "Single port serial" },
                { .id = "mtty-2", .name = "Dual port serial", .cost = 2, .attrs = "!assign,level", .reject = "bad" },
                { 0 },
        };
        static const char types_dir[] = "sys/class/mdev_bus/mtty/mdev_supported_types/";
        static const char uuid[] = "4b20d080-1b54-4048-85b3-a6a62d165c01";
        CLEANUP(fake_freep) struct fake_kernel *k = fake_new();
        CLEANUP_FREE char *create = NULL, *available = NULL;

        (void) unused;
        assert_true(asprintf(&create, "%smtty-2/create", types_dir) > 0);
        assert_true(asprintf(&available, "%smtty-1/available_instances", types_dir) > 0);
        fake_module_add(
                k, "mtty",
                &(struct fake_module){ .parent_path = "virtual/mtty/mtty", .mdev_types = types, .mdev_ports = 3 });
        assert_int_equal(put(k, create, uuid), -ENOENT);
        assert_int_equal(fake_modprobe(k, "mtty"), 0);
        fake_claim(k, "mtty");
        assert_int_equal(put(k, create, "4b20d080"), -EINVAL);
        assert_int_equal(put(k, create, uuid), 0);
        assert_int_equal(put(k, create, uuid), -EEXIST);
        assert_int_equal(put(k, create, "4b20d080-1b54-4048-85b3-a6a62d165c02"), -ENOSPC);
        assert_text(k, available, "1");
        assert_text(k, "sys/bus/mdev/devices/4b20d080-1b54-4048-85b3-a6a62d165c01/mdev_type/name", "Dual port serial");
        assert_int_equal(put(k, "sys/bus/mdev/devices/4b20d080-1b54-4048-85b3-a6a62d165c01/level", "bad"), -EINVAL);
        assert_int_equal(put(k, "sys/bus/mdev/devices/4b20d080-1b54-4048-85b3-a6a62d165c01/level", "5"), 0);
        assert_text(k, "sys/bus/mdev/devices/4b20d080-1b54-4048-85b3-a6a62d165c01/level", "5");
        assert_int_equal(put(k, "sys/bus/mdev/devices/4b20d080-1b54-4048-85b3-a6a62d165c01/remove", "1"), 0);
        assert_int_equal(fake_n_mdevs(k), 0);
        assert_text(k, available, "3");
        assert_null(fake_violations(k));
}

static void appear(struct fake_kernel *k, void *address)
{
        fake_pci_add(k, address, &(struct fake_pci){ .id = "1b36:0010", .class = 0x010802, .native = "nvme" });
}

static void time_and_events(void **unused)
{
        static char address[] = "0000:05:00.0";
        CLEANUP(fake_freep) struct fake_kernel *k = machine();
        const struct sys *sys = fake_sys(k);

        (void) unused;
        fake_schedule(k, 3000000, appear, address);
        fake_udev_busy_until(k, 2000000);
        assert_int_equal(sys->ops->events_begin(sys->userdata), 0);
        assert_int_equal(sys->ops->events_idle(sys->userdata), 0);
        assert_int_equal(sys->ops->events_wait(sys->userdata, 2500000), 0);
        assert_int_equal(sys->ops->now(sys->userdata), 2500000);
        assert_int_equal(sys->ops->events_idle(sys->userdata), 1);
        assert_int_equal(sys->ops->events_wait(sys->userdata, 9000000), 1);
        assert_int_equal(sys->ops->now(sys->userdata), 3000000);
        assert_string_equal(fake_driver_of(k, address), "");
        assert_int_equal(sys->ops->events_wait(sys->userdata, 9000000), 0);
        assert_int_equal(put(k, "sys/bus/pci/drivers_probe", GPU), 0);
        assert_int_equal(sys->ops->events_wait(sys->userdata, 9500000), 0); /* nothing was bound */
}

static void faults_and_journal(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine();
        const char *what;

        (void) unused;
        fake_fail_at(k, 2, FAULT_ERROR, EIO);
        assert_int_equal(put(k, DEV GPU "/driver_override", "a"), 0);
        assert_false(fake_fault_hit(k, NULL));
        assert_int_equal(put(k, DEV GPU "/driver_override", "b"), -EIO);
        assert_true(fake_fault_hit(k, &what));
        assert_string_equal(what, "write " DEV GPU "/driver_override = b");
        assert_string_equal(fake_override_of(k, GPU), "a");
        assert_int_equal(put(k, DEV GPU "/driver_override", "c"), 0);
        fake_fail_at(k, 1, FAULT_LOST, 0);
        assert_int_equal(put(k, DEV GPU "/driver_override", "d\n"), 0);
        assert_string_equal(fake_override_of(k, GPU), "c");
        assert_int_equal(fake_n_writes(k), 4);
        assert_int_equal(fake_find_write(k, 0, GPU "/driver_override", "d"), 3);
        assert_int_equal(fake_find_write(k, 2, GPU "/driver_override", "b"), SIZE_MAX);
        assert_int_equal(fake_get_write(k, 1)->result, -EIO);
        assert_null(fake_violations(k));
        assert_int_equal(put(k, DEV "0000:00:01.0/driver_override", "x"), 0);
        assert_non_null(strstr(fake_violations(k), "0000:00:01.0"));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(layout),
                cmocka_unit_test(rebinding),
                cmocka_unit_test(opening),
                cmocka_unit_test(virtual_functions),
                cmocka_unit_test(mediated_devices),
                cmocka_unit_test(time_and_events),
                cmocka_unit_test(faults_and_journal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
