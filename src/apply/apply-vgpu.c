/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps on VFs that are vGPUs themselves (device/vgpu.h): their type set, and taken back. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/apply-internal.h"
#include "base/strutil.h"
#include "device/vgpu.h"

/* As the kernel gives a page at most. */
#define TYPES_MAX (4096 + 1)

static const char *vgpu_path(const char *vf, const char *file, char buf[static VGPU_PATH_MAX])
{
        (void) snprintf(buf, VGPU_PATH_MAX, "sys/bus/pci/devices/%s/nvidia/%s", vf, file);
        return buf;
}

bool vgpu_is_there(struct sys *sys, const char *vf)
{
        char path[VGPU_PATH_MAX];

        return sys_exists(sys, vgpu_path(vf, "current_vgpu_type", path));
}

static int read_types(struct applier *a, const char *vf, struct mdev_parent *ret)
{
        char path[VGPU_PATH_MAX], text[TYPES_MAX];
        int r = sys_read_attr(a->sys, vgpu_path(vf, "creatable_vgpu_types", path), text, sizeof(text));

        if (r < 0)
                return step_fail(a, r, "failed to read the vGPU types of %s", vf);
        vgpu_types_parse(text, &ret->types, &ret->n_types);
        return 0;
}

static void clear_types(struct mdev_parent *p)
{
        for (size_t i = 0; i < p->n_types; i++) {
                free(p->types[i].id);
                free(p->types[i].name);
        }
        free(p->types);
}

/* The number of a type given by its name, for a VF that was not there when the plan was made, or had another type. */
static int resolve_type(struct applier *a, const char *vf, const char *type, unsigned *ret)
{
        CLEANUP(clear_types) struct mdev_parent offers = { 0 };
        struct inventory one = { .parents = &offers, .n_parents = 1 };
        int r;

        if (vgpu_type_number(type, ret))
                return 0;
        r = read_types(a, vf, &offers);
        if (r < 0)
                return r;
        if (vgpu_type_find(&one, &offers, type, ret))
                return 0;
        return step_fail(a, -ENOENT,
                         offers.n_types > 0 ? "%s can't be a vGPU of type %s"
                                            : "%s can't be a vGPU of type %s, nor of any other: nvidia-vgpud has not "
                                              "announced the types yet, or the GPU has no room left",
                         vf, type);
}

static int read_current(struct applier *a, const char *vf, uint64_t *ret)
{
        char path[VGPU_PATH_MAX];
        int r = sys_read_number(a->sys, vgpu_path(vf, "current_vgpu_type", path), ret);

        return r < 0 ? step_fail(a, r, "failed to read the vGPU type of %s", vf) : 0;
}

static int set_type(struct applier *a, const char *vf, unsigned type)
{
        char path[VGPU_PATH_MAX], text[16];
        uint64_t got;
        int r;

        (void) snprintf(text, sizeof(text), "%u", type);
        r = bounded_write(a, vf, vgpu_path(vf, "current_vgpu_type", path), text);
        if (r == -ETIMEDOUT)
                return r;
        if (r < 0)
                return step_fail(a, r, "failed to make %s a vGPU of type %u", vf, type);
        r = read_current(a, vf, &got);
        if (r == 0 && got != type)
                r = step_fail(a, -EUCLEAN, "the vGPU type of %s is %u after writing %u", vf, (unsigned) got, type);
        return r;
}

int do_vgpu_create(struct applier *a, const struct plan_step *step, const char *vf)
{
        uint64_t current;
        unsigned type;
        int r;

        if (a->plan->items[step->item].section->has_uuid)
                return step_fail(a, -EINVAL, "the vGPU on %s is the VF itself and has no uuid: remove the line", vf);
        r = read_current(a, vf, &current);
        if (r == 0 && current != 0)
                r = step_fail(a, -EBUSY, "%s is a vGPU of type %u already", vf, (unsigned) current);
        if (r == 0)
                r = resolve_type(a, vf, step->value, &type);
        if (r == 0) {
                a->work->vgpu = true;
                r = set_type(a, vf, type);
        }
        return r;
}

/* One that is only half set up must not be handed to a VM. */
static void remove_again(struct applier *a, const char *vf)
{
        char path[VGPU_PATH_MAX];
        uint64_t current = 0;
        int r = a->sys->ops->write(a->sys->userdata, vgpu_path(vf, "current_vgpu_type", path), "0", 1);

        if (sys_read_number(a->sys, path, &current) == 0 && current == 0)
                strbuf_add(&a->work->detail, "; the vGPU was removed again");
        else
                strbuf_addf(&a->work->detail, "; failed to remove the vGPU (%s)",
                            r < 0 ? strerrordesc_np(-r) : "no reason given");
}

int do_vgpu_attr(struct applier *a, const struct plan_step *step, const char *vf)
{
        const char *name = after_prefix(step->attribute, "nvidia/");
        char path[VGPU_PATH_MAX];
        int r;

        /* What is read back are all parameters, in the driver's words: the errno is all there is. */
        r = a->sys->ops->write(a->sys->userdata, vgpu_path(vf, name ? name : step->attribute, path), step->value,
                               strlen(step->value));
        if (r == 0)
                return 0;
        r = step_fail(a, r, "%s = %s was rejected by the vGPU on %s", step->attribute, step->value, vf);
        if (!step->guarded)
                remove_again(a, vf);
        return r;
}

int do_vgpu_remove(struct applier *a, const char *vf)
{
        if (vgpu_is_open(a->sys, a->inv, vf))
                return step_fail(a, -EBUSY, "the vGPU on %s is open: a VM or another program uses it", vf);
        return set_type(a, vf, 0);
}
