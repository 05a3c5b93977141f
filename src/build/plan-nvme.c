/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NVMe drives with VFs: the steps that give the VFs' controllers their queues and interrupts and bring them online. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "build/plan-internal.h"
#include "property/nvme-virt.h"

#define CLASS_NVME 0x0108

/* The [sriov] section that makes the VF of a claim, if it gives its VFs queues; NULL else. */
static const struct config_section *section_of(const struct builder *b, const struct plan_item *item,
                                               const struct plan_claim *claim)
{
        size_t pf = claim->function == NO_INDEX ? item->pf : b->inv->functions[claim->function].physfn;
        size_t index = pf == NO_INDEX ? NO_INDEX : b->pf_item[pf];
        const struct config_section *s = index == NO_INDEX ? NULL : b->plan->items[index].section;

        return s && s->vf_queues > 0 ? s : NULL;
}

static void fail_unread(struct plan_item *item, const struct pci_function *pf)
{
        const struct config_loc *loc = config_loc_of(item->section, KEY_VF_QUEUES);
        const char *words = pf->nvme_error > 0 ? nvme_status_text(pf->nvme_error) : NULL;

        /* Of a captured tree nobody can be asked. */
        if (pf->nvme_error == -EOPNOTSUPP)
                return;
        if (pf->nvme_error > 0)
                item_fail(item, VERDICT_REFUSED, loc,
                          "%s does not report the resources of its VFs: %s (NVMe status 0x%x)", ADDRESS_TEXT(pf),
                          words ? words : "no reason given", (unsigned) pf->nvme_error);
        else if (pf->nvme_error == -ENODEV)
                item_fail(item, VERDICT_ABSENT, loc,
                          "%s has no NVMe controller yet to ask for the resources of its VFs", ADDRESS_TEXT(pf));
        else
                item_fail(item, VERDICT_REFUSED, loc, "failed to ask %s for the resources of its VFs (%s)",
                          ADDRESS_TEXT(pf), strerrordesc_np(-pf->nvme_error));
}

void nvme_check(struct builder *b, struct plan_item *item)
{
        static const char *const words[NVME_RESOURCE_MAX] = {
                [NVME_QUEUES] = "queues", [NVME_INTERRUPTS] = "interrupts"
        };
        const struct config_section *s = item->section;
        const struct pci_function *pf = &b->inv->functions[item->pf];
        const unsigned wanted[NVME_RESOURCE_MAX] = {
                [NVME_QUEUES] = s->vf_queues, [NVME_INTERRUPTS] = s->vf_interrupts
        };

        if (s->vf_queues == 0)
                return;
        if (pf->class >> 8 != CLASS_NVME)
                item_fail(item, VERDICT_REFUSED, config_loc_of(s, KEY_VF_QUEUES),
                          "%s is not an NVMe drive (class %04x); vf-queues is for NVMe drives only", ADDRESS_TEXT(pf),
                          pf->class >> 8);
        else if (!pf->nvme)
                fail_unread(item, pf);
        for (enum nvme_resource resource = 0; pf->nvme && resource < NVME_RESOURCE_MAX; resource++) {
                const struct nvme_pool *pool = &pf->nvme->pools[resource];
                const struct config_loc *loc =
                        config_loc_of(s, resource == NVME_QUEUES ? KEY_VF_QUEUES : KEY_VF_INTERRUPTS);

                if (wanted[resource] > pool->limit && item->vfs > 0)
                        item_fail(item, VERDICT_REFUSED, loc, "%s gives at most %u %s to one VF, not %u",
                                  ADDRESS_TEXT(pf), pool->limit, words[resource], wanted[resource]);
                if ((uint64_t) wanted[resource] * item->vfs > pool->total)
                        item_fail(item, VERDICT_REFUSED, loc, "%s has %u %s for its VFs in all, not %u for each of %u",
                                  ADDRESS_TEXT(pf), pool->total, words[resource], wanted[resource], item->vfs);
        }
}

/* It is offline, or has others than it is to have. */
static bool lacks(const struct builder *b, const struct plan_claim *claim, const struct config_section *s)
{
        const struct pci_function *f = claim->function == NO_INDEX ? NULL : &b->inv->functions[claim->function];
        const struct nvme_virt *virt = f ? b->inv->functions[f->physfn].nvme : NULL;
        const struct nvme_secondary *have = virt ? nvme_virt_find(virt, f->vf_index) : NULL;

        if (!f)
                return true; /* it has nothing when it is made */
        return virt && !(have && nvme_secondary_is(have, (const unsigned[]){ s->vf_queues, s->vf_interrupts }));
}

static void set_resources(struct plan_step *step, unsigned queues, unsigned interrupts)
{
        step->resources[NVME_QUEUES] = queues;
        step->resources[NVME_INTERRUPTS] = interrupts;
}

static char *resources_text(unsigned queues, unsigned interrupts)
{
        return xasprintf("%u %s, %u %s", queues, queues == 1 ? "queue" : "queues", interrupts,
                         interrupts == 1 ? "interrupt" : "interrupts");
}

bool nvme_vf_step(struct builder *b, struct plan_item *item, const struct plan_claim *claim)
{
        const struct config_section *s = section_of(b, item, claim);
        CLEANUP_FREE char *text = NULL;
        struct plan_step *step;

        if (!s || !lacks(b, claim, s))
                return false;
        text = resources_text(s->vf_queues, s->vf_interrupts);
        step = add_step(b, item, unbound_phase(b, claim, PHASE_VF_SET), STEP_VF_QUEUES, NULL, text);
        at_claim(b, item, claim, step);
        set_resources(step, s->vf_queues, s->vf_interrupts);
        return true;
}

void nvme_reserve_step(struct builder *b, struct plan_item *item)
{
        const struct config_section *s = item->section;
        const struct pci_function *pf = &b->inv->functions[item->pf];
        unsigned queues = s->vf_queues * item->vfs, interrupts = s->vf_interrupts * item->vfs;
        const struct nvme_pool *pools = pf->nvme ? pf->nvme->pools : NULL;
        CLEANUP_FREE char *text = NULL, *before = NULL;
        struct plan_step *step;

        if (!pools || item->vfs == 0 || s->vf_queues == 0 ||
            (pools[NVME_QUEUES].total >= pools[NVME_QUEUES].primary + queues &&
             pools[NVME_INTERRUPTS].total >= pools[NVME_INTERRUPTS].primary + interrupts))
                return;
        text = resources_text(queues, interrupts);
        step = add_step(b, item, PHASE_VFS, STEP_NVME_RESERVE, NULL, text);
        at_address(step, &pf->address);
        set_resources(step, queues, interrupts);
        before = item->note;
        item->note = NULL;
        item_note(item, "%s%sthe drive's own controller is reset to move %s to its VFs", before ? before : "",
                  before ? "; " : "", text);
}
