/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads other programs' files, in the order in which those programs do. */
#include "import/foreign-read.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"

#define RIVAL_FILE_MAX (1024U * 1024)     /* past this it is none of theirs */
#define DPKG_FILE_MAX (64U * 1024 * 1024) /* of thousands of packages it is some MiB */

/* The programs' files: where, and how they are read. */
struct place {
        enum rival_kind kind; /* whose notes; RIVAL_KIND_MAX: of lines */
        const char *in;      /* a file; or directories, the strongest first, in which a file hides those of its name */
        const char *sub;     /* of the directories below them, NULL: they themselves */
        const char *pattern; /* of the files' names, NULL: in is a file */
        void (*add)(struct rivals *r, const char *file, char *text, size_t len);
};

static void note_unreadable(struct rivals *rivals, enum rival_kind kind, const char *shown, int error)
{
        const struct config_loc loc = { .file = shown };

        if (kind != RIVAL_KIND_MAX)
                rivals_note(rivals, kind, &loc, "can't be read: %s", strerrordesc_np(-error));
        else if ((error == -EACCES || error == -EPERM) && !rivals->unread)
                replace_string(&rivals->unread, shown);
}

/* shown has the slash that paths below the root have not. */
static void read_one(struct sys *sys, const char *shown, const struct place *place, struct rivals *rivals)
{
        CLEANUP_FREE char *text = NULL;
        char target[PATH_MAX];
        size_t len = 0;
        int r;

        if (streq(shown, "/etc/modules-load.d/modules.conf") &&
            sys->ops->readlink(sys->userdata, shown + 1, target, sizeof(target)) > 0)
                return; /* Debian links /etc/modules there */
        r = sys->ops->read_file(sys->userdata, shown + 1, RIVAL_FILE_MAX, &text, &len);
        if (r == -ENOENT &&
            (sys->ops->readlink(sys->userdata, shown + 1, target, sizeof(target)) < 0 || streq(target, "/dev/null")))
                return; /* none, or masked in a captured tree */
        if (r == 0)
                place->add(rivals, shown, text, len);
        else if (r != -EISDIR)
                note_unreadable(rivals, place->kind, shown, r);
}

struct file {
        char *name;
        size_t directory; /* the lower the stronger */
};

struct files {
        struct file *items;
        size_t n, alloc;
};

static void files_clear(struct files *f)
{
        for (size_t i = 0; i < f->n; i++)
                free(f->items[i].name);
        free(f->items);
}

/* The names in the directory that are of the pattern. */
static void scan(struct sys *sys, const char *shown, size_t directory, const struct place *place, const char *pattern,
                 struct files *files, struct rivals *rivals)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;
        int r = sys_list(sys, shown + 1, &names, &n);

        if (r < 0 && r != -ENOENT && r != -ENOTDIR)
                note_unreadable(rivals, place->kind, shown, r);
        for (size_t i = 0; i < n; i++) {
                struct file *f;

                if (names[i][0] == '.' || fnmatch(pattern, names[i], 0) != 0)
                        continue;
                f = ARRAY_APPEND(files->items, files->n, files->alloc);
                f->directory = directory;
                f->name = xstrdup(names[i]);
        }
}

static int compare_files(const void *a, const void *b)
{
        const struct file *x = a, *y = b;
        int r = strcmp(x->name, y->name);

        return r != 0 ? r : (x->directory > y->directory) - (x->directory < y->directory);
}

/* By name, whatever the directory; of one name the strongest directory's alone. */
static void read_directories(struct sys *sys, char *const *directories, size_t n, const struct place *place,
                             struct rivals *rivals)
{
        CLEANUP(files_clear) struct files files = { 0 };

        for (size_t i = 0; i < n; i++)
                scan(sys, directories[i], i, place, place->pattern, &files, rivals);
        if (files.n > 1)
                qsort(files.items, files.n, sizeof(*files.items), compare_files);
        for (size_t i = 0; i < files.n; i++) {
                CLEANUP_FREE char *path = NULL;

                if (i > 0 && streq(files.items[i].name, files.items[i - 1].name))
                        continue;
                path = xasprintf("%s/%s", directories[files.items[i].directory], files.items[i].name);
                read_one(sys, path, place, rivals);
        }
}

