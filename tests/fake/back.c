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

#include "apply/apply.h"
#include "base/strbuf.h"
#include "fake/machine.h"
#include "guard/guard.h"
#include "release/release.h"
#include "scan/snapshot.h"
#include "state/state-file.h"

static void add_attribute(struct fake_kernel *k, struct strbuf *b, const char *device, const char *name)
{
        CLEANUP_FREE char *link = NULL, *text = NULL;
        char path[256];

        (void) snprintf(path, sizeof(path), DEV "%s/%s", device, name);
        if (sys_read_link_name(fake_sys(k), path, &link) < 0)
                text = fake_text(k, path);
        strbuf_addf(b, "%s/%s: %s\n", device, name, link ? link : text ? text : "none");
}

/* Of each interface that there is. */
static void add_links(struct fake_kernel *k, struct strbuf *b, const char *attribute)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;

        if (sys_list(fake_sys(k), "sys/class/net", &names, &n) < 0)
                return;
        for (size_t i = 0; i < n; i++) {
                CLEANUP_FREE char *text = NULL;
                char path[256];

                (void) snprintf(path, sizeof(path), "sys/class/net/%s/%s", names[i], attribute);
                text = fake_text(k, path);
                strbuf_addf(b, "%s %s: %s\n", names[i], attribute, text ? text : "none");
        }
}

char *host_text(struct fake_kernel *k)
{
        static const char *const links[] = { "flags", "mtu" };
        static const char *const attributes[] = { "driver",        "driver_override", "sriov_numvfs", "sriov_drivers_autoprobe",
                                                  "reset_method",  "d3cold_allowed",  "resource",     "power/control",
                                                   "nvidia/current_vgpu_type" };
        static const char *const lists[] = { "sys/bus/pci/devices", "sys/bus/mdev/devices" };
        CLEANUP_STRBUF struct strbuf b = { 0 };

        for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
                CLEANUP(names_freep) char **names = NULL;
                size_t n = 0;

                if (sys_list(fake_sys(k), lists[l], &names, &n) < 0)
                        continue;
                for (size_t i = 0; i < n; i++) {
                        CLEANUP_FREE char *vf = fake_vf_text(k, names[i]);

                        for (size_t a = 0; a < ARRAY_SIZE(attributes); a++)
                                add_attribute(k, &b, names[i], attributes[a]);
                        if (vf)
                                strbuf_addf(&b, "%s: %s\n", names[i], vf);
                        if (fake_eswitch(k, names[i]))
                                strbuf_addf(&b, "%s: eswitch %s\n", names[i], fake_eswitch(k, names[i]));
                }
        }
        for (size_t a = 0; a < ARRAY_SIZE(links); a++)
                add_links(k, &b, links[a]);
        strbuf_addf(&b, "display: %s\n", fake_display_is_shown(k) ? "shown" : "none");
        return strbuf_steal(&b);
}

static size_t count_failed(const struct release *r, struct apply_result *result)
{
        size_t failed = 0;

        for (size_t i = 0; i < r->plan->n_items; i++) {
                result->failed[i] = result->failed[i] || r->plan->items[i].verdict == VERDICT_REFUSED;
                failed += result->failed[i];
        }
        return failed;
}

int try_release(struct fake_kernel *k, const char *name)
{
        CLEANUP(config_freep) struct config *config = config_new();
        CLEANUP_SNAPSHOT struct snapshot s = { 0 };
        CLEANUP_STATE struct state state = { 0 };
        CLEANUP_RELEASE struct release all = { 0 };
        CLEANUP_APPLY_RESULT struct apply_result result = { 0 };
        char *names[] = { (char *) name };
        struct release_input input = { .state = &state, .names = names, .n_names = name ? 1 : 0 };
        const struct apply_options options = { .last_phase = PHASE_MDEV, .state = &state, .write_timeout = 1000000 };
        size_t failed = 0;
        int r;

        assert_non_null(config);
        r = state_load(fake_sys(k), true, &state);
        if (r == 0)
                r = snapshot_take(fake_sys(k), config, &state, &s);
        input.inventory = s.inventory;
        if (r == 0)
                release_build(&input, &all);
        if (r == 0)
                r = guard_plan(fake_sys(k), s.inventory, all.plan);
        if (r == 0)
                apply_run(fake_sys(k), all.plan, s.inventory, &options, &result);
        if (r < 0)
                return r;
        failed = count_failed(&all, &result);
        release_forget(&input, &all, result.failed, &state);
        r = state_save(fake_sys(k), &state);
        return r < 0 ? r : (int) failed;
}

size_t release(struct fake_kernel *k, const char *name)
{
        int r = try_release(k, name);

        assert_true(r >= 0);
        return (size_t) r;
}
