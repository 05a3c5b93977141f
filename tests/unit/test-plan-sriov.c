/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [sriov]: from none to N, from N to M, the drivers of VFs that are there and of those to come, and autoprobe. */
#include "plan/step-setting.h"
#include "unit/machine.h"

#include <stdlib.h>
#include <string.h>

/* A PF without VFs, one with four (two on their own driver, one on vfio-pci, one unbound), one that is on vfio-pci,
 * one without a driver, and a NIC that has no SR-IOV. */
static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:01:00.0", "8086:159b", 0x020000, "ice", NULL, 1, NULL },
                { "0000:02:00.0", "8086:1521", 0x020000, "igb", NULL, 2, NULL },
                { "0000:02:10.0", "8086:1520", 0x020000, "igbvf", NULL, 10, NULL },
                { "0000:02:10.4", "8086:1520", 0x020000, "igbvf", NULL, 11, NULL },
                { "0000:02:11.0", "8086:1520", 0x020000, "vfio-pci", "vfio-pci", 12, NULL },
                { "0000:02:11.4", "8086:1520", 0x020000, NULL, NULL, 13, NULL },
                { "0000:03:00.0", "144d:a824", 0x010802, "vfio-pci", "vfio-pci", 3, NULL },
                { "0000:04:00.0", "15b3:101d", 0x020000, NULL, NULL, 4, NULL },
                { "0000:05:00.0", "8086:10d3", 0x020000, "e1000e", NULL, 5, NULL },
        };
        static const char *const drivers[] = { "e1000e", "ice", "igb", "igbvf", "vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:01:00.0", 256, NULL, 0, 0x1889);
        inv_pf(inv, "0000:02:00.0", 7, "0000:02:10.0", 4, 0x1520);
        inv_pf(inv, "0000:03:00.0", 32, NULL, 0, 0xa824);
        inv_pf(inv, "0000:04:00.0", 8, NULL, 0, 0x101e);
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        inv_alias(inv, "vfio_pci:v*d*sv*sd*bc*sc*i*", "vfio_pci");
        inv_alias(inv, "vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*", "mlx5_vfio_pci");
        inv_netdev(inv, "0000:01:00.0", "enp94s0f0", "52:54:00:00:00:01");
        return inv;
}

#define E810 "[sriov up]\ninterface = enp94s0f0\nvfs = 2\n"
#define IGB "[sriov up]\naddress = 02:00.0\n"
#define PF1 "0000:01:00.0"
#define PF2 "0000:02:00.0"

static void from_none(void **unused)
{
        static const struct plan_case cases[] = {
                /* All to VFIO: the kernel shall not probe them first. */
                { E810,
                  "up change\nautoprobe " PF1 " 1 > 0\nnumvfs " PF1 " 0 > 2\n"
                  "override " PF1 "/0 '' > vfio-pci\nbind " PF1 "/0 > vfio-pci\n"
                  "override " PF1 "/1 '' > vfio-pci\nbind " PF1 "/1 > vfio-pci\nautoprobe " PF1 " 0 > 1 (always)\n" },
                { E810 "vf-driver = none\n",
                  "up change\nautoprobe " PF1 " 1 > 0\nnumvfs " PF1 " 0 > 2\n"
                  "override " PF1 "/0 '' > none\noverride " PF1 "/1 '' > none\nautoprobe " PF1 " 0 > 1 (always)\n" },
                /* To their own driver: the kernel probes them as it makes them. */
                { E810 "vf-driver = host\n",
                  "up change\nnumvfs " PF1 " 0 > 2\nprobe " PF1 "/0 >\nprobe " PF1 "/1 >\n" },
                { E810 "vf-driver = auto\n",
                  "up change\nautoprobe " PF1 " 1 > 0\nnumvfs " PF1 " 0 > 2\n"
                  "override " PF1 "/0 '' > vfio-pci\nbind " PF1 "/0 > vfio-pci\n"
                  "override " PF1 "/1 '' > vfio-pci\nbind " PF1 "/1 > vfio-pci\nautoprobe " PF1 " 0 > 1 (always)\n" },
                /* none wanted, none there */
                { "[sriov up]\naddress = 01:00.0\nvfs = 0\n", "up ok\n" },
        };
        CLEANUP_PLANNED struct planned p = { 0 };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
        plan_for(&p, machine, "[sriov up]\naddress = 01:00.0\nvfs = max\n");
        assert_int_equal(planned_item(&p, "up")->vfs, 256);
        assert_int_equal(planned_item(&p, "up")->n_claims, 256);
        assert_int_equal(p.plan->n_steps, 3 + 2 * 256);
        assert_int_equal(plan_count(p.plan).steps.n[COUNT_VFS], 256);
        assert_int_equal(plan_count(p.plan).steps.n[COUNT_BINDS], 256);
}

