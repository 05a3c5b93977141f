/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way back: a release, and how the host is, to compare it with before. */
#include "fake/back.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/release.h"
#include "fake/machine.h"
#include "host/apply.h"
#include "host/snapshot.h"
#include "host/state-file.h"
#include "util/strbuf.h"

static void add_attribute(struct fake_kernel *k, struct strbuf *b, const char *device, const char *name)
{
        CLEANUP_FREE char *link = NULL, *text = NULL;
        char path[256];

        (void) snprintf(path, sizeof(path), DEV "%s/%s", device, name);
        if (sys_read_link_name(fake_sys(k), path, &link) < 0)
                text = fake_text(k, path);
        strbuf_addf(b, "%s/%s: %s\n", device, name, link ? link : text ? text : "none");
}

char *host_text(struct fake_kernel *k)
{
        static const char *const attributes[] = { "driver", "driver_override", "sriov_numvfs", "sriov_drivers_autoprobe" };
        static const char *const lists[] = { "sys/bus/pci/devices", "sys/bus/mdev/devices" };
        CLEANUP_STRBUF struct strbuf b = { 0 };
        char *ret;

        for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
                CLEANUP(names_freep) char **names = NULL;
                size_t n = 0;

                if (sys_list(fake_sys(k), lists[l], &names, &n) < 0)
                        continue;
                for (size_t i = 0; i < n; i++)
                        for (size_t a = 0; a < ARRAY_SIZE(attributes); a++)
                                add_attribute(k, &b, names[i], attributes[a]);
        }
        assert_int_equal(strbuf_steal(&b, &ret), 0);
        return ret;
}

size_t release(struct fake_kernel *k, const char *name)
{
        CLEANUP(config_freep) struct config *config = config_new();
        CLEANUP_SNAPSHOT struct snapshot s = { 0 };
        CLEANUP_STATE struct state state = { 0 };
        CLEANUP_RELEASE struct release r = { 0 };
        CLEANUP_APPLY_RESULT struct apply_result result = { 0 };
        char *names[] = { (char *) name };
        struct release_input input = { .state = &state, .names = names, .n_names = name ? 1 : 0 };
        const struct apply_options options = { .last_phase = PHASE_MDEV, .state = &state, .write_timeout = 1000000 };
        size_t failed = 0;

        assert_non_null(config);
        assert_int_equal(state_load(fake_sys(k), true, &state), 0);
        assert_int_equal(snapshot_take(fake_sys(k), config, &state, &s), 0);
        input.inventory = s.inventory;
        assert_int_equal(release_build(&input, &r), 0);
        assert_int_equal(guard_plan(fake_sys(k), s.inventory, r.plan), 0);
        assert_int_equal(apply_run(fake_sys(k), r.plan, s.inventory, &options, &result), 0);
        for (size_t i = 0; i < r.plan->n_items; i++) {
                result.failed[i] = result.failed[i] || r.plan->items[i].verdict == VERDICT_REFUSED;
                failed += result.failed[i];
        }
        release_forget(&input, &r, result.failed, &state);
        assert_int_equal(state_save(fake_sys(k), &state), 0);
        return failed;
}
