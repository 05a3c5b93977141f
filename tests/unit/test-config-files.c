/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Several files together: what a later one overrides, and what is a mistake in one file but not in two. */
#include "unit/kit.h"

#include <stdio.h>

static struct config_section *section(const struct config *config, enum section_kind kind, const char *name)
{
        struct config_section *s = config_find(config, kind, name);

        assert_non_null(s);
        return s;
}

static struct config *two(const char *first, const char *second, const char *mistakes)
{
        const struct test_file files[] = { { "a", first, 0 }, { "b", second, 0 } };
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        struct config *config = parse_files(files, 2, &diags);
        CLEANUP_FREE char *found = diags_text(&diags);

        assert_text_of(second, found, mistakes);
        return config;
}

static void single_keys(void **unused)
{
        CLEANUP(config_freep)
        struct config *config =
                two("[passthru]\ngroup = whole\nsettle-timeout = 5\n"
                    "[device gpu]\naddress = 01:00.0\nexpect = 10de:2487\nfunctions = all\ndriver = auto\n",
                    "[device gpu]\nexpect = 10de:2488\nrequired = no\n[passthru]\nsettle-timeout = 500ms\n", "");
        const struct config_section *gpu = section(config, SECTION_DEVICE, "gpu");

        (void) unused;
        assert_int_equal(config->n_files, 2);
        assert_int_equal(config->n_sections, 2); /* [passthru] and the gpu, once each */
        assert_true(config->settle_timeout == 500000);
        assert_string_equal(gpu->expect_text, "10de:2488");
        assert_int_equal(gpu->expect.device, 0x2488);
        assert_string_equal(gpu->selector.text, "01:00.0");
        assert_string_equal(gpu->driver, "auto");
        assert_true(gpu->all_functions);
        assert_false(gpu->required);
        assert_int_equal(gpu->group, GROUP_WHOLE);
        /* Messages point to the file that had the last word. */
        assert_string_equal(config_loc_of(gpu, KEY_EXPECT)->file, "b");
        assert_int_equal(config_loc_of(gpu, KEY_EXPECT)->line, 2);
        assert_string_equal(config_loc_of(gpu, KEY_ADDRESS)->file, "a");
        assert_int_equal(config_loc_of(gpu, KEY_ADDRESS)->line, 5);
}

/* An empty value takes back what an earlier file says, and nothing else. */
static void taken_back(void **unused)
{
        CLEANUP(config_freep)
        struct config *config =
                two("[passthru]\nsettle-timeout = 5\nwrite-timeout = 3\n"
                    "[device hba]\nid = 1000:0097\ncount = 2\nd3cold = no\nexpect = 1000:0097\n"
                    "[module kvm]\nignore_msrs = 1\nhalt_poll_ns = 5\n"
                    "[sriov up]\nid = 8086:1521\nvfs = 4\nmtu = 9000\n[vf up/1]\nvlan = 5\nmac = 52:54:00:00:00:01\n"
                    "[mdev m]\nparent = mtty\ntype = t\nattr = a=1\nattr = b=2\n",
                    "[passthru]\nsettle-timeout =\n[device hba]\naddress = 03:00.0\nexpect =\n[module "
                    "kvm]\nignore_msrs =\n"
                    "[sriov up]\nmtu =\nid =\npath = 0000:00:1c.0/00.0\n[vf up/1]\nvlan =\n[mdev m]\nattr =\n",
                    "");
        const struct config_section *hba = section(config, SECTION_DEVICE, "hba"),
                                    *kvm = section(config, SECTION_MODULE, "kvm"),
                                    *up = section(config, SECTION_SRIOV, "up"),
                                    *vf = section(config, SECTION_VF, "up/1");

        (void) unused;
        assert_true(config->settle_timeout == SETTLE_TIMEOUT_DEFAULT);
        assert_true(config->write_timeout == 3000000);
        assert_string_equal(hba->selector.text, "03:00.0");
        assert_int_equal(hba->count, 1);
        assert_null(hba->expect_text);
        assert_false(config_has(hba, KEY_EXPECT));
        assert_int_equal(kvm->n_pairs, 1);
        assert_string_equal(kvm->pairs[0].name, "halt_poll_ns");
        assert_int_equal(up->values.known, 0);
        assert_int_equal(up->vfs, 4);
        assert_int_equal(up->selector.kind, SELECTOR_PATH);
        assert_int_equal(vf->values.known, PROPERTY_BIT(PROPERTY_MAC));
        assert_int_equal(vf->selector.vf_index, 1);
        assert_int_equal(section(config, SECTION_MDEV, "m")->n_pairs, 0);
}

