/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The programs that make an initramfs, and mkinitcpio.conf(5). */
#include "boot/initramfs-made.h"

#include <string.h>

#include "base/strutil.h"

static const struct {
        const char *name, *command;
} makers[INITRAMFS_MAKER_MAX] = {
        [INITRAMFS_TOOLS] = { "initramfs-tools", "update-initramfs -u" },
        [INITRAMFS_DRACUT] = { "dracut", "dracut --force" },
        [INITRAMFS_MKINITCPIO] = { "mkinitcpio", "mkinitcpio -P" },
        [INITRAMFS_BOOSTER] = { "booster", "/usr/lib/booster/regenerate_images" },
        [INITRAMFS_OSTREE] = { "rpm-ostree", "rpm-ostree initramfs --enable" },
};

const char *initramfs_maker_name(enum initramfs_maker maker)
{
        return makers[maker].name;
}

const char *initramfs_maker_command(enum initramfs_maker maker)
{
        return makers[maker].command;
}

static bool has_hook(const char *list, size_t len, const char *hook)
{
        static const char parting[] = " \t\n\"'";
        size_t n = strlen(hook);

        for (const char *s = list, *end = list + len; s < end;) {
                size_t word;

                s += strspn(s, parting);
                word = strcspn(s, " \t\n\"')");
                if (s + word <= end && word == n && strncmp(s, hook, n) == 0)
                        return true;
                s += word + (word == 0);
        }
        return false;
}

/* HOOKS=(…), HOOKS+=(…), and "…" as it was once written; NULL: another line. *ret_more: it adds to what there is. */
static const char *hooks_of(const char *line, bool *ret_more)
{
        const char *s = after_prefix(line + strspn(line, " \t"), "HOOKS");

        *ret_more = s && *s == '+';
        s = s && *s == '+' ? s + 1 : s;
        return s && s[0] == '=' && (s[1] == '(' || s[1] == '"') ? s + 2 : NULL;
}

void initramfs_parse_mkinitcpio(const char *text, struct initramfs_made *made)
{
        for (const char *line = text; *line;) {
                bool more;
                const char *list = hooks_of(line, &more);

                if (list) {
                        size_t len = strcspn(list, list[-1] == '(' ? ")" : "\"");

                        made->kms = (more && made->kms) || has_hook(list, len, "kms");
                        made->claims = (more && made->claims) || has_hook(list, len, "passthru-setup");
                        line = list + len;
                }
                line += strcspn(line, "\n");
                line += *line == '\n';
        }
}
