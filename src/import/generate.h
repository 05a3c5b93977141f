/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration out of what there is: what runs now, and what other programs' files make of the host. */
#pragma once

#include "device/inventory.h"
#include "import/foreign-config.h"

/* Where it is taken from: bits. */
#define FROM_RIVAL(kind) (1U << (kind))
#define FROM_RUNNING (1U << RIVAL_KIND_MAX) /* devices on VFIO's drivers, VFs and mdevs that are there */

#define GENERATE_SOURCES (RIVAL_KIND_MAX + 1)

/* The word for a bit's number: "driverctl", …, "running". */
const char *generate_source_name(unsigned bit);

/* The bit of a word, or 0: there is no such. */
unsigned generate_source(const char *word);

/* What generate looks at of the modules: their names, NULL-terminated, for the reader of the inventory. */
extern const char *const generate_modules_read[];

struct generate_input {
        const struct inventory *inventory; /* with the names of its functions, and those modules */
        const struct rivals *rivals;
        unsigned from;
};

/* The text of an /etc/passthru.conf: a section for each thing, with the selector that finds it again; then, as
 * comments, what was not taken and why, and which lines of other files say the same. New string. */
char *generate_config(const struct generate_input *in);