/* Each directory below one: mdevctl's for a parent, a drop-in's for a file. */
static void read_below(struct sys *sys, const char *directory, const struct place *place, struct rivals *rivals)
{
        CLEANUP(files_clear) struct files below = { 0 };

        scan(sys, directory, 0, place, place->sub, &below, rivals);
        for (size_t i = 0; i < below.n; i++) {
                CLEANUP_FREE char *path = NULL;

                if (streq(below.items[i].name, "scripts.d")) /* mdevctl's call-outs */
                        continue;
                path = xasprintf("%s/%s", directory, below.items[i].name);
                read_directories(sys, &path, 1, place, rivals);
        }
}

static void read_place(struct sys *sys, const struct place *place, struct rivals *rivals)
{
        CLEANUP_FREE char *copy = xstrdup(place->in);
        char *rest = copy, *directories[8];
        size_t n = 0;

        if (!place->pattern) {
                read_one(sys, place->in, place, rivals);
                return;
        }
        while (rest && n < ARRAY_SIZE(directories))
                directories[n++] = strsep(&rest, " ");
        if (!place->sub) {
                read_directories(sys, directories, n, place, rivals);
                return;
        }
        for (size_t i = 0; i < n; i++)
                read_below(sys, directories[i], place, rivals);
}

static void add_running(struct rivals *r, const char *file, char *text, size_t len)
{
        rivals_add_cmdline(r, file, text, len, true);
}

static void add_later(struct rivals *r, const char *file, char *text, size_t len)
{
        rivals_add_cmdline(r, file, text, len, false);
}

#define LINES RIVAL_KIND_MAX
#define NETWORK_D "/etc/systemd/network /run/systemd/network /usr/local/lib/systemd/network /usr/lib/systemd/network"
#define UNITS_D "/etc/systemd/system /run/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system"
#define SCRIPTS(directory)                                                                                            \
        {                                                                                                             \
                LINES, directory, NULL, "*", rivals_add_script                                                        \
        }

/* Where such things live. modprobe.d, and after it the command line, as modprobe does: of several ids= the last one
 * counts. */
