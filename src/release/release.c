/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds the plan that gives back what the state says was taken. */
#include "release/release.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "build/plan-internal.h"
#include "device/vgpu.h"
#include "release/release-internal.h"

void release_free(struct release *r)
{
        plan_free(r->plan);
        config_free(r->sections);
        *r = (struct release){ 0 };
}

static bool is_open_item(const struct plan_item *item)
{
        return item->verdict != VERDICT_DISABLED;
}

/* A refused section is still about what it has, and so is one whose device waits for its driver. A VF is its PF's
 * section's. */
bool release_is_held(const struct plan *plan, const struct inventory *inv, const struct state_device *d)
{
        struct plan_subject subject = NO_SUBJECT;

        subject.function = inventory_find_index(inv, &d->address);
        for (size_t i = 0; subject.function != NO_INDEX && i < plan->n_items; i++)
                if (is_open_item(&plan->items[i]) && plan_concerns(plan, inv, &plan->items[i], &subject))
                        return false;
        return true;
}

bool release_mdev_is_held(const struct plan *plan, const struct inventory *inv, const struct state_mdev *m)
{
        const struct mdev_parent *vf = vgpu_find(inv, m->parent);
        const struct plan_item *item;

        /* A section of another name has it now. */
        if (vf && plan_item_of_vgpu(plan, vf->function))
                return false;
        item = plan_item_of_mdev(plan, m->uuid);
        if (item && item->verdict != VERDICT_DISABLED)
                return false;
        item = plan_find_item(plan, m->section);
        /* Absent or refused, it has no list; a captured host's UUIDs are not known. */
        if (item && item->verdict != VERDICT_DISABLED && (item->n_mdevs == 0 || !item->mdevs[0].known))
                return false;
        return true;
}

/* Whether the name of a section has its kind before it, which must be this one; *ret_name: without it. A [vf]
 * section's is that of its [sriov] section. */
static bool is_of_kind(const char *wanted, enum section_kind kind, const char **ret_name)
{
        const char *rest = after_prefix(wanted, section_kind_name(kind == SECTION_VF ? SECTION_SRIOV : kind));

        *ret_name = strchr(wanted, ' ') ? strchr(wanted, ' ') + 1 : wanted;
        return *ret_name == wanted || (rest && rest + 1 == *ret_name);
}

/* What is said of a section's VFs goes with it: uplink/0 with uplink. */
static bool is_named(const struct release_input *in, enum section_kind kind, const char *name)
{
        for (size_t i = 0; i < in->n_names; i++) {
                const char *wanted, *rest;

                if (!is_of_kind(in->names[i], kind, &wanted))
                        continue;
                rest = after_prefix(name, wanted);
                if (rest && (*rest == '\0' || (kind == SECTION_VF && *rest == '/')))
                        return true;
        }
        return in->n_names == 0;
}

/* Sections are made by make_items() before. */
size_t release_item(const struct release *r, const char *key)
{
        const char *name = NULL;
        enum section_kind kind = config_split_key(key, &name);
        const struct config_section *s = kind == SECTION_KIND_MAX ? NULL : config_find(r->sections, kind, name);

        return s ? s->index : NO_INDEX;
}

static void add_section(struct releaser *b, const char *key)
{
        const char *name = NULL;
        enum section_kind kind = config_split_key(key, &name);
        const struct config_section *now;
        struct config_loc loc = { 0 };

        if (kind == SECTION_KIND_MAX || !is_named(b->in, kind, name) || config_find(b->out->sections, kind, name))
                return;
        now = b->in->config ? config_find(b->in->config, kind, name) : NULL;
        if (now)
                loc = now->loc;
        config_new_section(b->out->sections, kind, name, &loc);
}

static void make_items(struct releaser *b)
{
        const struct state *state = b->in->state;
        struct plan *plan = b->out->plan;

        for (size_t i = 0; i < state->n_devices; i++)
                if (!b->in->held || release_is_held(b->in->held, b->inv, &state->devices[i]))
                        add_section(b, state->devices[i].section);
        for (size_t i = 0; i < state->n_bus_devices; i++)
                if (!b->in->held || release_bus_device_is_held(b->in->held, b->inv, &state->bus_devices[i]))
                        add_section(b, state->bus_devices[i].section);
        for (size_t i = 0; i < state->n_mdevs; i++)
                if (!b->in->held || release_mdev_is_held(b->in->held, b->inv, &state->mdevs[i]))
                        add_section(b, state->mdevs[i].section);
        for (size_t i = 0; i < state->n_holds; i++)
                if (!b->in->held || !plan_find_item(b->in->held, state->holds[i].section))
                        add_section(b, state->holds[i].section);
        plan->items = xcalloc(b->out->sections->n_sections + 1, sizeof(*plan->items));
        for (; plan->n_items < b->out->sections->n_sections; plan->n_items++) {
                const struct config_section *s = b->out->sections->sections[plan->n_items];

                plan->items[plan->n_items] = (struct plan_item){
                        .section = s,
                        .loc = &s->loc,
                        .verdict = VERDICT_OK,
                        .found = NO_INDEX,
                        .pf = NO_INDEX,
                        .parent = NO_INDEX,
                };
        }
}

