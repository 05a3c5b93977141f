/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The places where Proxmox VE and libvirt have their definitions. */
#include "vmdef/vmdef-read.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"

#define FILE_MAX (4U * 1024 * 1024) /* libvirt's own limit of a definition is less */
#define PVE "etc/pve/"
#define LIBVIRT "etc/libvirt/qemu/"

typedef void (*add_file)(struct sys *sys, struct vmdefs *defs, const char *path, const char *name, char *text,
                         size_t len);

static void note(struct vmdefs *defs, const char *path, int error)
{
        CLEANUP_FREE char *shown = NULL;
        struct config_loc loc = { NULL, 0 };

        shown = xasprintf("/%s", path);
        loc.file = shown;
        diag_add(&defs->notes, DIAG_NOTE, &loc, "can't be read: %s", strerrordesc_np(-error));
}

static void read_one(struct sys *sys, struct vmdefs *defs, const char *path, const char *name, add_file add)
{
        CLEANUP_FREE char *text = NULL, *shown = NULL;
        size_t len = 0;
        int r = sys->ops->read_file(sys->userdata, path, FILE_MAX, &text, &len);

        if (r < 0) {
                if (r != -ENOENT && r != -EISDIR)
                        note(defs, path, r);
                return;
        }
        shown = xasprintf("/%s", path);
        add(sys, defs, shown, name, text, len);
}

/* The files of the directory that are of the pattern, by name. 0, or the error why there are none. */
static int read_directory(struct sys *sys, struct vmdefs *defs, const char *directory, const char *pattern,
                          add_file add)
{
        CLEANUP(names_freep) char **names = NULL;
        size_t n = 0;
        int r = sys_list(sys, directory, &names, &n);

        for (size_t i = 0; r == 0 && i < n; i++) {
                char path[PATH_MAX];

                if (names[i][0] != '.' && fnmatch(pattern, names[i], 0) == 0 &&
                    snprintf(path, sizeof(path), "%s%s", directory, names[i]) < (int) sizeof(path))
                        read_one(sys, defs, path, names[i], add);
        }
        if (r < 0 && r != -ENOENT && r != -ENOTDIR)
                note(defs, directory, r);
        return r;
}

static void add_proxmox(struct sys *sys, struct vmdefs *defs, const char *shown, const char *name, char *text,
                        size_t len)
{
        CLEANUP_FREE char *id = xstrndup(name, strcspn(name, "."));

        (void) sys;
        vmdef_add_proxmox(defs, shown, id, text, len);
}

/* Beside the definition is a link to it from autostart/. */
static void add_libvirt(struct sys *sys, struct vmdefs *defs, const char *shown, const char *name, char *text,
                        size_t len)
{
        char path[PATH_MAX], target[PATH_MAX];
        int directory = (int) (strlen(shown) - strlen(name));

        (void) snprintf(path, sizeof(path), "%.*sautostart/%s", directory - 1, shown + 1, name);
        vmdef_add_libvirt(defs, shown, sys->ops->readlink(sys->userdata, path, target, sizeof(target)) >= 0, text,
                          len);
}

/* etc/pve/local leads to this node's directory: "nodes/pve1"; else it is called as the host. */
static char *node_name(struct sys *sys)
{
        CLEANUP_FREE char *text = NULL;
        char *name = NULL;

        if (sys_read_link_name(sys, PVE "local", &name) == 0)
                return name;
        if (sys_read_text(sys, "etc/hostname", &text) < 0)
                return NULL;
        return xstrndup(text, strcspn(text, ". \t\n"));
}

void vmdefs_read(struct sys *sys, struct vmdefs *ret)
{
        CLEANUP_FREE char *node = node_name(sys), *text = NULL;
        char path[PATH_MAX];
        size_t len;

        if (read_directory(sys, ret, PVE "qemu-server/", "[0-9]*.conf", add_proxmox) == -ENOENT && node) {
                (void) snprintf(path, sizeof(path), PVE "nodes/%s/qemu-server/", node);
                (void) read_directory(sys, ret, path, "[0-9]*.conf", add_proxmox);
        }
        if (sys->ops->read_file(sys->userdata, PVE "mapping/pci.cfg", FILE_MAX, &text, &len) == 0)
                vmdef_add_mappings(ret, "/" PVE "mapping/pci.cfg", node, text, len);
        (void) read_directory(sys, ret, LIBVIRT, "*.xml", add_libvirt);
        (void) read_directory(sys, ret, LIBVIRT "networks/", "*.xml", add_libvirt);
}
