/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of what a whole look at the host has cleared: the devices that may be taken early in the next boot, before the
 * host can be seen whole, as long as they are exactly what they were. A line for each, sorted, its fields separated by
 * tabs: address, driver, guards that force overrode, section, selector, identity. The initramfs carries the same text. */
#pragma once

#include <stddef.h>

#include "base/strbuf.h"
#include "device/address.h"

/* Its strings are of `line`. */
struct clearance {
        char *line;
        struct pci_address address;
        const char *driver;   /* the one that it may be given */
        unsigned forced;      /* mask of guards that the section's force overrode */
        const char *section;  /* its key: "device gpu" */
        const char *selector; /* of the function that the selector names; NULL: it is one of those that come with it */
        const char *identity; /* guard/clearance-file.h */
};

void clearance_clear(struct clearance *c);
#define CLEANUP_CLEARANCE CLEANUP(clearance_clear)

/* The entry for a, by binary search: its cost hardly depends on how many there are. Returns 0, -ENOENT or -EBADMSG. */
int clearance_find(const char *text, size_t len, const struct pci_address *a, struct clearance *ret);

/* The next entry of *text, which goes on behind it; lines that are none are passed over. Returns 1, 0 at the end. */
int clearance_next(const char **text, const char *end, struct clearance *ret);

/* Appends a line, with its newline. Returns 0; -EINVAL: a field has a tab or a newline in it. */
int clearance_format(const struct clearance *c, struct strbuf *text);

/* A whole record out of such lines: sorted, with a first line that says what it is. New string or NULL. */
char *clearance_record(const char *lines);

/* Whether the text clears this device for this driver; whose section it is does not matter. */
bool clearance_covers(const char *text, size_t len, const struct clearance *c);
