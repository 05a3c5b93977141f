/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rtnetlink on the running system, as far as an interface without VFs answers, and what a captured tree has instead. Real
 * VFs are for the guests (tests/vm/scenarios/vf). */
#include "unit/kit.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdlib.h>

#include "host/sys.h"
#include "unit/tree.h"

static void the_running_system(void **unused)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;
        const struct interface lo = { .index = if_nametoindex("lo"), .name = "lo" }, none = { .index = INT_MAX, .name = "lo" };
        const struct interface unknown = { .name = "lo" };
        struct vf_values values[2] = { { .known = 1 }, { .known = 1 } };

        (void) unused;
        assert_int_equal(sys_open("/", &sys), 0);
        assert_int_equal(sys->ops->vf_read(sys->userdata, &lo, values, 2), -ENODATA);
        assert_int_equal(values[0].known | values[1].known, 0);
        assert_int_equal(sys->ops->vf_read(sys->userdata, &lo, NULL, 0), 0);
        /* The index counts, whatever has the name. */
        assert_int_equal(sys->ops->vf_read(sys->userdata, &none, values, 2), -ENODEV);
        assert_int_equal(sys->ops->vf_read(sys->userdata, &unknown, values, 2), -ENODEV);
        assert_int_equal(sys->ops->vf_set(sys->userdata, &unknown, 0, VF_VLAN, &values[0]), -ENODEV);
        /* Each kind of message is one that the kernel takes apart before it says no. */
        for (enum vf_property p = 0; p < VF_MSIX_COUNT; p++) {
                int r = vf_leads_group(p) ? sys->ops->vf_set(sys->userdata, &lo, 0, p, &values[0]) : -EOPNOTSUPP;

                if (r != -EOPNOTSUPP && r != -EPERM)
                        fail_msg("%s: %d", vf_property_name(p), r);
        }
        assert_int_equal(sys->ops->vf_read(sys->userdata, &lo, values, 1), -ENODATA); /* and the next answer is its own */
}

static void small(void **unused)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;
        const struct interface lo = { .index = 1, .name = "lo" };
        struct vf_values values;

        (void) unused;
        assert_int_equal(sys_open_small(&sys), 0);
        assert_int_equal(sys->ops->vf_read(sys->userdata, &lo, &values, 1), -EOPNOTSUPP);
        assert_int_equal(sys->ops->vf_set(sys->userdata, &lo, 0, VF_MAC, &values), -EOPNOTSUPP);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_running_system),
                cmocka_unit_test(small),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
