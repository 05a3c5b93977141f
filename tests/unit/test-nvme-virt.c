/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NVMe's virtualization enhancements: commands to the bit, and the controller's lists. */
#include "unit/kit.h"

#include <errno.h>

#include "base/macro.h"
#include "property/nvme-virt.h"

static void commands(void **unused)
{
        static const struct {
                enum nvme_action action;
                enum nvme_resource resource;
                uint16_t controller;
                unsigned number;
                uint32_t cdw10;
        } cases[] = {
                { NVME_ASSIGN, NVME_QUEUES, 1, 2, 0x00010008 },
                { NVME_ASSIGN, NVME_INTERRUPTS, 0x1234, 1, 0x12340108 },
                { NVME_ONLINE, NVME_QUEUES, 0xfffd, 0, 0xfffd0009 },
                { NVME_OFFLINE, NVME_QUEUES, 3, 0, 0x00030007 },
                { NVME_PRIMARY_FLEXIBLE, NVME_INTERRUPTS, 0, 65535, 0x00000101 },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct nvme_command c = nvme_manage(cases[i].action, cases[i].resource, cases[i].controller, cases[i].number);

                assert_int_equal(c.opcode, 0x1c);
                assert_int_equal(c.cdw10, cases[i].cdw10);
                assert_int_equal(c.cdw11, cases[i].number);
        }
        assert_int_equal(nvme_identify_primary().opcode, 0x06);
        assert_int_equal(nvme_identify_primary().cdw10, 0x14);
        assert_int_equal(nvme_identify_secondaries().cdw10, 0x15);
}

static void lists(void **unused)
{
        static uint8_t primary[NVME_DATA_SIZE] = {
                [0] = 0x41, [1] = 0x02, [32] = 0x10, [35] = 0x01, [40] = 0x34, [41] = 0x12, [44] = 9, [64] = 5, [72] = 4, [76] = 3,
        };
        static uint8_t list[NVME_DATA_SIZE] = {
                [0] = 2, [32] = 0x65, [34] = 0x41, [36] = 0x01, [40] = 1, [42] = 2, [44] = 1, [64] = 0x66, [65] = 0x01, [68] = 0xfe,
                [72] = 0x02, [74] = 0x00, [75] = 0x01, [76] = 7,
        };
        CLEANUP(nvme_virt_freep) struct nvme_virt *virt = NULL, *none = NULL;
        const struct nvme_secondary *s;

        (void) unused;
        assert_int_equal(nvme_virt_parse(primary, list, &virt), 0);
        assert_int_equal(virt->controller, 0x0241);
        assert_int_equal(virt->pools[NVME_QUEUES].total, 0x01000010);
        assert_int_equal(virt->pools[NVME_QUEUES].primary, 0x1234);
        assert_int_equal(virt->pools[NVME_QUEUES].limit, 9);
        assert_int_equal(virt->pools[NVME_INTERRUPTS].total, 5);
        assert_int_equal(virt->pools[NVME_INTERRUPTS].primary, 4);
        assert_int_equal(virt->pools[NVME_INTERRUPTS].limit, 3);
        s = nvme_virt_find(virt, 0);
        assert_non_null(s);
        assert_int_equal(s->controller, 0x65);
        assert_true(nvme_secondary_is(s, (const unsigned[]){ 2, 1 }));
        assert_false(nvme_secondary_is(s, (const unsigned[]){ 2, 2 }));
        s = nvme_virt_find(virt, 1);
        assert_non_null(s);
        assert_int_equal(s->controller, 0x166);
        assert_false(s->online); /* the reserved bits beside it are none of ours */
        assert_false(nvme_secondary_is(s, (const unsigned[]){ 0x100, 7 }));
        assert_null(nvme_virt_find(virt, 2));
        /* All 127 that a list can have, and one that can't be. */
        list[0] = 127;
        assert_int_equal(nvme_virt_parse(primary, list, &none), 0);
        assert_int_equal(none->n_secondaries, 127);
        list[0] = 128;
        assert_int_equal(nvme_virt_parse(primary, list, &none), -EINVAL);
}

static void statuses(void **unused)
{
        (void) unused;
        assert_non_null(strstr(nvme_status_text(0x4122), "invalid resource identifier"));
        assert_non_null(strstr(nvme_status_text(0x120), "invalid state"));
        assert_null(nvme_status_text(0x7ff));
        assert_null(nvme_status_text(0));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(commands),
                cmocka_unit_test(lists),
                cmocka_unit_test(statuses),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
