/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UUIDs as text, both ways. */
#include "unit/kit.h"

#include <errno.h>
#include <stdlib.h>

#include "base/uuid.h"

#define GOOD "4b20d080-1b54-4048-85b3-a6a62d165c01"

static void good(void **unused)
{
        static const uint8_t bytes[16] = { 0x4b, 0x20, 0xd0, 0x80, 0x1b, 0x54, 0x40, 0x48,
                                           0x85, 0xb3, 0xa6, 0xa6, 0x2d, 0x16, 0x5c, 0x01 };
        static const char *const forms[] = { GOOD, "4B20D080-1B54-4048-85B3-A6A62D165C01",
                                             "4b20D080-1b54-4048-85B3-a6a62d165c01" };
        char buf[UUID_TEXT_MAX];
        uint8_t uuid[16];

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
                memset(uuid, 0, sizeof(uuid));
                assert_int_equal(uuid_parse(forms[i], uuid), 0);
                assert_memory_equal(uuid, bytes, sizeof(uuid));
                assert_string_equal(uuid_format(uuid, buf), GOOD);
        }
}

static void bad(void **unused)
{
        static const char *const texts[] = {
                "",
                "-",
                "4b20d0801b54404885b3a6a62d165c01",
                "{" GOOD "}",
                "urn:uuid:" GOOD,
                GOOD " ",
                " " GOOD,
                GOOD "0",
                "4b20d080-1b54-4048-85b3-a6a62d165c0",
                "4b20d080-1b54-4048-85b3-a6a62d165c0g",
                "4b20d080 1b54 4048 85b3 a6a62d165c01",
                "4b20d08-01b54-4048-85b3-a6a62d165c01",
                "4b20d080-1b54-4048-85b3a6a62d165c01-",
                "4b20d080--1b54-4048-85b3-a6a62d165c0",
                "+b20d080-1b54-4048-85b3-a6a62d165c01",
                "4b20d080-1b54-4048-85b3-",
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                uint8_t uuid[16] = { 42 };

                if (uuid_parse(texts[i], uuid) != -EINVAL)
                        fail_msg("\"%s\" was read", texts[i]);
                assert_int_equal(uuid[0], 42);
        }
}

/* Every prefix ends in the middle of something: none may be read, or read past. */
static void cut(void **unused)
{
        (void) unused;
        for (size_t n = 0; n < strlen(GOOD); n++) {
                CLEANUP_FREE char *text = strndup(GOOD, n);
                uint8_t uuid[16];

                assert_non_null(text);
                assert_int_equal(uuid_parse(text, uuid), -EINVAL);
        }
}

static void round_trip(void **unused)
{
        (void) unused;
        srandom(1);
        for (unsigned i = 0; i < 1000; i++) {
                uint8_t uuid[16], again[16];
                char buf[UUID_TEXT_MAX];

                for (size_t k = 0; k < sizeof(uuid); k++)
                        uuid[k] = (uint8_t) random();
                assert_int_equal(uuid_parse(uuid_format(uuid, buf), again), 0);
                assert_memory_equal(uuid, again, sizeof(uuid));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(good),
                cmocka_unit_test(bad),
                cmocka_unit_test(cut),
                cmocka_unit_test(round_trip),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
