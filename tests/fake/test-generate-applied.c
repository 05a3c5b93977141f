/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What apply made of a host, generate says again: with that nothing is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/macro.h"
#include "fake/machine.h"
#include "fake/run.h"
#include "import/foreign-read.h"
#include "import/generate.h"
#include "scan/scan.h"

static char *generated(struct fake_kernel *k, unsigned from)
{
        CLEANUP(config_freep) struct config *config = config_new();
        CLEANUP(inventory_freep) struct inventory *inv = NULL;
        CLEANUP_RIVALS struct rivals rivals = { 0 };
        struct generate_input input = { .rivals = &rivals, .from = from };
        char *text = NULL;

        assert_non_null(config);
        assert_int_equal(inventory_read(fake_sys(k), config, &inv), 0);
        assert_int_equal(rivals_read(fake_sys(k), &rivals), 0);
        input.inventory = inv;
        assert_int_equal(generate_config(&input, &text), 0);
        return text;
}

/* Each kind of thing, by itself and with the others. */
static void applied(void **unused)
{
        static const char *const configs[] = {
                "[device gpu]\naddress = " GPU "\nfunctions = all\n",
                "[device hba]\naddress = " HBA_TWIN "\n",
                "[device hbas]\nid = 1000:0097\ncount = all\n",
                "[device part]\naddress = " GPU "\ngroup = ignore\n",
                "[sriov up]\ninterface = enp5s0\nvfs = 7\n",
                "[sriov up]\naddress = " NIC "\nvfs = 3\nvf-driver = none\n",
                "[sriov up]\naddress = " NIC "\nvfs = 3\nvf-driver = host\n[device vm]\naddress = up/2\n",
                "[sriov accel]\naddress = " VGPU "\nvfs = 2\nvf-driver = host\n"
                "[mdev desktop]\nparent = accel/1\ntype = GRID A\n",
                "[mdev serial]\nparent = mtty\ntype = mtty-1\ncount = 3\n",
                "[device gpu]\naddress = " GPU "\nfunctions = all\n[device disk]\nserial = S4EVNX0\n"
                "[sriov up]\naddress = " NIC "\nvfs = 2\n[sriov accel]\naddress = " VGPU
                "\nvfs = 4\nvf-driver = host\n"
                "[mdev desktop]\nparent = accel/1\ntype = GRID A\n[mdev serial]\nparent = mtty\ntype = mtty-2\n",
        };

        static const char *const claims[] = { GPU, GPU_AUDIO, HBA, HBA_TWIN, NIC, VGPU, "0000:06:02.1", NVME, "mtty" };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(configs); i++) {
                CLEANUP(fake_freep) struct fake_kernel *k = machine_new_mtty();
                CLEANUP_RUN struct run again = { 0 };
                CLEANUP_FREE char *text = NULL;

                for (size_t c = 0; c < ARRAY_SIZE(claims); c++)
                        fake_claim(k, claims[c]);
                assert_int_equal(fake_modprobe(k, "igbvf"), 0);
                assert_applies(k, configs[i]);
                text = generated(k, FROM_RUNNING);
                if (strstr(text, "# Not taken:"))
                        fail_msg("%s\n%s", configs[i], text);
                /* Its sections have names of their own, which the record of what is cleared has too. */
                run_apply(k, text, &again);
                assert_true(run_is_clean(&again));
                assert_int_equal(again.n_steps, 0);
                assert_settled(k, text);
                assert_no_violation(k);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(applied) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
