/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sweep: the Nth operation of a run fails, for every N and every errno that sysfs has for us. Whatever fails,
 * each section is as it should be or is said not to be, and a run without a fault then puts all right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "base/uuid.h"
#include "fake/apply-faults.h"
#include "fake/back.h"
#include "fake/machine.h"
#include "fake/run.h"
#include "fake/sweep.h"
#include "state/ready.h"

#define PROBLEMS_MAX 25 /* told before the sweep gives up */

static unsigned n_problems;
static struct fake_kernel *prepare(void)
{
        static const char *const claims[] = { GPU, GPU_AUDIO, HBA, NVME, NIC, VGPU, VGPU_VF0, "mtty", "kvm", FAST };
        static const struct fake_param kvm[] = {
                { .name = "ignore_msrs", .value = "N", .writable = true, .boolean = true },
                { 0 },
        };
        struct fake_kernel *k = machine_new_mtty();

        fake_module_add(k, "kvm", &(struct fake_module){ .loaded = true, .params = kvm });
        machine_add_fast(k);
        for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
                fake_claim(k, claims[i]);
        return k;
}

/* Where the attribute of the mdev with the derived UUID is, a new string; NULL: there is no such mdev. */
static char *desktop_params(struct fake_kernel *k)
{
        const struct sys *sys = fake_sys(k);
        char text_of[UUID_TEXT_MAX], *path = NULL;
        uint8_t uuid[16];

        if (sys->ops->derive_uuid(sys->userdata, "desktop", 0, uuid) < 0)
                return NULL;
        return asprintf(&path, MDEV "%s/vgpu_params", uuid_format(uuid, text_of)) < 0 ? NULL : path;
}

/* The first thing of a section (NULL: of none) that is not as it should be, or NULL. */
static const char *wrong(struct fake_kernel *k, const char *section)
{
        for (size_t i = 0; i < ARRAY_SIZE(expectations); i++) {
                CLEANUP_FREE char *derived = expectations[i].path ? NULL : desktop_params(k);
                const char *path = derived ? derived : expectations[i].path;
                CLEANUP_FREE char *copy = strdup(path);
                const char *value = expectations[i].value;
                char *driver = strstr(copy, "/driver");

                if (!streq_ptr(expectations[i].section, section))
                        continue;
                if (is_vf_path(path) && !vf_is_set(k, path, value))
                        return path;
                if (is_vf_path(path))
                        continue;
                if (streq(path, FAST "/eswitch")) {
                        if (!streq(fake_eswitch(k, FAST), value))
                                return path;
                        continue;
                }
                if (driver && !driver[strlen("/driver")]) {
                        *driver = '\0';
                        if (!streq_ptr(fake_driver_of(k, copy), value))
                                return expectations[i].path;
                } else {
                        CLEANUP_FREE char *have = fake_text(k, path);

                        if (!streq_ptr(have, value))
                                return expectations[i].path ? expectations[i].path : "the derived mdev";
                }
        }
        return NULL;
}

/* Whether the run said that the section is not as it should be. */
static bool reported(const struct run *run, const char *section)
{
        const struct plan_item *item;

        if (run->error < 0)
                return true;
        item = run_item(run, section);
        if (item->verdict == VERDICT_ABSENT || item->verdict == VERDICT_REFUSED)
                return true;
        return run_find(run, section, OUTCOME_FAILED) || run_find(run, section, OUTCOME_SKIPPED);
}

static const char *scope_of(const char *what)
{
        for (size_t i = 0; i < ARRAY_SIZE(scopes); i++)
                if (strstr(what, scopes[i].part))
                        return scopes[i].sections;
        return NULL;
}

struct attempt {
        unsigned n;
        enum fake_fault fault;
        int error;
        const char *what;
        bool told;
};

/* Errnos that are an answer and no fault, in their place: what has gone away is left out of the inventory (a card
 * without its audio function is then the whole card), a parameter may be write-only, and what is no link is a
 * directory. An mdev's attribute need not read back as it was written, if it can be read at all. */
