/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which program makes the initramfs of this host, and what comes of it for devices that are claimed. Data only. */
#pragma once

#include <stdbool.h>

enum initramfs_maker {
        INITRAMFS_MAKER_UNKNOWN,
        INITRAMFS_TOOLS,
        INITRAMFS_DRACUT,
        INITRAMFS_MKINITCPIO,
        INITRAMFS_BOOSTER,
        INITRAMFS_OSTREE, /* it comes with the image */
        INITRAMFS_MAKER_MAX,
};

struct initramfs_made {
        enum initramfs_maker maker;
        bool claims; /* a hook of ours is in it, or may be; false: none is */
        bool hook;   /* of mkinitcpio: ours is installed */
        bool kms;    /* of mkinitcpio: the hook that puts the graphics drivers into it */
};

/* "mkinitcpio"; NULL: unknown. */
const char *initramfs_maker_name(enum initramfs_maker maker);

/* The command that makes it again; NULL: not known. */
const char *initramfs_maker_command(enum initramfs_maker maker);

/* Reads HOOKS of a text of mkinitcpio.conf(5) into made; without an assignment it stays as it is. */
void initramfs_parse_mkinitcpio(const char *text, struct initramfs_made *made);
