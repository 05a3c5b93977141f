/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole way of an apply, where it ends before its end, and what it leaves alone when an event has started it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "apply/converge.h"
#include "fake/machine.h"
#include "fake/run.h"
#include "state/state-file.h"

/* What the callbacks were told, and the plan at which to end the run (0: none). */
struct told {
        unsigned plans, last, done, steps;
        unsigned end_at;
};

static int on_plan(void *userdata, const struct snapshot *s, bool last)
{
        struct told *told = userdata;

        assert_non_null(s->plan);
        told->plans++;
        told->last += last;
        return told->plans == told->end_at ? -ECANCELED : 0;
}

static void on_plan_done(void *userdata)
{
        struct told *told = userdata;

        told->done++;
        assert_int_equal(told->done, told->plans);
}

static void on_step(void *userdata, const struct apply_event *event)
{
        struct told *told = userdata;

        if (event->outcome == OUTCOME_BEGUN)
                return;
        assert_int_equal(event->outcome, OUTCOME_DONE);
        told->steps++;
}

/* A run with these callbacks; what the sections come to is left in *run. */
static int run_told(struct fake_kernel *k, const char *text, bool hotplug, struct told *told, struct run *run,
                    struct converge_result *result)
{
        const struct converge_options options = { .on_plan = on_plan, .on_plan_done = on_plan_done, .on_step = on_step,
                                                  .in_force = true, .mode = hotplug ? CONVERGE_EVENT : CONVERGE_WHOLE,
                                                  .userdata = told };
        struct sys *sys = fake_sys(k);
        int r;

        run->config = config_new();
        assert_non_null(run->config);
        config_add_file(run->config, "c", text, strlen(text), &run->diags);
        config_finish(run->config, &run->diags);
        assert_false(diag_has_errors(&run->diags));
        assert_int_equal(state_load(sys, true, &run->state), 0);
        r = converge(sys, run->config, &run->state, &run->snapshot, &options, result);
        if (r == 0)
                r = state_save(sys, &run->state);
        return r;
}

static const char modules_and_more[] = "[module mtty]\n[device hba]\naddress = " HBA "\n"
                                       "[mdev serial]\nparent = mtty\ntype = mtty-1\n";

/* Each plan is told before its steps and after them. */
static void plans(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };
        struct converge_result result;
        struct told told = { 0 };

        (void) unused;
        fake_claim(k, HBA);
        fake_claim(k, "mtty");
        assert_int_equal(run_told(k, modules_and_more, false, &told, &run, &result), 0);
        assert_true(told.plans >= 2 && told.steps > 0);
        assert_int_equal(told.done, told.plans);
        assert_int_equal(told.last, 1);
        assert_int_equal(result.stage, CONVERGE_APPLY);
        assert_no_violation(k);
}

/* Who was told of a plan may end the run there: no step of that plan is done, and no later one. */
static void ended_by_who_is_told(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new(), *at_modules = machine_new();
        CLEANUP_RUN struct run run = { 0 }, other = { 0 };
        struct converge_result result;
        struct told told = { .end_at = 1 }, last = { .end_at = 1 };

        (void) unused;
        assert_int_equal(run_told(at_modules, modules_and_more, false, &told, &run, &result), -ECANCELED);
        assert_int_equal(result.stage, CONVERGE_APPLY);
        assert_false(fake_module_loaded(at_modules, "mtty"));
        assert_int_equal(told.plans, 1);
        assert_int_equal(told.done + told.steps + told.last, 0);
        assert_driver(at_modules, HBA, "mpt3sas");

        fake_claim(k, HBA);
        assert_int_equal(run_told(k, "[device hba]\naddress = " HBA "\n", false, &last, &other, &result), -ECANCELED);
        assert_int_equal(last.plans, 1);
        assert_int_equal(last.done + last.steps, 0);
        assert_driver(k, HBA, "mpt3sas");
        assert_no_violation(k);
        assert_applies(k, "[device hba]\naddress = " HBA "\n"); /* what was recorded by then is no hindrance */
}

static void assert_event_leaves(struct fake_kernel *k, const char *text, const char *section)
{
        CLEANUP_RUN struct run run = { 0 };
        struct converge_result result;
        struct told told = { 0 };
        size_t writes = fake_n_writes(k);

        assert_int_equal(run_told(k, text, true, &told, &run, &result), 0);
        assert_int_equal(run_item(&run, section)->verdict, VERDICT_DISABLED);
        assert_int_equal(fake_count_writes(k, NIC "/sriov_numvfs", "0"), 0);
        if (fake_n_writes(k) != writes)
                fake_print_writes(k, writes);
        assert_int_equal(fake_n_writes(k), writes);
}

/* The file was edited, and a device comes: what is there stays until whoever edited it applies it. */
static void an_event_takes_nothing_away(void **unused)
{
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();

        (void) unused;
        fake_claim(k, NIC);
        assert_applies(k, "[sriov up]\naddress = " NIC "\nvfs = 2\n");
        assert_event_leaves(k, "[sriov up]\naddress = " NIC "\nvfs = 4\n", "up");
        assert_driver(k, NIC_VF0, "vfio-pci");
        assert_driver(k, NIC_VF1, "vfio-pci");
        assert_applies(k, "[sriov up]\naddress = " NIC "\nvfs = 4\n");
        assert_no_violation(k);
}

/* A device that a VM may have is not moved to another driver; the sections beside it are done. */
static void an_event_does_the_rest(void **unused)
{
        static const char before[] = "[device hba]\naddress = " HBA "\n";
        static const char after[] = "[device hba]\naddress = " HBA "\ndriver = mpt3sas\n"
                                    "[sriov up]\naddress = " NIC "\nvfs = 2\n";
        CLEANUP(fake_freep) struct fake_kernel *k = machine_new();
        CLEANUP_RUN struct run run = { 0 };
        struct converge_result result;
        struct told told = { 0 };

        (void) unused;
        fake_claim(k, HBA);
        fake_claim(k, NIC);
        assert_applies(k, before);
        assert_driver(k, HBA, "vfio-pci");
        assert_int_equal(run_told(k, after, true, &told, &run, &result), 0);
        assert_int_equal(run_item(&run, "hba")->verdict, VERDICT_DISABLED);
        assert_driver(k, HBA, "vfio-pci");
        assert_driver(k, NIC_VF0, "vfio-pci");
        assert_driver(k, NIC_VF1, "vfio-pci");
        assert_applies(k, after);
        assert_driver(k, HBA, "mpt3sas");
        assert_no_violation(k);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(plans),
                cmocka_unit_test(ended_by_who_is_told),
                cmocka_unit_test(an_event_takes_nothing_away),
                cmocka_unit_test(an_event_does_the_rest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
