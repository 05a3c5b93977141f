/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carries a plan out: the loop over its steps, and what one failure means for the rest. */
#include "apply/apply-internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "plan/step-setting.h"
#include "state/hung-writes.h"

#define UNDER_WAY_MAX 8               /* steps at a time; what they wait for is mostly the kernel's sleep */
#define AHEAD_MAX (2 * UNDER_WAY_MAX) /* how far behind the one whose turn it is others are begun */

void apply_result_free(struct apply_result *result)
{
        free(result->failed);
        free(result->failed_steps);
        *result = (struct apply_result){ 0 };
}

static bool same_target(const struct plan_step *x, const struct plan_step *y)
{
        /* A vGPU's other type must be gone before the new one. */
        if ((x->kind == STEP_MDEV_REMOVE || y->kind == STEP_MDEV_REMOVE) && x->vgpu && y->vgpu)
                return memcmp(x->uuid, y->uuid, sizeof(x->uuid)) == 0;
        if (x->kind == STEP_MDEV_REMOVE || y->kind == STEP_MDEV_REMOVE)
                return false; /* what lies below it has guards of its own */
        if (x->kind == STEP_MDEV_ATTR || y->kind == STEP_MDEV_ATTR)
                return memcmp(x->uuid, y->uuid, sizeof(x->uuid)) == 0;
        if (x->kind == STEP_MDEV_CREATE || y->kind == STEP_MDEV_CREATE)
                return false; /* two mdevs on one parent fail each on its own */
        return plan_steps_share_device(x, y);
}

/* A VF's old driver could not be let go: its PF's numvfs must not be touched. */
static bool blocks_numvfs(const struct applier *a, const struct plan_step *failed, const struct plan_step *step)
{
        return step->phase == PHASE_VFS && failed->phase == PHASE_VFS && step->item == failed->item &&
               a->plan->items[step->item].section->kind == SECTION_SRIOV;
}

/* A mode is not changed under a VF that could not be let go, and what would hand a new VF on is not done in the wrong
 * one. */
static bool blocks_eswitch(const struct applier *a, const struct plan_step *failed, const struct plan_step *step)
{
        const struct pci_function *f = inventory_find(a->inv, &failed->address);

        if (step_sets(step, PROPERTY_ESWITCH))
                return failed->has_address && failed->phase == PHASE_VF_UNBIND && f && f->physfn != NO_INDEX &&
                       pci_address_compare(&a->inv->functions[f->physfn].address, &step->address) == 0;
        return step_sets(failed, PROPERTY_ESWITCH) && step->new_vf &&
               (step->kind == STEP_BIND || step->kind == STEP_PROBE) &&
               pci_address_compare(&failed->address, &step->address) == 0;
}

/* A device with a BAR of another size, or whose ROM could not be dumped, is of use all the same, and better off with a
 * driver than with none; but not while the kernel has not come back to it. */
static bool is_minor(const struct applier *a, const struct plan_step *failed)
{
        const struct property_row *row = step_row(failed);
        char text[PCI_ADDRESS_MAX];

        return (failed->kind == STEP_ROM_DUMP || (row && row->transport == TRANSPORT_BAR)) &&
               !stuck_is_waiting(a->sys, pci_address_format(&failed->address, text));
}

/* Whether a step is not to be done since an earlier one has failed. */
static bool takes_along(const struct applier *a, const struct plan_step *failed, const struct plan_step *step)
{
        if (!same_target(failed, step) && !blocks_numvfs(a, failed, step) && !blocks_eswitch(a, failed, step))
                return false;
        return !is_minor(a, failed);
}

bool step_is_blocked(const struct applier *a, const struct plan_step *step)
{
        char text[PCI_ADDRESS_MAX];

        /* VFs that the kernel is still making would find the host's drivers with autoprobe put back. */
        if (step->always)
                return a->n_failed > 0 && step->has_address &&
                       stuck_is_waiting(a->sys, pci_address_format(&step->address, text));
        if (failed_any(a, takes_along, step))
                return true;
        /* What was begun ahead may have failed already, and is reported in its turn. */
        for (size_t i = a->turn; i < a->plan->n_steps && i <= a->turn + AHEAD_MAX; i++) {
                const struct work *w = &a->works[i];

                if (w->state == WORK_DONE && w->result < 0 && takes_along(a, w->step, step))
                        return true;
        }
        return false;
}

/* Only a VF that this run has made is meant, and not one of the same number that was there before. The last number
 * counts: a new one goes through 0. */
unsigned step_made_vfs(const struct applier *a, const struct plan_step *step)
{
        for (size_t i = a->n_made; i-- > 0;)
                if (pci_address_compare(&a->made[i].pf, &step->address) == 0)
                        return a->made[i].made;
        return 0;
}

