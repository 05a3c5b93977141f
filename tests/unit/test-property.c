/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be set of a VF: its words, and the mistakes of [vf] sections. */
#include "unit/kit.h"

#include <errno.h>
#include <stdlib.h>

#include "config/guard-kind.h"
#include "property/property.h"

#define ALL                                                                                                           \
        "mac=52:54:00:12:34:56 vlan=100 qos=3 vlan-protocol=802.1ad spoofchk=yes trust=no link-state=disable "        \
        "min-tx-rate=10 max-tx-rate=none query-rss=yes node-guid=02:11:22:33:44:55:66:77 "                            \
        "port-guid=f2:11:22:33:44:55:66:77 msix-count=16"

static char *text_of(const char *text)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        struct values values;

        assert_int_equal(values_text_parse(text, &values), 0);
        values_text_format(&values, &b);
        return strbuf_steal(&b);
}

static void texts(void **unused)
{
        /* What is read is written the same, in one order. What is there may be what nobody would ask for. */
        static const char *const cases[][2] = {
                { ALL, ALL },
                { "", "" },
                { "  trust=-\tvlan=none ", "vlan=none trust=-" },
                { "mac=00:00:00:00:00:00", "mac=00:00:00:00:00:00" },
                { "vlan-protocol=802.1Q link-state=AUTO", "vlan-protocol=802.1q link-state=auto" },
                { "max-tx-rate=4294967295", "max-tx-rate=4294967295" },
        };
        static const char *const bad[] = {
                "vlan",
                "vlan=",
                "vlan=x",
                "vlam=1",
                "=1",
                "mac=1",
                "link-state=up",
                "trust=2",
                "max-tx-rate=4294967296",
                "vlan-protocol=33024",
                "mac=52:54:00:12:34:56:52:54:00:12:34:56:52:54:00:12:34:56:52:54:00:12:34:56:52"
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_FREE char *text = text_of(cases[i][0]);

                assert_text_of(cases[i][0], text, cases[i][1]);
        }
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                struct values values = { .known = 1 };

                assert_int_equal(values_text_parse(bad[i], &values), -EINVAL);
                assert_int_equal(values.known, 1);
        }
}

