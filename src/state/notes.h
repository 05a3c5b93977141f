/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files by which the helper and the main program speak: below /run/passthru-setup, a file for each thing, each
 * replaced as a whole, so that no udev worker waits for a lock. */
#pragma once

#include "config/claims.h"
#include "state/state.h"
#include "sys/sys.h"

/* What the sections of the configuration that was applied last go by: config/claims.h. */
#define CLAIMS_FILE "run/passthru-setup/claims"

/* Writes the configuration's claims, if they differ from what is there. Returns 0 or a negative errno. */
int claims_save(struct sys *sys, const struct config *config);
int claims_load(struct sys *sys, struct claims *ret);

/* What a function was before the helper set its override; removed when the function is. */
int hotplug_note_claim(struct sys *sys, const struct state_device *before);
/* Reads it. -ENOENT: there is none. */
int hotplug_read_claim(struct sys *sys, const struct pci_address *address, struct state *ret);
/* The addresses for which there are such notes, as text; see sys_list(). */
int hotplug_list_claims(struct sys *sys, char ***ret, size_t *ret_n);
int hotplug_drop_claim(struct sys *sys, const struct pci_address *address);

/* A function has gone: what the state says of it is over, whatever comes to that address. */
int hotplug_note_gone(struct sys *sys, const struct pci_address *address);

/* Brings the state up to what the helper has noted. take: who holds the lock and will save the state also removes what
 * need not be noted any longer. Returns 0 or a negative errno. */
int hotplug_merge(struct sys *sys, bool take, struct state *state);

/* passthru-setup@NAME.service is wanted: a note beside the start job, which systemd merges with a run that has looked
 * already and is about to end. */
int hotplug_request(struct sys *sys, const char *name);
/* Takes the note: 0, or -ENOENT when there is none. To be done before looking. */
int hotplug_take_request(struct sys *sys, const char *name);

/* From here on what comes is the helper's to name. Set before the last look of the first whole apply of this boot: a
 * device whose event is handled before the mark is there is seen by that look, one after it is named. */
bool hotplug_is_open(struct sys *sys);
int hotplug_open(struct sys *sys);
