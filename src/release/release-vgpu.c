/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Release: the step back from a vGPU that is its VF itself, and mdevs of which too little is known. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "build/plan-internal.h"
#include "device/vgpu.h"
#include "release/release-internal.h"

void release_vgpu(struct releaser *b, size_t item, const struct state_mdev *m, const struct mdev_parent *vf)
{
        char type[16];
        struct plan_step *step;

        if (vf->current == 0 || !vgpu_is(b->inv, vf, m->type))
                return;
        (void) snprintf(type, sizeof(type), "%u", vf->current);
        step = release_step(b, STAGE_MDEVS, STEP_MDEV_REMOVE, PHASE_MDEV, item, type, NULL);
        memcpy(step->uuid, m->uuid, sizeof(step->uuid));
        step->vgpu = true;
        step->guarded = true;
        at_address(step, &b->inv->functions[vf->function].address);
        replace_string(&step->subject, vf->name);
}

bool release_mdev_is_unread(const struct inventory *inv, const struct state_mdev *m, char **ret_reason)
{
        const struct mdev_device *there = inventory_find_mdev(inv, m->uuid);
        const struct mdev_parent *vf = vgpu_find(inv, m->parent);
        char uuid[UUID_TEXT_MAX];

        if (there && !there->type) {
                *ret_reason = xasprintf("failed to read the type of mdev %s", uuid_format(there->uuid, uuid));
        } else if (vf && vf->error) {
                *ret_reason =
                        xasprintf("failed to read the vGPU type of %s (%s)", vf->name, strerrordesc_np(vf->error));
        } else
                return false;
        return true;
}
