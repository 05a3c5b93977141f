/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way from a configuration's text to a machine that is as it says, as `passthru-setup apply` goes it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "apply/apply.h"
#include "apply/converge.h"
#include "base/diag.h"
#include "config/config.h"
#include "device/inventory.h"
#include "fake/fake-kernel.h"
#include "plan/plan.h"
#include "scan/snapshot.h"
#include "state/state.h"

/* What an observer of apply_run() was told. */
struct run_event {
        enum step_kind kind;
        enum step_outcome outcome;
        char *section;
        char address[64]; /* or the name of a device on another bus; "" none */
        int error;
        char *detail;
};

struct run {
        struct config *config;
        struct diag_list diags;
        struct state state;
        struct snapshot snapshot;
        struct run_event *events;
        size_t n_events, alloc_events;
        const struct plan *plan; /* the one at hand */
        size_t n_given_back, n_deferred; /* sections */
        size_t n_steps;    /* of the plan, after the guards, and one if modules are loaded first */
        int error;         /* what the first function that failed returned */
        const char *where; /* its name */
};

void run_clear(struct run *run);
#define CLEANUP_RUN CLEANUP(run_clear)

/* The configuration alone, which is right. */
struct config *run_config(const char *text);
/* The whole way; run is zeroed before. */
void run_apply(struct fake_kernel *k, const char *text, struct run *run);
void run_mode(struct fake_kernel *k, const char *text, enum converge_mode mode, struct run *run);

/* As a VM's hook: the sections that are not for boot are held for it, "libvirt win11". */
void run_held(struct fake_kernel *k, const char *text, const char *vm, struct run *run);

/* An instance, for a device that has come. */
void run_device(struct fake_kernel *k, const char *text, const char *device, struct run *run);

/* The item of a section; the test fails when there is none. */
const struct plan_item *run_item(const struct run *run, const char *name);
/* The first event of a section (NULL: any) with that outcome, or NULL. */
const struct run_event *run_find(const struct run *run, const char *section, enum step_outcome outcome);
bool run_is_clean(const struct run *run); /* all that is configured and required is so, and nothing failed */
void run_print(const struct run *run);    /* to stderr, for a failing test */