/* There must be something to take back. */
static void nothing_to_take_back(void **unused)
{
        CLEANUP(config_freep)
        struct config *config = two("[device hba]\naddress = 03:00.0\n", "[device hba]\nexpect =\n",
                                    "b:2: expect: the value is missing; expected vendor:device or "
                                    "vendor:device:subvendor:subdevice in hex, such as 10de:2487\n");

        (void) unused;
        assert_non_null(config);
}

static void selectors(void **unused)
{
        static const struct {
                const char *key, *text;
                enum selector_kind kind;
        } later[] = {
                { "address = 02:00.0", "02:00.0", SELECTOR_ADDRESS },
                { "id = 10de:2487", "10de:2487", SELECTOR_ID },
                { "path = 0000:00:1c.0/00.0", "0000:00:1c.0/00.0", SELECTOR_PATH },
                { "interface = eth0", "eth0", SELECTOR_INTERFACE },
                { "mac = 52:54:00:12:34:56", "52:54:00:12:34:56", SELECTOR_MAC },
                { "serial = S1", "S1", SELECTOR_SERIAL },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(later); i++) {
                CLEANUP_FREE char *text = NULL;
                CLEANUP(config_freep) struct config *config = NULL;
                const struct config_section *gpu;

                assert_true(asprintf(&text, "[device gpu]\n%s\n", later[i].key) > 0);
                config = two("[device gpu]\naddress = 01:00.0\n", text, "");
                gpu = section(config, SECTION_DEVICE, "gpu");
                assert_int_equal(gpu->selector.kind, later[i].kind);
                assert_string_equal(gpu->selector.text, later[i].text);
        }
        /* One file still names its device once. */
        config_free(two("[device gpu]\naddress = 01:00.0\n", "[device gpu]\nid = 10de:2487\nserial = S1\n",
                        "b:3: serial: the section names its device already, by id in line 2; expected one of them\n"));
}

static void duplicates(void **unused)
{
        (void) unused;
        config_free(two("[device d]\naddress = 01:00.0\n", "[device d]\n[device d]\n",
                        "b:2: [device d]: the section exists already, in line 1\n"));
        config_free(two("[device d]\naddress = 01:00.0\n", "[device d]\ndriver = auto\ndriver = vfio-pci\n",
                        "b:3: driver: the key is set already, in line 2\n"));
        config_free(two("[module kvm]\na = 1\n", "[module kvm]\na = 2\na = 3\n",
                        "b:3: a: the key is set already, in line 2\n"));
        /* The name of one kind is free for another. */
        config_free(two("[device x]\naddress = 01:00.0\n", "[mdev x]\nparent = mtty\ntype = t\n[module x]\n", ""));
}

static void lists(void **unused)
{
        CLEANUP(config_freep)
        struct config *config =
                two("[mdev m]\nparent = mtty\ntype = t\nattr = a=1\nattr = b=2\nattr = a=3\n"
                    "[module kvm]\nignore_msrs = 1\nreport = 2\n",
                    "[mdev m]\nattr = c = 4 5\nattr = d=\n[module kvm]\nignore_msrs = 0\nhalt_poll_ns = 0x10\n", "");
        const struct config_section *m = section(config, SECTION_MDEV, "m"), *kvm;

        (void) unused;
        assert_int_equal(m->n_pairs, 2); /* the whole list is replaced */
        assert_string_equal(m->pairs[0].name, "c");
        assert_string_equal(m->pairs[0].value, "4 5");
        assert_string_equal(m->pairs[1].name, "d");
        assert_string_equal(m->pairs[1].value, "");
        assert_string_equal(m->pairs[1].loc.file, "b");
        assert_int_equal(m->pairs[1].loc.line, 3);
        kvm = section(config, SECTION_MODULE, "kvm");
        assert_int_equal(kvm->n_pairs, 3); /* a parameter is replaced alone */
        assert_string_equal(kvm->pairs[0].name, "ignore_msrs");
        assert_string_equal(kvm->pairs[0].value, "0");
        assert_string_equal(kvm->pairs[0].loc.file, "b");
        assert_string_equal(kvm->pairs[1].value, "2");
        assert_string_equal(kvm->pairs[2].name, "halt_poll_ns");
}

