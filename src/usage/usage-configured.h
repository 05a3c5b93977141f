/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's configuration files that say what it will use at boot. A line that is not as it should be is passed over.
 * Each reader appends to usage->configured; file is how messages name it. Nothing changes text. */
#pragma once

#include "usage/usage.h"

/* Appends an entry: a copy of kind, what, name, file and line. */
void usage_add_configured(struct usage *usage, const struct usage_configured *entry);
/* Takes back all entries from the first on. */
void usage_drop_configured(struct usage *usage, size_t first);

/* What is mounted and swapped to (fstab(5)), opened (crypttab(5)) and assembled (mdadm.conf(5)) at boot. */
void usage_parse_fstab(const char *text, const char *file, struct usage *usage);
void usage_parse_crypttab(const char *text, const char *file, struct usage *usage);
void usage_parse_mdadm(const char *text, const char *file, struct usage *usage);

/* The path that fstab's word for a device stands for: "/dev/disk/by-uuid/…" of "UUID=…". *ret is a new string, or
 * NULL: it is no device. */
void usage_device_path(const char *what, char **ret);

/* The volume group of "/dev/VG/LV" or "/dev/mapper/VG-LV" (dashes doubled), as far as the path tells. *ret is a new
 * string, or NULL. */
void usage_volume_group(const char *path, char **ret);

/* udev's record of a block device, /run/udev/data/b8:1: what is on it. */
void usage_parse_udev(const char *text, struct usage_block *b);

/* Adds what belongs to entries by its UUID: an array's members, a btrfs' others. After the blocks that have the
 * entries' names. */
void usage_match_members(struct usage *usage);
/* Adds the physical volumes of a group, whose /etc/lvm/backup/GROUP (vgcfgbackup(8)) is text, to an entry. */
void usage_match_group(struct usage *usage, size_t entry, const char *group, const char *text);

/* interfaces(5) in all its files. First all of them are added, then what takes effect is appended to
 * usage->configured. */
struct usage_ifupdown {
        struct usage found; /* configured alone: what each stanza says, to be used or not */
        char **started;     /* the interfaces of auto and allow-hotplug lines */
        size_t n_started, alloc_started;
        struct usage_source {
                char *path; /* of source, or source-directory */
                bool directory;
        } * sources; /* to be read by the caller, in this order */
        size_t n_sources, alloc_sources;
};
void usage_add_ifupdown(struct usage_ifupdown *u, const char *text, const char *file);
void usage_finish_ifupdown(struct usage_ifupdown *u, struct usage *usage);
void usage_clear_ifupdown(struct usage_ifupdown *u);
#define CLEANUP_IFUPDOWN CLEANUP(usage_clear_ifupdown)

/* systemd.network(5): a file or a drop-in. *unmanaged is set as its last Unmanaged= says. */
void usage_parse_network(const char *text, const char *file, struct usage *usage, bool *unmanaged);
/* What systemd-networkd and NetworkManager say of an interface at run time, /run/systemd/netif/links/INDEX and
 * /run/NetworkManager/devices/INDEX: sets *ret if they configure it. */
void usage_parse_networkd_link(const char *text, const char **ret);
void usage_parse_nm_device(const char *text, const char **ret);
/* nm-settings-keyfile(5) */
void usage_parse_keyfile(const char *text, const char *file, struct usage *usage);
/* netplan(5), as far as block style, and flow style within a line, say it. */
void usage_parse_netplan(const char *text, const char *file, struct usage *usage);
