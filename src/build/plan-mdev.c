/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [mdev]: mediated devices on a parent, of a type, with UUIDs that are the same at every boot. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "build/plan-internal.h"

size_t parent_of_function(const struct inventory *inv, size_t function)
{
        for (size_t i = 0; i < inv->n_parents; i++)
                if (inv->parents[i].function == function)
                        return i;
        return NO_INDEX;
}

/* The parent is a VF: it is there already, or the [sriov] section will make it. */
static void resolve_vf_parent(struct builder *b, struct plan_item *item)
{
        const struct selector *sel = &item->section->selector;
        struct plan_item *pf = find_sriov_item(b, sel->section);
        const struct plan_claim *claim;

        if (!pf || !item_is_open(pf)) {
                item_fail(item, pf ? pf->verdict : VERDICT_ABSENT, NULL, "parent = %s needs [sriov %s]%s", sel->text,
                          sel->section, pf && pf->section->dormant                 ? ", which is not in force"
                          : pf && pf->verdict == VERDICT_DISABLED ? ", which is disabled"
                                                                  : "");
                return;
        }
        claim = find_vf_claim(b, pf, sel->vf_index);
        if (!claim) {
                item_fail(item, VERDICT_REFUSED, NULL, "%s: [sriov %s] has %s", sel->text, sel->section,
                          VF_COUNT_TEXT(pf->vfs));
                return;
        }
        replace_string(&item->parent_name, sel->text);
        item->pf = pf->pf;
        if (claim->function == NO_INDEX)
                return;
        item->parent = parent_of_function(b->inv, claim->function);
        if (item->parent == NO_INDEX)
                item_fail(item, VERDICT_ABSENT, NULL, "%s (%s) offers no mdevs yet", sel->text,
                          ADDRESS_TEXT(&b->inv->functions[claim->function]));
}

/* The parent is a PF that makes none itself: its VFs do, those that are there or those of its [sriov] section. */
static bool resolve_pf_parent(struct builder *b, struct plan_item *item, size_t function)
{
        const struct pci_function *f = &b->inv->functions[function];
        const struct plan_item *pf = b->pf_item[function] == NO_INDEX ? NULL : &b->plan->items[b->pf_item[function]];

        if (item->parent != NO_INDEX || !f->sriov || (!pf && f->numvfs == 0))
                return false;
        item->spread = true;
        item->pf = function;
        replace_string(&item->parent_name, ADDRESS_TEXT(f));
        if (pf && !item_is_open(pf))
                item_fail(item, pf->verdict == VERDICT_REFUSED ? VERDICT_REFUSED : VERDICT_ABSENT, NULL,
                          "a parent among the VFs of %s needs [sriov %s]", item->section->selector.text,
                          pf->section->name);
        return true;
}

/* A subchannel is a parent once vfio_ccw has it. */
static void fail_without_parent(struct builder *b, struct plan_item *item, const char *name)
{
        const struct config *config = b->in->config;

        for (size_t i = 0; i < config->n_sections; i++) {
                const struct config_section *s = config->sections[i];

                if (s->enabled && s->bus == BUS_CSS && s->selector.text && streq(s->selector.text, name)) {
                        item_fail(item, VERDICT_ABSENT, NULL, "no mdev parent %s (yet): it comes with [device %s]",
                                  name, s->name);
                        return;
                }
        }
        item_fail(item, VERDICT_ABSENT, NULL, "no mdev parent %s under /sys/class/mdev_bus", name);
}

static void resolve_parent(struct builder *b, struct plan_item *item)
{
        const struct selector *sel = &item->section->selector;
        CLEANUP_FREE size_t *hits = NULL;

        if (sel->kind == SELECTOR_VF) {
                resolve_vf_parent(b, item);
                return;
        }
        if (sel->kind == SELECTOR_PARENT) {
                const struct mdev_parent *parent = inventory_find_parent(b->inv, sel->text);

                if (parent)
                        item->parent = (size_t) (parent - b->inv->parents);
                else
                        fail_without_parent(b, item, sel->text);
                return;
        }
        if (resolve_selector(b, item, &hits) == 0 || !item_is_open(item))
                return;
        check_vf_stays(b, item, hits[0]);
        item->parent = parent_of_function(b->inv, hits[0]);
        if (!resolve_pf_parent(b, item, hits[0]) && item->parent == NO_INDEX) {
                const struct pci_function *f = &b->inv->functions[hits[0]];

                item_fail(item, VERDICT_ABSENT, NULL, "%s offers no mdevs yet; its driver is %s", ADDRESS_TEXT(f),
                          f->driver ? f->driver : "none");
        }
}