static void attributes_in_order(void **unused)
{
        CLEANUP(config_freep)
        struct config *config =
                parse_good("[mdev m]\nparent = mtty\ntype = t\nattr = a=1\nattr = b=x=y\nattr = a=1\n");
        const struct config_section *m = section(config, SECTION_MDEV, "m");

        (void) unused;
        assert_int_equal(m->n_pairs, 3);
        assert_string_equal(m->pairs[0].name, "a");
        assert_string_equal(m->pairs[1].value, "x=y");
        assert_string_equal(m->pairs[2].name, "a");
        assert_int_equal(m->pairs[2].loc.line, 6);
}

static void defaults(void **unused)
{
        CLEANUP(config_freep)
        struct config *config =
                parse_good("[device early]\naddress = 01:00.0\n"
                           "[passthru]\ndriver = auto\ngroup = ignore\nrequired = no\n"
                           "[device own]\naddress = 02:00.0\ndriver = pci-stub\ngroup = strict\nrequired = yes\n"
                           "[sriov up]\naddress = 03:00.0\nvfs = 1\n"
                           "[sriov down]\naddress = 04:00.0\nvfs = 1\nvf-driver = none\n"
                           "[mdev m]\nparent = mtty\ntype = t\n");
        static const struct {
                enum section_kind kind;
                const char *name, *driver;
                enum group_policy group;
                bool required;
        } expected[] = {
                { SECTION_DEVICE, "early", "auto", GROUP_IGNORE, false }, /* wherever [passthru] stands */
                { SECTION_DEVICE, "own", "pci-stub", GROUP_STRICT, true },
                { SECTION_SRIOV, "up", "auto", GROUP_IGNORE, false },
                { SECTION_SRIOV, "down", "none", GROUP_IGNORE, false },
                { SECTION_MDEV, "m", NULL, GROUP_IGNORE, false },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
                const struct config_section *s = section(config, expected[i].kind, expected[i].name);

                assert_true(streq_ptr(s->driver, expected[i].driver));
                assert_int_equal(s->group, expected[i].group);
                assert_int_equal(s->required, expected[i].required);
                assert_true(s->enabled);
        }
}

static void built_in_defaults(void **unused)
{
        CLEANUP(config_freep) struct config *config = parse_good("[device d]\naddress = 01:00.0\n");
        const struct config_section *d = section(config, SECTION_DEVICE, "d");

        (void) unused;
        assert_string_equal(d->driver, "vfio-pci");
        assert_int_equal(d->group, GROUP_STRICT);
        assert_true(d->required && d->enabled && !d->all_functions && !d->has_expect);
        assert_int_equal(d->count, 1);
        assert_true(config->settle_timeout == 10000000);
}

/* [passthru] enabled = no switches everything off, whatever a section says. */
static void all_off(void **unused)
{
        CLEANUP(config_freep)
        struct config *config =
                parse_good("[passthru]\nenabled = no\n[device d]\naddress = 01:00.0\nenabled = yes\n[module kvm]\n");

        (void) unused;
        assert_false(config->enabled);
        for (size_t i = 0; i < config->n_sections; i++)
                assert_false(config->sections[i]->enabled);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(taken_back),          cmocka_unit_test(nothing_to_take_back),
                cmocka_unit_test(single_keys),         cmocka_unit_test(selectors),
                cmocka_unit_test(duplicates),          cmocka_unit_test(lists),
                cmocka_unit_test(attributes_in_order), cmocka_unit_test(defaults),
                cmocka_unit_test(built_in_defaults),   cmocka_unit_test(all_off),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
