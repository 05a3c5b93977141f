/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [mdev] on VFs: which VFs of a PF a section has, and VFs that are vGPUs themselves. Which VF it is follows from the
 * configuration alone, so that it is the same at each boot, whatever else is there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/strutil.h"
#include "build/plan-internal.h"
#include "device/vgpu.h"

/* A section that names the VF itself, as uplink/3 or by its address, has it before those that name the PF. */
static bool is_named(const struct builder *b, size_t pf, unsigned index)
{
        const struct pci_function *f = &b->inv->functions[pf];
        size_t vf = index < f->numvfs ? f->vfs[index] : NO_INDEX;
        const struct plan_item *maker = b->pf_item[pf] == NO_INDEX ? NULL : &b->plan->items[b->pf_item[pf]];

        for (size_t i = 0; i < b->plan->n_items; i++) {
                const struct config_section *s = b->plan->items[i].section;
                const struct selector *sel = &s->selector;

                if (s->kind != SECTION_MDEV || b->plan->items[i].verdict == VERDICT_DISABLED)
                        continue;
                if (maker && sel->kind == SELECTOR_VF && sel->vf_index == index &&
                    streq(sel->section, maker->section->name))
                        return true;
                if (vf != NO_INDEX && sel->kind == SELECTOR_ADDRESS && !sel->slot &&
                    pci_address_compare(&sel->address, &b->inv->functions[vf].address) == 0)
                        return true;
        }
        return false;
}

/* An earlier section has it. */
static bool is_taken(const struct builder *b, size_t pf, unsigned index)
{
        for (size_t i = 0; i < b->plan->n_items; i++) {
                const struct plan_item *item = &b->plan->items[i];

                for (size_t k = 0; item->spread && item->pf == pf && k < item->n_mdevs; k++)
                        if (item->mdevs[k].vf_index == index)
                                return true;
        }
        return false;
}

/* Whether the VF stays on its own driver. *ret is its index, or NO_INDEX when it is to come. */
static bool is_host_vf(const struct builder *b, size_t pf, unsigned index, size_t *ret)
{
        const struct pci_function *f = &b->inv->functions[pf];
        const struct plan_claim *claim;

        if (b->pf_item[pf] == NO_INDEX) {
                *ret = f->vfs[index];
                return *ret != NO_INDEX && !driver_is_vfio(b->inv->functions[*ret].driver);
        }
        claim = find_vf_claim(b, &b->plan->items[b->pf_item[pf]], index);
        if (!claim || driver_is_vfio(claim->driver) || streq(claim->driver, DRIVER_NONE))
                return false;
        *ret = claim->function;
        return true;
}

/* A section of its own says which driver it has. */
static bool has_own_section(const struct builder *b, size_t pf, unsigned index)
{
        const struct plan_claim *claim;

        if (b->pf_item[pf] == NO_INDEX)
                return false;
        claim = find_vf_claim(b, &b->plan->items[b->pf_item[pf]], index);
        return !claim || claim->named;
}

/* Why the section has too few VFs: those of the PF that go to other drivers, and those that are for other sections. */
static void refuse_count(struct builder *b, struct plan_item *item, unsigned n_vfs, unsigned n_off)
{
        const struct plan_item *maker =
                b->pf_item[item->pf] == NO_INDEX ? NULL : &b->plan->items[b->pf_item[item->pf]];
        unsigned n_others = n_vfs - n_off - (unsigned) item->n_mdevs;
        CLEANUP_STRBUF struct strbuf why = { 0 };

        if (n_others > 0)
                strbuf_addf(&why, ": %u of its %u %s", n_others, n_vfs,
                            n_others == 1 ? "is for another section" : "are for other sections");
        if (n_off > 0)
                strbuf_addf(&why, "%s%u of its %u %s %s", n_others > 0 ? ", and " : ": ", n_off, n_vfs,
                            n_off == 1 ? "is" : "are", maker ? "not for the host's driver" : "on VFIO's drivers");
        if (n_off > 0 && maker)
                strbuf_addf(&why, "; set vf-driver = host in [sriov %s]", maker->section->name);
        item_fail(item, VERDICT_REFUSED, config_loc_of(item->section, KEY_COUNT),
                  "%s has %zu VFs for this section, expected %u%s", item->parent_name, item->n_mdevs,
                  item->section->count, why.text ? why.text : "");
}

void spread_mdevs(struct builder *b, struct plan_item *item)
{
        const struct config_section *s = item->section;
        const struct pci_function *f = &b->inv->functions[item->pf];
        unsigned n_vfs = b->pf_item[item->pf] == NO_INDEX ? f->numvfs : b->plan->items[b->pf_item[item->pf]].vfs,
                 n_off = 0;

        for (unsigned i = 0; i < n_vfs && item->n_mdevs < s->count && item_is_open(item); i++) {
                size_t vf = NO_INDEX, parent;
                bool other = is_named(b, item->pf, i) || is_taken(b, item->pf, i);

                if (other || !is_host_vf(b, item->pf, i, &vf)) {
                        n_off += !other && !has_own_section(b, item->pf, i);
                        continue;
                }
                parent = vf == NO_INDEX ? NO_INDEX : parent_of_function(b->inv, vf);
                if (vf != NO_INDEX && parent == NO_INDEX)
                        item_fail(item, VERDICT_ABSENT, NULL, "VF %u of %s (%s) offers no mdevs yet; its driver is %s",
                                  i, item->parent_name, ADDRESS_TEXT(&b->inv->functions[vf]),
                                  b->inv->functions[vf].driver ? b->inv->functions[vf].driver : "none");
                else
                        (void) item_add_mdev(b, item, parent, i);
        }
        if (item->n_mdevs < s->count)
                refuse_count(b, item, n_vfs, n_off);
}