char *list_types(const struct mdev_parent *parent)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        for (size_t i = 0; i < parent->n_types; i++) {
                const struct mdev_type *t = &parent->types[i];

                strbuf_addf(&text, "%s%s", i > 0 ? ", " : "", t->id);
                if (t->name)
                        strbuf_addf(&text, " (%s)", t->name);
        }
        return strbuf_steal(&text);
}

/* An id goes before a name; a name that two types have is no name for either. */
static const struct mdev_type *find_type(const struct mdev_parent *parent, const char *type, size_t *ret_n)
{
        const struct mdev_type *found = NULL;

        *ret_n = 0;
        for (size_t i = 0; i < parent->n_types; i++)
                if (streq(parent->types[i].id, type)) {
                        *ret_n = 1;
                        return &parent->types[i];
                }
        for (size_t i = 0; i < parent->n_types; i++)
                if (streq_ptr(parent->types[i].name, type)) {
                        found = &parent->types[i];
                        (*ret_n)++;
                }
        return found;
}

static const struct mdev_type *resolve_type(struct plan_item *item, const struct mdev_parent *parent)
{
        const struct config_section *s = item->section;
        size_t n;
        const struct mdev_type *type = find_type(parent, s->type, &n);
        CLEANUP_FREE char *list = NULL;

        if (parent->error) {
                item_fail(item, VERDICT_REFUSED, NULL, "failed to read the mdev types of %s (%s)", parent->name,
                          strerrordesc_np(parent->error));
                return NULL;
        }
        if (n == 1) {
                replace_string(&item->type_id, type->id);
                replace_string(&item->type_name, type->name);
                return type;
        }
        list = list_types(parent);
        if (n > 1)
                item_fail(item, VERDICT_REFUSED, config_loc_of(s, KEY_TYPE),
                          "%zu types of %s are named %s; expected the id of one: %s", n, parent->name, s->type, list);
        else
                item_fail(item, VERDICT_REFUSED, config_loc_of(s, KEY_TYPE), "%s has no type %s; it has: %s",
                          parent->name, s->type, *list ? list : "none");
        return NULL;
}

static bool is_unfinished(struct builder *b, const uint8_t uuid[static 16])
{
        const struct state_mdev *m = b->in->state ? state_find_mdev(b->in->state, uuid) : NULL;

        return m && m->unfinished;
}

struct plan_mdev *item_add_mdev(struct builder *b, struct plan_item *item, size_t parent, unsigned vf_index)
{
        struct plan_mdev *m = ARRAY_APPEND(item->mdevs, item->n_mdevs, item->alloc_mdevs);

        m->parent = parent;
        m->vf_index = vf_index;
        m->vgpu = parent != NO_INDEX && b->inv->parents[parent].vgpu;
        return m;
}

/* The UUID given, or a derived one. */
static void resolve_uuid(struct builder *b, struct plan_item *item, unsigned index)
{
        const struct config_section *s = item->section;
        struct plan_mdev *m = &item->mdevs[index];
        int r = 0;

        if (s->has_uuid)
                memcpy(m->uuid, s->uuid, sizeof(m->uuid));
        else
                r = b->in->derive_uuid ? b->in->derive_uuid(b->in->userdata, s->name, index, m->uuid) : -EOPNOTSUPP;
        if (r < 0 && r != -EOPNOTSUPP)
                item_fail(
                        item, VERDICT_REFUSED, NULL,
                        "failed to derive a UUID from /etc/machine-id (%s); run systemd-machine-id-setup, or set uuid",
                        strerrordesc_np(-r));
        m->known = r == 0;
}

/* Whether an mdev is there, and rightly so. */
static void resolve_mdev(struct builder *b, struct plan_item *item, struct plan_mdev *m)
{
        const struct mdev_device *have = m->known ? inventory_find_mdev(b->inv, m->uuid) : NULL;
        char uuid[UUID_TEXT_MAX];

        m->exists = have != NULL;
        m->unfinished = m->exists && is_unfinished(b, m->uuid);
        if (have && (have->parent != m->parent || !streq_ptr(have->type, item->type_id)))
                item_fail(item, VERDICT_REFUSED, config_loc_of(item->section, KEY_UUID),
                          "mdev %s exists already, as %s on %s", uuid_format(m->uuid, uuid),
                          have->type ? have->type : "another type",
                          have->parent == NO_INDEX ? "another parent" : b->inv->parents[have->parent].name);
}

/* Where the section's mdevs are to be. Of a PF each is on a VF of its own, else all are on the one parent. */
static void place_mdevs(struct builder *b, struct plan_item *item)
{
        const struct config_section *s = item->section;

        if (item->spread) {
                spread_mdevs(b, item);
                return;
        }
        if (item->parent != NO_INDEX && b->inv->parents[item->parent].vgpu && s->count > 1)
                item_fail(item, VERDICT_REFUSED, config_loc_of(s, KEY_COUNT),
                          "count = %u: the VF %s is one vGPU; with its PF as the parent, each VF is one", s->count,
                          b->inv->parents[item->parent].name);
        for (unsigned i = 0; i < s->count && item_is_open(item); i++)
                item_add_mdev(b, item, item->parent, s->selector.vf_index);
}

