/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as the state's text, or, when they begin with a P, as the claims' file: refused, or read and then written
 * and read again without a difference. */
#include <errno.h>
#include <string.h>

#include "base/macro.h"
#include "config/claims.h"
#include "fuzz/fuzz.h"
#include "state/state.h"

static void check_model(const struct state *state)
{
        for (size_t i = 0; i < state->n_devices; i++) {
                const struct state_device *d = &state->devices[i];

                REQUIRE(i == 0 || pci_address_compare(&state->devices[i - 1].address, &d->address) < 0);
                REQUIRE(state_find_device(state, &d->address) == d);
                REQUIRE(d->has_driver || (!d->driver && !d->override_));
                REQUIRE(!(d->driver && !*d->driver) && !(d->override_ && !*d->override_));
        }
        for (size_t i = 0; i < state->n_mdevs; i++)
                REQUIRE(state_find_mdev(state, state->mdevs[i].uuid) == &state->mdevs[i]);
}

static void fuzz_state(const char *text, size_t size)
{
        CLEANUP_STATE struct state state = { 0 }, again = { 0 };
        CLEANUP_FREE char *first = NULL, *second = NULL;
        int r = state_parse(&state, text, size);

        REQUIRE(r == 0 || r == -EBADMSG);
        if (r < 0) {
                REQUIRE(state.n_devices + state.n_mdevs + state.n_failures == 0);
                return;
        }
        check_model(&state);
        state_format(&state, &first);
        REQUIRE(state_parse(&again, first, strlen(first)) == 0);
        REQUIRE(again.n_devices == state.n_devices && again.n_mdevs == state.n_mdevs &&
                again.n_failures == state.n_failures);
        state_format(&again, &second);
        REQUIRE(streq(first, second));
        while (state.n_devices > 0) {
                size_t n = state.n_devices;
                struct pci_address a = state.devices[n / 2].address;

                state_forget(&state, &a);
                REQUIRE(state.n_devices == n - 1 && !state_find_device(&state, &a));
        }
}

static void fuzz_claims(const char *data, size_t size)
{
        CLEANUP_CLAIMS struct claims c = { 0 };
        CLEANUP_FREE char *again = NULL;
        struct claims_query q = { .has_id = true, .vendor = 0x8086, .device = 0x10c9, .path = "0000:00:1c.0/00.0" };
        size_t len = 0;
        int r = claims_parse(data, size, &c);

        REQUIRE(r == 0 || r == -EBADMSG);
        if (r < 0) {
                REQUIRE(!c.keys && !c.vfio_group);
                return;
        }
        for (q.address.bus = 0; q.address.bus < 8; q.address.bus++) {
                (void) claims_match(&c, &q, false);
                (void) claims_match(&c, &q, true);
        }
        (void) claims_match_parent(&c, "mtty");
        claims_format(&c, &again, &len);
        REQUIRE(len == size && memcmp(data, again, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        CLEANUP_FREE char *copy = exact_copy(data, size);

        if (size > 0 && data[0] == 'P')
                fuzz_claims(copy, size);
        else
                fuzz_state(copy, size);
        return 0;
}
