/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Selectors: what each kind takes and refuses, and the path that a place in sysfs has. */
#include "unit/kit.h"

#include <errno.h>
#include <stdlib.h>

#include "device/selector.h"

static const struct {
        enum selector_kind kind;
        const char *text;
        enum selector_kind found; /* SELECTOR_NONE: refused */
        const char *canonical;    /* NULL: the text itself */
} kind_cases[] = {
        { SELECTOR_ADDRESS, "0000:01:00.0", SELECTOR_ADDRESS, NULL },
        { SELECTOR_ADDRESS, "01:00", SELECTOR_ADDRESS, NULL },
        { SELECTOR_ADDRESS, "uplink/0", SELECTOR_VF, NULL },
        { SELECTOR_ADDRESS, "01:00.9", SELECTOR_NONE, NULL },
        { SELECTOR_ADDRESS, "", SELECTOR_NONE, NULL },
        { SELECTOR_VF, "uplink/65534", SELECTOR_VF, NULL },
        { SELECTOR_VF, "up.l-i_n:k@+/7", SELECTOR_VF, NULL },
        { SELECTOR_VF, "uplink/65535", SELECTOR_NONE, NULL }, /* a PF has at most 65535 VFs, from 0 */
        { SELECTOR_VF, "uplink/-1", SELECTOR_NONE, NULL },
        { SELECTOR_VF, "uplink/0x1", SELECTOR_NONE, NULL },
        { SELECTOR_VF, "uplink/", SELECTOR_NONE, NULL },
        { SELECTOR_VF, "/0", SELECTOR_NONE, NULL },
        { SELECTOR_VF, "uplink", SELECTOR_NONE, NULL },
        { SELECTOR_VF, "up/link/0", SELECTOR_NONE, NULL },
        { SELECTOR_VF, "up link/0", SELECTOR_NONE, NULL },
        { SELECTOR_VF, "../0", SELECTOR_VF, NULL }, /* a name like any; it is looked up, not opened */
        { SELECTOR_ID, "10de:2487", SELECTOR_ID, NULL },
        { SELECTOR_ID, "10de", SELECTOR_NONE, NULL },
        { SELECTOR_PATH, "0000:00:1c.0/00.0", SELECTOR_PATH, NULL },
        { SELECTOR_PATH, "00:1C.0/0.0/1f.7", SELECTOR_PATH, "0000:00:1c.0/00.0/1f.7" },
        { SELECTOR_PATH, "0000:00:02.0", SELECTOR_PATH, NULL },
        { SELECTOR_PATH, "0000:00:1c.0/", SELECTOR_NONE, NULL },
        { SELECTOR_PATH, "/00.0", SELECTOR_NONE, NULL },
        { SELECTOR_PATH, "0000:00:1c.0//00.0", SELECTOR_NONE, NULL },
        { SELECTOR_PATH, "0000:00:1c.0/01:00.0", SELECTOR_NONE, NULL }, /* a bus number is what may change */
        { SELECTOR_PATH, "0000:00:1c.0/0000:03:00.0", SELECTOR_NONE, NULL },
        { SELECTOR_PATH, "0000:00:1c/00.0", SELECTOR_NONE, NULL },
        { SELECTOR_PATH, "0000:00:1c.0/00", SELECTOR_NONE, NULL },
        { SELECTOR_PATH, "", SELECTOR_NONE, NULL },
        { SELECTOR_PATH, "0000:00:1c.0/00000000000000000000.0", SELECTOR_NONE, NULL },
        { SELECTOR_INTERFACE, "enp94s0f0", SELECTOR_INTERFACE, NULL },
        { SELECTOR_INTERFACE, "fifteen-bytes-x", SELECTOR_INTERFACE, NULL },
        { SELECTOR_INTERFACE, "sixteen-bytes-xx", SELECTOR_NONE, NULL },
        { SELECTOR_INTERFACE, "a/b", SELECTOR_NONE, NULL },
        { SELECTOR_INTERFACE, "..", SELECTOR_NONE, NULL },
        { SELECTOR_INTERFACE, ".", SELECTOR_NONE, NULL },
        { SELECTOR_INTERFACE, "eth 0", SELECTOR_NONE, NULL },
        { SELECTOR_INTERFACE, "", SELECTOR_NONE, NULL },
        { SELECTOR_MAC, "52:54:00:12:34:56", SELECTOR_MAC, NULL },
        { SELECTOR_MAC, "52:54:00:AB:cd:EF", SELECTOR_MAC, NULL },
        { SELECTOR_MAC, "52-54-00-12-34-56", SELECTOR_NONE, NULL },
        { SELECTOR_MAC, "525400123456", SELECTOR_NONE, NULL },
        { SELECTOR_MAC, "52:54:00:12:34", SELECTOR_NONE, NULL },
        { SELECTOR_MAC, "52:54:00:12:34:5", SELECTOR_NONE, NULL },
        { SELECTOR_MAC, "52:54:00:12:34:567", SELECTOR_NONE, NULL },
        { SELECTOR_MAC, "52:54:00:12:34:5g", SELECTOR_NONE, NULL },
        { SELECTOR_MAC, "52:54:00:12:34:56:", SELECTOR_NONE, NULL },
        { SELECTOR_SERIAL, "S4EWNX0R123456", SELECTOR_SERIAL, NULL },
        { SELECTOR_SERIAL, "00-02-c9-03-00-ab-cd-ef", SELECTOR_SERIAL, NULL },
        { SELECTOR_SERIAL, "with a space", SELECTOR_SERIAL, NULL },
        { SELECTOR_SERIAL, "", SELECTOR_NONE, NULL },
        { SELECTOR_SLOT, "5", SELECTOR_SLOT, NULL },
        { SELECTOR_SLOT, "OCP 3.0", SELECTOR_SLOT, NULL },
        { SELECTOR_SLOT, "5/0.1/1F.0", SELECTOR_SLOT, "5/00.1/1f.0" },
        { SELECTOR_SLOT, "PCIE_1/2", SELECTOR_SLOT, NULL }, /* a name: no hop is without a function */
        { SELECTOR_SLOT, "PCIE_1/2/00.0", SELECTOR_SLOT, NULL },
        { SELECTOR_SLOT, "5/00.8", SELECTOR_SLOT, NULL },
        { SELECTOR_SLOT, "/00.0", SELECTOR_NONE, NULL },
        { SELECTOR_SLOT, "", SELECTOR_NONE, NULL },
        { SELECTOR_PARENT, "mtty", SELECTOR_PARENT, NULL },
        { SELECTOR_PARENT, "0000:00:02.0", SELECTOR_ADDRESS, NULL },
        { SELECTOR_PARENT, "00:02.0", SELECTOR_ADDRESS, NULL },
        { SELECTOR_PARENT, "uplink/3", SELECTOR_VF, NULL },
        { SELECTOR_PARENT, "00:02", SELECTOR_PARENT, NULL }, /* a slot is no parent, but may be a name */
        { SELECTOR_PARENT, "..", SELECTOR_NONE, NULL },
        { SELECTOR_PARENT, "a b", SELECTOR_NONE, NULL },
        { SELECTOR_PARENT, "a/b", SELECTOR_NONE, NULL },
        { SELECTOR_PARENT, "", SELECTOR_NONE, NULL },
        { SELECTOR_NONE, "anything", SELECTOR_NONE, NULL },
};

