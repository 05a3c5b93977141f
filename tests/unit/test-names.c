/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "Did you mean": near names are found, far ones are not offered. */
#include "unit/kit.h"

#include "base/names.h"

static const char *const names[] = { "address", "id",       "path",    "interface", "mac",
                                     "serial",  "expect",   "driver",  "group",     "functions",
                                     "count",   "required", "enabled", "vfs",       "vf-driver" };

static void nearest(void **unused)
{
        static const struct {
                const char *word, *nearest; /* NULL: none is near */
        } cases[] = {
                { "adress", "address" },
                { "addresss", "address" },
                { "addrses", "address" }, /* a swap is one */
                { "ADDRESS", "address" },
                { "Driver", "driver" },
                { "drvier", "driver" },
                { "interfce", "interface" },
                { "requierd", "required" },
                { "enable", "enabled" },
                { "function", "functions" },
                { "counts", "count" },
                { "vf", "vfs" },
                { "vf_driver", "vf-driver" },
                { "vfdriver", "vf-driver" },
                { "pfad", NULL },
                { "driver", "driver" },
                { "hostname", NULL },
                { "bdf", NULL },
                { "persist", NULL },
                { "x", NULL },
                { "zz", NULL },
                { "", NULL },
                { "persistent", NULL },
                { "0123456789012345678901234567890123456789012345678901234567890123", NULL },
                /* longer than any name could be: not even looked at */
                { "01234567890123456789012345678901234567890123456789012345678901234", NULL },
                { "address                                                                          ", NULL },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const char *found = names_nearest(cases[i].word, names, ARRAY_SIZE(names));

                if (!streq_ptr(found, cases[i].nearest))
                        fail_msg("%s: found %s, expected %s", cases[i].word, found ? found : "nothing",
                                 cases[i].nearest ? cases[i].nearest : "nothing");
        }
}

static void candidates(void **unused)
{
        static const char *const equal[] = { "gpu1", "gpu2" };
        static const char *const lengths[] = {
                "gpu",
                "a-name-of-a-section-or-driver-that-is-longer-than-the-64-bytes-that-are-compared",
        };

        (void) unused;
        assert_null(names_nearest("gpu", equal, 0));
        assert_string_equal(names_nearest("gpu3", equal, 2), "gpu1"); /* of equals the first */
        assert_string_equal(names_nearest("gpu2", equal, 2), "gpu2");
        assert_string_equal(names_nearest("gpx", lengths, 2), "gpu"); /* a long one is passed over */
        assert_null(names_nearest(lengths[1], lengths, 2));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nearest),
                cmocka_unit_test(candidates),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
