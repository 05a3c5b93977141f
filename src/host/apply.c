/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carries a plan out: the loop over its steps, and what one failure means for the rest. */
#include "host/apply-internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/stuck.h"
#include "util/array.h"

void apply_result_free(struct apply_result *result)
{
        free(result->failed);
        free(result->failed_steps);
        *result = (struct apply_result){ 0 };
}

static bool same_target(const struct plan_step *x, const struct plan_step *y)
{
        if (x->kind == STEP_MDEV_REMOVE || y->kind == STEP_MDEV_REMOVE)
                return false; /* what lies below it has guards of its own */
        if (x->kind == STEP_MDEV_ATTR || y->kind == STEP_MDEV_ATTR)
                return memcmp(x->uuid, y->uuid, sizeof(x->uuid)) == 0;
        if (x->kind == STEP_MDEV_CREATE || y->kind == STEP_MDEV_CREATE)
                return false; /* two mdevs on one parent fail each on its own */
        return x->has_address && y->has_address && x->new_vf == y->new_vf && x->vf_index == y->vf_index &&
               pci_address_compare(&x->address, &y->address) == 0;
}

/* A VF's old driver could not be let go: its PF's numvfs must not be touched. */
static bool blocks_numvfs(const struct applier *a, const struct plan_step *failed, const struct plan_step *step)
{
        return step->phase == PHASE_VFS && failed->phase == PHASE_VFS && step->item == failed->item && !failed->new_vf &&
               a->plan->items[step->item].section->kind == SECTION_SRIOV;
}

/* A device with a BAR of another size, or whose ROM could not be dumped, is of use all the same, and better off with a
 * driver than with none; but not while the kernel has not come back to it. */
static bool is_minor(const struct applier *a, const struct plan_step *failed)
{
        char text[PCI_ADDRESS_MAX];

        return (failed->kind == STEP_BAR_SIZE || failed->kind == STEP_ROM_DUMP) &&
               !stuck_is_waiting(a->sys, pci_address_format(&failed->address, text));
}

static bool is_blocked(const struct applier *a, const struct plan_step *step)
{
        if (step->always)
                return false;
        for (size_t i = 0; i < a->n_failed; i++) {
                const struct plan_step *failed = &a->plan->steps[a->failed_steps[i]];

                if (is_minor(a, failed))
                        continue;
                if (same_target(failed, step) || blocks_numvfs(a, failed, step))
                        return true;
        }
        return false;
}

/* The address of the function that a step is about. A VF to come has one once its PF has made it: virtfnN is the
 * truth. 0, -errno; a->skip when the PF made fewer VFs. */
static int resolve_address(struct applier *a, const struct plan_step *step, struct pci_address *ret)
{
        char path[DEVICE_PATH_MAX], attribute[24], target[512], pf[PCI_ADDRESS_MAX];
        ssize_t n;

        *ret = step->address;
        if (!step->new_vf)
                return 0;
        /* Only a VF that this run has made is meant, and not one of the same number that was there before. The last number
         * counts: a new one goes through 0. */
        a->skip = true;
        for (size_t i = a->n_made; i-- > 0;)
                if (pci_address_compare(&a->made[i].pf, &step->address) == 0) {
                        a->skip = step->vf_index >= a->made[i].made;
                        break;
                }
        if (a->skip)
                return -ENODEV;
        (void) snprintf(attribute, sizeof(attribute), "virtfn%u", step->vf_index);
        n = a->sys->ops->readlink(a->sys->userdata, device_path(&step->address, attribute, path), target,
                                  sizeof(target));
        if (n >= 0 && pci_address_parse(strrchr(target, '/') ? strrchr(target, '/') + 1 : target, false, ret, NULL) < 0)
                n = -EINVAL;
        if (n < 0)
                return step_fail(a, (int) n, "VF %u of %s is not there", step->vf_index,
                                 pci_address_format(&step->address, pf));
        return 0;
}

/* Without its module there is no driver: nothing is begun with a function that is to go there. */
static int check_module(struct applier *a, const struct plan_step *step)
{
        if (step->kind != STEP_OVERRIDE && step->kind != STEP_UNBIND && step->kind != STEP_BIND)
                return 0;
        for (size_t i = 0; i < a->n_failed; i++) {
                const struct plan_step *failed = &a->plan->steps[a->failed_steps[i]];

                if (failed->kind == STEP_MODULE_LOAD && failed->attribute && streq_ptr(failed->attribute, step->value))
                        return step_fail(a, -ENODEV, "there is no driver %s: its module could not be loaded",
                                         step->value);
        }
        return 0;
}

