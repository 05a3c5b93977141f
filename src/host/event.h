/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an event of a device comes to: what is claimed at once, and what is left for passthru-setup@NAME.service. */
#pragma once

#include "core/config.h"
#include "host/claim.h"

struct event_result {
        struct claim_result claimed;
        char *section; /* whose the device is, or NULL */
        char *driver;  /* the one that it is to have, or NULL */
        char *wants;   /* the instance that has work to do: an address or an mdev parent; NULL: none */
};

void event_result_clear(struct event_result *r);
#define CLEANUP_EVENT CLEANUP(event_result_clear)

/* Sets the override of every function that is claimed and lacks it, and finds what there is to do for the device `name`:
 * a PCI address or an mdev parent; NULL: no device. *ret is zeroed before. Writes nothing but overrides and the notes of
 * them, and waits for nothing. Sections that were released are left out of the configuration. Returns 0, also when an override could not be set, or a negative errno. */
int event_work(struct sys *sys, struct config *config, const char *name, struct event_result *ret);
