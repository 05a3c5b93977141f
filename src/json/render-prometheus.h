/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The status as metrics, in the text format of Prometheus that node_exporter's textfile collector reads. */
#pragma once

#include "plan/plan.h"
#include "release/release.h"
#include "scan/openers.h"
#include "state/last-run.h"

struct metrics {
        const char *version;
        const struct plan
                *plan; /* NULL: the configuration has mistakes, so that nothing can be said of its sections */
        const struct state *state;
        const struct pools *pools;  /* of the plan; or NULL */
        const struct release *held; /* of sections that the configuration has no longer */
        struct last_run last_run;
};

/* A new string. */
char *render_prometheus(const struct metrics *m);
