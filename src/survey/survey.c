/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what the host uses its devices for, once, and the two ways of reading that all parts share. */
#include "survey/survey.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"

#define TEXT_MAX (64 << 20) /* a host of a hundred thousand connections has some 15 MiB in /proc/net/tcp */

/* Cuts the last part of a path. */
static void go_up(struct strbuf *b)
{
        while (b->len > 0 && b->text[b->len - 1] != '/')
                b->len--;
        b->len -= b->len > 0;
        b->text[b->len] = '\0';
}

/* dir + target, without "." and "..". */
static void join(struct strbuf *b, const char *dir, char *target)
{
        char *part;

        strbuf_add(b, dir);
        while ((part = strsep(&target, "/")))
                if (streq(part, ".."))
                        go_up(b);
                else if (*part && !streq(part, ".")) {
                        strbuf_add(b, b->len > 0 ? "/" : "");
                        strbuf_add(b, part);
                }
}

int usage_read_place(struct sys *sys, const char *dir, const char *name, char **ret)
{
        CLEANUP_STRBUF struct strbuf path = { 0 }, joined = { 0 };
        char target[PATH_MAX];
        const char *place;
        ssize_t n;

        strbuf_addf(&path, "%s/%s", dir, name);
        n = sys->ops->readlink(sys->userdata, path.text, target, sizeof(target));
        if (n < 0)
                return (int) n;
        join(&joined, dir, target);
        place = after_prefix(joined.text, "sys/devices/");
        if (!place)
                return -EINVAL;
        *ret = xstrdup(place);
        return 0;
}

int usage_read_text(struct sys *sys, const char *path, char **ret)
{
        CLEANUP_FREE char *text = NULL;
        size_t len;
        int r = sys->ops->read_file(sys->userdata, path, TEXT_MAX, &text, &len);

        if (r < 0)
                return r;
        if (strlen(text) != len)
                return -EINVAL;
        *ret = STEAL(text);
        return 0;
}

/* What no file tells (ZFS, a virtual machine that has the whole disk) the kernel does. Where one does, it is not
 * asked: to ask keeps a mount or an fsck beside it from the device for a moment. */
void usage_ask_kernel(struct sys *sys, const struct pci_function *place, struct usage *usage)
{
        for (size_t i = 0; i < usage->n_blocks; i++) {
                struct usage_block *b = &usage->blocks[i];
                int r;

                if (b->held || b->locked || !usage_block_is_under(b, place) || usage_block_is_told(usage, i))
                        continue;
                r = SYS_CALL(sys, block_open, b->name);
                b->held = r == -EBUSY;
                b->answered = r == 0 || b->held;
                b->locked = r == -EAGAIN;
        }
}

void usage_read(struct sys *sys, const struct inventory *inventory, const struct plan_taking *takings, size_t n,
                struct usage **ret)
{
        CLEANUP(usage_freep) struct usage *usage = usage_new();

        usage_read_block(sys, usage);
        usage_read_mounts(sys, usage);
        usage_read_net(sys, usage);
        usage_read_configured(sys, usage);
        usage_read_configured_net(sys, usage);
        usage_read_display(sys, inventory, usage);
        usage_read_keyboards(sys, usage);
        for (size_t i = 0; i < n; i++)
                usage_ask_kernel(sys, &inventory->functions[takings[i].function], usage);
        *ret = STEAL(usage);
}
