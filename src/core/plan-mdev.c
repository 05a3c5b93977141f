/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [mdev]: mediated devices on a parent, of a type, with UUIDs that are the same at every boot. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/plan-internal.h"
#include "core/uuid.h"
#include "util/array.h"
#include "util/strbuf.h"
#include "util/strutil.h"

static size_t parent_of_function(const struct inventory *inv, size_t function)
{
        for (size_t i = 0; i < inv->n_parents; i++)
                if (inv->parents[i].function == function)
                        return i;
        return NO_INDEX;
}

static void set_string(struct builder *b, char **dst, const char *src)
{
        if (replace_string(dst, src) < 0)
                b->out_of_memory = true;
}

/* The parent is a VF: it is there already, or the [sriov] section will make it. */
static void resolve_vf_parent(struct builder *b, struct plan_item *item)
{
        const struct selector *sel = &item->section->selector;
        struct plan_item *pf = find_sriov_item(b, sel->section);
        const struct plan_claim *claim;

        if (!pf || !item_is_open(pf)) {
                item_fail(b, item, pf && pf->verdict == VERDICT_REFUSED ? VERDICT_REFUSED : VERDICT_ABSENT, NULL,
                          "no parent %s without [sriov %s]", sel->text, sel->section);
                return;
        }
        claim = find_vf_claim(b, pf, sel->vf_index);
        if (!claim) {
                item_fail(b, item, VERDICT_REFUSED, NULL, "%s: [sriov %s] has %u VFs, numbered from 0", sel->text,
                          sel->section, pf->vfs);
                return;
        }
        set_string(b, &item->parent_name, sel->text);
        item->pf = pf->pf;
        if (claim->function == NO_INDEX)
                return;
        item->parent = parent_of_function(b->inv, claim->function);
        if (item->parent == NO_INDEX)
                item_fail(b, item, VERDICT_ABSENT, NULL, "%s (%s) offers no mdevs (yet)", sel->text,
                          ADDRESS_TEXT(&b->inv->functions[claim->function]));
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
                        item_fail(b, item, VERDICT_ABSENT, NULL, "no mdev parent %s under /sys/class/mdev_bus",
                                  sel->text);
                return;
        }
        if (resolve_selector(b, item, &hits) == 0 || !item_is_open(item))
                return;
        check_vf_stays(b, item, hits[0]);
        item->parent = parent_of_function(b->inv, hits[0]);
        if (item->parent == NO_INDEX) {
                const struct pci_function *f = &b->inv->functions[hits[0]];

                item_fail(b, item, VERDICT_ABSENT, NULL, "%s offers no mdevs (yet); its driver is %s", ADDRESS_TEXT(f),
                          f->driver ? f->driver : "none");
        }
}

/* "mtty-1 (Single port serial), mtty-2 (Dual port serial)". New string or NULL. */
static char *list_types(const struct mdev_parent *parent)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        char *ret = NULL;

        for (size_t i = 0; i < parent->n_types; i++) {
                const struct mdev_type *t = &parent->types[i];

                strbuf_addf(&text, "%s%s", i > 0 ? ", " : "", t->id);
                if (t->name)
                        strbuf_addf(&text, " (%s)", t->name);
        }
        return strbuf_steal(&text, &ret) < 0 ? NULL : ret;
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

static const struct mdev_type *resolve_type(struct builder *b, struct plan_item *item)
{
        const struct config_section *s = item->section;
        const struct mdev_parent *parent = &b->inv->parents[item->parent];
        size_t n;
        const struct mdev_type *type = find_type(parent, s->type, &n);
        CLEANUP_FREE char *list = NULL;

        if (parent->error) {
                item_fail(b, item, VERDICT_REFUSED, NULL, "the mdev types of %s can't be read (%s)", parent->name,
                          strerrordesc_np(parent->error));
                return NULL;
        }
        if (n == 1) {
                set_string(b, &item->type_id, type->id);
                set_string(b, &item->type_name, type->name);
                return type;
        }
        list = list_types(parent);
        if (!list)
                b->out_of_memory = true;
        else if (n > 1)
                item_fail(b, item, VERDICT_REFUSED, config_loc_of(s, KEY_TYPE),
                          "%zu types of %s are named %s; expected the id of one: %s", n, parent->name, s->type, list);
        else
                item_fail(b, item, VERDICT_REFUSED, config_loc_of(s, KEY_TYPE), "%s has no type %s; it has: %s",
                          parent->name, s->type, *list ? list : "none");
        return NULL;
}

