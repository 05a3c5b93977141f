/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hosts in trees, as boot-config finds them. */
#include "unit/kit.h"

#include "unit/boot.h"

#include <stdlib.h>

#include "boot/boot-host.h"
#include "unit/tree.h"

char *intel_host(const char *running)
{
        char *root = tree_new();

        tree_file(root, "sys/firmware/acpi/tables/DMAR", "");
        tree_file(root, "proc/cpuinfo", "vendor_id\t: GenuineIntel\n");
        tree_file(root, "proc/cmdline", running);
        return root;
}

void add_grub(const char *root, const char *defaults)
{
        tree_file(root, "etc/default/grub", defaults);
        tree_file(root, "usr/sbin/grub-mkconfig", "/default/grub.d/");
        tree_file(root, "usr/sbin/update-grub", "");
}

void add_systemd_boot(const char *root, const char *cmdline)
{
        tree_dir(root, "boot/loader/entries");
        tree_file(root, "usr/bin/kernel-install", "");
        tree_file(root, "usr/lib/modules/6.1/x", "");
        tree_file(root, "boot/vmlinuz-6.1", "");
        if (cmdline)
                tree_file(root, "etc/kernel/cmdline", cmdline);
}

void look_clear(struct look *l)
{
        free(l->hindrance);
        boot_edit_clear(&l->edit);
        boot_needs_clear(&l->needs);
        boot_host_clear(&l->host);
        sys_free(l->sys);
        config_free(l->config);
}

void look_at(struct look *l, const char *root, const char *config)
{
        l->sys = tree_running(root);
        assert_int_equal(boot_host_read(l->sys, &l->host), 0);
        if (config) {
                l->config = parse_good(config);
                boot_needs_build(l->config, NULL, NULL, &l->host, &l->needs);
        } else
                boot_needs_nothing(&l->host, &l->needs);
        if (l->host.loader.why_not)
                return;
        boot_edit_build(&l->host, &l->needs, &l->edit);
        l->hindrance = boot_edit_hindrance(&l->host, &l->needs, &l->edit);
}
