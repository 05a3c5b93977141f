/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is written for the kernel command line, and how it is taken back, in trees, with another in the place of the
 * loader's command. */
#include "unit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "boot/boot-write.h"
#include "unit/boot.h"
#include "unit/tree.h"

/* In the place of update-grub and kernel-install: writes what they would. */
struct loader {
        const char *root;
        int status; /* what it ends with */
        bool idle;  /* it does nothing, and says that all is well */
        unsigned runs;
};

static char *file_text(const char *root, const char *path)
{
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        char *text = NULL;

        return sys_read_text(sys, path, &text) == 0 ? text : NULL;
}

static int run(void *userdata, char *const argv[])
{
        struct loader *l = userdata;
        CLEANUP_FREE char *cmdline = file_text(l->root, "etc/kernel/cmdline"), *drop_in = file_text(l->root, DROP_IN);
        CLEANUP_STRBUF struct strbuf b = { 0 };

        l->runs++;
        if (l->status != 0 || l->idle)
                return l->status;
        if (strstr(argv[0], "kernel-install")) {
                strbuf_addf(&b, "options %s\n", cmdline ? cmdline : "");
                tree_file(l->root, "boot/loader/entries/t-6.1.conf", b.text);
        } else {
                strbuf_addf(&b, "linux /vmlinuz quiet%s\n",
                            drop_in && strstr(drop_in, "intel_iommu=on") ? " intel_iommu=on" : "");
                tree_file(l->root, "boot/grub/grub.cfg", b.text);
        }
        return 0;
}

static void assert_file(const char *root, const char *path, const char *expected)
{
        CLEANUP_FREE char *text = file_text(root, path);

        if (!expected)
                assert_null(text);
        else {
                assert_non_null(text);
                assert_text_of(path, text, expected);
        }
}

/* Looks, writes, and returns how it came out. */
static enum boot_result write_it(struct loader *loader, const char *config, struct boot_report *report)
{
        CLEANUP_LOOK struct look l = { 0 };
        const struct boot_runner runner = { run, loader };

        loader->runs = 0;
        look_at(&l, loader->root, config);
        assert_null(l.hindrance);
        assert_int_equal(boot_write(l.sys, &l.host, &l.needs, &l.edit, &runner, report), 0);
        return report->result;
}

static enum boot_result written(struct loader *loader, const char *config)
{
        CLEANUP_BOOT_REPORT struct boot_report report = { 0 };

        return write_it(loader, config, &report);
}

static void grub(void **unused)
{
        CLEANUP_TREE char *root = intel_host("");
        struct loader loader = { root, 0, false, 0 };

        (void) unused;
        add_grub(root, "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n");
        assert_int_equal(written(&loader, DEVICE), BOOT_WRITTEN);
        assert_int_equal(loader.runs, 1);
        assert_file(root, DROP_IN,
                    "# Written by passthru-setup boot-config --write; passthru-setup boot-config --undo removes it.\n"
                    "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT intel_iommu=on\"\n");
        assert_int_equal(written(&loader, DEVICE), BOOT_ALREADY);
        assert_int_equal(loader.runs, 0);
        /* GRUB was not told: only that is made up for. */
        tree_file(root, "boot/grub/grub.cfg", "linux /vmlinuz quiet\n");
        assert_int_equal(written(&loader, DEVICE), BOOT_WRITTEN);
        assert_int_equal(loader.runs, 1);
        assert_int_equal(written(&loader, NULL), BOOT_WRITTEN);
        assert_file(root, DROP_IN, NULL);
        assert_file(root, "boot/grub/grub.cfg", "linux /vmlinuz quiet\n");
        assert_int_equal(unlink(tree_path(root, "boot/grub/grub.cfg")), 0); /* which is none of our business then */
        assert_int_equal(written(&loader, NULL), BOOT_ALREADY);
        assert_int_equal(written(&loader, "[passthru]\ndriver = vfio-pci\n"), BOOT_ALREADY);
        assert_int_equal(loader.runs, 0);
        assert_file(root, "etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n");
        assert_file(root, "var/lib/passthru-setup/boot-config", NULL);
}

