/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding things in an inventory: by address, id, name; the lookup of every kind of selector; groups; modalias. */
#include "unit/machine.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "device/lookup.h"
#include "device/modalias.h"

static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:01:00.0", "10de:2487:1458:403b", 0x030000, "nouveau", NULL, 14,
                  "pci0000:00/0000:00:01.0/0000:01:00.0" },
                { "0000:01:00.1", "10de:228b", 0x040300, NULL, NULL, 14, "pci0000:00/0000:00:01.0/0000:01:00.1" },
                { "0000:02:00.0", "10de:2487:1458:403c", 0x030000, NULL, NULL, 2, "flat/nothing" },
                { "0000:03:00.0", "8086:1521", 0x020000, "igb", NULL, NO_GROUP, NULL },
                { "0001:01:00.0", "10de:2487:1458:403b", 0x030000, NULL, NULL, 14, NULL },
        };
        static const char *const drivers[] = { "igb", "nouveau" };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        inv_netdev(inv, "0000:03:00.0", "eth0", "52:54:00:AB:00:01");
        inv_netdev(inv, "0000:03:00.0", "eth0p1", "52:54:00:ab:00:01"); /* two ports, one MAC */
        inv_netdev(inv, "0001:01:00.0", "ETH0", NULL);
        inv_serial(inv, "0000:02:00.0", "SER-1");
        inv_serial(inv, "0001:01:00.0", "ser-1");
        (void) inv_parent(inv, "mtty", NULL);
        inv_mdev(inv, "ffffffff-0000-0000-0000-000000000000", "mtty", "mtty-1");
        inv_mdev(inv, "00000000-0000-0000-0000-000000000001", "mtty", "mtty-2");
        inv_mdev(inv, "80000000-0000-0000-0000-000000000000", NULL, NULL);
        (void) inv_module(inv, "kvm", true);
        inventory_index(inv);
        return inv;
}

static void finding(void **unused)
{
        CLEANUP(inventory_freep) struct inventory *inv = machine();
        CLEANUP(inventory_freep) struct inventory *empty = calloc(1, sizeof(*empty));
        const uint8_t low[16] = { [15] = 1 }, high[16] = { 0xff, 0xff, 0xff, 0xff }, none[16] = { 1 };
        size_t first;

        (void) unused;
        for (size_t i = 0; i < inv->n_functions; i++)
                assert_int_equal(inventory_find_index(inv, &inv->functions[i].address), i);
        assert_null(inventory_find(inv, &(struct pci_address){ 0, 9, 0, 0 }));
        assert_true(inventory_find_index(inv, &(struct pci_address){ 0, 9, 0, 0 }) == NO_INDEX);
        assert_int_equal(inventory_find_id(inv, 0x10de, 0x2487, &first), 3);
        /* of one id by address */
        assert_int_equal(inv->by_id[first], 0);
        assert_int_equal(inv->by_id[first + 1], 2);
        assert_int_equal(inv->by_id[first + 2], 4);
        assert_int_equal(inventory_find_id(inv, 0x8086, 0x1521, &first), 1);
        assert_int_equal(inv->by_id[first], 3);
        assert_int_equal(inventory_find_id(inv, 0x8086, 0x1522, &first), 0);
        assert_true(inventory_has_driver(inv, "igb"));
        assert_false(inventory_has_driver(inv, "ig"));
        assert_non_null(inventory_find_parent(inv, "mtty"));
        assert_null(inventory_find_parent(inv, "mtt"));
        assert_string_equal(inventory_find_mdev(inv, low)->type, "mtty-2"); /* whatever order they were read in */
        assert_string_equal(inventory_find_mdev(inv, high)->type, "mtty-1");
        assert_null(inventory_find_mdev(inv, none));
        assert_non_null(inventory_find_module(inv, "kvm"));
        assert_null(inventory_find_module(inv, "kvm_intel"));
        assert_true(inv->iommu);

        assert_non_null(empty);
        inventory_index(empty);
        assert_null(inventory_find(empty, &(struct pci_address){ 0, 0, 0, 0 }));
        assert_int_equal(inventory_find_id(empty, 1, 2, &first), 0);
        assert_null(inventory_find_mdev(empty, low));
        assert_false(empty->iommu);
}

static void drivers(void **unused)
{
        static const struct {
                const char *name;
                bool vfio, viable;
        } cases[] = {
                { NULL, false, true },
                { "vfio-pci", true, true },
                { "mlx5_vfio_pci", true, true },
                { "hisi-acc-vfio-pci", true, true },
                { "nvgrace-gpu-vfio-pci", true, true },
                { "qat_vfio_pci", true, true },
                { "pci-stub", false, true },
                { "pcieport", false, true },
                { "pci-pf-stub", false, false },
                { "vfio-platform", true, true },
                { "vfio_ap", true, true },
                { "vfio-pci-extra", false, false },
                { "nvme", false, false },
                { "", false, false },
        };
        static const struct {
                uint32_t class;
                bool bridge;
        } classes[] = { { 0x060000, true },  { 0x060400, true },  { 0x068000, true },
                        { 0x058000, false }, { 0x070600, false }, { 0x000600, false } };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                assert_int_equal(driver_is_vfio(cases[i].name), cases[i].vfio);
                assert_int_equal(driver_is_viable(cases[i].name), cases[i].viable);
        }
        for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
                assert_int_equal(pci_function_is_bridge(&(struct pci_function){ .class = classes[i].class }),
                                 classes[i].bridge);
}

