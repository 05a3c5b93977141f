/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A boot as one thing: initramfs, switch of the root, claim, coldplug through udev's rule and the helper, the early run, the
 * whole look, hotplug. A test says what comes between them. */
#pragma once

#include "fake/run.h"
#include "helper/event.h"

/* The initramfs with this record (NULL: none) in it: the claim, and the switch to the real root, whose record is as it was. */
void boot_initramfs(struct fake_kernel *k, const char *record);

/* passthru-setup-claim.service. */
void boot_claim(struct fake_kernel *k);

/* As after the boot with this configuration: the helper names what comes. */
void boot_done(struct fake_kernel *k, const char *text);

/* What an event comes to; without a record udev's rule starts no helper. */
void boot_event(struct fake_kernel *k, const char *word, const char *arg, struct event_result *ret);

/* The unit that it names; a new string or NULL. */
char *boot_wants(struct fake_kernel *k, const char *word, const char *arg);

/* An event "add" for each PCI function, and then the drivers' modules, one after the other: names, NULL ends them. */
void boot_coldplug(struct fake_kernel *k, const char *const *modules);

/* The early run, and the whole look; run is zeroed before. */
void boot_early(struct fake_kernel *k, const char *text, struct run *run);
void boot_whole(struct fake_kernel *k, const char *text, struct run *run);

/* All of it from the claim on, by a helper that is silent afterwards: the early run's result is not of interest. */
void boot(struct fake_kernel *k, const char *text, const char *const *modules, struct run *run);

/* The record of what is cleared; a new string, NULL: there is none. And to carry it into another boot; NULL: the file system
 * that it is on is not mounted. */
char *boot_record(struct fake_kernel *k);
void boot_set_record(struct fake_kernel *k, const char *record);
bool boot_is_cleared(struct fake_kernel *k, const char *address);
