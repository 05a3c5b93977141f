/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds out what makes the initramfs of this host, and reads the configuration of mkinitcpio. */
#include "boot/initramfs-made-read.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"

/* What a host has of them: the first that fits. */
static const struct evidence {
        const char *path;
        enum initramfs_maker maker;
} evidence[] = {
        { "run/ostree-booted", INITRAMFS_OSTREE },      { "usr/sbin/update-initramfs", INITRAMFS_TOOLS },
        { "usr/bin/mkinitcpio", INITRAMFS_MKINITCPIO }, { "usr/bin/booster", INITRAMFS_BOOSTER },
        { "usr/bin/dracut", INITRAMFS_DRACUT },         { "usr/sbin/dracut", INITRAMFS_DRACUT },
        { "etc/initramfs-tools", INITRAMFS_TOOLS },     { "etc/mkinitcpio.conf", INITRAMFS_MKINITCPIO },
        { "etc/booster.yaml", INITRAMFS_BOOSTER },      { "etc/dracut.conf", INITRAMFS_DRACUT },
};

static void parse(struct sys *sys, const char *path, struct initramfs_made *made)
{
        CLEANUP_FREE char *text = NULL;

        if (sys_read_text(sys, path, &text) == 0)
                initramfs_parse_mkinitcpio(text, made);
}

/* The drop-ins are read after the file, in the order of their names. */
static void read_mkinitcpio(struct sys *sys, struct initramfs_made *made)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;

        parse(sys, "etc/mkinitcpio.conf", made);
        made->hook = sys_exists(sys, "usr/lib/initcpio/install/passthru-setup");
        (void) sys_list(sys, "etc/mkinitcpio.conf.d", &names, &n);
        for (size_t i = 0; i < n; i++) {
                char path[PATH_MAX];

                if (snprintf(path, sizeof(path), "etc/mkinitcpio.conf.d/%s", names[i]) < (int) sizeof(path))
                        parse(sys, path, made);
        }
}

void initramfs_made_read(struct sys *sys, struct initramfs_made *ret)
{
        struct initramfs_made made = { .maker = INITRAMFS_MAKER_UNKNOWN };

        for (size_t i = 0; i < ARRAY_SIZE(evidence) && made.maker == INITRAMFS_MAKER_UNKNOWN; i++)
                if (sys_exists(sys, evidence[i].path))
                        made.maker = evidence[i].maker;
        made.claims = made.maker != INITRAMFS_MKINITCPIO && made.maker != INITRAMFS_BOOSTER &&
                      made.maker != INITRAMFS_OSTREE;
        if (made.maker == INITRAMFS_MKINITCPIO)
                read_mkinitcpio(sys, &made);
        *ret = made;
}
