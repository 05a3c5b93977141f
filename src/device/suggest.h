/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The line of a configuration that finds a device again. */
#pragma once

#include "base/strbuf.h"
#include "device/selector.h"

/* A selector's key and value for a function, of the kind: its value as a new string, or NULL where the function has none of
 * that kind, or shares it with another (an id). */
void suggest_value(const struct inventory *inv, size_t function, enum selector_kind kind, char **ret);

/* The kind that survives most and is known before any driver is there: an id that no other device has survives a change of
 * slots and of numbers; a path survives other numbers; an address is what is left. A VF has its address alone. */
void suggest_best(const struct inventory *inv, size_t function, enum selector_kind *ret_kind, char **ret);

/* The best one as lines of a section, "path = …\nexpect = 10de:2484\n": expect where a place is named. */
void suggest_lines(const struct inventory *inv, size_t function, enum selector_kind *ret_kind, struct strbuf *b);
