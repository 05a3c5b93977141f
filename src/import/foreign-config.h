/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rivals: what other programs' files say about devices that this one would hand over: driverctl's overrides, mdevctl's
 * mdevs, vfio-pci's ids=, sysfsutils' numbers of VFs. Data only; the readers of each format, of which
 * import/foreign-read.h has the files. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "device/inventory.h"

enum rival_kind {
        RIVAL_DRIVERCTL, /* a file of /etc/driverctl.d: device → driver, at each boot */
        RIVAL_MDEVCTL,   /* a file of /etc/mdevctl.d: an mdev */
        RIVAL_VFIO_IDS,  /* one id of vfio-pci's ids=, or of pci-stub's: every device that has it */
        RIVAL_SYSFS,     /* a line of sysfsutils' that sets sriov_numvfs or sriov_drivers_autoprobe */
        RIVAL_KIND_MAX,
};

struct rival_attr {
        char *name, *value;
};

/* One entry; what its kind has not is NULL, 0 or false. */
struct rival {
        enum rival_kind kind;
        char *file;    /* "/etc/driverctl.d/pci-0000:01:00.0", "/proc/cmdline" */
        unsigned line; /* from 1; 0: the file as a whole */
        bool in_force; /* false: a later ids= is used instead, the command line is not the running kernel's, or the
                        * mdev is started by hand only */

        bool has_address; /* driverctl, sysfs */
        struct pci_address address;
        char *interface; /* sysfs, when it goes by class/net */
        char *driver;    /* driverctl: "none" keeps every driver off; ids: "pci-stub", NULL: vfio-pci */

        char *id_text;    /* ids, as the file says it */
        bool later;       /* ids: not in force, as they are given to the next kernel */
        bool shares_line; /* ids: other parameters are in the line, which stay */
        struct pci_id_pattern id;
        uint32_t class, class_mask;

        char *attribute; /* sysfs: "sriov_numvfs" or "sriov_drivers_autoprobe" */
        unsigned value;

        char *parent, *type; /* mdevctl: a name under /sys/class/mdev_bus, a type's id */
        uint8_t uuid[16];
        struct rival_attr *attrs; /* in the order in which they are written */
        size_t n_attrs, alloc_attrs;
};

/* What a line of another program's file does, where it is not read as an entry of its own. */
enum foreign_what {
        FOREIGN_VFS,       /* makes VFs */
        FOREIGN_VFS_MAX,   /* says how many VFs a driver may make, which offers none without */
        FOREIGN_OVERRIDE,  /* writes driver_override */
        FOREIGN_BIND,      /* binds, unbinds, or gives a driver ids */
        FOREIGN_MDEV,      /* makes mdevs */
        FOREIGN_LOAD,      /* has a module of VFIO's loaded */
        FOREIGN_SOFTDEP,   /* has vfio-pci loaded before another module */
        FOREIGN_INSTALL,   /* has a command run in place of loading vfio-pci */
        FOREIGN_BLACKLIST, /* keeps a driver off everything, as recipes for passthrough have it */
        FOREIGN_WHAT_MAX,
};

struct foreign_line {
        enum foreign_what what;
        const char *says; /* VFS: "this line has sriov_numvfs, and may make VFs as well" */
        char *file;
        unsigned line;
        char *interface; /* VFS: whose, where the file says it plainly */
        char *module; /* LOAD, SOFTDEP, BLACKLIST, VFS_MAX; VFS: whose PFs, where it is a parameter of their driver */
        unsigned number; /* VFS_MAX */
        bool has_id;     /* BIND: the ids that a driver is given */
        struct pci_id_pattern id;
        char *addresses; /* the PCI addresses in the line, or else in the file, parted by blanks; NULL: none */
};

/* A parameter that modprobe.d or initramfs-tools gives a module of VFIO's or KVM's. */
struct foreign_param {
        char *file;
        unsigned line;
        char *module, *name, *value; /* the module's name with underscores */
};

struct rivals {
        struct rival *items; /* in the order in which the files were read */
        size_t n, alloc;
        struct diag_list notes; /* entries that can't be read, or that mean nothing: file, line, why; all warnings */
        enum rival_kind *note_kinds; /* of which kind of file each note is */
        size_t n_kinds, alloc_kinds;
        struct foreign_line *lines;
        size_t n_lines, alloc_lines;
        struct foreign_param *params;
        size_t n_params, alloc_params;
        char **scripts; /* that are run by something that was read */
        size_t n_scripts, alloc_scripts;
        char *packaged; /* what dpkg has installed: "|/etc/modprobe.d/x|…|", NULL: not known */
        char *unread;   /* a file of those with lines that can't be read, NULL: none */
};

void rivals_clear(struct rivals *r);
#define CLEANUP_RIVALS CLEANUP(rivals_clear)

/* "driverctl", "mdevctl", "vfio-ids", "sysfs": the words of --from=. */
const char *rival_kind_name(enum rival_kind kind);

/* Notes why something in a file is no entry. */
void rivals_note(struct rivals *r, enum rival_kind kind, const struct config_loc *loc, const char *format, ...)
        PRINTF_LIKE(4, 5);

/* Each reads the text of a file (len bytes and a NUL), whose name says what device it is for, or which is shown as the
 * place. The text may be changed. */
void rivals_add_driverctl(struct rivals *r, const char *file, char *text, size_t len); /* …/pci-0000:01:00.0 */
void rivals_add_mdevctl(struct rivals *r, const char *file, char *text, size_t len);  /* …/PARENT/UUID; mdevctl(8) */
void rivals_add_modprobe(struct rivals *r, const char *file, char *text, size_t len); /* modprobe.d(5) */
void rivals_add_sysfs(struct rivals *r, const char *file, char *text, size_t len);    /* sysfs.conf(5) */
void rivals_add_grub(struct rivals *r, const char *file, char *text, size_t len);     /* /etc/default/grub */

/* Likewise, for lines: systemd.link(5) and systemd.network(5), nm-settings-keyfile(5), netplan(5), os-net-config; what
 * a shell runs, and what names such a script; dracut.conf(5) and mkinitcpio.conf(5). */
void rivals_add_link(struct rivals *r, const char *file, char *text, size_t len);
void rivals_add_keyfile(struct rivals *r, const char *file, char *text, size_t len);
void rivals_add_netplan(struct rivals *r, const char *file, char *text, size_t len);
void rivals_add_net_config(struct rivals *r, const char *file, char *text, size_t len);
void rivals_add_script(struct rivals *r, const char *file, char *text, size_t len);
void rivals_add_initramfs(struct rivals *r, const char *file, char *text, size_t len);

/* Whether recipes for passthrough blacklist the module. */
bool foreign_is_blacklisted_by_recipe(const char *module);

/* Whether the file is the distribution's, which its next update writes again: below /usr/lib, or
 * in modprobe.d, init.d or cron's directories by a package. */
bool rivals_is_packaged(const struct rivals *r, const char *file);

/* A module in each line. In that of initramfs-tools parameters may follow; in modules-load.d(5) and /etc/modules,
 * which is read as one of it, they may not, and are noted. */
#define INITRAMFS_MODULES "/etc/initramfs-tools/modules"
void rivals_add_modules(struct rivals *r, const char *file, char *text, size_t len);

/* running: the kernel's own, /proc/cmdline; any other is for a later boot, and so not in force. */
void rivals_add_cmdline(struct rivals *r, const char *file, char *text, size_t len, bool running);

/* Whether the entry is for this function: the device that driverctl and sysfsutils name, each that an id means. */
bool rival_is_for(const struct rival *rival, const struct pci_function *f);