/* Another section has this VF, which is but one vGPU. */
static const struct config_section *find_other(const struct builder *b, const struct plan_item *item, size_t parent)
{
        for (size_t i = 0; i < item_index(b, item); i++)
                for (size_t k = 0; k < b->plan->items[i].n_mdevs; k++)
                        if (item_is_open(&b->plan->items[i]) && b->plan->items[i].mdevs[k].parent == parent)
                                return b->plan->items[i].section;
        return NULL;
}

/* What a run of this boot made there, of a type whose name nobody tells any more. */
static bool is_made_by_name(const struct builder *b, const struct plan_mdev *m, const struct mdev_parent *parent,
                            const char *type)
{
        const struct state_mdev *have = b->in->state && m->known ? state_find_mdev(b->in->state, m->uuid) : NULL;

        return have && streq_ptr(have->type, type) && vgpu_find(b->inv, have->parent) == parent;
}

static bool is_offered(const struct mdev_parent *parent, unsigned type)
{
        unsigned number;

        for (size_t i = 0; i < parent->n_types; i++)
                if (vgpu_type_number(parent->types[i].id, &number) && number == type)
                        return true;
        return false;
}

/* NVIDIA's daemon tells the driver of all types when it starts: till then its GPU offers none, full or not. */
static bool are_types_told(const struct inventory *inv, const struct mdev_parent *parent)
{
        for (size_t i = 0; i < inv->n_parents; i++)
                if (vgpu_same_gpu(inv, parent, &inv->parents[i]) &&
                    (inv->parents[i].n_types > 0 || inv->parents[i].current > 0))
                        return true;
        return false;
}

static void refuse_type(struct builder *b, struct plan_item *item, const struct mdev_parent *parent)
{
        CLEANUP_FREE char *list = list_types(parent);

        if (!are_types_told(b->inv, parent))
                item_fail(item, VERDICT_ABSENT, NULL,
                          "%s offers no vGPU types yet: nvidia-vgpud announces them to the driver", parent->name);
        else
                item_fail(item, VERDICT_REFUSED, config_loc_of(item->section, KEY_TYPE),
                          "%s can't be a vGPU of type %s now; it can be: %s", parent->name, item->section->type,
                          *list ? list : "none, as its GPU has no room left");
}

static void refuse_unusable(struct builder *b, struct plan_item *item, const struct plan_mdev *m)
{
        const struct config_section *s = item->section, *other = find_other(b, item, m->parent);
        const struct mdev_parent *parent = &b->inv->parents[m->parent];

        if (parent->error)
                item_fail(item, VERDICT_REFUSED, NULL, "failed to read the vGPU types of %s (%s)", parent->name,
                          strerrordesc_np(parent->error));
        if (s->has_uuid)
                item_fail(item, VERDICT_REFUSED, config_loc_of(s, KEY_UUID),
                          "the vGPU on %s is the VF itself and has no uuid: remove the line", parent->name);
        if (other)
                item_fail(item, VERDICT_REFUSED, NULL, "the VF %s is one vGPU, and that is the one of [mdev %s]",
                          parent->name, other->name);
}

void resolve_vgpu(struct builder *b, struct plan_item *item, struct plan_mdev *m)
{
        const struct mdev_parent *parent = &b->inv->parents[m->parent];
        const struct state_mdev *state = b->in->state && m->known ? state_find_mdev(b->in->state, m->uuid) : NULL;
        bool found;
        unsigned type = 0;
        char id[16];

        refuse_unusable(b, item, m);
        if (!item_is_open(item))
                return;
        found = vgpu_type_find(b->inv, parent, item->section->type, &type);
        (void) snprintf(id, sizeof(id), "%u", type);
        if (found) {
                replace_string(&item->type_id, id);
                replace_string(&item->type_name, vgpu_type_name(b->inv, parent, type));
        }
        m->exists = parent->current > 0 &&
                    (found ? type == parent->current : is_made_by_name(b, m, parent, item->section->type));
        m->unfinished = m->exists && state && state->unfinished;
        if (m->exists)
                return;
        if (parent->current == 0 && (!found || !is_offered(parent, type)))
                refuse_type(b, item, parent);
        else if (parent->current > 0 && !found)
                item_fail(item, VERDICT_REFUSED, config_loc_of(item->section, KEY_TYPE),
                          "%s is a vGPU of type %u already, and the driver does not say whether that is %s: give the "
                          "type's number",
                          parent->name, parent->current, item->section->type);
        else
                m->replaces = parent->current;
}
