/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What makes the initramfs, by what a host has of it. */
#include "unit/kit.h"

#include <string.h>

#include "boot/initramfs-made-read.h"
#include "unit/tree.h"

static void found(void **unused)
{
        static const struct {
                const char *what, *files[3];
                enum initramfs_maker maker;
                bool claims, kms;
        } cases[] = {
                { "nothing", { NULL }, INITRAMFS_MAKER_UNKNOWN, true, false },
                { "Debian", { "usr/sbin/update-initramfs=" }, INITRAMFS_TOOLS, true, false },
                { "Debian, without its program", { "etc/initramfs-tools/modules=" }, INITRAMFS_TOOLS, true, false },
                { "Fedora", { "usr/bin/dracut=" }, INITRAMFS_DRACUT, true, false },
                { "ostree", { "usr/bin/dracut=", "run/ostree-booted=" }, INITRAMFS_OSTREE, false, false },
                { "booster", { "usr/bin/booster=" }, INITRAMFS_BOOSTER, false, false },
                { "mkinitcpio", { "usr/bin/mkinitcpio=", "etc/mkinitcpio.conf=#HOOKS=(kms passthru-setup)\nHOOKS=(base\n  kms)\n" },
                  INITRAMFS_MKINITCPIO, false, true },
                { "mkinitcpio with our hook",
                  { "usr/bin/mkinitcpio=", "etc/mkinitcpio.conf=HOOKS=(base kms)\n",
                    "etc/mkinitcpio.conf.d/a.conf=HOOKS=(base passthru-setup modconf)\n" },
                  INITRAMFS_MKINITCPIO, true, false },
                { "a hook more", { "etc/mkinitcpio.conf=HOOKS=\"base kms\"\nHOOKS+=(passthru-setup)\n" }, INITRAMFS_MKINITCPIO,
                  true, true },
                { "no such hook", { "etc/mkinitcpio.conf=HOOKS=(kmsx my-passthru-setup) # kms\n" }, INITRAMFS_MKINITCPIO, false,
                  false },
                { "no end", { "etc/mkinitcpio.conf=HOOKS=(base kms" }, INITRAMFS_MKINITCPIO, false, true },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_TREE char *root = tree_new();
                CLEANUP(sys_freep) struct sys *sys = NULL;
                struct initramfs_made made;

                for (size_t k = 0; k < ARRAY_SIZE(cases[i].files) && cases[i].files[k]; k++) {
                        const char *text = strchr(cases[i].files[k], '=');
                        CLEANUP_FREE char *path = strndup(cases[i].files[k], (size_t) (text - cases[i].files[k]));

                        tree_file(root, path, text + 1);
                }
                sys = tree_running(root);
                initramfs_made_read(sys, &made);
                if (made.maker != cases[i].maker || made.claims != cases[i].claims || made.kms != cases[i].kms)
                        fail_msg("%s: %d %d %d", cases[i].what, made.maker, made.claims, made.kms);
                assert_true(!initramfs_maker_name(made.maker) == (made.maker == INITRAMFS_MAKER_UNKNOWN));
                assert_true(!initramfs_maker_command(made.maker) == (made.maker == INITRAMFS_MAKER_UNKNOWN));
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(found),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
