/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of the kernel command line: what they disable, and what only looks like them. */
#include "unit/kit.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "config/cmdline.h"
#include "unit/tree.h"

static const char text[] = "[passthru]\ndriver = vfio-pci\n"
                           "[device gpu]\naddress = 0000:01:00.0\n"
                           "[device hba]\naddress = 0000:03:00.0\n"
                           "[sriov uplink]\naddress = 0000:05:00.0\nvfs = 2\n"
                           "[mdev gpu]\nparent = mtty\ntype = mtty-1\n"
                           "[device off]\naddress = 0000:07:00.0\nenabled = no\n";

/* The sections that are left enabled, "kind name kind name…", or "off". */
static char *left(const char *root)
{
        CLEANUP(config_freep) struct config *config = parse_good(text);
        CLEANUP(sys_freep) struct sys *sys = NULL;
        CLEANUP_STRBUF struct strbuf b = { 0 };
        bool off = true;

        assert_int_equal(sys_open(root, &sys), 0);
        cmdline_apply(sys, config, &off);
        strbuf_add(&b, off ? "off" : "");
        for (size_t i = 0; i < config->n_sections && !off; i++) {
                const struct config_section *s = config->sections[i];

                /* What the file disables is not skipped: it is told apart in status. */
                assert_int_equal(s->skipped, !s->enabled && !streq(s->name, "off"));
                if (s->kind == SECTION_DEFAULTS)
                        assert_true(s->enabled); /* has no name to be skipped by, nor the empty one */
                else if (s->enabled)
                        strbuf_addf(&b, "%s%s %s", b.len > 0 ? " " : "", section_kind_name(s->kind), s->name);
        }
        return strbuf_steal(&b);
}

static void words(void **unused)
{
        static const char all[] = "device gpu device hba sriov uplink mdev gpu";
        static const struct {
                const char *cmdline, *left;
        } cases[] = {
                { "BOOT_IMAGE=/vmlinuz root=/dev/sda1 quiet\n", all },
                { "", all },
                { "quiet passthru.off\n", "off" },
                { "passthru.off\tquiet", "off" },
                { "passthru.skip=gpu passthru.off", "off" },
                { "passthru.skip=hba\n", "device gpu sriov uplink mdev gpu" },
                { "passthru.skip=gpu\n", "device hba sriov uplink" }, /* all of that name */
                { "passthru.skip=hba,uplink quiet\n", "device gpu mdev gpu" },
                { "passthru.skip=hba  passthru.skip=uplink\n", "device gpu mdev gpu" },
                { "passthru.skip=,hba,,no-such,\n", "device gpu sriov uplink mdev gpu" },
                { "passthru.skip=\n", all },
                { "passthru.skip=passthru\n", all },
                { "passthru.offline passthru.off=1 xpassthru.off passthru.skip hba\n", all },
                { "xpassthru.skip=hba PASSTHRU.OFF\n", all },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_TREE char *root = tree_new();
                CLEANUP_FREE char *found = NULL;

                tree_file(root, "proc/cmdline", cases[i].cmdline);
                found = left(root);
                assert_text_of(cases[i].cmdline, found, cases[i].left);
        }
}

/* One that can't be read says nothing: neither off, nor what was off before. */
static void no_command_line(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_FREE char *none = left(root), *directory = NULL, *large = malloc(70001), *cut = NULL;

        (void) unused;
        assert_string_equal(none, "device gpu device hba sriov uplink mdev gpu");
        tree_dir(root, "proc/cmdline");
        directory = left(root);
        assert_string_equal(directory, none);
        tree_remove(STEAL(root));
        root = tree_new();
        assert_non_null(large);
        memset(large, ' ', 70000);
        memcpy(large, "passthru.off", strlen("passthru.off"));
        large[70000] = '\0';
        tree_file(root, "proc/cmdline", large);
        cut = left(root);
        assert_string_equal(cut, none);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(words),
                cmocka_unit_test(no_command_line),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
