/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tests of a sweep: every Nth operation fails with an errno, has no effect, or is the run's last. */
#pragma once

#include <errno.h>

#include "fake/fake-kernel.h"

/* The file's own: tries N = 1, 2, … until a run has no Nth operation. */
static void sweep(enum fake_fault fault, int error);

static void sweep_errno(void **error)
{
        sweep(FAULT_ERROR, *(int *) *error);
}

static void sweep_lost(void **unused)
{
        (void) unused;
        sweep(FAULT_LOST, 0);
}

/* As if killed: whatever was half done the next run finds and finishes. */
static void sweep_death(void **unused)
{
        (void) unused;
        sweep(FAULT_DEATH, EIO);
}

/* clang-format off */
#define SWEEP(error) { "sweep_" #error, sweep_errno, NULL, NULL, (int[]){ error } }
/* clang-format on */
