/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine and a configuration for it out of the input, and the way of apply on it: nothing is touched that no
 * section names, one run is enough, and after a run in which one operation failed another puts all right. */
#include <errno.h>
#include <string.h>

#include "base/strutil.h"
#include "fake/fake-internal.h"
#include "fake/run.h"
#include "fuzz/world.h"

#define RUNS_MAX 5           /* until the machine is as the configuration says */
#define OPERATIONS_MAX 60000 /* of a run: about ten times what the largest of these machines takes */
#define HOUR UINT64_C(3600000000)

static bool is_verbose(void)
{
        return getenv("FUZZ_VERBOSE");
}

static bool is_valid(const char *text)
{
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP(config_freep) struct config *config = config_new();

        config_add_file(config, "passthru.conf", text, strlen(text), &diags);
        config_finish(config, &diags);
        for (size_t i = 0; is_verbose() && i < diags.n; i++)
                fprintf(stderr, "line %u: %s\n", diags.items[i].line, diags.items[i].text);
        return !diag_has_errors(&diags) && diags.n == 0;
}

static char *config_text(const struct world *w)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        char *text = NULL;

        world_config(w, &b);
        text = strbuf_steal(&b);
        if (is_verbose())
                fputs(text, stderr);
        return text;
}

struct outcome {
        bool pending; /* drivers or udev had something to do yet, and did it after the run */
        bool failed;  /* a step failed or was not tried */
        bool left;    /* a section is absent or refused: what this run did may be what it lacked */
        size_t n_steps;
        size_t writes; /* to the system; notes below /run and /var are none */
};

static size_t system_writes(const struct fake_kernel *k)
{
        size_t n = 0;

        for (size_t i = 0; i < fake_n_writes(k); i++)
                n += !after_prefix(fake_get_write(k, i)->path, "run/") &&
                     !after_prefix(fake_get_write(k, i)->path, "var/lib/passthru-setup/");
        return n;
}

/* What drivers and udev are still about to do comes to its end. */
static void drain(struct fake_kernel *k)
{
        while (k->changes)
                (void) fake_events_wait(k, k->now + HOUR);
}

static struct outcome run(struct fake_kernel *k, const char *text, bool fault)
{
        CLEANUP_RUN struct run run = { 0 };
        struct outcome o = { .writes = system_writes(k) };
        unsigned operations = fake_operations(k);

        run_apply(k, text, &run);
        if (is_verbose()) {
                fprintf(stderr, "run%s:\n", fault ? " with a fault" : "");
                run_print(&run);
        }
        REQUIRE(fake_operations(k) - operations < OPERATIONS_MAX);
        REQUIRE(fault || run.error == 0);
        o.failed = run.error < 0;
        for (size_t i = 0; i < run.n_events; i++)
                o.failed = o.failed || run.events[i].outcome != OUTCOME_DONE;
        for (size_t i = 0; run.snapshot.plan && i < run.snapshot.plan->n_items; i++) {
                enum plan_verdict verdict = run.snapshot.plan->items[i].verdict;

                o.left = o.left || verdict == VERDICT_ABSENT || verdict == VERDICT_REFUSED;
        }
        o.n_steps = run.n_steps;
        o.writes = system_writes(k) - o.writes;
        o.pending = k->changes;
        drain(k);
        if (fake_violations(k)) {
                fprintf(stderr, "violations:\n%s", fake_violations(k));
                fake_print_writes(k, 0);
                REQUIRE(!fake_violations(k));
        }
        return o;
}

struct settled {
        bool done;   /* there is nothing left to do; else a step fails each time */
        bool whole;  /* every section is as it says */
        bool failed; /* a step did on the way */
};

/* Runs until there is nothing to do. */
static struct settled settle(struct fake_kernel *k, const char *text)
{
        struct settled s = { 0 };

