/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an event of a device comes to: what is claimed at once, and what is left for passthru-setup@NAME.service. */
#pragma once

#include "sys/sys.h"

/* What udev's database gets of it; each NULL when there is nothing. */
struct event_result {
        char *section, *driver; /* whose the device is, and which driver it is to have */
        char *wants;            /* the instance that is to look at it: an address, an mdev parent, BUS:NAME */
        char *alias;            /* a path that systemd's unit of the VFIO node is named after too */
        char *group;            /* who gets the VFIO node */
};

void event_result_clear(struct event_result *r);
#define CLEANUP_EVENT CLEANUP(event_result_clear)

/* Handles one word of the helper's: "add", "bind", …, with its argument (see the table). Sets the override of the event's own
 * device, if the record clears it, and names the unit that may have work with it; reads no configuration, and of other devices
 * only the members of its IOMMU group. Waits for nothing. *ret is zeroed before. Returns 0; -ENOTSUP: no such word; -EINVAL:
 * the argument is not as it should be; or another negative errno. */
int event_handle(struct sys *sys, const char *word, const char *arg, struct event_result *ret);