static void there_already(void **unused)
{
        static const struct plan_case cases[] = {
                { IGB "vfs = 4\n",
                  "up change\noverride 0000:02:10.0 '' > vfio-pci\nunbind 0000:02:10.0 igbvf > vfio-pci\n"
                  "bind 0000:02:10.0 igbvf > vfio-pci\noverride 0000:02:10.4 '' > vfio-pci\n"
                  "unbind 0000:02:10.4 igbvf > vfio-pci\nbind 0000:02:10.4 igbvf > vfio-pci\n"
                  "override 0000:02:11.4 '' > vfio-pci\nbind 0000:02:11.4 > vfio-pci\n" },
                { IGB "vfs = 4\nvf-driver = host\n",
                  "up change\noverride 0000:02:11.0 vfio-pci > ''\n"
                  "unbind 0000:02:11.0 vfio-pci > (guarded)\nprobe 0000:02:11.0 >\nprobe 0000:02:11.4 >\n" },
                { IGB "vfs = 4\nvf-driver = none\n",
                  "up change\noverride 0000:02:10.0 '' > none\noverride 0000:02:10.4 '' > none\n"
                  "override 0000:02:11.0 vfio-pci > none\noverride 0000:02:11.4 '' > none\n"
                  "unbind 0000:02:10.0 igbvf >\nunbind 0000:02:10.4 igbvf >\n"
                  "unbind 0000:02:11.0 vfio-pci > (guarded)\n" },
        };
        CLEANUP_PLANNED struct planned p = { 0 };
        size_t overrides = 0, first_unbind = SIZE_MAX, last_override = 0;

        (void) unused;
        /* Overrides of functions that are there come before anything is unbound. */
        plan_for(&p, machine, cases[0].config);
        for (size_t i = 0; i < p.plan->n_steps; i++) {
                if (p.plan->steps[i].kind == STEP_OVERRIDE) {
                        overrides++;
                        last_override = i;
                }
                if (p.plan->steps[i].kind == STEP_UNBIND)
                        first_unbind = MIN_OF(first_unbind, i);
        }
        assert_int_equal(overrides, 3);
        assert_true(last_override < first_unbind);
        assert_plans(machine, cases + 1, ARRAY_SIZE(cases) - 1);
}

