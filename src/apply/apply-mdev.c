/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps on mdevs: creating one and setting its attributes. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/apply-internal.h"
#include "base/alloc.h"
#include "base/uuid.h"

static bool parent_is_there(struct sys *sys, const char *parent)
{
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "sys/class/mdev_bus/%s", parent);
        return sys_exists(sys, path) || vgpu_is_there(sys, parent);
}

/* The driver of a VF that was just made registers it as a parent some time after it was bound. */
static int wait_for_parent(struct applier *a, const char *parent)
{
        int r = SYS_CALL(a->sys, events_begin);

        while (r >= 0 && !parent_is_there(a->sys, parent)) {
                r = apply_wait(a);
                if (r == 0)
                        return parent_is_there(a->sys, parent)
                                       ? 0
                                       : step_fail(a, -ENODEV, "%s did not register as an mdev parent", parent);
        }
        return r < 0 ? step_fail(a, r, "failed to wait for the mdev parent %s", parent) : 0;
}

static bool type_is_there(struct sys *sys, const char *parent, const char *id)
{
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "sys/class/mdev_bus/%s/mdev_supported_types/%s", parent, id);
        return sys_exists(sys, path);
}

/* The id of a type that may be given by its name, for a parent that was not there when the plan was made. */
static int resolve_type(struct applier *a, const char *parent, const char *type, char **ret)
{
        CLEANUP(names_freep) char **ids = NULL;
        CLEANUP_FREE char *found = NULL;
        char path[PATH_MAX], name[512];
        size_t n = 0;
        int r;

        if (type_is_there(a->sys, parent, type)) {
                *ret = xstrdup(type);
                return 0;
        }
        (void) snprintf(path, sizeof(path), "sys/class/mdev_bus/%s/mdev_supported_types", parent);
        r = sys_list(a->sys, path, &ids, &n);
        if (r < 0)
                return step_fail(a, r, "failed to read the mdev types of %s", parent);
        for (size_t i = 0; i < n; i++) {
                (void) snprintf(path, sizeof(path), "sys/class/mdev_bus/%s/mdev_supported_types/%s/name", parent,
                                ids[i]);
                if (sys_read_attr(a->sys, path, name, sizeof(name)) < 0 || !streq(name, type))
                        continue;
                if (found)
                        return step_fail(a, -ENOTUNIQ, "two types of %s are named %s; give the id of one", parent,
                                         type);
                found = xstrdup(ids[i]);
        }
        if (!found)
                return step_fail(a, -ENOENT, "%s has no type %s", parent, type);
        *ret = STEAL(found);
        return 0;
}

/* What was made is of this type; a UUID that was there before may be of another. */
static int verify(struct applier *a, const char *uuid, const char *type)
{
        CLEANUP_FREE char *got = NULL;
        char path[PATH_MAX];
        int r;

        (void) snprintf(path, sizeof(path), "sys/bus/mdev/devices/%s/mdev_type", uuid);
        r = sys_read_link_name(a->sys, path, &got);
        if (r == -ENOENT)
                return step_fail(a, -EUCLEAN, "mdev %s does not exist after creating it", uuid);
        if (r < 0)
                return step_fail(a, r, "failed to read the type of mdev %s", uuid);
        if (!streq_ptr(got, type))
                return step_fail(a, -EUCLEAN, "mdev %s is of type %s, not %s", uuid, got, type);
        return 0;
}

/* An mdev that is only half set up must not be handed to a VM. It is just made, so nobody has it open. */
static void remove_again(struct applier *a, const char *uuid)
{
        char path[PATH_MAX];
        int r;

        (void) snprintf(path, sizeof(path), "sys/bus/mdev/devices/%s/remove", uuid);
        r = a->sys->ops->write(a->sys->userdata, path, "1", 1);
        (void) snprintf(path, sizeof(path), "sys/bus/mdev/devices/%s", uuid);
        if (!sys_exists(a->sys, path))
                strbuf_add(&a->work->detail, "; the mdev was removed again");
        else
                strbuf_addf(&a->work->detail, "; failed to remove the mdev (%s)",
                            r < 0 ? strerrordesc_np(-r) : "no reason given");
}

int do_mdev_create(struct applier *a, const struct plan_step *step, const struct pci_address *address)
{
        char parent_address[PCI_ADDRESS_MAX], path[PATH_MAX], uuid[UUID_TEXT_MAX];
        const char *parent = step->subject;
        CLEANUP_FREE char *type = NULL;
        int r;

        if (!parent) /* a VF: its address is the parent's name */
                parent = pci_address_format(address, parent_address);
        r = wait_for_parent(a, parent);
        if (r == 0 && vgpu_is_there(a->sys, parent))
                return do_vgpu_create(a, step, parent);
        if (r == 0)
                r = resolve_type(a, parent, step->value, &type);
        if (r < 0)
                return r;
        (void) snprintf(path, sizeof(path), "sys/class/mdev_bus/%s/mdev_supported_types/%s/create", parent, type);
        (void) uuid_format(step->uuid, uuid);
        r = a->sys->ops->write(a->sys->userdata, path, uuid, strlen(uuid));
        if (r < 0)
                return step_fail(a, r, "%s failed to create mdev %s of type %s", parent, uuid, type);
        r = verify(a, uuid, type);
        if (r < 0)
                remove_again(a, uuid);
        return r;
}

/* The VF that is the vGPU itself, of a step whose mdev is not there; false: it is none. */
static bool find_vgpu(struct applier *a, const struct plan_step *step, char ret[static PCI_ADDRESS_MAX])
{
        struct pci_address address;

        if (!step->has_address || step_address(a, step, &address) < 0)
                return false;
        return vgpu_is_there(a->sys, pci_address_format(&address, ret));
}

int do_mdev_attr(struct applier *a, const struct plan_step *step)
{
        char path[PATH_MAX], uuid[UUID_TEXT_MAX], vf[PCI_ADDRESS_MAX];
        int r;

        if (find_vgpu(a, step, vf))
                return do_vgpu_attr(a, step, vf);
        (void) snprintf(path, sizeof(path), "sys/bus/mdev/devices/%s/%s", uuid_format(step->uuid, uuid),
                        step->attribute);
        r = a->sys->ops->write(a->sys->userdata, path, step->value, strlen(step->value));
        r = r < 0 ? step_fail(a, r, "%s = %s was rejected by mdev %s", step->attribute, step->value, uuid)
                  : verify_mdev_attr(a, uuid, step);
        if (r < 0 && !step->guarded)
                remove_again(a, uuid);
        return r;
}

int do_mdev_remove(struct applier *a, const struct plan_step *step)
{
        char path[PATH_MAX], uuid[UUID_TEXT_MAX];
        int r;

        if (step->vgpu)
                return do_vgpu_remove(a, step->subject);
        if (mdev_is_open(a->sys, step->uuid))
                return step_fail(a, -EBUSY, "mdev %s is open: a VM or another program uses it",
                                 uuid_format(step->uuid, uuid));
        (void) snprintf(path, sizeof(path), "sys/bus/mdev/devices/%s/remove", uuid_format(step->uuid, uuid));
        r = bounded_write(a, uuid, path, "1");
        if (r == -ETIMEDOUT)
                return r;
        if (r < 0)
                return step_fail(a, r, "failed to remove mdev %s", uuid);
        (void) snprintf(path, sizeof(path), "sys/bus/mdev/devices/%s", uuid);
        return sys_exists(a->sys, path) ? step_fail(a, -EUCLEAN, "mdev %s still exists after removing it", uuid) : 0;
}