static void add_number(struct releaser *b, enum stage stage, size_t item, const struct pci_function *pf, unsigned old,
                       unsigned value)
{
        char old_text[16], text[16];

        (void) snprintf(old_text, sizeof(old_text), "%u", old);
        (void) snprintf(text, sizeof(text), "%u", value);
        release_step_at(b, stage, STEP_NUMVFS, PHASE_VFS, item, &pf->address, old_text, text, old > 0);
}

static void add_autoprobe(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *pf)
{
        struct plan_step *step = release_set(b, STAGE_VFS, PHASE_VFS, item, d, pf, PROPERTY_BIT(PROPERTY_AUTOPROBE));

        step->changes[0].known = true;
        step->changes[0].old = pf->autoprobe;
}

/* The VFs that there were before, and no others: through 0, as the kernel wants it. */
static void add_vfs(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *pf)
{
        unsigned want = d->has_numvfs ? d->numvfs : pf->numvfs;

        if (values_have(&d->before, PROPERTY_AUTOPROBE) && d->before.value[PROPERTY_AUTOPROBE] != pf->autoprobe)
                add_autoprobe(b, item, d, pf);
        if (!release_changes_vfs(d, pf)) {
                release_eswitch(b, item, d, pf);
                return;
        }
        for (unsigned i = 0; i < pf->numvfs; i++) {
                const struct pci_function *vf = pf->vfs[i] == NO_INDEX ? NULL : &b->inv->functions[pf->vfs[i]];

                if (vf && vf->driver)
                        release_step_at(b, STAGE_VFS, STEP_UNBIND, PHASE_VFS, item, &vf->address, vf->driver, NULL,
                                        driver_is_vfio(vf->driver));
        }
        if (pf->numvfs > 0)
                add_number(b, STAGE_VFS, item, pf, pf->numvfs, 0);
        release_eswitch_mode(b, STAGE_VFS, item, d, pf);
        /* Those that were there before are made by the driver that made them then. */
        if (want > 0)
                add_number(b, release_leaves_driver(d, pf) ? STAGE_PF : STAGE_VFS, item, pf, 0, want);
}

static void add_device(struct releaser *b, const struct state_device *d)
{
        const struct pci_function *f = inventory_find(b->inv, &d->address);
        size_t item = release_item(b->out, d->section);

        /* Gone, or another card in its place: there is nothing of ours to take back. */
        if (item == NO_INDEX || !f || f->vendor != d->vendor || f->device != d->device ||
            (b->in->held && !release_is_held(b->in->held, b->inv, d)))
                return;
        if (!release_goes_with_pf(b, f))
                release_function(b, item, d, f);
        if (f->sriov)
                release_interface(b, item, d, f);
        if (f->sriov)
                add_vfs(b, item, d, f);
}

static void add_mdev(struct releaser *b, const struct state_mdev *m)
{
        const struct mdev_parent *vf = vgpu_find(b->inv, m->parent);
        const struct mdev_device *there = inventory_find_mdev(b->inv, m->uuid);
        size_t item = release_item(b->out, m->section);
        struct plan_step *step;

        if (item == NO_INDEX || (b->in->held && !release_mdev_is_held(b->in->held, b->inv, m)))
                return;
        if (!there && vf) {
                release_vgpu(b, item, m, vf);
                return;
        }
        if (!there || !streq_ptr(there->type, m->type))
                return;
        step = release_step(b, STAGE_MDEVS, STEP_MDEV_REMOVE, PHASE_MDEV, item, m->type, NULL);
        memcpy(step->uuid, m->uuid, sizeof(step->uuid));
        step->guarded = true;
        replace_string(&step->subject, there->parent == NO_INDEX ? m->parent : b->inv->parents[there->parent].name);
}

/* Whatever became of the device: a host with another display has use for them. */
static void add_display(struct releaser *b, const struct state_hold *hold)
{
        size_t item = release_item(b->out, hold->section);

        if (item == NO_INDEX)
                return;
        for (size_t i = 0; i < hold->n_consoles; i++)
                replace_string(&release_step(b, STAGE_DISPLAY, STEP_CONSOLE, PHASE_DISPLAY, item, "0", "1")->subject,
                               hold->consoles[i]);
        if (hold->unit)
                replace_string(
                        &release_step(b, STAGE_DISPLAY, STEP_UNIT, PHASE_DISPLAY, item, UNIT_INACTIVE, UNIT_ACTIVE)
                                 ->subject,
                        hold->unit);
}