static void another_number(void **unused)
{
        static const struct plan_case cases[] = {
                { IGB "vfs = 0\n", "up change [disruptive: the 4 existing VFs are removed first]\n"
                                   "unbind 0000:02:10.0 igbvf >\nunbind 0000:02:10.4 igbvf >\nunbind 0000:02:11.0 "
                                   "vfio-pci > (guarded)\n"
                                   "numvfs " PF2 " 4 > 0 (guarded)\n" },
                { IGB "vfs = 1\n",
                  "up change [disruptive: the 4 existing VFs are removed first]\n"
                  "unbind 0000:02:10.0 igbvf >\nunbind 0000:02:10.4 igbvf >\nunbind 0000:02:11.0 vfio-pci > "
                  "(guarded)\n"
                  "numvfs " PF2 " 4 > 0 (guarded)\nautoprobe " PF2 " 1 > 0\nnumvfs " PF2 " 0 > 1\n"
                  "override " PF2 "/0 '' > vfio-pci\nbind " PF2 "/0 > vfio-pci\nautoprobe " PF2 " 0 > 1 (always)\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

static void refused_and_absent(void **unused)
{
        static const struct plan_case cases[] = {
                { IGB "vfs = 8\n", "up refused: 0000:02:00.0 supports at most 7 VFs, not 8; some firmware can be "
                                   "configured to offer more @3\n" },
                { "[sriov up]\naddress = 05:00.0\nvfs = 1\n",
                  "up refused: 0000:05:00.0 offers no SR-IOV: the device does not support it, or it is off in the "
                  "device's or the host's firmware @1\n" },
                { "[sriov up]\naddress = 03:00.0\nvfs = 1\n",
                  "up refused: 0000:03:00.0 is bound to vfio-pci; creating VFs needs its own driver, or one that "
                  "pf-driver names (doctor says how) @1\n" },
                { "[sriov up]\naddress = 04:00.0\nvfs = 1\n",
                  "up absent: 0000:04:00.0 has no driver bound yet; VFs are created by the PF's driver @1\n" },
                { "[sriov up]\ninterface = enp1s0\nvfs = 1\n",
                  "up absent: no PCI device has the interface enp1s0 @1\n" },
                { "[sriov up]\nid = 8086:*\nvfs = 1\n", "up refused: 3 devices have id 8086:* (0000:01:00.0, "
                                                        "0000:02:00.0, 0000:05:00.0), expected one; name it "
                                                        "by address or path @1\n" },
                { "[sriov up]\naddress = 02:00.0\nexpect = 8086:1522\nvfs = 4\n",
                  "up refused: 0000:02:00.0 is 8086:1521 (subsystem 0000:0000), expected 8086:1522 @3\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

/* A VF that a device section takes is that section's alone. */
/* driverctl, or a script, has the PF for VFIO. */
static struct inventory *machine_with_override(void)
{
        struct inventory *inv = machine();

        inv_at(inv, "0000:04:00.0")->driver_override = strdup("vfio-pci");
        return inv;
}

static void overridden(void **unused)
{
        static const struct plan_case cases[] = {
                { "[sriov up]\naddress = 04:00.0\nvfs = 1\n",
                  "up absent: 0000:04:00.0 has no driver, and VFs are created by the PF's driver: its driver_override "
                  "is vfio-pci "
                  "@1\n" },
        };

        (void) unused;
        assert_plans(machine_with_override, cases, ARRAY_SIZE(cases));
}

static void one_vf_for_a_device(void **unused)
{
        static const struct plan_case cases[] = {
                { E810 "vf-driver = host\n[device vf]\naddress = up/1\n",
                  "up change\nvf change\nnumvfs " PF1 " 0 > 2\nprobe " PF1 "/0 >\n"
                  "override " PF1 "/1 '' > vfio-pci\nbind " PF1 "/1 > vfio-pci\n" },
                { IGB "vfs = 4\nvf-driver = host\n[device vf]\naddress = up/2\n",
                  "up change\nvf ok [IOMMU group 12, alone]\nprobe 0000:02:11.4 >\n" },
                /* By its own address it is the same; not a second time. */
                { IGB "vfs = 4\nvf-driver = host\n[device vf]\naddress = 02:11.0\n",
                  "up change\nvf ok [IOMMU group 12, alone]\nprobe 0000:02:11.4 >\n" },
                { IGB "vfs = 4\nvf-driver = host\n[vf up/0]\ndriver = none\n[device vf]\naddress = 02:10.0\n",
                  "up change\nup/0 refused: 0000:02:10.0 is also claimed by [device vf] (c:7) @5\n"
                  "vf refused: 0000:02:10.0 is also claimed by [vf up/0] (c:5) @7\n"
                  "override 0000:02:11.0 vfio-pci > ''\nunbind 0000:02:11.0 vfio-pci > (guarded)\nprobe 0000:02:11.0 "
                  ">\n"
                  "probe 0000:02:11.4 >\n" },
                /* It goes the way of its PF's section. */
                { "[sriov up]\naddress = 03:00.0\nvfs = 1\n[device vf]\naddress = up/0\n",
                  "up refused: 0000:03:00.0 is bound to vfio-pci; creating VFs needs its own driver, or one that "
                  "pf-driver names (doctor says how) @1\n"
                  "vf refused: VF up/0 needs [sriov up], which is refused @4\n" },
                { "[sriov up]\naddress = 04:00.0\nvfs = 1\n[device vf]\naddress = up/0\n",
                  "up absent: 0000:04:00.0 has no driver bound yet; VFs are created by the PF's driver @1\n"
                  "vf absent: VF up/0 needs [sriov up], which is absent @4\n" },
                { E810 "enabled = no\n[device vf]\naddress = up/0\n",
                  "up disabled\nvf disabled: VF up/0 needs [sriov up], which is disabled @5\n" },
                { "[sriov up]\naddress = 01:00.0\nvfs = max\n[device vf]\naddress = up/256\n",
                  "vf refused: up/256: [sriov up] has 256 VFs, 0 to 255 @4\n" },
        };
        CLEANUP_PLANNED struct planned p = { 0 };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases) - 1);
        plan_for(&p, machine, cases[ARRAY_SIZE(cases) - 1].config);
        assert_string_equal(planned_item(&p, "vf")->reason, "up/256: [sriov up] has 256 VFs, 0 to 255");
}

/* Each section's steps are found, also after some have gone. */
static void steps_of_a_section(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };
        size_t n = 0;

        (void) unused;
        plan_for(&p, machine, E810 "[vf up/1]\ndriver = none\n[device nic]\naddress = 05:00.0\n");
        plan_drop_steps(p.plan, 2);
        for (size_t i = 0; i < p.plan->n_items; i++)
                FOR_ITEM_STEPS(step, p.plan, i)
                {
                        assert_int_equal(step->item, i);
                        n++;
                }
        assert_true(n > 0);
        assert_int_equal(n, p.plan->n_steps);
}

static struct inventory *machine_with_parent(void)
{
        struct inventory *inv = machine();

        inv_type(inv_parent(inv, "0000:02:10.4", "0000:02:10.4"), "t-1", NULL, 1);
        return inv;
}

static struct inventory *machine_with_mdev(void)
{
        struct inventory *inv = machine_with_parent();

        inv_mdev(inv, "4b20d080-1b54-4048-85b3-a6a62d165c01", "0000:02:10.4", "t-1");
        return inv;
}

/* Removing all VFs would take the mdev's parent away; a section that takes one of them goes the same way. */
static void regrow_in_use(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };
        const char *reason;

        (void) unused;
        plan_for(&p, machine_with_mdev, IGB "vfs = 5\n[device vf]\naddress = up/0\n");
        assert_int_equal(planned_item(&p, "up")->verdict, VERDICT_REFUSED);
        assert_int_equal(p.plan->n_steps, 0);
        assert_int_equal(planned_item(&p, "vf")->verdict, VERDICT_REFUSED);
        reason = planned_item(&p, "up")->reason;
        if (!strstr(reason, "0000:02:10.4") || !strstr(reason, "4b20d080-1b54-4048-85b3-a6a62d165c01"))
                fail_msg("%s", reason);
}

/* Whatever refuses the PF's section after the VF's was resolved takes the VF's section along: its VF would not be
 * the one that is meant. */
static void refused_late(void **unused)
{
        static const char *const texts[] = {
                E810 "[device vf]\naddress = up/0\n[device pf]\nid = 8086:159b\n",
                E810 "vf-driver = host\n[mdev vf]\nparent = up/0\ntype = t\n[device pf]\nid = 8086:159b\n",
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                CLEANUP_PLANNED struct planned p = { 0 };

                plan_for(&p, machine, texts[i]);
                assert_int_equal(planned_item(&p, "up")->verdict, VERDICT_REFUSED);
                assert_int_equal(planned_item(&p, "pf")->verdict, VERDICT_REFUSED);
                assert_int_equal(planned_item(&p, "vf")->verdict, VERDICT_REFUSED);
                assert_int_equal(p.plan->n_steps, 0);
        }
}

/* A VF that is there now, and that another section removes, can't be taken by its address, nor be a parent by it: when
 * its turn comes, that address is another VF's or nobody's. */
static void taken_and_removed(void **unused)
{
        static const char *const texts[] = {
                IGB "vfs = 5\nvf-driver = host\n[device vf]\naddress = 02:10.0\n",
                IGB "vfs = 0\n[device vf]\naddress = 02:10.0\n",
                IGB "vfs = 5\nvf-driver = host\n[mdev vf]\naddress = 02:10.4\ntype = t-1\n",
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                CLEANUP_PLANNED struct planned p = { 0 };

                plan_for(&p, machine_with_parent, texts[i]);
                assert_int_equal(planned_item(&p, "vf")->verdict, VERDICT_REFUSED);
                for (size_t k = 0; k < p.plan->n_steps; k++)
                        assert_true(planned_item(&p, "vf") != &p.plan->items[p.plan->steps[k].item]);
        }
}

/* An id never means the VFs that a section makes: they are named through it. */
static void ids_and_vfs(void **unused)
{
        CLEANUP_PLANNED struct planned with = { 0 }, without = { 0 };

        (void) unused;
        plan_for(&with, machine, IGB "vfs = 4\nvf-driver = host\n[device d]\nid = 8086:1520\ncount = all\n");
        assert_int_equal(planned_item(&with, "d")->verdict, VERDICT_ABSENT);
        assert_int_equal(planned_item(&with, "up")->verdict, VERDICT_CHANGE);
        plan_for(&without, machine, "[device d]\nid = 8086:1520\ncount = all\n");
        assert_int_equal(planned_item(&without, "d")->n_claims, 4);
}

static struct inventory *machine_mlx(void)
{
        struct inventory *inv = machine();
        struct pci_function *f = inv_at(inv, "0000:04:00.0");

        f->driver = strdup("mlx5_core");
        f->autoprobe = false;
        assert_non_null(f->driver);
        return inv;
}

static void variants_and_autoprobe(void **unused)
{
        static const struct plan_case cases[] = {
                /* The variant for the VF's id, its module loaded; autoprobe is as it should be and stays. */
                { "[sriov up]\naddress = 04:00.0\nvfs = 1\nvf-driver = auto\n",
                  "up change\nmodule-load on mlx5_vfio_pci .mlx5_vfio_pci >\nnumvfs 0000:04:00.0 0 > 1\n"
                  "override 0000:04:00.0/0 '' > mlx5_vfio_pci\nbind 0000:04:00.0/0 > mlx5_vfio_pci\n" },
                /* For a VF of its own section too. */
                { "[sriov up]\naddress = 04:00.0\nvfs = 1\nvf-driver = none\n"
                  "[device vf]\naddress = up/0\ndriver = auto\n",
                  "up change\nvf change\nmodule-load on mlx5_vfio_pci .mlx5_vfio_pci >\nnumvfs 0000:04:00.0 0 > 1\n"
                  "override 0000:04:00.0/0 '' > mlx5_vfio_pci\nbind 0000:04:00.0/0 > mlx5_vfio_pci\n" },
                /* Off, and wanted on: on while they are made, and put back. */
                { "[sriov up]\naddress = 04:00.0\nvfs = 1\nvf-driver = host\n",
                  "up change\nautoprobe 0000:04:00.0 0 > 1\nnumvfs 0000:04:00.0 0 > 1\n"
                  "probe 0000:04:00.0/0 >\nautoprobe 0000:04:00.0 1 > 0 (always)\n" },
        };

        (void) unused;
        assert_plans(machine_mlx, cases, ARRAY_SIZE(cases));
}

/* A run that died between the two writes left autoprobe off: what it was before is in the state, and it goes back to
 * that. Of another card in the slot the state knows nothing. */
static void autoprobe_left_behind(void **unused)
{
        static const uint16_t devices[] = { 0x101d, 0x101b };
        static const size_t restores[] = { 1, 0 };

        (void) unused;
        for (size_t i = 0; i < 2; i++) {
                CLEANUP_PLANNED struct planned p = { 0 };
                struct state_device *d = state_get_device(&p.state, &(struct pci_address){ .bus = 4 });
                size_t n = 0;

                assert_non_null(d);
                d->vendor = 0x15b3;
                d->device = devices[i];
                values_set(&d->before, PROPERTY_AUTOPROBE, 1);
                plan_for(&p, machine_mlx, "[sriov up]\naddress = 04:00.0\nvfs = 1\n");
                for (size_t k = 0; k < p.plan->n_steps; k++)
                        n += step_sets(&p.plan->steps[k], PROPERTY_AUTOPROBE) && p.plan->steps[k].changes[0].value;
                assert_int_equal(n, restores[i]);
        }
}

static struct inventory *machine_without_iommu(void)
{
        struct inventory *inv = machine();

        for (size_t i = 0; i < inv->n_functions; i++)
                inv->functions[i].group = NO_GROUP;
        return inv;
}

/* No VF is made for VFIO that VFIO will not take. */
static void iommu_off(void **unused)
{
        static const struct plan_case cases[] = {
                { E810, "up refused: the IOMMU is off; passthru-setup doctor says how to turn it on here @1\n" },
                { E810 "vf-driver = host\n",
                  "up change\nnumvfs " PF1 " 0 > 2\nprobe " PF1 "/0 >\nprobe " PF1 "/1 >\n" },
        };

        (void) unused;
        assert_plans(machine_without_iommu, cases, ARRAY_SIZE(cases));
}

#define VFIO_SRIOV "[module vfio_pci]\nenable_sriov = 1\n"

/* The PF on a driver that only makes VFs: it comes there before they are made, and those that are there go first. */
static void pf_drivers(void **unused)
{
        static const struct plan_case cases[] = {
                { E810 "pf-driver = pci-pf-stub\n",
                  "up change\nmodule-load on pci_pf_stub .pci-pf-stub >\noverride " PF1 " '' > pci-pf-stub\n"
                  "unbind " PF1 " ice > pci-pf-stub\nbind " PF1 " ice > pci-pf-stub\nautoprobe " PF1 " 1 > 0\n"
                  "numvfs " PF1 " 0 > 2\noverride " PF1 "/0 '' > vfio-pci\nbind " PF1 "/0 > vfio-pci\n"
                  "override " PF1 "/1 '' > vfio-pci\nbind " PF1 "/1 > vfio-pci\nautoprobe " PF1 " 0 > 1 (always)\n" },
                { E810 "pf-driver = vfio-pci\n", "up refused: vfio-pci makes VFs only with a parameter of its module: "
                                                 "set enable_sriov = 1 in [module vfio_pci] @4\n" },
                { VFIO_SRIOV E810 "pf-driver = vfio-pci\nvf-driver = host\n",
                  "vfio_pci change\nup refused: VFs of a PF on vfio-pci are bound to it as they are made, and can't "
                  "have vf-driver = "
                  "host @6\nmodule-load on vfio_pci > enable_sriov=1\n" },
                { E810 "pf-driver = pci-pf-stub\nmtu = 9000\n",
                  "up refused: with pf-driver = pci-pf-stub " PF1
                  " has no network interface, by which its VFs are set up @1\n" },
                { E810 "pf-driver = pci-pf-stub\neswitch = switchdev\n",
                  "up refused: pci-pf-stub has no eswitch @4\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pf_drivers),
                cmocka_unit_test(from_none),
                cmocka_unit_test(there_already),
                cmocka_unit_test(another_number),
                cmocka_unit_test(refused_and_absent),
                cmocka_unit_test(overridden),
                cmocka_unit_test(one_vf_for_a_device),
                cmocka_unit_test(regrow_in_use),
                cmocka_unit_test(refused_late),
                cmocka_unit_test(taken_and_removed),
                cmocka_unit_test(ids_and_vfs),
                cmocka_unit_test(variants_and_autoprobe),
                cmocka_unit_test(autoprobe_left_behind),
                cmocka_unit_test(iommu_off),
                cmocka_unit_test(steps_of_a_section),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