static void kinds(void **unused)
{
        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(kind_cases); i++) {
                struct selector s = { .vf_index = 4242 };
                int r = selector_parse(kind_cases[i].kind, kind_cases[i].text, &s);

                if (kind_cases[i].found == SELECTOR_NONE) {
                        if (r != -EINVAL)
                                fail_msg("%s = \"%s\" was read", selector_key(kind_cases[i].kind), kind_cases[i].text);
                        assert_int_equal(s.vf_index, 4242); /* untouched */
                        continue;
                }
                if (r != 0)
                        fail_msg("%s = \"%s\" was refused", selector_key(kind_cases[i].kind), kind_cases[i].text);
                assert_int_equal(s.kind, kind_cases[i].found);
                assert_string_equal(s.text, kind_cases[i].canonical ? kind_cases[i].canonical : kind_cases[i].text);
                selector_clear(&s);
                assert_int_equal(s.kind, SELECTOR_NONE);
        }
}

static void parts(void **unused)
{
        static const uint8_t mac[6] = { 0x52, 0x54, 0, 0xab, 0xcd, 0xef };
        struct selector s;

        (void) unused;
        assert_int_equal(selector_parse(SELECTOR_ADDRESS, "uplink/12", &s), 0);
        assert_string_equal(s.section, "uplink");
        assert_int_equal(s.vf_index, 12);
        selector_clear(&s);
        assert_int_equal(selector_parse(SELECTOR_ADDRESS, "1:00", &s), 0);
        assert_true(s.slot);
        assert_int_equal(s.address.bus, 1);
        selector_clear(&s);
        assert_int_equal(selector_parse(SELECTOR_ADDRESS, "1:00.0", &s), 0);
        assert_false(s.slot);
        selector_clear(&s);
        assert_int_equal(selector_parse(SELECTOR_MAC, "52:54:00:AB:cd:EF", &s), 0);
        assert_memory_equal(s.mac, mac, 6);
        selector_clear(&s);
        assert_int_equal(selector_parse(SELECTOR_ID, "8086:*", &s), 0);
        assert_int_equal(s.id.vendor, 0x8086);
        assert_true(s.id.device == PCI_ID_ANY);
        selector_clear(&s);
}