        for (unsigned i = 0; i < RUNS_MAX; i++) {
                struct outcome o = run(k, text, false);

                s.whole = !o.left;
                s.failed = s.failed || o.failed;
                if (o.failed && i > 1)
                        return s;
                if (o.pending)
                        continue;
                if (!o.failed && o.n_steps == 0) {
                        REQUIRE(o.writes == 0);
                        s.done = true;
                        return s;
                }
                if (!o.failed && !o.left) {
                        o = run(k, text, false);
                        REQUIRE(o.n_steps == 0);
                        REQUIRE(o.writes == 0);
                        s.done = true;
                        return s;
                }
        }
        REQUIRE(!"there is no end of it");
        return s;
}

/* before: what came of it without the fault. expected: how the machine is then; NULL: a section is refused or absent,
 * and how far the run with the fault came to know that is open. */
static void with_a_fault(const struct world *w, const char *text, const struct settled *before, const char *expected,
                         unsigned operations)
{
        static const int errors[] = { ENODEV, EBUSY, EINVAL, EACCES, EROFS, EIO, ENOSPC, EINTR, ENOENT, EPERM };
        CLEANUP(fake_freep) struct fake_kernel *k = world_kernel(w);
        CLEANUP_FREE char *digest = NULL;
        struct settled after;
        const char *what;
        bool coming;

        world_claim(w, k);
        coming = k->changes;
        fake_fail_at(k, 1 + w->fault.n % operations, (enum fake_fault)(w->fault.fault - 1),
                     errors[w->fault.error % ARRAY_SIZE(errors)]);
        (void) run(k, text, true);
        if (fake_fault_hit(k, &what) && is_verbose())
                fprintf(stderr, "the fault: %s\n", what);
        fake_fail_at(k, 0, FAULT_ERROR, 0);
        after = settle(k, text);
        /* A driver that was about to come has come: what it serves the host with by now is the host's, and what it stands
         * in for may go. */
        if (coming && (!after.done || !after.whole))
                return;
        REQUIRE(after.done || before->failed);
        digest = world_digest(k);
        if (expected && !streq(digest, expected)) {
                fprintf(stderr, "without the fault:\n%safter it:\n%s", expected, digest);
                REQUIRE(streq(digest, expected));
        }
}

/* VMs start, and then another configuration is in force: none of them loses its device, and nothing that neither
 * configuration names is touched. */
static void with_a_change(const struct world *w, struct fake_kernel *k, const char *text)
{
        CLEANUP_FREE char *other = NULL;
        struct world then = world_changed(w);

        world_start_vms(w, k);
        other = config_text(&then);
        if (streq(other, text) || !is_valid(other))
                return;
        world_claim(&then, k);
        (void) settle(k, other);
}

/* A device that goes in the middle of a run harms no other, and when it is there again a run takes it up. */
static void with_a_pull(const struct world *w, const char *text)
{
        CLEANUP(fake_freep) struct fake_kernel *k = world_kernel(w);

        world_claim(w, k);
        if (!world_pull(w, k))
                return;
        (void) run(k, text, false);
        world_put_back(w, k);
        (void) settle(k, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct input in = { data, size };
        CLEANUP(fake_freep) struct fake_kernel *k = NULL;
        CLEANUP_FREE char *text = NULL, *digest = NULL;
        struct world w;
        struct settled settled;
        unsigned operations;

        world_read(&w, &in);
        text = config_text(&w);
        if (!is_valid(text))
                return 0;
        k = world_kernel(&w);
        world_claim(&w, k);
        if (is_verbose()) {
                CLEANUP_FREE char *before = world_digest(k);

                fputs(before, stderr);
        }
        settled = settle(k, text);
        if (!settled.done)
                return 0;
        operations = fake_operations(k);
        digest = settled.whole ? world_digest(k) : NULL;
        with_a_change(&w, k, text);
        with_a_pull(&w, text);
        if (w.fault.fault > 0)
                with_a_fault(&w, text, &settled, digest, operations / 2);
        return 0;
}
