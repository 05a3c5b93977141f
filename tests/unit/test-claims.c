/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Claims: "surely not ours" is never said of what a section names, their bytes go both ways, and damaged ones are
 * refused. */
#include "unit/kit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/claims.h"

static const char text[] = "[passthru]\nvfio-group = kvm\n"
                           "[device one]\naddress = 0000:01:00.1\n"
                           "[device slot]\naddress = 02:00\n"
                           "[device card]\naddress = 0000:03:00.0\nfunctions = all\n"
                           "[device id]\nid = 10de:2484\n"
                           "[device any]\nid = 1002:*\ncount = all\n"
                           "[device path]\npath = 00:1c.0/0.0\n"
                           "[device vf]\naddress = pf/1\n"
                           "[device off]\naddress = 0000:0f:00.0\nenabled = no\n"
                           "[sriov pf]\naddress = 0000:05:00.0\nvfs = 2\n"
                           "[mdev m]\nparent = 0000:00:02.0\ntype = x\n"
                           "[mdev n]\nparent = mtty\ntype = x\n"
                           "[device bus]\nbus = ap\naddress = 03.0006\n";

static void build(const char *config_text, struct claims *c)
{
        CLEANUP(config_freep) struct config *config = parse_good(config_text);

        claims_build(config, c);
}

static bool named(const struct claims *c, const char *address, bool override)
{
        struct claims_query q = { 0 };

        assert_int_equal(pci_address_parse(address, false, &q.address, NULL), 0);
        return claims_match(c, &q, override);
}

static bool id_named(const struct claims *c, uint16_t vendor, uint16_t device)
{
        const struct claims_query q = { .address = { .bus = 0x77 }, .has_id = true, .vendor = vendor, .device = device };

        return claims_match(c, &q, true);
}

static void check(const struct claims *c)
{
        static const char *const claimed[] = { "0000:01:00.1", "0000:02:00.0", "0000:02:00.7", "0000:03:00.0", "0000:03:00.1" };
        static const char *const stay[] = { "0000:05:00.0", "0000:00:02.0" };
        static const char *const not_ours[] = { "0000:01:00.0", "0001:01:00.1", "0000:02:01.0", "0000:04:00.0",
                                                "0000:0f:00.0", "0000:05:00.1" };
        struct claims_query path = { .address = { .bus = 0x77 }, .path = "0000:00:1c.0/00.0" };

        for (size_t i = 0; i < ARRAY_SIZE(claimed); i++)
                assert_true(named(c, claimed[i], true) && named(c, claimed[i], false));
        for (size_t i = 0; i < ARRAY_SIZE(stay); i++)
                assert_true(!named(c, stay[i], true) && named(c, stay[i], false));
        for (size_t i = 0; i < ARRAY_SIZE(not_ours); i++)
                assert_false(named(c, not_ours[i], false));
        assert_true(id_named(c, 0x10de, 0x2484) && id_named(c, 0x1002, 0x1234));
        assert_false(id_named(c, 0x10de, 0x2485) || id_named(c, 0x8086, 0x2484));
        assert_true(claims_match(c, &path, true));
        path.path = "0000:00:1c.1/00.0";
        assert_false(claims_match(c, &path, true));
        assert_true(claims_match_parent(c, "mtty"));
        assert_false(claims_match_parent(c, "0000:00:02.0") || claims_match_parent(c, "matrix"));
        assert_true(claims_match_bus(c, "ap:03.0006"));
        assert_false(claims_match_bus(c, "css:03.0006") || claims_match_bus(c, "ap:03.0007") || claims_match_parent(c, "ap:03.0006"));
        assert_int_equal(c->flags, CLAIMS_ID | CLAIMS_PATH | CLAIMS_BUS | CLAIMS_SIBLINGS);
        assert_string_equal(c->vfio_group, "kvm");
}

static void matching(void **unused)
{
        CLEANUP_CLAIMS struct claims c = { 0 };

        (void) unused;
        build(text, &c);
        check(&c);
}

