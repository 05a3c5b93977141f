/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state file, how the last run ended, and the lock of /run/passthru-setup. */
#pragma once

#include "state/last-run.h"
#include "state/state.h"
#include "sys/sys.h"

#define STATE_PATH "run/passthru-setup/state"
#define LAST_RUN_PATH "run/passthru-setup/last-run"

/* Reads the state, and what the helper has noted since it was written. None is an empty one. take: for who holds the
 * lock and will save it. -EBADMSG: the file is not ours or is damaged; then *ret holds the helper's notes alone. */
int state_load(struct sys *sys, bool take, struct state *ret);

/* Writes it whole, if it differs from what the file says. Returns 0 or a negative errno. */
int state_save(struct sys *sys, const struct state *state);

/* When and how the last apply of this boot ended; none is a zeroed one. Returns 0 or a negative errno. */
int last_run_load(struct sys *sys, struct last_run *ret);
int last_run_save(struct sys *sys, const struct last_run *run);

/* Takes the one lock that every writer holds. Returns a file descriptor to close; with wait = false -EAGAIN when
 * another holds it. */
int state_lock(const char *root, bool wait);

/* Whether another holds it now. Waits for nothing. */
bool state_is_locked(void);