static bool is_excused(const struct attempt *a, const char *section)
{
        if (a->error == ENODEV && streq(section, "gpu") && strstr(a->what, GPU_AUDIO) &&
            strncmp(a->what, "write ", 6) != 0)
                return true;
        if (a->error == EACCES && strstr(a->what, "read sys/module/"))
                return true;
        if (a->error == EINVAL && strstr(a->what, "readlink sys/module/"))
                return true;
        if (a->fault == FAULT_LOST && strstr(a->what, "write " MDEV))
                return true;
        return false;
}

static void problem(struct attempt *a, struct fake_kernel *k, const struct run *run, const char *section,
                    const char *what, const char *more)
{
        if (is_excused(a, section))
                return;
        if (n_problems++ >= PROBLEMS_MAX)
                fail_msg("%u problems, and the sweep ends here", n_problems);
        fprintf(stderr, "operation %u, %s, %s: [%s] %s %s\n", a->n, a->what,
                a->fault == FAULT_LOST    ? "without effect"
                : a->fault == FAULT_DEATH ? "the end"
                                          : strerrorname_np(a->error),
                section, what, more ? more : "");
        if (getenv("FAKE_VERBOSE") && !a->told) {
                run_print(run);
                fake_print_writes(k, 0);
        }
        a->told = true;
}

/* A step that failed says on what and why. */
static void check_events(struct attempt *a, struct fake_kernel *k, const struct run *run)
{
        bool seen = run->error == -a->error;

        for (size_t i = 0; i < run->n_events; i++) {
                const struct run_event *e = &run->events[i];
                bool on_device = e->kind >= STEP_OVERRIDE && e->kind <= STEP_PROBE;

                if (e->outcome != OUTCOME_FAILED)
                        continue;
                seen = seen || e->error == a->error;
                if (!*e->detail)
                        problem(a, k, run, e->section, "fails without a word", NULL);
                if (on_device && !*e->address)
                        problem(a, k, run, e->section, "fails without an address", NULL);
        }
        for (size_t i = 0; run->snapshot.plan && i < run->snapshot.plan->n_items; i++) {
                const struct plan_item *item = &run->snapshot.plan->items[i];
                bool against = item->verdict == VERDICT_ABSENT || item->verdict == VERDICT_REFUSED;

                if (against && (!item->reason || !*item->reason))
                        problem(a, k, run, item->section->name, "is refused or absent without a reason", NULL);
        }
        if (a->fault == FAULT_ERROR && run_find(run, NULL, OUTCOME_FAILED) && !seen &&
            strncmp(a->what, "write ", 6) == 0)
                problem(a, k, run, "?", "a write failed, and nobody names the errno", NULL);
}

static void check_sections(struct attempt *a, struct fake_kernel *k, const struct run *run)
{
        /* A mark's name is a section's, and no fault of its device's. */
        bool is_mark = strstr(a->what, " " READY_DIRECTORY "/") != NULL;
        const char *scope = a->fault == FAULT_DEATH || is_mark ? NULL : scope_of(a->what);

        if (run->error < 0 && scope)
                problem(a, k, run, scope, "one device's fault ends the run in", run->where);
        for (size_t i = 0; i < run->config->n_sections; i++) {
                const char *name = run->config->sections[i]->name, *bad = wrong(k, name);

                if (!run->config->sections[i]->required)
                        continue;
                if (bad && !reported(run, name))
                        problem(a, k, run, name, "is wrong, and nothing is said:", bad);
                if (run->error == 0 && reported(run, name) && scope && !strstr(scope, name))
                        problem(a, k, run, name, "fails for what is another section's", NULL);
        }
        if (wrong(k, NULL))
                problem(a, k, run, "", "is nobody's, and changed:", wrong(k, NULL));
}