static bool is_unfinished(struct builder *b, const uint8_t uuid[static 16])
{
        const struct state_mdev *m = b->in->state ? state_find_mdev(b->in->state, uuid) : NULL;

        return m && m->unfinished;
}

/* UUIDs: the one given, or derived ones; which of them are there, and rightly so. Returns how many are to make. */
static unsigned resolve_uuids(struct builder *b, struct plan_item *item)
{
        const struct config_section *s = item->section;
        unsigned to_make = 0;

        for (unsigned i = 0; i < s->count && item_is_open(item); i++) {
                struct plan_mdev *m = ARRAY_APPEND(item->mdevs, item->n_mdevs, item->alloc_mdevs);
                const struct mdev_device *have;
                char uuid[UUID_TEXT_MAX];
                int r = 0;

                if (!m) {
                        b->out_of_memory = true;
                        return 0;
                }
                if (s->has_uuid)
                        memcpy(m->uuid, s->uuid, sizeof(m->uuid));
                else
                        r = b->in->derive_uuid ? b->in->derive_uuid(b->in->userdata, s->name, i, m->uuid) : -EOPNOTSUPP;
                if (r < 0 && r != -EOPNOTSUPP)
                        item_fail(b, item, VERDICT_REFUSED, NULL,
                                  "no UUID can be derived from /etc/machine-id (%s); make one with "
                                  "systemd-machine-id-setup, or give uuid", strerrordesc_np(-r));
                m->known = r == 0;
                have = m->known ? inventory_find_mdev(b->inv, m->uuid) : NULL;
                m->exists = have != NULL;
                to_make += !m->exists;
                m->unfinished = m->exists && is_unfinished(b, m->uuid);
                if (have && (have->parent != item->parent || !streq_ptr(have->type, item->type_id)))
                        item_fail(b, item, VERDICT_REFUSED, config_loc_of(s, KEY_UUID),
                                  "the mdev %s is there already, as %s on %s", uuid_format(m->uuid, uuid),
                                  have->type ? have->type : "another type",
                                  have->parent == NO_INDEX ? "another parent" : b->inv->parents[have->parent].name);
        }
        return to_make;
}

void plan_mdev_resolve(struct builder *b, struct plan_item *item)
{
        const struct config_section *s = item->section;
        const struct mdev_type *type = NULL;
        unsigned to_make;

        resolve_parent(b, item);
        if (!item_is_open(item))
                return;
        if (item->parent != NO_INDEX) {
                if (!item->parent_name)
                        set_string(b, &item->parent_name, b->inv->parents[item->parent].name);
                type = resolve_type(b, item);
                if (!type)
                        return;
        } else
                set_string(b, &item->type_id, s->type);
        to_make = resolve_uuids(b, item);
        if (type && to_make > type->available)
                item_fail(b, item, VERDICT_REFUSED, config_loc_of(s, KEY_TYPE),
                          "%s has room for %u more of type %s, not for %u", item->parent_name, type->available,
                          type->id, to_make);
}

static struct plan_step *mdev_step(struct builder *b, const struct plan_item *item, const struct plan_mdev *m,
                                   enum step_kind kind, const char *value)
{
        struct plan_step *step = add_step(b, item, PHASE_MDEV, kind, NULL, value);

        if (!step)
                return NULL;
        memcpy(step->uuid, m->uuid, sizeof(step->uuid));
        step->guarded = m->exists; /* a VM may have it open by now: it is not to be removed */
        if (item->parent == NO_INDEX) {
                step->has_address = true;
                step->new_vf = true;
                step->address = b->inv->functions[item->pf].address;
                step->vf_index = item->section->selector.vf_index;
        } else if (b->inv->parents[item->parent].function != NO_INDEX) {
                step->has_address = true;
                step->address = b->inv->functions[b->inv->parents[item->parent].function].address;
        }
        return step;
}

void plan_mdev_steps(struct builder *b, struct plan_item *item)
{
        const struct config_section *s = item->section;

        check_sriov_item(b, item);
        for (size_t i = 0; i < item->n_mdevs && item_is_open(item); i++) {
                const struct plan_mdev *m = &item->mdevs[i];

                if (m->exists && !m->unfinished)
                        continue;
                if (!m->exists)
                        step_set(b, mdev_step(b, item, m, STEP_MDEV_CREATE, item->type_id),
                                 item->parent == NO_INDEX ? NULL : b->inv->parents[item->parent].name, NULL);
                for (size_t k = 0; k < s->n_pairs; k++)
                        step_set(b, mdev_step(b, item, m, STEP_MDEV_ATTR, s->pairs[k].value), NULL,
                                 s->pairs[k].name);
        }
}