bool step_vf_is_made(const struct applier *a, const struct plan_step *step)
{
        return !step->new_vf || step->vf_index < step_made_vfs(a, step);
}

/* 0, -errno; a->work->skip when the PF made fewer VFs. */
int step_address(struct applier *a, const struct plan_step *step, struct pci_address *ret)
{
        char path[DEVICE_PATH_MAX], attribute[24], target[512], pf[PCI_ADDRESS_MAX];
        ssize_t n;

        *ret = step->address;
        if (!step->new_vf)
                return 0;
        a->work->skip = !step_vf_is_made(a, step);
        if (a->work->skip)
                return -ENODEV;
        (void) snprintf(attribute, sizeof(attribute), "virtfn%u", step->vf_index);
        n = a->sys->ops->readlink(a->sys->userdata, device_path(&step->address, attribute, path), target,
                                  sizeof(target));
        if (n >= 0 &&
            pci_address_parse(strrchr(target, '/') ? strrchr(target, '/') + 1 : target, false, ret, NULL) < 0)
                n = -EINVAL;
        if (n < 0)
                return step_fail(a, (int) n, "VF %u of %s does not exist", step->vf_index,
                                 pci_address_format(&step->address, pf));
        return 0;
}

/* Without its module there is no driver: nothing is begun with a function that is to go there. */
static int check_module(struct applier *a, const struct plan_step *step)
{
        if (step->kind != STEP_OVERRIDE && step->kind != STEP_UNBIND && step->kind != STEP_BIND)
                return 0;
        if (failed_to_load(a, step))
                return step_fail(a, -ENODEV, "driver %s not found: failed to load its module", step->value);
        return 0;
}

/* 1: its write is under way. 0 and -errno: it is done. */
static int begin_step(struct applier *a, const struct plan_step *step, const struct pci_address *address)
{
        switch (step->kind) {
        case STEP_MODULE_LOAD:
                return do_module_load(a, step);
        case STEP_MODULE_PARAM:
                return do_module_param(a, step);
        case STEP_OVERRIDE:
                return do_override(a, step);
        case STEP_NUMVFS:
                return begin_numvfs(a, step);
        case STEP_SET:
                return do_set(a, step, address);
        case STEP_UNBIND:
                return begin_unbind(a, step);
        case STEP_BIND:
                return begin_bind(a, step);
        case STEP_PROBE:
                return begin_probe(a, step);
        case STEP_MDEV_CREATE:
                return do_mdev_create(a, step, address);
        case STEP_MDEV_ATTR:
                return do_mdev_attr(a, step);
        case STEP_MDEV_REMOVE:
                return do_mdev_remove(a, step);
        case STEP_ROM_DUMP:
                return do_rom_dump(a, step, address);
        case STEP_NVME_RESERVE:
                return do_nvme_reserve(a, step, address);
        case STEP_VF_QUEUES:
                return do_vf_queues(a, step);
        case STEP_UNIT:
                return do_unit(a, step);
        case STEP_CONSOLE:
                return do_console(a, step);
        case STEP_KIND_MAX:
                break;
        }
        return -EINVAL;
}

static int end_step(struct applier *a, const struct plan_step *step)
{
        int written = end_write(a, a->work->device.name);

        switch (step->kind) {
        case STEP_NUMVFS:
                return end_numvfs(a, step, written);
        case STEP_UNBIND:
                return end_unbind(a, step, written);
        case STEP_BIND:
                return end_bind(a, step, written);
        case STEP_PROBE:
                return end_probe(a, step, written);
        default:
                return -EINVAL; /* none of them has two halves */
        }
}

static void name_device(struct work *w)
{
        struct apply_device *d = &w->device;

        d->bus = w->step->bus;
        d->name = d->bus == BUS_PCI ? pci_address_format(&w->address, d->address) : w->step->subject;
}

static void begin(struct applier *a, struct work *w)
{
        const struct plan_step *step = w->step;
        int r = 0;

        a->work = w;
        w->state = WORK_DONE;
        w->address = step->address;
        w->skip = step_is_blocked(a, step);
        if (w->skip)
                return;
        /* An mdev's attributes are found by its UUID alone. */
        if (step->has_address && step->kind != STEP_MDEV_ATTR)
                r = step_address(a, step, &w->address);
        name_device(w);
        if (r == 0)
                r = check_module(a, step);
        if (r == 0)
                r = begin_step(a, step, &w->address);
        w->result = r;
        if (r > 0) {
                w->state = WORK_UNDER_WAY;
                a->n_under_way++;
        }
}

