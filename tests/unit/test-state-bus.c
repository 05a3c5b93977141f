/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the state keeps of devices on other buses than PCI: the first record stands, its text both ways, and a damaged
 * one. */
#include "unit/kit.h"

#include <errno.h>
#include <stdlib.h>

#include "base/strutil.h"
#include "state/state.h"

static void record(struct state *state, enum bus_kind bus, const char *name, const char *driver, const char *override,
                   const char *to)
{
        struct bus_device now = { .bus = bus };

        replace_string(&now.name, name);
        replace_string(&now.driver, driver);
        replace_string(&now.driver_override, override);
        state_record_bus_device(state, "device x", &now, to);
        bus_device_clear(&now);
}

/* What it was before the first change; later ones only say what it is given. */
static void first_stands(void **unused)
{
        CLEANUP_STATE struct state state = { 0 };
        const struct state_bus_device *d;

        (void) unused;
        record(&state, BUS_AP, "03.0006", "cex4queue", NULL, "vfio_ap");
        record(&state, BUS_CSS, "03.0006", NULL, "x", "vfio_ccw");
        record(&state, BUS_AP, "03.0006", "vfio_ap", "vfio_ap", "other");
        assert_int_equal(state.n_bus_devices, 2);
        d = state_find_bus_device(&state, BUS_AP, "03.0006");
        assert_string_equal(d->driver, "cex4queue");
        assert_null(d->override_);
        assert_string_equal(d->to, "other");
        assert_null(state_find_bus_device(&state, BUS_PLATFORM, "03.0006"));
        state_drop_bus_device(&state, 0);
        assert_int_equal(state.n_bus_devices, 1);
        assert_null(state_find_bus_device(&state, BUS_AP, "03.0006"));
        assert_non_null(state_find_bus_device(&state, BUS_CSS, "03.0006"));
}

static void round_trip(void **unused)
{
        CLEANUP_STATE struct state state = { 0 }, again = { 0 };
        CLEANUP_FREE char *text = NULL, *second = NULL;
        const struct state_bus_device *d;

        (void) unused;
        record(&state, BUS_PLATFORM, "fff51000.ethernet", "xgmac", NULL, "vfio-platform");
        record(&state, BUS_AMBA, "a|b%;#:[x]", NULL, "a b", "%;#|");
        state_format(&state, &text);
        assert_int_equal(state_parse(&again, text, strlen(text)), 0);
        assert_int_equal(again.n_bus_devices, 2);
        d = state_find_bus_device(&again, BUS_AMBA, "a|b%;#:[x]");
        assert_non_null(d);
        assert_null(d->driver);
        assert_string_equal(d->override_, "a b");
        assert_string_equal(d->to, "%;#|");
        assert_string_equal(d->section, "device x");
        state_format(&again, &second);
        assert_string_equal(text, second);
}

static void damaged(void **unused)
{
        static const char *const texts[] = {
                "[bus-device 1]\nbus = ap",
                "[bus-device 0]\nbus = pci",
                "[bus-device 0]\nbus = usb",
                "[bus-device 0]\nname = |x|",
                "[bus-device 0]\nbus = ap\nname = |../x|",
                "[bus-device 0]\nbus = ap\nname = ||",
                "[bus-device 0]\nbus = ap",
                "[bus-device 0]\nbus = ap\nname = |a|\nx = 1",
                "[bus-device 0]\nbus = ap\nname = |a|\n[bus-device 0]\nbus = ap\nname = |b|",
                "[bus-device x]\nbus = ap",
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                CLEANUP_STATE struct state state = { 0 };

                if (state_parse(&state, texts[i], strlen(texts[i])) != -EBADMSG)
                        fail_msg("not refused: %s", texts[i]);
                assert_int_equal(state.n_bus_devices, 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(first_stands),
                cmocka_unit_test(round_trip),
                cmocka_unit_test(damaged),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
