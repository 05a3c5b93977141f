/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of devices out of the hardware database. */
#pragma once

#include "plan/plan.h"

/* Fills in the names of the functions that the plan's items claim. Without a database they stay without. root: of a
 * captured tree, whose own database is used, or "/". */
void hwdb_name_functions(const char *root, const struct plan *plan, struct inventory *inv);

/* The same for every function. */
void hwdb_name_all(const char *root, struct inventory *inv);
