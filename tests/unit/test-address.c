/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PCI addresses and id patterns: what is read, what is refused, and how it is written. */
#include "unit/kit.h"

#include <errno.h>

#include "device/address.h"

static void addresses(void **unused)
{
        static const struct {
                const char *text, *written; /* written NULL: refused */
                bool slot_ok, slot;
        } cases[] = {
                { "0000:01:00.0", "0000:01:00.0", false, false },
                { "01:00.0", "0000:01:00.0", false, false },
                { "1:0.0", "0000:01:00.0", false, false },
                { "10000:E1:1F.7", "10000:e1:1f.7", false, false },
                { "ffffffff:ff:1f.7", "ffffffff:ff:1f.7", false, false },
                { "0:0:0.0", "0000:00:00.0", false, false },
                { "01:00", "0000:01:00.0", true, true },
                { "0000:01:00", "0000:01:00.0", true, true },
                { "0000:01:00.3", "0000:01:00.3", true, false },
                { "01:00", NULL, false, false },
                { "", NULL, true, false },
                { ":", NULL, true, false },
                { ".", NULL, true, false },
                { "::.", NULL, true, false },
                { "01", NULL, true, false },
                { "01.0", NULL, true, false },
                { "01:00.", NULL, true, false },
                { "01:00.8", NULL, true, false },
                { "01:00.00", NULL, true, false },
                { "01:00.0.0", NULL, true, false },
                { "01:20.0", NULL, true, false },
                { "01:001.0", NULL, true, false },
                { "100:00.0", NULL, true, false },
                { "100000000:00:00.0", NULL, true, false },
                { "0000:0000:01:00.0", NULL, true, false },
                { "0000:01:00.0 ", NULL, true, false },
                { " 0000:01:00.0", NULL, true, false },
                { "0x0:01:00.0", NULL, true, false },
                { "-1:01:00.0", NULL, true, false },
                { "+1:01:00.0", NULL, true, false },
                { "0000:0g:00.0", NULL, true, false },
                { "0000.01:00:0", NULL, true, false },
                { "01:00.0:1", NULL, true, false },
                { "uplink/0", NULL, true, false },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct pci_address a = { .domain = 42 };
                char buf[PCI_ADDRESS_MAX];
                bool slot = !cases[i].slot;
                int r = pci_address_parse(cases[i].text, cases[i].slot_ok, &a, &slot);

                if (!cases[i].written) {
                        if (r != -EINVAL)
                                fail_msg("\"%s\" was read", cases[i].text);
                        assert_int_equal(a.domain, 42); /* untouched on failure */
                        continue;
                }
                if (r != 0)
                        fail_msg("\"%s\" was refused", cases[i].text);
                assert_string_equal(pci_address_format(&a, buf), cases[i].written);
                assert_int_equal(slot, cases[i].slot);
        }
}

static void round_trip(void **unused)
{
        static const uint32_t domains[] = { 0, 1, 0xffff, 0x10000, UINT32_MAX };

        (void) unused;
        for (size_t d = 0; d < ARRAY_SIZE(domains); d++)
                for (unsigned rid = 0; rid < 0x10000; rid += 7) {
                        struct pci_address a = { domains[d], (uint8_t) (rid >> 8), rid >> 3 & 0x1f, rid & 7 }, b;
                        char buf[PCI_ADDRESS_MAX];

                        assert_int_equal(pci_address_parse(pci_address_format(&a, buf), false, &b, NULL), 0);
                        assert_int_equal(pci_address_compare(&a, &b), 0);
                }
}

static void order(void **unused)
{
        /* As lspci sorts. */
        static const char *const sorted[] = { "0000:00:00.0", "0000:00:00.1",  "0000:00:01.0",    "0000:01:00.0",
                                              "0001:00:00.0", "10000:00:00.0", "ffffffff:00:00.0" };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
                for (size_t k = 0; k < ARRAY_SIZE(sorted); k++) {
                        struct pci_address a, b;
                        int r;

                        assert_int_equal(pci_address_parse(sorted[i], false, &a, NULL), 0);
                        assert_int_equal(pci_address_parse(sorted[k], false, &b, NULL), 0);
                        r = pci_address_compare(&a, &b);
                        assert_int_equal((r > 0) - (r < 0), (i > k) - (i < k));
                }
}

static void same_slot(void **unused)
{
        static const struct {
                struct pci_address a;
                bool same;
        } cases[] = {
                { { 0, 1, 2, 3 }, true },  { { 0, 1, 2, 0 }, true },  { { 0, 1, 3, 3 }, false },
                { { 0, 2, 2, 3 }, false }, { { 1, 1, 2, 3 }, false },
        };
        const struct pci_address here = { 0, 1, 2, 3 };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(pci_address_same_slot(&here, &cases[i].a), cases[i].same);
}

static void id_patterns(void **unused)
{
        static const struct {
                const char *text; /* NULL fields below: refused */
                bool good;
                struct pci_id_pattern id;
        } cases[] = {
                { "10de:2487", true, { 0x10de, 0x2487, PCI_ID_ANY, PCI_ID_ANY } },
                { "10DE:2487", true, { 0x10de, 0x2487, PCI_ID_ANY, PCI_ID_ANY } },
                { "1:2", true, { 1, 2, PCI_ID_ANY, PCI_ID_ANY } },
                { "8086:*", true, { 0x8086, PCI_ID_ANY, PCI_ID_ANY, PCI_ID_ANY } },
                { "*:*", true, { PCI_ID_ANY, PCI_ID_ANY, PCI_ID_ANY, PCI_ID_ANY } },
                { "1000:0097:1028:1f53", true, { 0x1000, 0x97, 0x1028, 0x1f53 } },
                { "1000:*:1028:*", true, { 0x1000, PCI_ID_ANY, 0x1028, PCI_ID_ANY } },
                { "ffff:ffff:ffff:ffff", true, { 0xffff, 0xffff, 0xffff, 0xffff } },
                { "", false, { 0 } },
                { "10de", false, { 0 } },
                { "10de:", false, { 0 } },
                { ":2487", false, { 0 } },
                { "10de:2487:", false, { 0 } },
                { "10de:2487:1458", false, { 0 } },
                { "10de:2487:1458:", false, { 0 } },
                { "10de:2487:1458:403b:0", false, { 0 } },
                { "10de0:2487", false, { 0 } },
                { "10de:02487", false, { 0 } },
                { "0x10de:2487", false, { 0 } },
                { "10de:**", false, { 0 } },
                { "1*:2487", false, { 0 } },
                { "*1:2487", false, { 0 } },
                { "10de: 2487", false, { 0 } },
                { "10de 2487", false, { 0 } },
                { "-1:2487", false, { 0 } },
                { "ghij:2487", false, { 0 } },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct pci_id_pattern id = { 42, 42, 42, 42 };
                int r = pci_id_pattern_parse(cases[i].text, &id);

                if (r != (cases[i].good ? 0 : -EINVAL))
                        fail_msg("\"%s\" gave %d", cases[i].text, r);
                if (cases[i].good)
                        assert_memory_equal(&id, &cases[i].id, sizeof(id));
                else
                        assert_int_equal(id.vendor, 42);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(addresses), cmocka_unit_test(round_trip),  cmocka_unit_test(order),
                cmocka_unit_test(same_slot), cmocka_unit_test(id_patterns),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