static int do_step(struct applier *a, const struct plan_step *step, struct pci_address *address)
{
        /* An mdev's attributes are found by its UUID alone. */
        int r = step->has_address && step->kind != STEP_MDEV_ATTR ? resolve_address(a, step, address) : 0;

        if (r == 0)
                r = check_module(a, step);
        if (r < 0)
                return r;
        switch (step->kind) {
        case STEP_MODULE_LOAD:
                return do_module_load(a, step);
        case STEP_MODULE_PARAM:
                return do_module_param(a, step);
        case STEP_OVERRIDE:
                return do_override(a, step, address);
        case STEP_AUTOPROBE:
                return do_autoprobe(a, step);
        case STEP_NUMVFS:
                return do_numvfs(a, step);
        case STEP_UNBIND:
                return do_unbind(a, step, address);
        case STEP_BIND:
                return do_bind(a, step, address);
        case STEP_PROBE:
                return do_probe(a, step, address);
        case STEP_MDEV_CREATE:
                return do_mdev_create(a, step, address);
        case STEP_MDEV_ATTR:
                return do_mdev_attr(a, step);
        case STEP_MDEV_REMOVE:
                return do_mdev_remove(a, step);
        case STEP_ATTRIBUTE:
                return do_attribute(a, step, address);
        case STEP_BAR_SIZE:
                return do_bar_size(a, step, address);
        case STEP_ROM_DUMP:
                return do_rom_dump(a, step, address);
        case STEP_NVME_RESERVE:
                return do_nvme_reserve(a, step, address);
        case STEP_VF_QUEUES:
                return do_vf_queues(a, step);
        case STEP_KIND_MAX:
                break;
        }
        return -EINVAL;
}

static int note_failure(struct applier *a, size_t i)
{
        size_t *slot = ARRAY_APPEND(a->failed_steps, a->n_failed, a->alloc_failed);

        if (!slot)
                return -ENOMEM;
        *slot = i;
        a->result->failed[a->plan->steps[i].item] = true;
        a->result->failed_steps[i] = true;
        return 0;
}

/* A read-back that is wrong is told without an errno: the kernel gave none. */
static int run_step(struct applier *a, size_t i)
{
        const struct plan_step *step = &a->plan->steps[i];
        struct apply_event event = { .step = step, .has_address = step->has_address, .address = step->address };
        int r = 0;

        strbuf_free(&a->detail);
        a->skip = is_blocked(a, step);
        if (!a->skip)
                r = do_step(a, step, &event.address);
        if (a->skip) {
                event.outcome = OUTCOME_SKIPPED;
                a->result->failed[step->item] = true;
                a->result->failed_steps[i] = true;
                a->result->n_skipped++;
        } else if (r < 0) {
                event.outcome = OUTCOME_FAILED;
                event.error = r == -EUCLEAN ? 0 : -r;
                a->result->n_failed++;
                r = note_failure(a, i);
        } else {
                event.outcome = OUTCOME_DONE;
                a->result->n_done++;
        }
        if (a->detail.failed || (r < 0 && event.outcome != OUTCOME_SKIPPED))
                return -ENOMEM;
        event.detail = a->detail.text ? a->detail.text : "";
        if (a->options->observer)
                a->options->observer(a->options->userdata, &event);
        return 0;
}

int apply_run(struct sys *sys, const struct plan *plan, const struct inventory *inventory,
              const struct apply_options *options, struct apply_result *ret)
{
        struct apply_result result = {
                .failed = calloc(plan->n_items + 1, sizeof(*result.failed)),
                .failed_steps = calloc(plan->n_steps + 1, sizeof(*result.failed_steps)),
        };
        struct applier a = { .sys = sys, .plan = plan, .inv = inventory, .options = options, .result = &result,
                             .wait_left = options->wait };
        int r = result.failed && result.failed_steps ? 0 : -ENOMEM;

        for (size_t i = 0; i < plan->n_steps && r == 0; i++)
                if (plan->steps[i].phase <= options->last_phase &&
                    (!options->modules_only || plan->items[plan->steps[i].item].section->kind == SECTION_MODULE))
                        r = run_step(&a, i);
        strbuf_free(&a.detail);
        free(a.failed_steps);
        free(a.made);
        if (r < 0) {
                apply_result_free(&result);
                return r;
        }
        *ret = result;
        return 0;
}