static void flags(void **unused)
{
        static const struct {
                const char *text;
                unsigned flags;
        } cases[] = {
                { "[device a]\naddress = 01:00.0\n", 0 },
                { "[device a]\naddress = 01:00.0\nfunctions = all\n", CLAIMS_SIBLINGS },
                { "[device a]\nid = 8086:10d3\nfunctions = all\n", CLAIMS_ID | CLAIMS_SIBLINGS },
                { "[device a]\naddress = 01:00.0\ngroup = whole\n", CLAIMS_GROUP },
                { "[passthru]\ngroup = whole\n[device a]\naddress = 01:00.0\n", CLAIMS_GROUP },
                { "[sriov a]\ninterface = eth0\nvfs = 1\n", CLAIMS_LATE },
                { "[device a]\nmac = 52:54:00:12:34:56\n", CLAIMS_MAC },
                { "[device a]\nserial = S4\n", CLAIMS_SERIAL },
                { "[device a]\nslot = 5\n", CLAIMS_SLOT },
                { "[device a]\nbus = css\naddress = x\ngroup = whole\n", CLAIMS_BUS },
                { "[device a]\nserial = S4\nenabled = no\n", 0 },
                { "[passthru]\nenabled = no\n[device a]\naddress = 01:00.0\ngroup = whole\n", 0 },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_CLAIMS struct claims c = { 0 };

                build(cases[i].text, &c);
                if (c.flags != cases[i].flags)
                        fail_msg("%s: flags %u, expected %u", cases[i].text, c.flags, cases[i].flags);
        }
}

/* What is in a slot is not to be told from an address: any may be. */
static void slots(void **unused)
{
        const struct claims_query q = { .address = { .bus = 1 } };
        CLEANUP_CLAIMS struct claims c = { 0 };

        (void) unused;
        build("[device a]\nslot = 5\n", &c);
        assert_true(claims_match(&c, &q, true) && claims_match(&c, &q, false));
}

/* What comes with a driver: names of interfaces, and serials. */
static void late(void **unused)
{
        CLEANUP_CLAIMS struct claims c = { 0 };

        (void) unused;
        build("[device a]\ninterface = eth0\n[device b]\nserial = S4EV\n", &c);
        assert_true(claims_match_interface(&c, "eth0") && claims_match_serial(&c, "S4EV"));
        assert_false(claims_match_interface(&c, "eth1") || claims_match_interface(&c, "S4EV") || claims_match_serial(&c, "eth0"));
        assert_int_equal(c.flags, CLAIMS_LATE | CLAIMS_SERIAL);
}

static void bytes(void **unused)
{
        CLEANUP_CLAIMS struct claims c = { 0 }, empty = { 0 }, back = { 0 };
        CLEANUP_FREE char *data = NULL, *none = NULL;
        size_t len = 0, none_len = 0;

        (void) unused;
        build(text, &c);
        claims_format(&c, &data, &len);
        assert_int_equal(claims_parse(data, len, &back), 0);
        check(&back);
        /* Cut anywhere, or with a byte too many, it is refused. */
        for (size_t n = 0; n < len; n++) {
                CLEANUP_FREE char *cut = malloc(n + 1);
                CLEANUP_CLAIMS struct claims damaged = { 0 };

                assert_non_null(cut);
                memcpy(cut, data, n);
                assert_int_equal(claims_parse(cut, n, &damaged), -EBADMSG);
        }
        data[0] ^= 1;
        claims_free(&back);
        assert_int_equal(claims_parse(data, len, &back), -EBADMSG);

        claims_format(&empty, &none, &none_len);
        assert_int_equal(claims_parse(none, none_len, &back), 0);
        assert_int_equal(back.n, 0);
        assert_null(back.vfio_group);
        assert_false(named(&back, "0000:00:00.0", false));
}

/* Any bytes: refused or read, and nothing beyond them touched. */
static void damage(void **unused)
{
        CLEANUP_CLAIMS struct claims c = { 0 };
        CLEANUP_FREE char *data = NULL;
        size_t len = 0;

        (void) unused;
        build(text, &c);
        claims_format(&c, &data, &len);
        srandom(1);
        for (unsigned round = 0; round < 20000; round++) {
                CLEANUP_FREE char *copy = malloc(len);
                CLEANUP_CLAIMS struct claims back = { 0 };

                assert_non_null(copy);
                memcpy(copy, data, len);
                for (unsigned n = (unsigned) random() % 4 + 1; n > 0; n--)
                        copy[(size_t) random() % len] = (char) random();
                if (claims_parse(copy, len, &back) == 0)
                        (void) named(&back, "0000:01:00.1", false);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(matching),
                cmocka_unit_test(slots),
                cmocka_unit_test(flags),
                cmocka_unit_test(late),
                cmocka_unit_test(bytes),
                cmocka_unit_test(damage),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
