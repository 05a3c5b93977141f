/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of what may be taken early: each entry is found among many, and a damaged line is none. */
#include "unit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/guard-kind.h"
#include "state/clearance.h"

static struct pci_address address(unsigned i)
{
        return (struct pci_address){ .domain = i % 3 == 2 ? 0x10000 : i % 3, .bus = (uint8_t) (i / 8), .device = (uint8_t) (i % 8) };
}

static char *record_of(unsigned n, unsigned step)
{
        CLEANUP_STRBUF struct strbuf lines = { 0 };
        char *record;

        for (unsigned i = n; i-- > 0;) {
                char identity[32];
                struct clearance c = { .address = address(i * step), .driver = "vfio-pci", .section = "device a b", .identity = identity };

                (void) snprintf(identity, sizeof(identity), "id=%u", i);
                c.forced = i % (1U << GUARD_MAX);
                c.selector = i % 2 ? "eth0" : NULL;
                assert_int_equal(clearance_format(&c, &lines), 0);
        }
        record = clearance_record(lines.text ? lines.text : "");
        assert_non_null(record);
        return record;
}

static void finding(void **unused)
{
        (void) unused;
        for (unsigned n = 0; n < 40; n++) {
                CLEANUP_FREE char *record = record_of(n, 2);

                for (unsigned i = 0; i < 2 * n + 4; i++) {
                        CLEANUP_CLEARANCE struct clearance c = { 0 };
                        const struct pci_address a = address(i);
                        char identity[32];
                        int r = clearance_find(record, strlen(record), &a, &c);

                        assert_int_equal(r, i % 2 || i >= 2 * n ? -ENOENT : 0);
                        if (r < 0)
                                continue;
                        (void) snprintf(identity, sizeof(identity), "id=%u", i / 2);
                        assert_string_equal(c.identity, identity);
                        assert_string_equal(c.section, "device a b");
                        assert_int_equal(c.forced, i / 2 % (1U << GUARD_MAX));
                        assert_true(c.selector ? streq(c.selector, "eth0") : i / 2 % 2 == 0);
                        assert_true(clearance_covers(record, strlen(record), &c));
                }
        }
}

static void going_through(void **unused)
{
        CLEANUP_FREE char *record = record_of(20, 1);
        const char *text = record;
        unsigned n = 0;

        (void) unused;
        for (;; n++) {
                CLEANUP_CLEARANCE struct clearance c = { 0 };
                int r = clearance_next(&text, record + strlen(record), &c);

                assert_true(r >= 0);
                if (r == 0)
                        break;
        }
        assert_int_equal(n, 20);
}

/* What would read back as something else is not written. */
static void bad_fields(void **unused)
{
        static const char *const bad[] = { "a\tb", "a\nb", "", NULL };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                CLEANUP_STRBUF struct strbuf lines = { 0 };
                struct clearance c = { .driver = "x", .section = "device x", .identity = "id=1" };

                c.section = bad[i];
                assert_int_equal(clearance_format(&c, &lines), -EINVAL);
                assert_int_equal(lines.len, 0);
        }
}

/* Any bytes: an entry or none, and nothing beyond them touched. */
static void damage(void **unused)
{
        CLEANUP_FREE char *record = record_of(12, 1);
        size_t len = strlen(record);

        (void) unused;
        srandom(1);
        for (unsigned round = 0; round < 20000; round++) {
                size_t n = (size_t) random() % (len + 1);
                CLEANUP_FREE char *copy = malloc(n + 1);
                CLEANUP_CLEARANCE struct clearance found = { 0 };
                const struct pci_address a = address((unsigned) random() % 12);
                const char *text = copy;

                assert_non_null(copy);
                memcpy(copy, record, n);
                for (unsigned k = (unsigned) random() % 4; n > 0 && k > 0; k--)
                        copy[(size_t) random() % n] = (char) random();
                (void) clearance_find(copy, n, &a, &found);
                for (;;) {
                        CLEANUP_CLEARANCE struct clearance c = { 0 };
                        int r = clearance_next(&text, copy + n, &c);

                        if (r <= 0)
                                break;
                        assert_true(c.driver && c.section && c.identity);
                }
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(finding),
                cmocka_unit_test(going_through),
                cmocka_unit_test(bad_fields),
                cmocka_unit_test(damage),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
