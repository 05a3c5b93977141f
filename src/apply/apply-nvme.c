/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps on an NVMe drive with VFs: what the PF leaves to them, and the queues and interrupts of each. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/apply-internal.h"
#include "device/nvme-io.h"

static const char *const resource_words[NVME_RESOURCE_MAX] = {
        [NVME_QUEUES] = "queues", [NVME_INTERRUPTS] = "interrupts"
};

/* The drive's no, in words and as EIO; the kernel's as it is. what: "it could not be given 2 queues" */
static int nvme_fail(struct applier *a, int result, const char *what)
{
        const char *words = result > 0 ? nvme_status_text(result) : NULL;

        if (result <= 0)
                return step_fail(a, result, "%s", what);
        return words ? step_fail(a, -EIO, "%s: %s (NVMe status 0x%x)", what, words, (unsigned) result)
                     : step_fail(a, -EIO, "%s: NVMe status 0x%x", what, (unsigned) result);
}

static int manage(struct applier *a, const char *name, enum nvme_action action, enum nvme_resource resource,
                  uint16_t controller, unsigned number)
{
        const struct nvme_command command = nvme_manage(action, resource, controller, number);

        return SYS_CALL(a->sys, nvme_admin, name, &command, NULL);
}

static int read_virt(struct applier *a, const struct pci_address *pf, char name[static NVME_NAME_MAX],
                     struct nvme_virt **ret)
{
        int r = nvme_name(a->sys, pf, name);

        if (r < 0)
                return step_fail(a, r, "the PF has no NVMe controller");
        r = nvme_read_virt(a->sys, name, ret);
        return r == 0 ? 0 : nvme_fail(a, r, "failed to read the list of the VFs' controllers");
}

static const struct pci_address *pf_of(const struct applier *a, const struct plan_step *step)
{
        const struct pci_function *f = step->new_vf ? NULL : inventory_find(a->inv, &step->address);

        return !f || f->physfn == NO_INDEX ? &step->address : &a->inv->functions[f->physfn].address;
}

static const struct nvme_secondary *find_vf(const struct applier *a, const struct plan_step *step,
                                            const struct nvme_virt *virt)
{
        const struct pci_function *f = step->new_vf ? NULL : inventory_find(a->inv, &step->address);

        return nvme_virt_find(virt, f ? f->vf_index : step->vf_index);
}

/* Offline, for only then it can be given anything; then online with it. */
static int assign(struct applier *a, const struct plan_step *step, const char *name, const struct nvme_secondary *s)
{
        char what[64];
        int r = s->online ? manage(a, name, NVME_OFFLINE, NVME_QUEUES, s->controller, 0) : 0;

        if (r != 0)
                return nvme_fail(a, r, "failed to take its controller offline");
        for (enum nvme_resource resource = 0; resource < NVME_RESOURCE_MAX; resource++) {
                if (s->has[resource] == step->resources[resource])
                        continue;
                (void) snprintf(what, sizeof(what), "failed to assign %u %s to it", step->resources[resource],
                                resource_words[resource]);
                r = manage(a, name, NVME_ASSIGN, resource, s->controller, step->resources[resource]);
                if (r != 0)
                        return nvme_fail(a, r, what);
        }
        r = manage(a, name, NVME_ONLINE, NVME_QUEUES, s->controller, 0);
        return r == 0 ? 0 : nvme_fail(a, r, "failed to bring its controller online");
}

int do_vf_queues(struct applier *a, const struct plan_step *step)
{
        CLEANUP(nvme_virt_freep) struct nvme_virt *before = NULL, *after = NULL;
        const struct nvme_secondary *s;
        char name[NVME_NAME_MAX];
        int r = read_virt(a, pf_of(a, step), name, &before);

        if (r < 0)
                return r;
        s = find_vf(a, step, before);
        if (!s)
                return step_fail(a, -ENODEV, "the drive lists no controller for this VF");
        if (nvme_secondary_is(s, step->resources))
                return 0;
        r = assign(a, step, name, s);
        if (r == 0)
                r = read_virt(a, pf_of(a, step), name, &after);
        if (r < 0)
                return r;
        s = find_vf(a, step, after);
        if (s && nvme_secondary_is(s, step->resources))
                return 0;
        return step_fail(a, -EUCLEAN, "its controller is %s with %u queues and %u interrupts after assigning %s",
                         s && s->online ? "online" : "offline", s ? s->has[NVME_QUEUES] : 0,
                         s ? s->has[NVME_INTERRUPTS] : 0, step->value);
}

/* What the PF may keep of a resource, so that step->resources are free. */
static unsigned kept(const struct plan_step *step, const struct nvme_virt *virt, enum nvme_resource resource)
{
        const struct nvme_pool *pool = &virt->pools[resource];
        uint32_t rest = pool->total > step->resources[resource] ? pool->total - step->resources[resource] : 0;

        return pool->primary < rest ? pool->primary : (unsigned) rest;
}

/* The PF's new numbers hold from the next reset of the function, but not of the controller alone (8.26.3). Its driver
 * goes through it with what it has in flight (nvme_reset_prepare(), nvme_reset_done()). */
int do_nvme_reserve(struct applier *a, const struct plan_step *step, const struct pci_address *address)
{
        CLEANUP(nvme_virt_freep) struct nvme_virt *before = NULL, *after = NULL;
        char name[NVME_NAME_MAX], path[DEVICE_PATH_MAX], text[PCI_ADDRESS_MAX];
        bool changed = false;
        int r = read_virt(a, address, name, &before);

        if (r < 0 || !before)
                return r;
        for (enum nvme_resource resource = 0; resource < NVME_RESOURCE_MAX && r == 0; resource++) {
                if (kept(step, before, resource) == before->pools[resource].primary)
                        continue;
                changed = true;
                r = manage(a, name, NVME_PRIMARY_FLEXIBLE, resource, before->controller, kept(step, before, resource));
                if (r != 0)
                        return nvme_fail(a, r, "failed to move queues and interrupts from the PF to its VFs");
        }
        if (!changed)
                return 0;
        r = bounded_write(a, pci_address_format(address, text), device_path(address, "reset", path), "1");
        if (r < 0)
                return r == -ETIMEDOUT ? r
                                       : step_fail(a, r,
                                                   "failed to reset %s, without which the VFs do not get its queues "
                                                   "and interrupts",
                                                   name);
        r = read_virt(a, address, name, &after);
        for (enum nvme_resource resource = 0; resource < NVME_RESOURCE_MAX && r == 0 && after; resource++)
                if (kept(step, after, resource) != after->pools[resource].primary)
                        r = step_fail(a, -EUCLEAN, "the PF still has %u %s after the reset",
                                      after->pools[resource].primary, resource_words[resource]);
        return r;
}