static void end(struct applier *a, struct work *w)
{
        a->work = w;
        if (w->state != WORK_UNDER_WAY)
                return;
        w->result = end_step(a, w->step);
        w->state = WORK_DONE;
        a->n_under_way--;
}

static bool is_wanted(const struct applier *a, const struct plan_step *step)
{
        return step->phase <= a->options->last_phase &&
               (!a->options->modules_only || a->plan->items[step->item].section->kind == SECTION_MODULE);
}

/* Whether a step must wait for one between the one at hand and it. */
static bool must_wait(const struct applier *a, size_t i, size_t step)
{
        for (size_t k = i; k < step; k++)
                if (a->works[k].state != WORK_DONE && is_wanted(a, a->works[k].step) &&
                    plan_places_meet(&a->works[k].place, &a->works[step].place))
                        return true;
        return false;
}

/* Begins step i, and what may go beside it: steps of the same phase on other cards. Phases are not mixed, for what all
 * devices get first (overrides) is to be there before the first of them is let go. */
static void begin_from(struct applier *a, size_t i)
{
        if (a->works[i].state == WORK_WAITING)
                begin(a, &a->works[i]);
        for (size_t k = i + 1; k < a->plan->n_steps && k <= i + AHEAD_MAX; k++) {
                if (a->n_under_way == 0 || a->n_under_way >= UNDER_WAY_MAX ||
                    a->works[k].step->phase != a->works[i].step->phase)
                        return;
                if (a->works[k].state == WORK_WAITING && is_wanted(a, a->works[k].step) && !must_wait(a, i, k))
                        begin(a, &a->works[k]);
        }
}

static void note_failure(struct applier *a, size_t i)
{
        failed_add(a, i);
        a->result->failed[a->plan->steps[i].item] = true;
        a->result->failed_steps[i] = true;
}

static void tell_begun(const struct applier *a, const struct plan_step *step)
{
        const struct apply_event event = { .step = step,
                                           .outcome = OUTCOME_BEGUN,
                                           .has_address = step->has_address,
                                           .address = step->address,
                                           .detail = "" };

        if (a->options->observer)
                a->options->observer(a->options->userdata, &event);
}

/* A read-back that is wrong is reported without an errno: the kernel gave none. */
static void tell(struct applier *a, size_t i)
{
        struct work *w = &a->works[i];
        struct apply_event event = { .step = w->step,
                                     .has_address = w->step->has_address,
                                     .address = w->address,
                                     .vgpu = w->vgpu || w->step->vgpu };
        int r = w->result;

        if (w->skip) {
                event.outcome = OUTCOME_SKIPPED;
                a->result->failed[w->step->item] = true;
                a->result->failed_steps[i] = true;
                a->result->n_skipped++;
        } else if (r < 0) {
                event.outcome = OUTCOME_FAILED;
                event.error = r == -EUCLEAN ? 0 : -r;
                a->result->n_failed++;
                note_failure(a, i);
        } else {
                event.outcome = OUTCOME_DONE;
                a->result->n_done++;
        }
        event.detail = w->detail.text ? w->detail.text : "";
        if (a->options->observer)
                a->options->observer(a->options->userdata, &event);
}

static void work_clear(struct work *w)
{
        strbuf_free(&w->detail);
        free(w->path);
        free(w->found);
}

static void run(struct applier *a)
{
        for (size_t i = 0; i < a->plan->n_steps; i++) {
                a->works[i].step = &a->plan->steps[i];
                a->works[i].place = plan_place_of(a->inv, &a->plan->steps[i]);
        }
        for (size_t i = 0; i < a->plan->n_steps; i++) {
                if (!is_wanted(a, a->works[i].step))
                        continue;
                a->turn = i;
                tell_begun(a, a->works[i].step);
                begin_from(a, i);
                end(a, &a->works[i]);
                tell(a, i);
                work_clear(&a->works[i]);
                a->works[i] = (struct work){ .step = a->works[i].step, .state = WORK_DONE };
        }
}

void apply_run(struct sys *sys, const struct plan *plan, const struct inventory *inventory,
               const struct apply_options *options, struct apply_result *ret)
{
        struct apply_result result = {
                .failed = xcalloc(plan->n_items + 1, sizeof(*result.failed)),
                .failed_steps = xcalloc(plan->n_steps + 1, sizeof(*result.failed_steps)),
        };
        struct applier a = { .sys = sys,
                             .plan = plan,
                             .inv = inventory,
                             .options = options,
                             .result = &result,
                             .works = xcalloc(plan->n_steps + 1, sizeof(*a.works)),
                             .wait_left = options->wait };

        run(&a);
        free(a.works);
        failed_clear(&a);
        free(a.made);
        free(a.vf);
        *ret = result;
}