static void lookups(void **unused)
{
        static const struct {
                enum selector_kind kind;
                const char *text, *hits; /* indices */
        } cases[] = {
                { SELECTOR_ADDRESS, "0000:01:00.0", "0 " },
                { SELECTOR_ADDRESS, "01:00.7", "" },
                { SELECTOR_ADDRESS, "01:00", "0 1 " },
                { SELECTOR_ADDRESS, "0001:01:00", "4 " },
                { SELECTOR_ADDRESS, "09:00", "" },
                { SELECTOR_ID, "10de:2487", "0 2 4 " },
                { SELECTOR_ID, "10de:2487:1458:403b", "0 4 " },
                { SELECTOR_ID, "10de:2487:*:403c", "2 " },
                { SELECTOR_ID, "10de:*", "0 1 2 4 " },
                { SELECTOR_ID, "*:1521", "3 " },
                { SELECTOR_ID, "*:*", "0 1 2 3 4 " },
                { SELECTOR_ID, "1234:5678", "" },
                { SELECTOR_PATH, "0000:00:01.0/00.1", "1 " },
                { SELECTOR_PATH, "0:1.0/0.0", "0 " },
                { SELECTOR_PATH, "0000:00:01.0", "" },
                { SELECTOR_INTERFACE, "eth0", "3 " }, /* the kernel tells ETH0 from eth0 */
                { SELECTOR_INTERFACE, "ETH0", "4 " },
                { SELECTOR_INTERFACE, "eth0p1", "3 " },
                { SELECTOR_INTERFACE, "eth", "" },
                { SELECTOR_MAC, "52:54:00:ab:00:01", "3 " }, /* once, though two interfaces have it */
                { SELECTOR_MAC, "52:54:00:AB:00:01", "3 " },
                { SELECTOR_MAC, "52:54:00:ab:00:02", "" },
                { SELECTOR_SERIAL, "SER-1", "2 4 " },
                { SELECTOR_SERIAL, "ser-1", "2 4 " },
                { SELECTOR_SERIAL, "SER-", "" },
                { SELECTOR_VF, "uplink/0", "" },
                { SELECTOR_PARENT, "mtty", "" },
        };
        CLEANUP(inventory_freep) struct inventory *inv = machine();
        CLEANUP(lookup_freep) struct lookup *lookup = NULL;

        (void) unused;
        lookup_new(inv, &lookup);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_STRBUF struct strbuf found = { 0 };
                CLEANUP_FREE size_t *hits = NULL;
                struct selector s;
                size_t n = 42;

                assert_int_equal(selector_parse(cases[i].kind, cases[i].text, &s), 0);
                lookup_find(lookup, &s, &hits, &n);
                strbuf_add(&found, "");
                for (size_t k = 0; k < n; k++)
                        strbuf_addf(&found, "%zu ", hits[k]);
                assert_text_of(cases[i].text, found.text, cases[i].hits);
                selector_clear(&s);
        }
}

static void groups(void **unused)
{
        CLEANUP(inventory_freep) struct inventory *inv = machine();
        const size_t *members;
        size_t n;

        (void) unused;
        members = inventory_group(inv, 14, &n);
        assert_int_equal(n, 3);
        assert_int_equal(members[0], 0);
        assert_int_equal(members[1], 1);
        assert_int_equal(members[2], 4);
        (void) inventory_group(inv, 2, &n);
        assert_int_equal(n, 1);
        (void) inventory_group(inv, NO_GROUP, &n);
        assert_int_equal(n, inv->n_functions - 4);
        for (int g = 0; g < 20; g++)
                if (g != 2 && g != 14) {
                        (void) inventory_group(inv, g, &n);
                        assert_int_equal(n, 0);
                }
}

static void modalias(void **unused)
{
        static const struct {
                const char *pattern, *module;
        } aliases[] = {
                { "vfio_pci:v*d*sv*sd*bc*sc*i*", "vfio_pci" },
                { "vfio_pci:v000010DEd*sv*sd*bc*sc*i*", "nvidia_any_vfio_pci" },
                { "vfio_pci:v000010DEd00002487sv*sd*bc*sc*i*", "nvidia_2487_vfio_pci" },
                { "vfio_pci:v000010DEd00002487sv00001458sd0000403Bbc*sc*i*", "gigabyte_vfio_pci" },
                { "vfio_pci:v000010DEd00002487sv00001458sd0000403Bbc*sc*i*", "a_later_equal" },
                { "pci:v000010DEd00002487sv00001458sd0000403Bbc03sc00i00", "not_vfio" },
        };
        CLEANUP(inventory_freep) struct inventory *inv = machine();
        char alias[MODALIAS_MAX];

        (void) unused;
        assert_string_equal(modalias_of("pci", &inv->functions[0], alias), "pci:v000010DEd00002487sv00001458sd0000403Bbc03sc00i00");
        assert_null(modalias_best_vfio(inv, &inv->functions[0]));
        for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
                inv_alias(inv, aliases[i].pattern, aliases[i].module);
        /* The fewest wildcards win, of equals the first. */
        assert_string_equal(modalias_best_vfio(inv, &inv->functions[0]), "gigabyte_vfio_pci");
        assert_string_equal(modalias_best_vfio(inv, &inv->functions[2]), "nvidia_2487_vfio_pci");
        assert_string_equal(modalias_best_vfio(inv, &inv->functions[1]), "nvidia_any_vfio_pci");
        assert_string_equal(modalias_best_vfio(inv, &inv->functions[3]), "vfio_pci");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finding), cmocka_unit_test(drivers),  cmocka_unit_test(lookups),
                cmocka_unit_test(groups),  cmocka_unit_test(modalias),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
