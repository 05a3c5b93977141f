/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that is in the way of a section is said at once: what the plan finds and what the guards do. */
#include "unit/machine.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "usage/usage.h"

#define MDEV_A "4b20d080-1b54-4048-85b3-a6a62d165c01"
#define MDEV_B "4b20d080-1b54-4048-85b3-a6a62d165c02"

/* A card whose two functions are in two groups with something else in each; a PF that is parent of two mdevs, and one
 * whose VF has the host's route; a QAT device, which vfio-pci denies. */
static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:00:02.0", "8086:3e92", 0x030000, "i915", NULL, 0, "pci0000:00/0000:00:02.0" },
                { "0000:01:00.0", "10de:2484", 0x030000, "nouveau", NULL, 1, "pci0000:00/0000:01:00.0" },
                { "0000:01:00.1", "10de:228b", 0x040300, "snd_hda_intel", NULL, 2, "pci0000:00/0000:01:00.1" },
                { "0000:02:00.0", "8086:1521", 0x020000, "igb", NULL, 1, "pci0000:00/0000:02:00.0" },
                { "0000:03:00.0", "1b21:0612", 0x010601, "ahci", NULL, 2, "pci0000:00/0000:03:00.0" },
                { "0000:04:00.0", "8086:10c9", 0x020000, "igb", NULL, 4, "pci0000:00/0000:04:00.0" },
                { "0000:04:10.0", "8086:10ca", 0x020000, "igbvf", NULL, 5, "pci0000:00/0000:04:10.0" },
                { "0000:04:10.2", "8086:10ca", 0x020000, "igbvf", NULL, 6, "pci0000:00/0000:04:10.2" },
                { "0000:05:00.0", "8086:37c8", 0x0b4000, "c6xx", NULL, 7, "pci0000:00/0000:05:00.0" },
                { "0000:05:00.1", "8086:10d3", 0x020000, "e1000e", NULL, 7, "pci0000:00/0000:05:00.1" },
        };
        static const char *const drivers[] = { "vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:04:00.0", 7, "0000:04:10.0", 2, 0x10ca);
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        (void) inv_parent(inv, "0000:04:10.2", "0000:04:10.2");
        inv_mdev(inv, MDEV_A, "0000:04:10.2", "t");
        inv_mdev(inv, MDEV_B, "0000:04:10.2", "t");
        inv->iommu = true;
        return inv;
}

static void route(struct usage *u)
{
        struct usage_link *l = ARRAY_APPEND(u->links, u->n_links, u->alloc_links);

        assert_non_null(l);
        l->name = strdup("enp4s0v0");
        l->place = strdup("pci0000:00/0000:04:10.0/net/enp4s0v0");
        assert_true(l->name && l->place);
        l->default_route = true;
}

#define GROUP_1 "IOMMU group 1 also contains 0000:02:00.0 (igb), so no VM can open it; group = whole takes it along"
#define GROUP_2 "IOMMU group 2 also contains 0000:03:00.0 (ahci), so no VM can open it; group = whole takes it along"
#define TOO_MANY "0000:04:00.0 supports at most 7 VFs, not 9; some firmware can be configured to offer more"
#define MDEVS                                                                                                         \
        "0000:04:10.2 is the parent of 2 mdevs, which would be lost (" MDEV_A ", " MDEV_B "): remove each first "     \
        "(echo 1 >/sys/bus/mdev/devices/UUID/remove)"
#define ROUTE "0000:04:10.0: enp4s0v0 carries the default route"

static const struct reason_case {
        const char *config, *reason;
        size_t n; /* obstacles, one for each reason that no guard gives */
        const char *line;
} cases[] = {
        { "[device x]\naddress = 01:00\n", GROUP_1 "; " GROUP_2, 2, "group = whole" },
        { "[device x]\naddress = 05:00.0\n",
          "vfio-pci refuses 8086:37c8 by its denylist, as a guest can harm the host through it; [module vfio_pci] "
          "disable_denylist = 1 overrides; IOMMU group 7 also contains 0000:05:00.1 (e1000e), so no VM can open it; "
          "functions = all takes it along",
          2, "functions = all" },
        /* With its group as a whole the group is not in the way. */
        { "[device x]\naddress = 05:00.0\ngroup = whole\n",
          "vfio-pci refuses 8086:37c8 by its denylist, as a guest can harm the host through it; [module vfio_pci] "
          "disable_denylist = 1 overrides",
          1, NULL },
        /* Two sections, one device: each hears of the other, and of the rest that no section claims. */
        { "[device x]\naddress = 01:00.0\n[device y]\naddress = 01:00\n",
          "0000:01:00.0 is also claimed by [device y] (c:3); " GROUP_1, 2, "group = whole" },
        /* Too many VFs; those that are there are in use in two ways, of which a guard tells one. */
        { "[sriov x]\naddress = 04:00.0\nvfs = 9\n", TOO_MANY "; " MDEVS "; " ROUTE, 2, "vfs = 7" },
        { "[sriov x]\naddress = 04:00.0\nvfs = 9\npf-driver = vfio-pci\nvf-driver = host\n",
          TOO_MANY
          "; vfio-pci makes VFs only with a parameter of its module: set enable_sriov = 1 in [module vfio_pci]; "
          "VFs of a PF on vfio-pci are bound to it as they are made, and can't have vf-driver = host; " MDEVS
          "; " ROUTE,
          4, "vfs = 7" },
        /* The wrong device: what is in its way does not matter. */
        { "[device x]\naddress = 01:00.0\nexpect = 1:2\n",
          "0000:01:00.0 is 10de:2484 (subsystem 0000:0000), expected 1:2", 1, "expect = 10de:2484" },
};

static void all_at_once(void **unused)
{
        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(usage_freep) struct usage *u = usage_new();
                CLEANUP_PLANNED struct planned p = { 0 };
                const struct plan_item *item;

                route(u);
                plan_for(&p, machine, cases[i].config);
                usage_guard(u, p.inv, p.plan);
                item = planned_item(&p, "x");
                assert_int_equal(item->verdict, VERDICT_REFUSED);
                assert_text_of(cases[i].config, item->reason, cases[i].reason);
                assert_int_equal(item->n_obstacles, cases[i].n);
                assert_text_of(cases[i].config, item->line ? item->line : "", cases[i].line ? cases[i].line : "");
                for (size_t k = 0; k < p.plan->n_steps; k++)
                        assert_false(p.plan->steps[k].item == (size_t) (item - p.plan->items));
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_at_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