static void differences(void **unused)
{
        static const struct {
                const char *wanted, *have, *names, *words;
        } cases[] = {
                { ALL, ALL, "", "" },
                { "vlan=5", "vlan=6 qos=3", "vlan", "vlan 5" },
                { "vlan=5 qos=1", "vlan=6 qos=3", "vlan, qos", "vlan 5, qos 1" },
                { "trust=yes", "vlan=6", "trust", "trust yes" }, /* not known: another */
                { "trust=yes", "trust=-", "trust", "trust yes" },
                { "", "vlan=6", "", "" },
                { "mac=52:54:00:12:34:56", "mac=52:54:00:12:34:57", "mac", "mac 52:54:00:12:34:56" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_STRBUF struct strbuf names = { 0 }, words = { 0 };
                struct values wanted, have;
                uint64_t mask;

                assert_int_equal(values_text_parse(cases[i].wanted, &wanted), 0);
                assert_int_equal(values_text_parse(cases[i].have, &have), 0);
                mask = values_difference(&wanted, &have);
                property_names_format(mask, &names);
                values_words_format(&wanted, mask, &words);
                assert_text_of(cases[i].wanted, names.text ? names.text : "", cases[i].names);
                assert_text_of(cases[i].wanted, words.text ? words.text : "", cases[i].words);
        }
}

/* Every property is in one group, which one property leads. */
static void groups(void **unused)
{
        (void) unused;
        for (enum property p = 0; p < PROPERTY_MAX; p++) {
                size_t leaders = 0;

                assert_true(property_group(p) & PROPERTY_BIT(p));
                for (enum property q = 0; q < PROPERTY_MAX; q++)
                        if (property_group(p) & PROPERTY_BIT(q)) {
                                assert_int_equal(property_group(q), property_group(p));
                                leaders += property_leads_group(q);
                        }
                assert_int_equal(leaders, 1);
        }
        assert_int_equal(property_group(PROPERTY_QOS), PROPERTY_BIT(PROPERTY_VLAN) | PROPERTY_BIT(PROPERTY_QOS) |
                                                               PROPERTY_BIT(PROPERTY_VLAN_PROTOCOL));
        assert_int_equal(property_group(PROPERTY_MIN_TX_RATE),
                         PROPERTY_BIT(PROPERTY_MIN_TX_RATE) | PROPERTY_BIT(PROPERTY_MAX_TX_RATE));
}

#define UP "[sriov up]\naddress = 03:00.0\nvfs = 8\n" /* 3 lines */
#define NAMES ": expected [vf NAME/N] or [vf NAME/N-M], VFs of [sriov NAME] counted from 0, such as [vf uplink/0]\n"

static void names(void **unused)
{
        static const struct {
                const char *text, *diags;
        } cases[] = {
                { UP "[vf up/7]\nvlan = 1\n[vf up/0-6]\nvlan = 2\n", "" },
                { "[vf up/0]\n" UP, "" }, /* the order is free */
                { UP "[vf up]\n", "c:4: [vf up]" NAMES },
                { UP "[vf]\n", "c:4: [vf]: the name is missing; expected [vf NAME]\n" },
                { UP "[vf up/]\n", "c:4: [vf up/]" NAMES },
                { UP "[vf up/x]\n", "c:4: [vf up/x]" NAMES },
                { UP "[vf up/-1]\n", "c:4: [vf up/-1]" NAMES },
                { UP "[vf up/3-1]\n", "c:4: [vf up/3-1]: 3 is above 1; expected the lower number first\n" },
                { UP "[vf up/1-]\n", "c:4: [vf up/1-]" NAMES },
                { UP "[vf up/1-2-3]\n", "c:4: [vf up/1-2-3]" NAMES },
                { UP "[vf /1]\n", "c:4: [vf /1]" NAMES },
                { UP "[vf up/99999]\n", "c:4: [vf up/99999]" NAMES },
                { UP "[vf upp/1]\n", "c:4: [vf upp/1]: there is no section [sriov upp]; did you mean up?\n" },
                { UP "[vf up/8]\n", "c:4: [vf up/8]: [sriov up] makes 8 VFs, 0 to 7 (c:3)\n" },
                { "[sriov up]\naddress = 03:00.0\nvfs = 1\n[vf up/1]\n",
                  "c:4: [vf up/1]: [sriov up] makes 1 VF, number 0 (c:3)\n" },
                { "[sriov up]\naddress = 03:00.0\nvfs = 0\n[vf up/0]\n",
                  "c:4: [vf up/0]: [sriov up] makes no VFs (c:3)\n" },
                { "[sriov up]\naddress = 03:00.0\nvfs = eight\n[vf up/0]\n",
                  "c:3: vfs = eight: expected a number up to 65535, or max\n" },
                { UP "[vf up/5-8]\n", "c:4: [vf up/5-8]: [sriov up] makes 8 VFs, 0 to 7 (c:3)\n" },
                /* One name, however it is written. */
                { UP "[vf up/1]\n[vf up/01]\n", "c:5: [vf up/1]: the section exists already, in line 4\n" },
                { UP "[vf up/1]\n[vf up/1-1]\n", "c:5: [vf up/1]: the section exists already, in line 4\n" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_diags(cases[i].text, cases[i].diags);
}

static void contradictions(void **unused)
{
        static const struct {
                const char *text, *diags;
        } cases[] = {
                /* A narrower one refines a wider one, in whichever order. */
                { UP "[vf up/0-3]\n[vf up/3]\n", "" },
                { UP "[vf up/3]\n[vf up/0-3]\n", "" },
                { UP "[vf up/0-7]\n[vf up/1-3]\n[vf up/2]\n", "" },
                { UP "[vf up/0-3]\n[vf up/3-5]\n", "c:5: [vf up/3-5]: VF 3 of [sriov up] has a section already, [vf "
                                                   "up/0-3] (c:4), and neither is within the other\n" },
                { UP "[vf up/3-5]\n[vf up/0-3]\n", "c:5: [vf up/0-3]: VF 3 of [sriov up] has a section already, [vf "
                                                   "up/3-5] (c:4), and neither is within the other\n" },
                { UP "[vf up/0-7]\n[device d]\naddress = up/2\n",
                  "c:5: [device d]: VF 2 of [sriov up] has a section already, [vf up/0-7] (c:4); [vf] takes driver "
                  "too\n" },
                { UP "[vf up/0-2]\n[vf up/3-5]\n", "" },
                { UP "[vf up/0-2]\nenabled = no\n[vf up/1]\n", "" },
                { UP "[device d]\naddress = up/2\n[vf up/1-2]\n",
                  "c:6: [vf up/1-2]: VF 2 of [sriov up] has a section already, [device d] (c:4); [vf] takes driver "
                  "too\n" },
                { UP "[device d]\naddress = up/2\n[vf up/1]\n", "" },
                { UP "[sriov two]\naddress = 04:00.0\nvfs = 2\n[vf up/1]\n[vf two/1]\n", "" },
                { UP "[vf up/0]\nmac = 52:54:00:00:00:01\n[vf up/1]\nmac = 52:54:00:00:00:01\n",
                  "c:7: [vf up/1]: the mac is already used by [vf up/0] (c:4)\n" },
                /* What is refused is nobody's. */
                { UP "[vf up/0]\nmac = 52-54-00-12-34-56\n[vf up/1]\nmac = 525400123456\n[vf up/2]\nmac = "
                     "01:00:5e:00:00:01\n"
                     "[vf up/3]\nmac = 00:00:00:00:00:00\n",
                  "c:5: mac = 52-54-00-12-34-56: expected a MAC address with colons, such as 52:54:00:12:34:56\n"
                  "c:7: mac = 525400123456: expected a MAC address with colons, such as 52:54:00:12:34:56\n"
                  "c:9: mac = 01:00:5e:00:00:01: a multicast address can't be a device's\n"
                  "c:11: mac = 00:00:00:00:00:00: no device has that address\n" },
                { UP "[vf up/0-1]\nmac = 52:54:00:00:00:01\n",
                  "c:5: mac: one for 2 VFs; add +N to count from it, give each a section of its own, or set vf-mac = "
                  "stable in [sriov up]\n" },
                /* What is counted: each VF's is its own. */
                { UP "[vf up/0-7]\nmac = 52:54:00:00:00:01+N\nvlan = 4087 + N\n", "" },
                { UP "[vf up/0-7]\nvlan = 4088+N\n",
                  "c:5: vlan = 4088+N: VF 7 would have 4095; expected a VLAN from 1 to 4094, or none\n" },
                { UP "[vf up/2-3]\nmac = fe:ff:ff:ff:ff:fd+N\n",
                  "c:5: mac = fe:ff:ff:ff:ff:fd+N: VF 3 would have ff:00:00:00:00:00; expected a MAC address with colons, such as 52:54:00:12:34:56\n" },
                { UP "[vf up/0-1]\nvlan = 0+N\n",
                  "c:5: vlan = 0+N: expected the value for VF 0 and +N, with nothing after the N\n" },
                { UP "[vf up/0-1]\nqos = 1+N\n", "c:5: qos = 1+N: expected a priority from 0 to 7\n" },
                { UP "[vf up/0-3]\nmac = 52:54:00:00:00:01+N\n[vf up/2]\nmac = 52:54:00:00:00:03\n", "" },
                { UP "[vf up/0-3]\nmac = 52:54:00:00:00:01+N\n[vf up/2]\nmac = 52:54:00:00:00:02\n",
                  "c:7: [vf up/2]: the mac is already used by [vf up/0-3] (c:4)\n" },
                { UP "[vf up/0]\nqos = 3\n", "c:5: qos: requires vlan, which the section does not set\n" },
                { UP "[vf up/0]\nvlan = none\nvlan-protocol = 802.1ad\n",
                  "c:6: vlan-protocol: requires vlan, which the section does not set\n" },
                { UP "[vf up/0]\nmax-tx-rate = 10\nmin-tx-rate = 20\n",
                  "c:6: min-tx-rate is above max-tx-rate (c:5)\n" },
                { UP "[vf up/0]\nmax-tx-rate = none\nmin-tx-rate = 20\n", "" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_diags(cases[i].text, cases[i].diags);
}

/* What [sriov] says holds for its VFs' sections; a later file gives single keys anew. */
static void inheritance(void **unused)
{
        static const struct test_file files[] = {
                { "a",
                  "[sriov up]\naddress = 03:00.0\nvfs = 2\nvf-driver = host\nrequired = no\ngroup = ignore\nforce = "
                  "network\n"
                  "[vf up/0]\nvlan = 5\ntrust = yes\n[vf up/1]\ndriver = vfio-pci\nrequired = yes\n"
                  "[sriov off]\naddress = 04:00.0\nvfs = 1\nenabled = no\n[vf off/0]\n",
                  0 },
                { "b", "[vf up/0]\nvlan = 6\n", 0 },
        };
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP(config_freep) struct config *config = parse_files(files, 2, &diags);
        const struct config_section *first = config_find(config, SECTION_VF, "up/0");
        const struct config_section *second = config_find(config, SECTION_VF, "up/1");

        (void) unused;
        assert_int_equal(diags.n, 0);
        assert_string_equal(first->driver, "host");
        assert_string_equal(second->driver, "vfio-pci");
        assert_true(!first->required && second->required && first->force == GUARD_BIT(GUARD_NETWORK) &&
                    first->group == GROUP_IGNORE);
        assert_int_equal(first->values.known, PROPERTY_BIT(PROPERTY_VLAN) | PROPERTY_BIT(PROPERTY_TRUST));
        assert_int_equal(first->values.value[PROPERTY_VLAN], 6);
        assert_int_equal(first->values.value[PROPERTY_TRUST], 1);
        assert_string_equal(config_loc_of(first, KEY_PROPERTY + PROPERTY_VLAN)->file, "b");
        assert_string_equal(config_loc_of(first, KEY_PROPERTY + PROPERTY_TRUST)->file, "a");
        assert_false(config_find(config, SECTION_VF, "off/0")->enabled);
}

/* A narrower section has what the wider ones around it say, the narrowest of them first. */
static void refinement(void **unused)
{
        static const char text[] =
                UP "[vf up/2]\nvlan = none\n[vf up/1-3]\ndriver = host\nqos = 3\nvlan = 7\ntrust = no\n"
                   "[vf up/0-7]\ndriver = none\nrequired = no\nspoofchk = no\ntrust = yes\n"
                   "mac = 52:54:00:00:00:01+N\n[vf up/6]\nenabled = no\n";
        CLEANUP(config_freep) struct config *config = parse_good(text);
        const struct config_section *one = config_find(config, SECTION_VF, "up/2"),
                                    *some = config_find(config, SECTION_VF, "up/1-3"),
                                    *all = config_find(config, SECTION_VF, "up/0-7");
        static const unsigned of_some[] = { 1, 3 }, of_all[] = { 0, 4, 5, 6, 7 };

        (void) unused;
        assert_string_equal(one->driver, "host");
        assert_string_equal(some->driver, "host");
        assert_string_equal(all->driver, "none");
        assert_false(one->required || some->required || all->required);
        assert_true(values_have(&one->values, PROPERTY_VLAN) && one->values.value[PROPERTY_VLAN] == 0);
        assert_false(values_have(&one->values, PROPERTY_QOS)); /* of a VLAN that it does not have */
        assert_int_equal(some->values.value[PROPERTY_QOS], 3);
        assert_int_equal(one->values.value[PROPERTY_TRUST], 0);
        assert_true(values_have(&one->values, PROPERTY_SPOOFCHK));
        assert_int_equal(one->values.counted, PROPERTY_BIT(PROPERTY_MAC));
        assert_ptr_equal(config_vf_owner(config, "up", 2), one);
        for (size_t i = 0; i < ARRAY_SIZE(of_some); i++)
                assert_ptr_equal(config_vf_owner(config, "up", of_some[i]), some);
        for (size_t i = 0; i < ARRAY_SIZE(of_all); i++)
                assert_ptr_equal(config_vf_owner(config, "up", of_all[i]), all);
        assert_null(config_vf_owner(config, "up", 8));
        assert_null(config_vf_owner(config, "down", 2));
        assert_ptr_equal(config_find_vf(config, "up/2"), one);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(texts),      cmocka_unit_test(differences),    cmocka_unit_test(groups),
                cmocka_unit_test(names),      cmocka_unit_test(contradictions), cmocka_unit_test(inheritance),
                cmocka_unit_test(refinement),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
