/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mistakes that only all sections together show, and the traps of inih that a config must not fall into. */
#include "unit/kit.h"

#include "base/strbuf.h"

static void keys_that_do_not_fit(void **unused)
{
        static const struct {
                const char *text, *diags;
        } cases[] = {
                { "[device d]\naddress = 01:00.0\ncount = 2\n",
                  "c:3: count: only valid with id; the device is named by another key\n" },
                { "[passthru]\ngroup = whole\n[sriov a]\naddress = 1:0.0\nvfs = 1\n", "" },
                { "[sriov a]\naddress = 1:0.0\nvfs = 1\ngroup = whole\n",
                  "c:4: group = whole: VFs never take the rest of their IOMMU groups; expected strict or ignore\n" },
                { "[device d]\nid = 1:2\ncount = 2\n", "" },
                { "[device d]\nid = 1:2\ncount = all\n", "" },
                { "[mdev m]\nparent = mtty\ntype = t\nuuid = 4b20d080-1b54-4048-85b3-a6a62d165c01\ncount = 2\n",
                  "c:5: count = 2: only one uuid is given; remove uuid to have each derived\n" },
                { "[mdev m]\nparent = mtty\ntype = t\nuuid = 4b20d080-1b54-4048-85b3-a6a62d165c01\ncount = 1\n", "" },
                { "[sriov s]\naddress = 01:00\nvfs = 1\n",
                  "c:2: address = 01:00: a slot; expected one function, such as 01:00.0\n" },
                { "[sriov a]\naddress = 01:00.0\nvfs = 1\n[sriov s]\naddress = a/0\nvfs = 1\n",
                  "c:5: address = a/0: a VF has no VFs of its own; expected the address of a PF\n" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_diags(cases[i].text, cases[i].diags);
}

#define UPLINK "[sriov uplink]\naddress = 03:00.0\nvfs = 2\n" /* 3 lines */

static void vf_selectors(void **unused)
{
        static const struct {
                const char *text, *diags;
        } cases[] = {
                { UPLINK "[device d]\naddress = uplink/1\n", "" },
                { "[device d]\naddress = uplink/1\n" UPLINK, "" }, /* the order is free */
                { UPLINK "[device d]\naddress = uplink/2\n",
                  "c:5: uplink/2: [sriov uplink] makes 2 VFs, 0 to 1 (c:3)\n" },
                { UPLINK "[device d]\naddress = uplnik/1\n",
                  "c:5: uplnik/1: there is no section [sriov uplnik]; did you mean uplink?\n" },
                { UPLINK "[device d]\naddress = storage/1\n",
                  "c:5: storage/1: there is no section [sriov storage]\n" },
                { "[sriov uplink]\naddress = 03:00.0\nvfs = max\n[device d]\naddress = uplink/65534\n", "" },
                { UPLINK "vf-driver = host\n[mdev m]\nparent = uplink/1\ntype = t\n", "" },
                { UPLINK "vf-driver = vfio-pci\n[mdev m]\nparent = uplink/1\ntype = t\n",
                  "c:6: uplink/1: an mdev's parent needs its host driver, and the VFs of [sriov uplink] go to "
                  "vfio-pci; "
                  "expected vf-driver = host there (c:4)\n" },
                { UPLINK "[mdev m]\naddress = uplink/1\ntype = t\n",
                  "c:5: uplink/1: an mdev's parent needs its host driver, and the VFs of [sriov uplink] go to "
                  "vfio-pci; "
                  "expected vf-driver = host there (c:1)\n" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_diags(cases[i].text, cases[i].diags);
}

#define U "uuid = 4b20d080-1b54-4048-85b3-a6a62d165c01\n"

static void rivals(void **unused)
{
        static const struct {
                const char *text, *diags;
        } cases[] = {
                { "[device a]\naddress = 0000:01:00.0\n[device b]\naddress = 1:00.0\n",
                  "c:4: [device b]: the device is claimed by [device a] (c:1) already\n" },
                { "[device a]\naddress = 01:00.0\n[sriov b]\naddress = 01:00.0\nvfs = 1\n",
                  "c:4: [sriov b]: the device is claimed by [device a] (c:1) already\n" },
                { "[device a]\naddress = 01:00\n[device b]\naddress = 0000:01:00\n",
                  "c:4: [device b]: the device is claimed by [device a] (c:1) already\n" },
                { "[device a]\nmac = 52:54:00:AB:00:00\n[device b]\nmac = 52:54:00:ab:00:00\n",
                  "c:4: [device b]: the device is claimed by [device a] (c:1) already\n" },
                { "[device a]\npath = 00:1c.0/0.0\n[device b]\npath = 0000:00:1c.0/00.0\n",
                  "c:4: [device b]: the device is claimed by [device a] (c:1) already\n" },
                { "[device a]\nserial = S1\n[device b]\nserial = S1\n[device c]\nserial = S1\n",
                  "c:4: [device b]: the device is claimed by [device a] (c:1) already\n"
                  "c:6: [device c]: the device is claimed by [device a] (c:1) already\n" },
                { UPLINK "[device a]\naddress = uplink/0\n[device b]\naddress = uplink/0\n",
                  "c:7: [device b]: the device is claimed by [device a] (c:4) already\n" },
                { UPLINK "[device a]\naddress = uplink/0\n[device b]\naddress = uplink/1\n", "" },
                /* Two equal cards: only the plan knows whether one id is one device. */
                { "[device a]\nid = 1:2\n[device b]\nid = 1:2\n", "" },
                { "[device a]\naddress = 01:00.0\n[device b]\naddress = 01:00.0\nenabled = no\n", "" },
                { "[device a]\naddress = 01:00.0\n[device b]\naddress = 01:00.1\n", "" },
                /* A parent serves any number of mdevs. */
                { "[mdev a]\nparent = mtty\ntype = t\n[mdev b]\nparent = mtty\ntype = t\n", "" },
                { "[mdev a]\nparent = mtty\ntype = t\n" U "[mdev b]\nparent = mtty\ntype = t\n" U,
                  "c:8: [mdev b]: the uuid is already used by [mdev a] (c:1) already\n" },
                { "[mdev a]\nparent = mtty\ntype = t\nenabled = no\n" U "[mdev b]\nparent = mtty\ntype = t\n" U, "" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_diags(cases[i].text, cases[i].diags);
}

/* 0 and 00 are one VF, as 01:00.0 and 0000:01:00.0 are one function. */
static void one_vf_written_in_two_ways(void **unused)
{
        (void) unused;
        assert_diags(UPLINK "[device a]\naddress = uplink/0\n[device b]\naddress = uplink/00\n",
                     "c:7: [device b]: the device is claimed by [device a] (c:4) already\n");
}

/* inih cuts names at 49 bytes: two long names would be one. */
static void long_names(void **unused)
{
        (void) unused;
        for (size_t n = 40; n < 60; n++) {
                CLEANUP_STRBUF struct strbuf text = { 0 }, expected = { 0 };
                size_t whole = strlen("device ") + n;

                strbuf_add(&text, "[device ");
                for (size_t i = 0; i < n; i++)
                        strbuf_add(&text, "n");
                if (whole > 49)
                        strbuf_addf(&expected, "c:1: %s]: the name is %zu bytes long; at most 49 are read\n",
                                    text.text, whole);
                strbuf_add(&text, "]\naddress = 01:00.0\n");
                assert_diags(text.text, expected.text ? expected.text : "");
        }
}

static void traps(void **unused)
{
        /* To inih the indented line is a second value of address, and expect is never a key. */
        CLEANUP(config_freep)
        struct config *config = parse_good("[device d]\naddress = 01:00.0\n    expect = 10de:2487\n\tdriver = auto\n");
        const struct config_section *d = config->sections[0];

        (void) unused;
        assert_string_equal(d->selector.text, "01:00.0");
        assert_string_equal(d->expect_text, "10de:2487");
        assert_string_equal(d->driver, "auto");
        /* To inih a section is the same as one before, and an empty one is nothing. */
        assert_diags("[device d]\naddress = 01:00.0\n[module kvm]\n[device d]\nexpect = 10de:2487\n",
                     "c:4: [device d]: the section exists already, in line 1\n");
        assert_diags("[module kvm]\n[module kvm]\n", "c:2: [module kvm]: the section exists already, in line 1\n");
        /* Keys after a refused header belong to nobody: they are not told as the section's before it. */
        assert_diags("[device d]\naddress = 01:00.0\n[devcie e]\naddress = 02:00.0\n",
                     "c:3: [devcie]: unknown kind of section; did you mean [device e]?\n");
}

/* A file that has mistakes spoils nothing of the next, and files are told in their order. */
static void line_numbers(void **unused)
{
        static const struct test_file files[] = {
                { "a", "\n\n[device d]\r\n\r\naddress = x\r\n", 0 },
                { "b", "\xef\xbb\xbf# c\n[device e]\n  # d\n  address = y", 0 },
        };
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP(config_freep) struct config *config = parse_files(files, 2, &diags);

        (void) unused;
        assert_int_equal(config->n_files, 2);
        assert_int_equal(diags.n, 2);
        assert_string_equal(diags.items[0].file, "a");
        assert_int_equal(diags.items[0].line, 5);
        assert_string_equal(diags.items[1].file, "b");
        assert_int_equal(diags.items[1].line, 4);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(keys_that_do_not_fit),
                cmocka_unit_test(vf_selectors),
                cmocka_unit_test(rivals),
                cmocka_unit_test(long_names),
                cmocka_unit_test(traps),
                cmocka_unit_test(line_numbers),
                cmocka_unit_test(one_vf_written_in_two_ways),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