static const struct place places[] = {
        { RIVAL_DRIVERCTL, "/etc/driverctl.d", NULL, "*", rivals_add_driverctl },
        { RIVAL_MDEVCTL, "/etc/mdevctl.d", "*", "*", rivals_add_mdevctl },
        { RIVAL_VFIO_IDS,
          "/etc/modprobe.d /run/modprobe.d /usr/local/lib/modprobe.d /usr/lib/modprobe.d /lib/modprobe.d", NULL,
          "*.conf", rivals_add_modprobe },
        { RIVAL_VFIO_IDS, "/proc/cmdline", NULL, NULL, add_running },
        { RIVAL_VFIO_IDS, INITRAMFS_MODULES, NULL, NULL, rivals_add_modules },
        { RIVAL_VFIO_IDS, "/etc/modules", NULL, NULL, rivals_add_modules },
        { RIVAL_VFIO_IDS,
          "/etc/modules-load.d /run/modules-load.d /usr/local/lib/modules-load.d /usr/lib/modules-load.d", NULL,
          "*.conf", rivals_add_modules },
        { RIVAL_VFIO_IDS, "/etc/kernel/cmdline", NULL, NULL, add_later },
        { RIVAL_VFIO_IDS, "/etc/kernel/cmdline.d", NULL, "*.conf", add_later },
        { RIVAL_VFIO_IDS, "/etc/cmdline.d", NULL, "*.conf", add_later },
        { RIVAL_VFIO_IDS, "/etc/default/grub", NULL, NULL, rivals_add_grub },
        { RIVAL_VFIO_IDS, "/etc/default/grub.d", NULL, "*.cfg", rivals_add_grub },
        { RIVAL_SYSFS, "/etc/sysfs.conf", NULL, NULL, rivals_add_sysfs },
        { RIVAL_SYSFS, "/etc/sysfs.d", NULL, "*.conf", rivals_add_sysfs },
        { LINES, NETWORK_D, NULL, "*.link", rivals_add_link },
        { LINES, NETWORK_D, "*.link.d", "*.conf", rivals_add_link },
        { LINES, NETWORK_D, NULL, "*.network", rivals_add_link },
        { LINES, NETWORK_D, "*.network.d", "*.conf", rivals_add_link },
        { LINES,
          "/etc/NetworkManager/system-connections /run/NetworkManager/system-connections "
          "/usr/lib/NetworkManager/system-connections",
          NULL, "*", rivals_add_keyfile },
        { LINES, "/etc/netplan /run/netplan /usr/lib/netplan", NULL, "*.yaml", rivals_add_netplan },
        { LINES, "/etc/os-net-config", NULL, "*.yaml", rivals_add_net_config },
        { LINES, "/etc/udev/rules.d /run/udev/rules.d /usr/local/lib/udev/rules.d /usr/lib/udev/rules.d", NULL,
          "*.rules", rivals_add_script },
        { LINES, "/etc/tmpfiles.d /run/tmpfiles.d /usr/local/lib/tmpfiles.d /usr/lib/tmpfiles.d", NULL, "*.conf",
          rivals_add_script },
        { LINES, UNITS_D, NULL, "*.service", rivals_add_script },
        { LINES, UNITS_D, "*.d", "*.conf", rivals_add_script },
        SCRIPTS("/etc/init.d"),
        { LINES, "/etc/rc.local", NULL, NULL, rivals_add_script },
        { LINES, "/etc/rc.d/rc.local", NULL, NULL, rivals_add_script },
        { LINES, "/etc/network/interfaces", NULL, NULL, rivals_add_script },
        SCRIPTS("/etc/network/interfaces.d"),
        SCRIPTS("/etc/network/if-pre-up.d"),
        SCRIPTS("/etc/network/if-up.d"),
        { LINES, "/etc/sysconfig/network-scripts", NULL, "if*", rivals_add_script },
        { LINES, "/etc/sysconfig/network", NULL, "if*", rivals_add_script },
        { LINES, "/sbin/ifup-local", NULL, NULL, rivals_add_script },
        SCRIPTS("/etc/NetworkManager/dispatcher.d"),
        { LINES, "/etc/NetworkManager/dispatcher.d", "*.d", "*", rivals_add_script },
        { LINES, "/etc/networkd-dispatcher", "*.d", "*", rivals_add_script },
        { LINES, "/etc/crontab", NULL, NULL, rivals_add_script },
        SCRIPTS("/etc/cron.d"),
        { LINES, "/etc/anacrontab", NULL, NULL, rivals_add_script },
        SCRIPTS("/etc/cron.hourly"),
        SCRIPTS("/etc/cron.daily"),
        SCRIPTS("/etc/cron.weekly"),
        SCRIPTS("/etc/cron.monthly"),
        SCRIPTS("/var/spool/cron/crontabs"),
        SCRIPTS("/var/spool/cron"),
        { LINES, "/etc/initramfs-tools/scripts", "*", "*", rivals_add_script },
        SCRIPTS("/etc/initramfs-tools/hooks"),
        { LINES, "/etc/dracut.conf", NULL, NULL, rivals_add_initramfs },
        { LINES, "/etc/dracut.conf.d", NULL, "*.conf", rivals_add_initramfs },
        { LINES, "/usr/lib/dracut/modules.d", "*vfio*", "*", rivals_add_script },
        SCRIPTS("/etc/initcpio/hooks"),
        SCRIPTS("/etc/initcpio/install"),
        { LINES, "/etc/mkinitcpio.conf", NULL, NULL, rivals_add_initramfs },
        { LINES, "/etc/mkinitcpio.conf.d", NULL, "*.conf", rivals_add_initramfs },
};

/* dpkg-query(1)'s Conffiles: " /etc/modprobe.d/x MD5". Elsewhere owners edit what packages bring: /etc/modules. */
static void read_packaged(struct sys *sys, struct rivals *rivals)
{
        static const char *const directories[] = { "/etc/modprobe.d/", "/etc/init.d/", "/etc/cron." };
        CLEANUP_FREE char *text = NULL;
        CLEANUP_STRBUF struct strbuf b = { 0 };
        size_t len = 0;
        int r = sys->ops->read_file(sys->userdata, "var/lib/dpkg/status", DPKG_FILE_MAX, &text, &len);

        if (r < 0)
                return;
        strbuf_add(&b, "|");
        for (const char *s = text; (s = strstr(s, "\n /etc/")); s++)
                for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
                        if (after_prefix(s + 2, directories[i]))
                                strbuf_addf(&b, "%.*s|", (int) strcspn(s + 2, " \n"), s + 2);
        rivals->packaged = strbuf_steal(&b);
}

void rivals_read(struct sys *sys, struct rivals *ret)
{
        static const struct place script = { LINES, NULL, NULL, NULL, rivals_add_script };

        read_packaged(sys, ret);
        for (size_t i = 0; i < ARRAY_SIZE(places); i++)
                read_place(sys, &places[i], ret);
        /* A script may name the next. */
        for (size_t i = 0; i < ret->n_scripts; i++) {
                bool read = false;

                for (size_t k = 0; k < ret->n_lines; k++)
                        read = read || streq(ret->lines[k].file, ret->scripts[i]);
                if (!read)
                        read_one(sys, ret->scripts[i], &script, ret);
        }
}