/* The type as the first parent has it that is there; those of one PF's VFs have the same. NULL: none is, it is of
 * another kind, or the item has its verdict. */
static const struct mdev_type *find_item_type(struct builder *b, struct plan_item *item)
{
        for (size_t i = 0; i < item->n_mdevs; i++)
                if (item->mdevs[i].parent != NO_INDEX && !item->mdevs[i].vgpu)
                        return resolve_type(item, &b->inv->parents[item->mdevs[i].parent]);
        replace_string(&item->type_id, item->section->type);
        return NULL;
}

/* Each of a PF's is on a VF of its own; all else share what their parent has room for. */
static void check_room(struct builder *b, struct plan_item *item, const struct mdev_type *type, unsigned to_make)
{
        const struct mdev_parent *parent = item->parent == NO_INDEX ? NULL : &b->inv->parents[item->parent];
        unsigned *promised = item->spread || !parent
                                     ? NULL
                                     : &b->promised[b->first_type[item->parent] + (size_t) (type - parent->types)];
        unsigned before = promised ? *promised : 0;

        if (item->spread ? to_make > 0 && type->available == 0
                         : to_make + (uint64_t) before > type->available && to_make > 0)
                item_fail(item, VERDICT_REFUSED, config_loc_of(item->section, KEY_TYPE),
                          before > 0
                                  ? "%s has room for %u more of type %s, not for %u and the %u of the sections above"
                                  : "%s has room for %u more of type %s, not for %u",
                          item->parent_name, type->available, type->id, to_make, before);
        else if (promised)
                *promised += to_make;
}

void plan_mdev_resolve(struct builder *b, struct plan_item *item)
{
        const struct mdev_type *type;
        unsigned to_make = 0;

        resolve_parent(b, item);
        if (!item_is_open(item))
                return;
        if (!item->parent_name && item->parent != NO_INDEX)
                replace_string(&item->parent_name, b->inv->parents[item->parent].name);
        place_mdevs(b, item);
        if (!item_is_open(item))
                return;
        type = find_item_type(b, item);
        if (!item_is_open(item))
                item->n_mdevs = 0; /* of no type, they are none */
        for (unsigned i = 0; i < item->n_mdevs && item_is_open(item); i++) {
                struct plan_mdev *m = &item->mdevs[i];

                resolve_uuid(b, item, i);
                if (m->vgpu)
                        resolve_vgpu(b, item, m);
                else
                        resolve_mdev(b, item, m);
                to_make += !m->exists;
        }
        if (type && item_is_open(item))
                check_room(b, item, type, to_make);
}

static struct plan_step *mdev_step(struct builder *b, const struct plan_item *item, const struct plan_mdev *m,
                                   enum step_kind kind, const char *old, const char *value)
{
        struct plan_step *step = add_step(b, item, PHASE_MDEV, kind, old, value);

        memcpy(step->uuid, m->uuid, sizeof(step->uuid));
        step->vgpu = m->vgpu;
        step->guarded =
                m->exists || kind == STEP_MDEV_REMOVE; /* a VM may have it open by now: it is not to be removed */
        if (m->parent == NO_INDEX)
                at_new_vf(step, &b->inv->functions[item->pf].address, m->vf_index);
        else if (b->inv->parents[m->parent].function != NO_INDEX)
                at_address(step, &b->inv->functions[b->inv->parents[m->parent].function].address);
        return step;
}

static void make_steps(struct builder *b, struct plan_item *item, const struct plan_mdev *m)
{
        const struct config_section *s = item->section;
        const char *parent = m->parent == NO_INDEX ? NULL : b->inv->parents[m->parent].name;
        char old[16];

        (void) snprintf(old, sizeof(old), "%u", m->replaces);
        if (m->replaces > 0)
                step_set(mdev_step(b, item, m, STEP_MDEV_REMOVE, old, NULL), parent, NULL);
        if (!m->exists)
                step_set(mdev_step(b, item, m, STEP_MDEV_CREATE, NULL, item->type_id), parent, NULL);
        for (size_t k = 0; k < s->n_pairs; k++)
                step_set(mdev_step(b, item, m, STEP_MDEV_ATTR, NULL, s->pairs[k].value), NULL, s->pairs[k].name);
}

void plan_mdev_steps(struct builder *b, struct plan_item *item)
{
        check_sriov_item(b, item);
        for (size_t i = 0; i < item->n_mdevs && item_is_open(item); i++)
                if (!item->mdevs[i].exists || item->mdevs[i].unfinished)
                        make_steps(b, item, &item->mdevs[i]);
}
