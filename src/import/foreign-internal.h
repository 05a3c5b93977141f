/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the readers of the rivals' formats share. */
#pragma once

#include "import/foreign-config.h"

/* Appends an entry that is in force. NULL: memory is out. */
struct rival *rivals_append(struct rivals *r, enum rival_kind kind, const struct config_loc *loc);

/* Takes the last entry away again, which turned out to be none. */
void rivals_drop_last(struct rivals *r);

/* 0: it is text. 1: there is a NUL in it, which is noted. -ENOMEM. */
int rivals_check_text(struct rivals *r, enum rival_kind kind, const char *file, const char *text, size_t len);
