/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log: the journal's native protocol under systemd, stderr elsewhere. Only main and the verbs log. */
#pragma once

#include <stddef.h>
#include <syslog.h>

#include "base/macro.h"
#include "config/config.h"

/* What a line is about; each has an entry in units/passthru-setup.catalog. */
#define MSG_MODULE "0b90771fcea54d4da78830f66062cc0b"   /* a module was loaded or a parameter set */
#define MSG_BOUND "dd0e1a98845c470198420d361372b40d"    /* functions came to their driver */
#define MSG_VFS "a2f8a2d1effa40b8b01e68cd1fefef68"      /* VFs were made or removed */
#define MSG_VF_SET "1c5f4a7d36e94b0f8a52c9d0e7b36f18"  /* a VF was set up through its PF, or a PF's interface */
#define MSG_MDEV "010b8282c3a34d67833a4be67b7405c0"     /* an mdev was made */
#define MSG_FAILED "e5b021e9dc8e4397bc61902afd59c28c"   /* a step failed */
#define MSG_REFUSED "64ebbd2c0e9445e2b8367f2410186693"  /* a section was refused */
#define MSG_ABSENT "9f1bef11a7e94df3b63b9e33b4cd44fe"   /* what a section names is not there */
#define MSG_CONFIG "fd13773c6d814fd981100bbed382a1fe"   /* a mistake in the configuration */
#define MSG_DONE "a42a65b73f89464a9f5d8db7b0a1c575"     /* summary: all is as configured */
#define MSG_NOT_DONE "74e8acc59313429da91ceb1cf4b56fa4" /* summary: something is not */
#define MSG_RELEASED "23c1d057cf5242a6879515a12799f080" /* summary: sections were given back */
#define MSG_OFF "26c33f0574914421bd98f67d49b5883c"      /* passthru.off: nothing is done */
#define MSG_EARLY "b1d8f4c0a6f94e0f8f1c6a2f9e57d3c4"     /* summary: what was done before the host was up */
#define MSG_GIVEN_BACK "6c2f0f7f3b7e4f0d9a54c1d7e8b3a912" /* what was taken early goes back to the host */
#define MSG_WAITING "0e79e21ba7334635a528053015bfd570"  /* something is waited for */
#define MSG_GONE "65053962c54f4cc6a931fbea78e57548"     /* a device went away while it was being handed over */
#define MSG_INITRAMFS "980e36a6f5154c95854504c2524a1305" /* the initramfs holds another configuration */
#define MSG_HOST "64ffaa65eec14894846dfbbbdf6ebb7c"     /* the host would not let it work: lock, state, sysfs */
#define MSG_SETTING "ea2253dd6b1f4cb393f9105f2dc587ee"  /* an attribute of a device was set, or its ROM dumped */
#define MSG_DISPLAY "7d9b2f61c84e4c6fa3d05b1e2f97a846"     /* a display manager or a console left a display, or is back */
#define MSG_OVERRIDE "532285f54c734a8f96bb2f8559b6052d" /* an override was set, or a function unbound, alone */

struct log_entry {
        int priority;           /* LOG_ERR, … */
        const char *message_id; /* MSG_… or NULL */
        const struct config_section *section;
        const struct config_loc *loc;
        const char *action; /* step_name() and such */
        int error;          /* positive errno, 0: none */
        const struct pci_address *addresses; /* of the functions; each becomes a PASSTHRU_DEVICE field */
        size_t n_addresses;
        const char *device; /* the name of one on another bus; NULL: none */
};

/* From now on all goes to the journal, whatever stderr is, and warnings and errors to stderr too. */
void log_to_both(void);

/* Writes one line. Never fails: what the journal does not take goes to stderr. */
void log_write(const struct log_entry *entry, const char *format, ...) PRINTF_LIKE(2, 3);

/* The same without fields. */
#define log_plain(prio, id, ...) log_write(&(struct log_entry){ .priority = (prio), .message_id = (id) }, __VA_ARGS__)
