/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hosts in trees, as boot-config finds them, and all that it knows before it writes. */
#pragma once

#include "boot/boot-edit.h"
#include "config/config.h"
#include "sys/sys.h"

#define DEVICE "[device gpu]\naddress = 01:00.0\n"
#define GVT "[mdev d]\nparent = 00:02.0\ntype = i915-GVTg_V5_4\n"
#define DROP_IN "etc/default/grub.d/passthru-setup.cfg"

/* An Intel host that has its IOMMU off; its command line is what `running` says. A new tree. */
char *intel_host(const char *running);

/* Its boot loader, with a file; cmdline NULL: without it. */
void add_grub(const char *root, const char *defaults);
void add_systemd_boot(const char *root, const char *cmdline);

struct look {
        struct config *config;
        struct sys *sys;
        struct boot_host host;
        struct boot_needs needs;
        struct boot_edit edit;
        char *hindrance;
};

void look_clear(struct look *l);
#define CLEANUP_LOOK CLEANUP(look_clear)

/* config NULL: what --undo does. */
void look_at(struct look *l, const char *root, const char *config);
