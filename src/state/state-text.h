/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the state's text share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "state/state.h"

/* key = |value|, blanks as + and what inih would take for something else as %XX. Nothing for NULL. */
void state_put(struct strbuf *b, const char *key, const char *value);

/* The opposite: appends what a line's value stands for to *dst. 0 or -EBADMSG. */
int state_take(char **dst, const char *value);

/* The sections of holds; and a line of the index-th of them: 0 or -EBADMSG. */
void state_put_holds(struct strbuf *b, const struct state *state);
int state_take_hold(struct state *state, uint64_t index, const char *name, const char *value);
bool state_holds_are_named(const struct state *state);

/* The sections of devices on other buses; and a line of the index-th of them: 0 or -EBADMSG. */
void state_put_bus_devices(struct strbuf *b, const struct state *state);
int state_take_bus_device(struct state *state, uint64_t index, const char *name, const char *value);

/* Whether each has a name in the end: without one it is none. */
bool state_bus_devices_are_named(const struct state *state);
