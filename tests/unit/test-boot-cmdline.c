/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of the kernel command line as the kernel reads them, put in and taken out again. */
#include "unit/kit.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "boot/boot-cmdline.h"
#include "boot/boot-generated.h"

static void words(void **unused)
{
        static const struct {
                const char *text, *expected;
        } cases[] = {
                { "", "" },
                { "  \n\t ", "" },
                { "a b=c", "[a][b=c]" },
                { " quiet\tro\r\n", "[quiet][ro]" },
                { "dyndbg=\"file a +p\" x", "[dyndbg=\"file a +p\"][x]" },
                { "\"a b=c d\" x", "[\"a b=c d\"][x]" },
                { "a \"b", "[a][\"b]" },       /* a quote without an end */
                { "a -- b", "[a]" },           /* init's */
                { "a --b -- c", "[a][--b]" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_STRBUF struct strbuf b = { 0 };
                const char *rest = cases[i].text;
                struct cmdline_word w;

                strbuf_add(&b, "");
                while (cmdline_next(&rest, &w))
                        strbuf_addf(&b, "[%.*s]", (int) w.len, w.text);
                assert_text_of(cases[i].text, b.text, cases[i].expected);
        }
}

static void has(void **unused)
{
        static const struct {
                const char *text, *word;
                bool expected;
        } cases[] = {
                { "intel_iommu=on", "intel_iommu=on", true },
                { "intel-iommu=on", "intel_iommu=on", true }, /* the same to the kernel */
                { "vfio_pci.ids=1:2", "vfio-pci.ids=1:2", true },
                { "intel_iommu=\"on\"", "intel_iommu=on", true },
                { "\"intel_iommu=on\"", "intel_iommu=on", true },
                { "quiet", "quiet", true },
                { "intel_iommu=on,sm_on", "intel_iommu=on", false },
                { "xintel_iommu=on", "intel_iommu=on", false },
                { "intel_iommu=o", "intel_iommu=on", false },
                { "intel_iommu", "intel_iommu=on", false },
                { "INTEL_IOMMU=on", "intel_iommu=on", false },
                { "a -- intel_iommu=on", "intel_iommu=on", false },
                { "x=\"intel_iommu=on \" y", "intel_iommu=on", false },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                if (cmdline_has(cases[i].text, cases[i].word) != cases[i].expected)
                        fail_msg("%s in %s", cases[i].word, cases[i].text);
}

static void answers(void **unused)
{
        (void) unused;
        assert_int_equal(cmdline_intel_iommu("quiet iommu=pt"), CMDLINE_SILENT);
        assert_int_equal(cmdline_intel_iommu("intel_iommu=on"), CMDLINE_YES);
        assert_int_equal(cmdline_intel_iommu("intel_iommu=sm_on,on"), CMDLINE_YES);
        assert_int_equal(cmdline_intel_iommu("intel_iommu=sm_on"), CMDLINE_SILENT);
        assert_int_equal(cmdline_intel_iommu("intel_iommu=on intel_iommu=off"), CMDLINE_NO);
        assert_int_equal(cmdline_intel_iommu("intel_iommu=off intel_iommu=on"), CMDLINE_YES);
        assert_int_equal(cmdline_intel_iommu("intel_iommu=off -- intel_iommu=on"), CMDLINE_NO);
        assert_int_equal(cmdline_gvt("i915.enable_gvt=1"), CMDLINE_YES);
        assert_int_equal(cmdline_gvt("i915.enable-gvt=Y"), CMDLINE_YES);
        assert_int_equal(cmdline_gvt("i915.enable_gvt"), CMDLINE_YES);
        assert_int_equal(cmdline_gvt("i915.enable_gvt=1 i915.enable_gvt=0"), CMDLINE_NO);
        assert_int_equal(cmdline_gvt("i915.enable_guc=1"), CMDLINE_SILENT);
        assert_true(cmdline_value_has("", 0, ""));
        assert_true(cmdline_value_has("a,b", 3, "b"));
        assert_false(cmdline_value_has("a,bc", 4, "b"));
}

/* The word goes where it counts, and taken out again the text is what it was, byte for byte. */
static void there_and_back(void **unused)
{
        static const struct {
                const char *text, *with;
        } cases[] = {
                { "root=/dev/vda quiet\n", "root=/dev/vda quiet w=1\n" },
                { "root=/dev/vda quiet", "root=/dev/vda quiet w=1" },
                { "root=/dev/vda  quiet \t\n", "root=/dev/vda  quiet w=1 \t\n" },
                { "root=/dev/vda\r\n", "root=/dev/vda w=1\r\n" },
                { "a -- single\n", "a w=1 -- single\n" },
                { "-- single\n", "w=1 -- single\n" },
                { "a\nb\n", "a\nb w=1\n" },
                { "# w=1\na\n# b\n", "# w=1\na w=1\n# b\n" },
                { "x=\"a b\"\n\n", "x=\"a b\" w=1\n\n" },
                { "w=2 a\n", "w=2 a w=1\n" },
                { "", "w=1\n" },
                { "# nothing\n", "# nothing\nw=1\n" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_FREE char *with = cmdline_add(cases[i].text, "w=1"), *without = NULL;

                assert_text_of(cases[i].text, with, cases[i].with);
                assert_int_equal(cmdline_take_out(with, "w=1", &without), 1);
                assert_text_of(cases[i].text, without, cases[i].text);
        }
}

static void take_out(void **unused)
{
        static const struct {
                const char *text, *left;
                int found;
        } cases[] = {
                { "a b\n", "a b\n", 0 },
                { "", "", 0 },
                { "a w=1 b\n", "a b\n", 1 },
                { "w=1 b\n", "b\n", 1 },
                { "w=1", "", 1 },
                { "a w=1 b w=1 c\n", "a w=1 b c\n", 1 }, /* the last: that one was added */
                { "a\nw=1\nb\n", "a\nb\n", 1 },
                { "a -- w=1\n", "a -- w=1\n", 0 },
                { "# w=1\n", "# w=1\n", 0 },
                { "a ww=1 w=12\n", "a ww=1 w=12\n", 0 },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_FREE char *left = NULL;

                assert_int_equal(cmdline_take_out(cases[i].text, "w=1", &left), cases[i].found);
                assert_text_of(cases[i].text, left, cases[i].left);
        }
}

static void as_file(void **unused)
{
        static const char *const cases[][2] = {
                { "BOOT_IMAGE=/vmlinuz root=UUID=1  ro quiet\n", "root=UUID=1 ro quiet\n" },
                { "initrd=\\a\\b root=1 initrd=\\c x=\"a b\" -- s", "root=1 x=\"a b\"\n" },
                { "root=1 -- x", "root=1 -- x\n" },
                { "root=1 passthru.off passthru.skip=gpu single S 1 rescue emergency systemd.unit=rescue.target init=/bin/bash "
                  "break=mount rd.break quiet", "root=1 quiet\n" },
                { "root=1 systemd.unit=multi-user.target init=/sbin/openrc-init 3", "root=1 systemd.unit=multi-user.target "
                  "init=/sbin/openrc-init 3\n" },
                { "", "\n" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_FREE char *text = cmdline_as_file(cases[i][0]);

                assert_text_of(cases[i][0], text, cases[i][1]);
        }
}

static void generated(void **unused)
{
        static const char cfg[] = "set linux=1\nif x; then\n  linuxx /a no\nfi\nmenuentry 'D' {\n"
                                  "\tlinux\t/boot/vmlinuz-6 root=UUID=1 ro  quiet a=b\n\tinitrd /i\n}\n"
                                  "menuentry 'R' {\n\tlinux /boot/vmlinuz-6 single\n}\n";
        CLEANUP_FREE char *grub = NULL, *efi = NULL, *entry = NULL, *none = NULL;

        (void) unused;
        assert_int_equal(grub_cfg_cmdline(cfg, &grub), 0);
        assert_string_equal(grub, " root=UUID=1 ro  quiet a=b");
        assert_int_equal(grub_cfg_cmdline("linuxefi /vmlinuz\nlinux /x y\n", &efi), 0);
        assert_string_equal(efi, "");
        assert_int_equal(grub_cfg_cmdline("menuentry 'linux /a' {\n}\nlinux\nlinux \n", &none), -2 /* ENOENT */);
        entry = loader_entry_cmdline("title linux\noptions root=1 a\nlinux /x\noptions\tb\noptionsx c\n");
        assert_string_equal(entry, "root=1 a b");
        assert_true(loader_entry_is_of("5f1d-6.12.9-1-amd64.conf", "6.12.9-1-amd64"));
        assert_true(loader_entry_is_of("a-b-6.1.conf", "6.1"));
        assert_true(loader_entry_is_of("debian-6.1+3-1.conf", "6.1"));
        assert_false(loader_entry_is_of("debian-6.1.2.conf", "6.1"));
        assert_false(loader_entry_is_of("6.1.conf", "6.1"));
        assert_false(loader_entry_is_of("debian-6.1+x.conf", "6.1"));
        assert_false(loader_entry_is_of("debian-6.1", "6.1"));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(words),    cmocka_unit_test(has),     cmocka_unit_test(answers),   cmocka_unit_test(there_and_back),
                cmocka_unit_test(take_out), cmocka_unit_test(as_file), cmocka_unit_test(generated),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
