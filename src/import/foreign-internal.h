/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the readers of the rivals' formats share. */
#pragma once

#include "import/foreign-config.h"

/* Appends an entry that is in force. */
struct rival *rivals_append(struct rivals *r, enum rival_kind kind, const struct config_loc *loc);

/* Takes the last entry away again, which turned out to be none. */
void rivals_drop_last(struct rivals *r);

/* Whether it is text; a NUL in it is noted. */
bool rivals_is_text(struct rivals *r, enum rival_kind kind, const char *file, const char *text, size_t len);

/* Appends a line. */
struct foreign_line *rivals_line(struct rivals *r, enum foreign_what what, const struct config_loc *loc);

/* The same, about a module, whose name is written with underscores. */
struct foreign_line *rivals_module_line(struct rivals *r, enum foreign_what what, const struct config_loc *loc,
                                        const char *module);

/* Takes the last line away again. */
void rivals_drop_line(struct rivals *r);

/* Notes a script that a file has run, once. */
void rivals_script(struct rivals *r, const char *path, size_t len);

/* Reads a command that a file has run as a line of a script. */
void rivals_command(struct rivals *r, const struct config_loc *loc, char *command);