static void paths(void **unused)
{
        static const struct {
                const char *sysfs, *path; /* NULL: there is none */
        } cases[] = {
                { "pci0000:00/0000:00:1c.0/0000:03:00.0", "0000:00:1c.0/00.0" },
                { "pci0000:00/0000:00:02.0", "0000:00:02.0" },
                { "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:08.0/0000:03:00.1", "0000:00:01.0/00.0/08.0/00.1" },
                { "pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0",
                  "0000:00:0e.0/06.0/00.0" }, /* behind a VMD */
                { "platform/soc@0/1c00000.pcie/pci0000:00/0000:00:00.0/0000:01:00.0", "0000:00:00.0/00.0" },
                { "pci0000:00", NULL },
                { "virtual/mtty/mtty", NULL },
                { "", NULL },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_FREE char *path = NULL;
                int r = selector_path_of(cases[i].sysfs, &path);

                assert_int_equal(r, cases[i].path ? 0 : -EINVAL);
                assert_true(streq_ptr(path, cases[i].path));
        }
}

static void matching(void **unused)
{
        static const struct pci_function f = {
                .vendor = 0x10de, .device = 0x2487, .subvendor = 0x1458, .subdevice = 0x403b
        };
        static const struct {
                const char *pattern;
                bool match;
        } cases[] = {
                { "10de:2487", true },
                { "10de:*", true },
                { "*:*", true },
                { "*:2487", true },
                { "10de:2487:1458:403b", true },
                { "10de:2487:*:403b", true },
                { "10de:2487:1458:*", true },
                { "10de:2488", false },
                { "10df:2487", false },
                { "10de:2487:1459:403b", false },
                { "10de:2487:1458:403c", false },
                { "*:*:*:0000", false },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct pci_id_pattern p;

                assert_int_equal(pci_id_pattern_parse(cases[i].pattern, &p), 0);
                if (pci_id_pattern_matches(&p, &f) != cases[i].match)
                        fail_msg("%s", cases[i].pattern);
        }
}

static void words_for_errors(void **unused)
{
        (void) unused;
        /* Every kind that a key stands for has something to say about what is expected. */
        for (enum selector_kind k = SELECTOR_ADDRESS; k <= SELECTOR_PARENT; k++) {
                assert_false(isempty(selector_key(k)));
                assert_false(isempty(selector_expected(k)));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(kinds),
                cmocka_unit_test(parts),
                cmocka_unit_test(paths),
                cmocka_unit_test(matching),
                cmocka_unit_test(words_for_errors),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
