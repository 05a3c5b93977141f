/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Applying configurations to the fake kernel: what is done, in which order, and that it is done once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "fake/machine.h"
#include "fake/run.h"

static size_t find(const struct fake_kernel *k, const char *path, const char *value)
{
        size_t i = fake_find_write(k, 0, path, value);

        if (i == SIZE_MAX)
                fail_msg("nobody wrote %s = %s", path, value ? value : "anything");
        return i;
}

static void devices_and_order(void **unused)
{
        static const char text[] = "[module vfio_iommu_type1]\n"
                                   "allow_unsafe_interrupts = 1\n"
                                   "[device gpu]\naddress = 01:00.0\nfunctions = all\n"
                                   "[device hba]\naddress = " HBA "\nexpect = 1000:0097\n";
        static const char *const devices[] = { GPU, GPU_AUDIO, HBA };
        static const char *const drivers[] = { "nouveau", "snd_hda_intel", "mpt3sas" };
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        size_t last_override = 0, first_unbind = SIZE_MAX;

        (void) unused;
        fake_claim(k, GPU);
        fake_claim(k, GPU_AUDIO);
        fake_claim(k, HBA);
        assert_applies(k, text);
        for (size_t i = 0; i < 3; i++) {
                CLEANUP_FREE char *override = NULL, *unbind = NULL;

                assert_true(asprintf(&override, "%s/driver_override", devices[i]) > 0);
                assert_true(asprintf(&unbind, "drivers/%s/unbind", drivers[i]) > 0);
                assert_driver(k, devices[i], "vfio-pci");
                last_override = MAX_OF(last_override, find(k, override, "vfio-pci"));
                first_unbind = MIN_OF(first_unbind, find(k, unbind, devices[i]));
                assert_true(find(k, "drivers/vfio-pci/bind", devices[i]) > find(k, unbind, devices[i]));
                assert_int_equal(fake_count_writes(k, override, NULL), 1);
        }
        assert_true(last_override < first_unbind);
        assert_true(find(k, "module vfio_iommu_type1", "allow_unsafe_interrupts=1") < last_override);
        assert_text(k, "sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "Y");
        assert_driver(k, HBA_TWIN, "mpt3sas");
        assert_string_equal(fake_override_of(k, HBA_TWIN), "");
        assert_driver(k, BRIDGE, "pcieport");
        assert_settled(k, text);
}

static void parameter_of_a_loaded_module(void **unused)
{
        static const char text[] = "[module vfio_iommu_type1]\nallow_unsafe_interrupts = 1\n";
        static const char fixed[] = "[module vfio_pci]\ndisable_vga = 1\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };

        (void) unused;
        fake_modprobe(k, "vfio_iommu_type1");
        fake_modprobe(k, "vfio_pci");
        fake_claim(k, "vfio_iommu_type1");
        assert_applies(k, text);
        assert_text(k, "sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "Y");
        assert_settled(k, text);
        /* One that only a load sets is refused, with what it is now. */
        run_apply(k, fixed, &run);
        assert_int_equal(run_item(&run, "vfio_pci")->verdict, VERDICT_REFUSED);
        assert_no_violation(k);
}

static void vfio_vfs(void **unused)
{
        static const char text[] = "[sriov uplink]\ninterface = enp5s0\nvfs = 4\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        size_t off, made, on;

        (void) unused;
        fake_claim(k, NIC);
        assert_applies(k, text);
        off = find(k, NIC "/sriov_drivers_autoprobe", "0");
        made = find(k, NIC "/sriov_numvfs", "4");
        on = find(k, NIC "/sriov_drivers_autoprobe", "1");
        assert_true(off < made && made < on);
        assert_int_equal(fake_count_writes(k, NIC "/sriov_numvfs", NULL), 1);
        for (unsigned i = 0; i < 4; i++) {
                assert_driver(k, fake_vf_address(k, NIC, i), "vfio-pci");
                assert_string_equal(fake_override_of(k, fake_vf_address(k, NIC, i)), "vfio-pci");
        }
        assert_text(k, DEV NIC "/sriov_drivers_autoprobe", "1");
        assert_driver(k, NIC, "igb");
        assert_settled(k, text);
}

static void unbound_vfs(void **unused)
{
        static const char text[] = "[sriov uplink]\nmac = 52:54:00:00:05:00\nvfs = max\nvf-driver = none\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_modprobe(k, "igbvf");
        fake_claim(k, NIC);
        assert_applies(k, text);
        for (unsigned i = 0; i < 7; i++)
                assert_driver(k, fake_vf_address(k, NIC, i), "");
        assert_settled(k, text);
        /* They stay so, whatever is probed later. */
        assert_int_equal(fake_poke(k, "sys/bus/pci/drivers_probe", NIC_VF0), 0);
        assert_driver(k, NIC_VF0, "");
        assert_text(k, DEV NIC "/sriov_drivers_autoprobe", "1");
}

static void host_vfs(void **unused)
{
        static const char text[] = "[sriov uplink]\nserial = 52-54-00-ff-ff-00-05-00\nvfs = 3\nvf-driver = host\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_modprobe(k, "igbvf");
        fake_claim(k, NIC);
        assert_applies(k, text);
        for (unsigned i = 0; i < 3; i++)
                assert_driver(k, fake_vf_address(k, NIC, i), "igbvf");
        assert_int_equal(fake_count_writes(k, NIC "/sriov_drivers_autoprobe", NULL), 0);
        assert_settled(k, text);
}

/* Nobody has loaded the VFs' driver: udev does it once they are there, or we do. */
static void host_vfs_whose_driver_is_not_loaded(void **unused)
{
        static const char text[] = "[sriov uplink]\naddress = " NIC "\nvfs = 3\nvf-driver = host\n";

        (void) unused;
        for (int udev = 0; udev < 2; udev++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

                fake_udev_autoload(k, udev);
                fake_claim(k, NIC);
                assert_applies(k, text);
                for (unsigned i = 0; i < 3; i++)
                        assert_driver(k, fake_vf_address(k, NIC, i), "igbvf");
                assert_settled(k, text);
        }
}

static void host_vfs_after_autoprobe_off(void **unused)
{
        static const char text[] = "[sriov uplink]\naddress = " NIC "\nvfs = 2\nvf-driver = host\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_modprobe(k, "igbvf");
        assert_int_equal(fake_poke(k, DEV NIC "/sriov_drivers_autoprobe", "0"), 0);
        assert_int_equal(fake_poke(k, DEV NIC "/sriov_numvfs", "2"), 0);
        assert_driver(k, NIC_VF0, "");
        fake_claim(k, NIC);
        assert_applies(k, text);
        assert_driver(k, NIC_VF0, "igbvf");
        assert_driver(k, NIC_VF1, "igbvf");
        assert_text(k, DEV NIC "/sriov_drivers_autoprobe", "0"); /* as it was */
        assert_settled(k, text);
}

/* Whoever turned it off has his reasons: it is on for the time of the probe, also when their driver is still to load.
 */
static void host_vfs_made_with_autoprobe_off(void **unused)
{
        static const char text[] = "[sriov uplink]\naddress = " NIC "\nvfs = 2\nvf-driver = host\n";

        (void) unused;
        for (int loaded = 0; loaded < 2; loaded++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

                if (loaded)
                        fake_modprobe(k, "igbvf");
                assert_int_equal(fake_poke(k, DEV NIC "/sriov_drivers_autoprobe", "0"), 0);
                fake_claim(k, NIC);
                assert_applies(k, text);
                assert_driver(k, NIC_VF0, "igbvf");
                assert_driver(k, NIC_VF1, "igbvf");
                assert_text(k, DEV NIC "/sriov_drivers_autoprobe", "0");
                assert_settled(k, text);
        }
}

/* One VF of a PF whose VFs stay with the host goes to a guest, and the other way round. */
static void one_vf_apart(void **unused)
{
        static const char *const texts[] = {
                "[sriov uplink]\naddress = " NIC "\nvfs = 2\nvf-driver = host\n[device one]\naddress = uplink/0\n",
                "[sriov uplink]\naddress = " NIC "\nvfs = 2\nvf-driver = none\n[device one]\naddress = uplink/0\n",
        };
        static const char *const others[] = { "igbvf", "" };

        (void) unused;
        for (size_t i = 0; i < 2; i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

                fake_modprobe(k, "igbvf");
                fake_claim(k, NIC);
                assert_applies(k, texts[i]);
                assert_driver(k, NIC_VF0, "vfio-pci");
                assert_driver(k, NIC_VF1, others[i]);
                assert_settled(k, texts[i]);
        }
}

static void load_igbvf(struct fake_kernel *k, void *arg)
{
        (void) arg;
        fake_modprobe(k, "igbvf");
}

/* udev loads the VFs' own driver for their add event at the worst of times. */
static void vfs_and_a_driver_that_comes_between(void **unused)
{
        static const char vfio[] = "[sriov uplink]\naddress = " NIC "\nvfs = 3\n";
        static const char none[] = "[sriov uplink]\naddress = " NIC "\nvfs = 3\nvf-driver = none\n";
        static const struct {
                const char *path, *value;
        } moments[] = {
                { NIC "/sriov_numvfs", "3" },
                { NIC "/sriov_drivers_autoprobe", "1" },
                { NIC_VF0 "/driver_override", NULL },
        };

        (void) unused;
        for (size_t i = 0; i < 2 * ARRAY_SIZE(moments); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
                const char *text = i % 2 ? none : vfio;

                fake_claim(k, NIC);
                fake_after_write(k, moments[i / 2].path, moments[i / 2].value, load_igbvf, NULL);
                assert_applies(k, text);
                for (unsigned vf = 0; vf < 3; vf++)
                        assert_driver(k, fake_vf_address(k, NIC, vf), text == none ? "" : "vfio-pci");
                assert_settled(k, text);
        }
}

static void probe_hba(struct fake_kernel *k, void *arg)
{
        (void) arg;
        fake_poke(k, "sys/bus/pci/drivers_probe", HBA);
}

static void unbound_device_that_is_probed_meanwhile(void **unused)
{
        static const char text[] = "[device hba]\naddress = " HBA "\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_claim(k, HBA);
        fake_after_write(k, "drivers/mpt3sas/unbind", HBA, probe_hba, NULL);
        assert_applies(k, text);
        assert_driver(k, HBA, "vfio-pci");
        assert_settled(k, text);
}

static void variant_driver(void **unused)
{
        static const char text[] = "[passthru]\ndriver = auto\n[sriov cx]\naddress = 08:00.0\nvfs = 2\n"
                                   "[device hba]\naddress = " HBA "\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_driver_add(k, "mlx5_vfio_pci", &(struct fake_driver){ .vfio = true });
        fake_alias_add(k, "vfio_pci:v*d*sv*sd*bc*sc*i*", "vfio_pci");
        fake_alias_add(k, "vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*", "mlx5_vfio_pci");
        fake_pci_add(k, "0000:08:00.0",
                     &(struct fake_pci){ .id = "15b3:101d",
                                         .class = 0x020000,
                                         .driver = "mlx5_core",
                                         .native = "mlx5_core",
                                         .totalvfs = 8,
                                         .vf_device = 0x101e,
                                         .vf_native = "mlx5_core" });
        fake_claim(k, "0000:08:00.0");
        fake_claim(k, HBA);
        assert_applies(k, text);
        assert_driver(k, fake_vf_address(k, "0000:08:00.0", 0), "mlx5_vfio_pci");
        assert_driver(k, fake_vf_address(k, "0000:08:00.0", 1), "mlx5_vfio_pci");
        assert_driver(k, HBA, "vfio-pci");
        assert_settled(k, text);
}

/* Once the device is on vfio-pci its interface, MAC and serial are gone: the state says what was found. */
static void selectors_that_stop_matching(void **unused)
{
        static const char *const texts[] = {
                "[device it]\ninterface = enp5s0\n",
                "[device it]\nmac = 52:54:00:00:05:00\n",
                "[device it]\nserial = S4EVNX0\n",
        };
        static const char *const devices[] = { NIC, NIC, NVME };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

                fake_claim(k, devices[i]);
                assert_applies(k, texts[i]);
                assert_driver(k, devices[i], "vfio-pci");
                assert_settled(k, texts[i]);
                assert_settled(k, texts[i]);
        }
}

static void mdevs(void **unused)
{
        static const char text[] = "[mdev serial]\nparent = mtty\ntype = Dual port serial\nattr = level=5\n"
                                   "attr = assign=1\nattr = level=7\n"
                                   "[mdev single]\nparent = mtty\ntype = mtty-1\ncount = 2\n"
                                   "[sriov vgpu]\naddress = " VGPU "\nvfs = 2\nvf-driver = host\n"
                                   "[mdev desktop]\nparent = vgpu/0\ntype = GRID A\n"
                                   "uuid = 4b20d080-1b54-4048-85b3-a6a62d165c01\nattr = vgpu_params=frl=0\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new_mtty();

        (void) unused;
        fake_claim(k, "mtty");
        fake_claim(k, VGPU);
        fake_claim(k, VGPU_VF0);
        assert_applies(k, text);
        assert_int_equal(fake_n_mdevs(k), 4);
        assert_text(k, "sys/bus/mdev/devices/4b20d080-1b54-4048-85b3-a6a62d165c01/vgpu_params", "frl=0");
        assert_text(k, DEV VGPU_VF0 "/4b20d080-1b54-4048-85b3-a6a62d165c01/mdev_type/name", "GRID A");
        assert_text(k, "sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/available_instances", "0");
        assert_int_equal(fake_count_writes(k, "mtty-2/create", NULL), 1);
        assert_true(find(k, "level", "5") < find(k, "assign", "1"));
        assert_true(find(k, "assign", "1") < find(k, "level", "7"));
        assert_settled(k, text);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(devices_and_order),
                cmocka_unit_test(parameter_of_a_loaded_module),
                cmocka_unit_test(vfio_vfs),
                cmocka_unit_test(unbound_vfs),
                cmocka_unit_test(host_vfs),
                cmocka_unit_test(host_vfs_whose_driver_is_not_loaded),
                cmocka_unit_test(host_vfs_after_autoprobe_off),
                cmocka_unit_test(host_vfs_made_with_autoprobe_off),
                cmocka_unit_test(one_vf_apart),
                cmocka_unit_test(vfs_and_a_driver_that_comes_between),
                cmocka_unit_test(unbound_device_that_is_probed_meanwhile),
                cmocka_unit_test(variant_driver),
                cmocka_unit_test(selectors_that_stop_matching),
                cmocka_unit_test(mdevs),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
