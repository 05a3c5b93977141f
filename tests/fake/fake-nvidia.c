/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NVIDIA's vGPU driver for kernels from 6.8 on, as its user guide documents it ("vendor-specific VFIO framework"): a
 * VF on the driver nvidia has a directory of that name, in which it is given the type that it is a vGPU of. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/strutil.h"
#include "fake/fake-internal.h"

static const struct fake_vgpu_type *type_find(const struct device *vf, unsigned id)
{
        for (const struct fake_vgpu_type *t = vf->physfn->spec.vgpu_types; t->id > 0; t++)
                if (t->id == id)
                        return t;
        return NULL;
}

/* What the GPU's memory has left for another one. */
static unsigned memory_left(const struct fake_kernel *k, const struct device *vf)
{
        unsigned left = vf->physfn->spec.vgpu_memory;

        for (const struct device *d = k->devices; d; d = d->next)
                if (d->physfn == vf->physfn && d->vgpu > 0)
                        left -= type_find(d, d->vgpu)->memory;
        return left;
}

bool vgpu_is_held(struct fake_kernel *k, const struct device *vf)
{
        const struct group *g = group_find(k, vf->group);

        return vf->vgpu > 0 && g && g->open;
}

static void creatable_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        const struct device *vf = n->owner;

        strbuf_add(out, "ID    : vGPU Name\n");
        for (const struct fake_vgpu_type *t = vf->physfn->spec.vgpu_types; t->id > 0 && vf->vgpu == 0 && !k->no_vgpud;
             t++)
                if (t->memory <= memory_left(k, vf))
                        strbuf_addf(out, "%-5u : %s\n", t->id, t->name);
}

void fake_stop_vgpud(struct fake_kernel *k, bool stopped)
{
        k->no_vgpud = stopped;
}

static void current_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        (void) k;
        strbuf_addf(out, "%u\n", ((const struct device *) n->owner)->vgpu);
}

static int current_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct device *vf = n->owner;
        const struct fake_vgpu_type *type;
        uint64_t id;

        fake_touch_device(k, vf);
        if (parse_unsigned(value, 10, UINT32_MAX, &id) < 0)
                return -EINVAL;
        if (vgpu_is_held(k, vf))
                return -EBUSY;
        if (id == 0) {
                vf->vgpu = 0;
                node_set(node_child(n->parent, "vgpu_params"), "", 0);
                return 0;
        }
        type = type_find(vf, (unsigned) id);
        if (!type)
                return -EINVAL;
        if (vf->vgpu > 0) /* 0 first */
                return -EPERM;
        if (type->memory > memory_left(k, vf))
                return -ENOSPC;
        vf->vgpu = (unsigned) id;
        return 0;
}

static void params_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        (void) k;
        strbuf_addf(out, "%s\n", n->text ? n->text : "");
}

static int params_store(struct fake_kernel *k, struct node *n, const char *value)
{
        const struct device *vf = n->owner;

        fake_touch_device(k, vf);
        if (vf->vgpu == 0)
                return -EPERM;
        if (!strchr(value, '='))
                return -EINVAL;
        node_set(n, value, strlen(value));
        return 0;
}

void vgpu_show(struct fake_kernel *k, struct device *vf)
{
        struct node *dir = node_dir(vf->dir, "nvidia");

        (void) k;
        node_attr(dir, "creatable_vgpu_types", creatable_show, NULL, vf);
        node_attr(dir, "current_vgpu_type", current_show, current_store, vf);
        node_attr(dir, "vgpu_params", params_show, params_store, vf);
}

void vgpu_hide(struct device *vf)
{
        vf->vgpu = 0;
        node_remove_child(vf->dir, "nvidia");
}

static void lock_show(struct fake_kernel *k, struct node *n, struct strbuf *out)
{
        (void) k;
        strbuf_addf(out, "%d\n", ((const struct device *) n->owner)->locked);
}

/* Whatever comes of it, the write succeeds. */
static int lock_store(struct fake_kernel *k, struct node *n, const char *value)
{
        struct device *gpu = n->owner;

        fake_touch_device(k, gpu);
        gpu->locked = streq(value, "1") ? !gpu->in_use : false;
        return 0;
}

void fake_unbind_lock(struct fake_kernel *k, const char *address, bool in_use)
{
        CLEANUP_FREE char *path = fake_printf("proc/driver/nvidia/gpus/%s", address);
        struct device *gpu = device_find(k, address);

        gpu->in_use = in_use;
        if (gpu->lock_dir)
                return;
        gpu->lock_dir = node_dir(k->root, path);
        node_attr(gpu->lock_dir, "unbindLock", lock_show, lock_store, gpu);
}

bool fake_is_locked(struct fake_kernel *k, const char *address)
{
        return device_find(k, address)->locked;
}

void nvidia_unbound(struct fake_kernel *k, struct device *gpu)
{
        if (!gpu->lock_dir)
                return;
        if (!gpu->locked)
                fake_violate(k, "%s unbound from nvidia without its unbindLock", gpu->name);
        node_remove_child(gpu->lock_dir, "unbindLock");
        gpu->lock_dir = NULL;
        gpu->locked = false;
}