/* A device that had a driver is not left without one by a single fault. */
static void check_drivers(struct attempt *a, struct fake_kernel *k, const struct run *run)
{
        static const char *const devices[] = { GPU, GPU_AUDIO, HBA, HBA_TWIN, NIC, VGPU, NVME };

        for (size_t i = 0; i < ARRAY_SIZE(devices) && a->fault != FAULT_DEATH; i++)
                if (!*fake_driver_of(k, devices[i]))
                        problem(a, k, run, devices[i], "has no driver after the run", NULL);
}

static void check_rerun(struct attempt *a, struct fake_kernel *k)
{
        CLEANUP_RUN struct run second = { 0 }, third = { 0 };
        size_t writes;

        run_apply(k, text, &second);
        if (!run_is_clean(&second))
                problem(a, k, &second, "?", "a run without a fault is not clean", second.where);
        for (size_t i = 0; i < second.config->n_sections; i++)
                if (wrong(k, second.config->sections[i]->name))
                        problem(a, k, &second, second.config->sections[i]->name,
                                "does not converge:", wrong(k, second.config->sections[i]->name));
        writes = fake_n_writes(k);
        run_apply(k, text, &third);
        if (third.n_steps > 0 || fake_n_writes(k) > writes)
                problem(a, k, &third, "?", "the third run writes",
                        fake_get_write(k, writes) ? fake_get_write(k, writes)->path : "nothing, but has steps");
        if (fake_violations(k))
                problem(a, k, &third, "?", "violations:", fake_violations(k));
}

/* Whatever failed on the way there, the way back is known. */
static void check_back(struct attempt *a, struct fake_kernel *k, const char *before)
{
        CLEANUP_RUN struct run none = { 0 };
        CLEANUP_FREE char *after = NULL;
        size_t left = release(k, NULL);

        after = host_text(k);
        if (left > 0 || !streq(after, before))
                problem(a, k, &none, "?", "is not given back as it was; now it is", after);
}

/* Returns whether the run had an Nth operation. */
static bool attempt(unsigned n, enum fake_fault fault, int error)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();
        CLEANUP_RUN struct run run = { 0 };
        struct attempt a = { .n = n, .fault = fault, .error = error };
        CLEANUP_FREE char *what = NULL, *host = host_text(k);
        unsigned before = fake_operations(k);
        bool hit;

        /* What is under way side by side is done at once or as late as can be, by turns. */
        if ((n + (unsigned) error) % 2 == 0)
                fake_let_write_late(k);
        fake_fail_at(k, n, fault, error);
        run_apply(k, text, &run);
        hit = fake_fault_hit(k, &a.what);
        if (!hit)
                return fake_operations(k) - before >= n;
        a.what = what = strdup(a.what);
        fake_fail_at(k, 0, FAULT_ERROR, 0);
        check_events(&a, k, &run);
        check_sections(&a, k, &run);
        check_drivers(&a, k, &run);
        check_rerun(&a, k);
        check_back(&a, k, host);
        return true;
}

static void sweep(enum fake_fault fault, int error)
{
        unsigned n = 1;

        n_problems = 0;
        while (attempt(n, fault, error))
                n++;
        assert_true(n > 100);
        if (n_problems > 0)
                fail_msg("%u problems in %u runs", n_problems, n - 1);
}

static void without_a_fault(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = prepare();

        (void) unused;
        assert_applies(k, text);
        for (size_t i = 0; i < ARRAY_SIZE(expectations); i++)
                if (wrong(k, expectations[i].section))
                        fail_msg("%s is wrong", wrong(k, expectations[i].section));
        assert_settled(k, text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(without_a_fault),
                SWEEP(ENODEV), SWEEP(EBUSY), SWEEP(EINVAL), SWEEP(EACCES), SWEEP(EROFS),
                SWEEP(EIO), SWEEP(ENOMEM), SWEEP(ENOSPC), SWEEP(EINTR),
                cmocka_unit_test(sweep_lost),
                cmocka_unit_test(sweep_death),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
