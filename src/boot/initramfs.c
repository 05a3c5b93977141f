/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares what an initramfs carries with the record, device by device. */
#include "boot/initramfs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "guard/clearance-file.h"

static int load_image(struct sys *sys, const char *release, char **ret, size_t *ret_len)
{
        char path[PATH_MAX];
        int r;

        if (snprintf(path, sizeof(path), CLEARANCE_IMAGES "%s", release) >= (int) sizeof(path))
                return -ENAMETOOLONG;
        r = clearance_load(sys, path, ret, ret_len);
        if (r == -EISDIR) {
                /* of a version before: it carries a configuration, and nothing that is cleared */
                *ret_len = 0;
                *ret = xstrdup("");
                return 0;
        }
        return r == -ENOENT ? clearance_load(sys, CLEARANCE_INITRAMFS, ret, ret_len) : r;
}

/* How many entries of one record the other has not; *ret_first: the first of them. */
static size_t count_others(const char *text, size_t len, const char *other, size_t other_len,
                           struct pci_address *ret_first)
{
        const char *end = text + len;
        size_t n = 0;

        for (;;) {
                CLEANUP_CLEARANCE struct clearance c = { 0 };

                if (clearance_next(&text, end, &c) == 0)
                        return n;
                if (clearance_covers(other, other_len, &c))
                        continue;
                if (n++ == 0 && ret_first)
                        *ret_first = c.address;
        }
}

int initramfs_look(struct sys *sys, const char *release, struct initramfs_look *ret)
{
        CLEANUP_FREE char *image = NULL, *now = NULL;
        size_t image_len = 0, now_len = 0;
        int r = load_image(sys, release, &image, &image_len);

        *ret = (struct initramfs_look){ 0 };
        if (r < 0)
                return r;
        r = clearance_load(sys, CLEARANCE_PATH, &now, &now_len);
        if (r < 0 && r != -ENOENT)
                return r;
        ret->n_withdrawn = count_others(image, image_len, now ? now : "", now_len, &ret->withdrawn);
        ret->n_missing = count_others(now ? now : "", now_len, image, image_len, NULL);
        return 0;
}