static void join(struct releaser *b)
{
        struct plan *plan = b->out->plan;

        plan_join_steps(plan, b->stages, STAGE_MAX);
        plan_link_steps(plan);
        for (size_t i = 0; i < plan->n_steps; i++)
                plan->items[plan->steps[i].item].verdict = VERDICT_CHANGE;
}

/* Takes what, a new string: "… can't be read (…)" */
static void refuse(struct releaser *b, size_t item, char *what)
{
        plan_refuse(b->out->plan, item, what);
        free(what);
}

/* What can't be read is not gone: whatever it has of ours is kept in mind. */
static void refuse_unreadable(struct releaser *b)
{
        const struct state *state = b->in->state;

        for (size_t i = 0; i < b->inv->n_unreadable; i++) {
                const struct unreadable *u = &b->inv->unreadable[i];
                const struct state_device *d = state_find_device(state, &u->address);
                size_t item = d ? release_item(b->out, d->section) : NO_INDEX;
                char address[PCI_ADDRESS_MAX], *what;

                if (item == NO_INDEX)
                        continue;
                what = xasprintf("failed to read %s (%s)", pci_address_format(&u->address, address),
                                 strerrordesc_np(u->error));
                refuse(b, item, what);
        }
        for (size_t i = 0; i < state->n_devices; i++) {
                const struct state_device *d = &state->devices[i];
                const char *unseen = release_unseen(d, inventory_find(b->inv, &d->address));
                size_t item = unseen ? release_item(b->out, d->section) : NO_INDEX;
                char address[PCI_ADDRESS_MAX], *what;

                if (item == NO_INDEX)
                        continue;
                what = xasprintf("%s of %s was set up but can't be found", unseen,
                                 pci_address_format(&d->address, address));
                refuse(b, item, what);
        }
        for (size_t i = 0; i < state->n_mdevs; i++) {
                char *what = NULL;
                bool unread = release_mdev_is_unread(b->inv, &state->mdevs[i], &what);
                size_t item = unread ? release_item(b->out, state->mdevs[i].section) : NO_INDEX;

                if (item != NO_INDEX)
                        refuse(b, item, what);
                else
                        free(what);
        }
}

static void releaser_clear(struct releaser *b)
{
        step_lists_clear(b->stages, STAGE_MAX);
}

void release_build(const struct release_input *input, struct release *ret)
{
        CLEANUP(releaser_clear) struct releaser b = { .in = input, .inv = input->inventory, .out = ret };

        ret->sections = config_new();
        ret->plan = xcalloc(1, sizeof(*ret->plan));
        make_items(&b);
        for (size_t i = 0; i < input->state->n_mdevs; i++)
                add_mdev(&b, &input->state->mdevs[i]);
        for (size_t i = 0; i < input->state->n_devices; i++)
                add_device(&b, &input->state->devices[i]);
        for (size_t i = 0; i < input->state->n_bus_devices; i++)
                release_bus_device(&b, release_item(ret, input->state->bus_devices[i].section),
                                   &input->state->bus_devices[i]);
        for (size_t i = 0; i < input->state->n_holds; i++)
                add_display(&b, &input->state->holds[i]);
        join(&b);
        plan_mark_ways(ret->plan);
        refuse_unreadable(&b);
        for (size_t i = 0; i < input->state->n_bus_devices; i++)
                release_bus_refuse(&b, release_item(ret, input->state->bus_devices[i].section),
                                   &input->state->bus_devices[i]);
        release_note_lost_vfs(&b);
}

void release_forget(const struct release_input *input, const struct release *r, const bool *failed,
                    struct state *state)
{
        for (size_t i = state->n_devices; i-- > 0;) {
                const struct state_device *d = &state->devices[i];
                size_t item = release_item(r, d->section);

                if (item != NO_INDEX && !failed[item] &&
                    (!input->held || release_is_held(input->held, input->inventory, d)))
                        state_drop_device(state, i);
        }
        for (size_t i = state->n_bus_devices; i-- > 0;) {
                size_t item = release_item(r, state->bus_devices[i].section);

                if (item != NO_INDEX && !failed[item] &&
                    (!input->held ||
                     release_bus_device_is_held(input->held, input->inventory, &state->bus_devices[i])))
                        state_drop_bus_device(state, i);
        }
        for (size_t i = state->n_holds; i-- > 0;) {
                size_t item = release_item(r, state->holds[i].section);

                if (item != NO_INDEX && !failed[item])
                        state_drop_hold(state, state->holds[i].section);
        }
        for (size_t i = state->n_mdevs; i-- > 0;) {
                size_t item = release_item(r, state->mdevs[i].section);

                if (item != NO_INDEX && !failed[item] &&
                    (!input->held || release_mdev_is_held(input->held, input->inventory, &state->mdevs[i])))
                        state_drop_mdev(state, i);
        }
}