static void assert_back(const char *root, const char *text)
{
        assert_file(root, "etc/kernel/cmdline", text);
        assert_file(root, "var/lib/passthru-setup/boot-config", NULL);
        assert_file(root, "var/lib/passthru-setup/kernel-cmdline.before", NULL);
}

static void systemd_boot(void **unused)
{
        CLEANUP_TREE char *root = intel_host("initrd=x root=1\n");
        struct loader loader = { root, 0, false, 0 };
        struct stat st;

        (void) unused;
        add_systemd_boot(root, "root=1  quiet");
        tree_mode(root, "etc/kernel/cmdline", 0640);
        assert_int_equal(written(&loader, DEVICE), BOOT_WRITTEN);
        assert_file(root, "etc/kernel/cmdline", "root=1  quiet intel_iommu=on");
        assert_file(root, "var/lib/passthru-setup/kernel-cmdline.before", "root=1  quiet");
        assert_int_equal(stat(tree_path(root, "etc/kernel/cmdline"), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0640);
        assert_int_equal(written(&loader, DEVICE), BOOT_ALREADY);
        /* One more need comes, and both go one after the other. */
        assert_int_equal(written(&loader, DEVICE GVT), BOOT_WRITTEN);
        assert_file(root, "etc/kernel/cmdline", "root=1  quiet intel_iommu=on i915.enable_gvt=1");
        assert_int_equal(written(&loader, GVT), BOOT_WRITTEN);
        assert_file(root, "etc/kernel/cmdline", "root=1  quiet i915.enable_gvt=1");
        assert_file(root, "boot/loader/entries/t-6.1.conf", "options root=1  quiet i915.enable_gvt=1\n");
        assert_int_equal(written(&loader, NULL), BOOT_WRITTEN);
        assert_back(root, "root=1  quiet");
        assert_int_equal(written(&loader, NULL), BOOT_ALREADY);
        /* A word of the administrator's own is not ours to take. */
        tree_file(root, "etc/kernel/cmdline", "root=1 intel_iommu=on\n");
        assert_int_equal(written(&loader, DEVICE), BOOT_WRITTEN); /* the loader did not have it */
        assert_file(root, "boot/loader/entries/t-6.1.conf", "options root=1 intel_iommu=on\n\n");
        assert_int_equal(written(&loader, DEVICE), BOOT_ALREADY);
        assert_int_equal(written(&loader, NULL), BOOT_ALREADY);
        assert_back(root, "root=1 intel_iommu=on\n");
        /* What he has changed since stays. */
        tree_file(root, "etc/kernel/cmdline", "root=1\n");
        assert_int_equal(written(&loader, DEVICE), BOOT_WRITTEN);
        tree_file(root, "etc/kernel/cmdline", "a root=2 intel_iommu=on z\n");
        assert_int_equal(written(&loader, NULL), BOOT_WRITTEN);
        assert_back(root, "a root=2 z\n");
}

static void no_file(void **unused)
{
        CLEANUP_TREE char *root = intel_host("initrd=x root=1 quiet\n");
        struct loader loader = { root, 0, false, 0 };

        (void) unused;
        add_systemd_boot(root, NULL);
        assert_int_equal(written(&loader, DEVICE), BOOT_WRITTEN);
        assert_file(root, "etc/kernel/cmdline", "root=1 quiet intel_iommu=on\n");
        assert_int_equal(written(&loader, DEVICE), BOOT_ALREADY);
        assert_int_equal(written(&loader, NULL), BOOT_WRITTEN);
        assert_back(root, NULL);
        /* The distribution's file is what would count; it is copied, and stays. */
        tree_file(root, "usr/lib/kernel/cmdline", "# theirs\nroot=3\nro\n");
        assert_int_equal(written(&loader, DEVICE), BOOT_WRITTEN);
        assert_file(root, "etc/kernel/cmdline", "root=3 ro intel_iommu=on\n");
        /* One that he has made his own meanwhile is not removed. */
        tree_file(root, "etc/kernel/cmdline", "root=4 intel_iommu=on\n");
        assert_int_equal(written(&loader, NULL), BOOT_WRITTEN);
        assert_back(root, "root=4\n");
}

static void failures(void **unused)
{
        CLEANUP_TREE char *root = intel_host("");
        struct loader loader = { root, 0, false, 0 };
        CLEANUP_BOOT_REPORT struct boot_report command = { 0 }, idle = { 0 }, link = { 0 };

        (void) unused;
        add_systemd_boot(root, "root=1\n");
        loader.status = 7;
        assert_int_equal(write_it(&loader, DEVICE, &command), BOOT_COMMAND_FAILED);
        assert_int_equal(command.status, 7);
        assert_int_equal(command.restore_error, 0);
        assert_back(root, "root=1\n");
        loader.status = 0;
        loader.idle = true;
        assert_int_equal(write_it(&loader, DEVICE, &idle), BOOT_NOT_GENERATED);
        assert_string_equal(idle.where, "the entry of Linux 6.1");
        assert_int_equal(loader.runs, 2); /* once more, with the file as it was */
        assert_file(root, "etc/kernel/cmdline", "root=1\n");
        loader.idle = false;
        tree_file(root, "elsewhere", "root=1\n");
        assert_int_equal(unlink(tree_path(root, "etc/kernel/cmdline")), 0);
        tree_link(root, "etc/kernel/cmdline", "../../elsewhere");
        assert_int_equal(write_it(&loader, DEVICE, &link), BOOT_NOT_WRITTEN);
        assert_int_equal(link.error, -ELOOP);
        assert_int_equal(loader.runs, 0);
        assert_file(root, "elsewhere", "root=1\n");
        assert_file(root, "var/lib/passthru-setup/boot-config", NULL);
}

static void proxmox(void **unused)
{
        CLEANUP_TREE char *root = intel_host("root=1");
        struct loader loader = { root, 0, false, 0 };
        CLEANUP_LOOK struct look l = { 0 };
        CLEANUP_BOOT_REPORT struct boot_report report = { 0 };

        (void) unused;
        tree_file(root, "usr/sbin/proxmox-boot-tool", "");
        tree_file(root, "etc/kernel/proxmox-boot-uuids", "A1B2-C3D4\n");
        tree_dir(root, "sys/firmware/efi");
        tree_file(root, "etc/kernel/cmdline", "root=1\n");
        assert_int_equal(write_it(&loader, DEVICE, &report), BOOT_WRITTEN);
        assert_true(report.unseen);
        assert_file(root, "etc/kernel/cmdline", "root=1 intel_iommu=on\n");
        assert_int_equal(written(&loader, NULL), BOOT_WRITTEN);
        assert_back(root, "root=1\n");
        tree_file(root, "etc/kernel/cmdline", "root=1\nquiet\n");
        look_at(&l, root, DEVICE);
        assert_string_equal(l.hindrance, "/etc/kernel/cmdline has more than one line, and proxmox-boot-tool reads "
                                         "only the first: join them into one first");
}

static void the_running_system(void **unused)
{
        char *const good[] = { (char *) "/bin/sh", (char *) "-c",
                               (char *) "read x; [ -z \"$PASSTHRU_TEST\" ] && exit 3", NULL };
        char *const killed[] = { (char *) "/bin/sh", (char *) "-c", (char *) "kill -9 $$", NULL };
        char *const missing[] = { (char *) "/nonexistent/update-grub", NULL };

        (void) unused;
        assert_int_equal(setenv("PASSTHRU_TEST", "1", 1), 0);
        assert_int_equal(boot_runner_live.run(NULL, good), 3);
        assert_int_equal(boot_runner_live.run(NULL, killed), 128 + 9);
        assert_int_equal(boot_runner_live.run(NULL, missing), -ENOENT);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(grub),     cmocka_unit_test(systemd_boot), cmocka_unit_test(no_file),
                cmocka_unit_test(failures), cmocka_unit_test(proxmox),      cmocka_unit_test(the_running_system),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
