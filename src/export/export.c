/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which devices a section hands over, and what keeps it from it. */
#include "export/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/macro.h"
#include "device/vgpu.h"
#include "plan/advice.h"
#include "plan/section-status.h"

struct exporter {
        const struct export_input *in;
        const char *name; /* as it was asked for */
        struct export_list *list;
        struct diag_list *diags;
        bool out_of_memory;
};

void export_list_free(struct export_list *list)
{
        for (size_t i = 0; i < list->n; i++)
                free(list->items[i].functions);
        free(list->items);
        *list = (struct export_list){ 0 };
}

static struct export_device *add_device(struct exporter *e, const struct plan_item *item)
{
        struct export_device *d = ARRAY_APPEND(e->list->items, e->list->n, e->list->alloc);

        d->item = item;
        return d;
}

/* The device of the item that the function is a part of. A VF is a device of its own. */
static struct export_device *find_card(struct exporter *e, const struct plan_item *item, const struct pci_function *f)
{
        for (size_t i = e->list->n; f->physfn == NO_INDEX && i > 0 && e->list->items[i - 1].item == item; i--) {
                struct export_device *d = &e->list->items[i - 1];
                const struct pci_function *first = &e->in->inventory->functions[d->functions[0]];

                if (first->physfn == NO_INDEX && pci_address_same_slot(&first->address, &f->address))
                        return d;
        }
        return NULL;
}

static void add_function(struct exporter *e, const struct plan_item *item, const struct plan_claim *claim)
{
        struct export_device *d = find_card(e, item, &e->in->inventory->functions[claim->function]);
        size_t k;

        if (!d)
                d = add_device(e, item);
        ARRAY_APPEND(d->functions, d->n_functions, d->alloc_functions);
        for (k = d->n_functions - 1; k > 0 && d->functions[k - 1] > claim->function; k--)
                d->functions[k] = d->functions[k - 1];
        d->functions[k] = claim->function;
        if (!d->driver && !streq(claim->driver, DRIVER_VFIO))
                d->driver = claim->driver;
}

/* The functions of a slot follow each other in the inventory. */
static bool is_whole(const struct inventory *inv, const struct export_device *d)
{
        size_t first = d->functions[0], n = 0;

        while (first > 0 && pci_address_same_slot(&inv->functions[first - 1].address, &inv->functions[first].address))
                first--;
        for (size_t i = first; i < inv->n_functions; i++)
                if (pci_address_same_slot(&inv->functions[i].address, &inv->functions[first].address))
                        n++;
                else
                        break;
        return n == d->n_functions;
}

static const char *host_driver(const struct plan_claim *claim)
{
        return streq(claim->driver, DRIVER_HOST) ? "the host's own" : claim->driver;
}

/* Which VF is meant; of a PF that was not found it is none. */
struct vf {
        size_t pf;
        unsigned index;
};

/* vf NULL: any function is meant. */
static bool is_meant(const struct exporter *e, const struct plan_item *item, const struct plan_claim *claim,
                     const struct vf *vf)
{
        const struct pci_function *f =
                claim->function == NO_INDEX ? NULL : &e->in->inventory->functions[claim->function];

        if (!vf)
                return true;
        return f ? f->physfn == vf->pf && f->vf_index == vf->index
                 : item->pf == vf->pf && claim->vf_index == vf->index;
}

static void add_functions(struct exporter *e, const struct plan_item *item, const struct vf *vf)
{
        size_t before = e->list->n, n_meant = 0, n_to_come = 0, n_others = 0;
        const char *driver = "";

        for (size_t i = 0; i < item->n_claims; i++) {
                const struct plan_claim *claim = &item->claims[i];

                if (!is_meant(e, item, claim, vf))
                        continue;
                n_meant++;
                if (!driver_is_vfio(claim->driver)) {
                        n_others++;
                        driver = host_driver(claim);
                } else if (claim->function == NO_INDEX)
                        n_to_come++;
                else
                        add_function(e, item, claim);
        }
        if (n_meant == 0)
                diag_add(e->diags, DIAG_ERROR, NULL,
                         "%s hands nothing over by itself: its VFs have sections of their own", e->name);
        else if (n_to_come > 0)
                diag_add(e->diags, DIAG_ERROR, NULL,
                         "%s: the kernel tells the address of a VF once it is there, and %zu %s not; "
                         "first: " HOW_TO_APPLY,
                         e->name, n_to_come, n_to_come == 1 ? "is" : "are");
        else if (n_others > 0)
                diag_add(e->diags, e->list->n > before ? DIAG_NOTE : DIAG_ERROR, NULL,
                         "%s: %zu of %zu %s to a driver other than VFIO's (%s), so no VM can use %s", e->name,
                         n_others, n_meant, n_others == 1 ? "goes" : "go", driver, n_others == 1 ? "it" : "them");
        for (size_t i = before; i < e->list->n; i++)
                e->list->items[i].whole = is_whole(e->in->inventory, &e->list->items[i]);
}

/* vfio-pci where it can't be told: the parent is to come, or tells of none. */
static const char *mdev_api(const struct inventory *inv, const struct plan_item *item)
{
        const struct mdev_parent *parent = item->parent == NO_INDEX ? NULL : &inv->parents[item->parent];

        for (size_t i = 0; parent && i < parent->n_types; i++)
                if (streq_ptr(parent->types[i].id, item->type_id) && parent->types[i].device_api)
                        return parent->types[i].device_api;
        return "vfio-pci";
}

/* A vGPU that is its VF itself: a PCI device, whose driver is to be left alone. */
static void add_vgpu(struct exporter *e, const struct plan_item *item, const struct mdev_parent *parent)
{
        struct export_device *d = add_device(e, item);
        size_t *slot = ARRAY_APPEND(d->functions, d->n_functions, d->alloc_functions);

        *slot = parent->function;
        d->driver = e->in->inventory->functions[parent->function].driver;
        d->driver = d->driver ? d->driver : "its vendor's driver";
        d->parent = parent;
        (void) vgpu_type_find(e->in->inventory, parent, item->type_id ? item->type_id : item->section->type, &d->vgpu);
}

static void add_mdevs(struct exporter *e, const struct plan_item *item)
{
        const struct inventory *inv = e->in->inventory;

        for (size_t i = 0; i < item->n_mdevs; i++) {
                struct export_device *d;

                if (item->mdevs[i].vgpu) {
                        add_vgpu(e, item, &inv->parents[item->mdevs[i].parent]);
                        continue;
                }
                if (item->mdevs[i].parent == NO_INDEX && vgpu_may_come(inv, item->pf)) {
                        diag_add(e->diags, DIAG_ERROR, NULL,
                                 "%s: VF %u of its GPU is not there yet, and only then is it known whether "
                                 "it is a vGPU itself or has mdevs: " HOW_TO_APPLY,
                                 e->name, item->mdevs[i].vf_index);
                        return;
                }
                if (!item->mdevs[i].known) {
                        diag_add(e->diags, DIAG_ERROR, NULL, "%s: its uuid is derived on its own host alone", e->name);
                        return;
                }
                d = add_device(e, item);
                memcpy(d->uuid, item->mdevs[i].uuid, sizeof(d->uuid));
                d->api = mdev_api(inv, item);
                d->parent = item->mdevs[i].parent == NO_INDEX ? NULL : &inv->parents[item->mdevs[i].parent];
        }
}

/* Of other buses a VM has mdevs, or a model that is made for this very device (vfio-amd-xgbe), which nobody here
 * knows. */
static void tell_bus(struct exporter *e, const struct plan_item *item)
{
        const struct config_section *s = item->section;

        if (streq(s->driver, "vfio_ccw") || streq(s->driver, "vfio_ap"))
                diag_add(e->diags, DIAG_ERROR, NULL,
                         "%s: a VM has it as an mdev, by a section [mdev NAME] with parent = %s; export that", e->name,
                         s->bus == BUS_AP ? "matrix" : s->selector.text);
        else
                diag_add(e->diags, DIAG_ERROR, NULL,
                         "%s: not exported: how a VM has a device of bus = %s depends on the VM's machine", e->name,
                         bus_name(s->bus));
}

/* Why there is nothing to hand over, or not yet. */
static void tell_verdict(struct exporter *e, const struct plan_item *item)
{
        CLEANUP_FREE char *loc = item_place(item);
        enum section_status status = section_status(item, e->in->state);

        if (item->section->kind == SECTION_MODULE)
                diag_add(e->diags, DIAG_ERROR, NULL, "%s is a module, not a device (%s)", e->name, loc);
        else if (item->verdict == VERDICT_DISABLED)
                diag_add(e->diags, DIAG_ERROR, NULL, "%s is disabled: %s (%s)", e->name,
                         item->section->skipped                   ? "passthru.skip= on the kernel command line"
                         : item->section->enabled && item->reason ? item->reason
                                                                  : "enabled = no",
                         loc);
        else if (item->verdict == VERDICT_ABSENT || item->verdict == VERDICT_REFUSED)
                diag_add(e->diags, DIAG_ERROR, NULL, "%s is %s: %s (%s)", e->name, plan_verdict_name(item->verdict),
                         item->reason ? item->reason : "", loc);
        else if (status == STATUS_RELEASED)
                diag_add(e->diags, DIAG_ERROR, NULL,
                         "%s was released; "
                         "run: " HOW_TO_APPLY " to hand it over again",
                         e->name);
        else if (status == STATUS_FAILED || status == STATUS_STUCK)
                diag_add(e->diags, DIAG_NOTE, NULL, "%s failed and can't be exported until that is fixed: %s (%s)",
                         e->name, item_failure_text(item, e->in->state), loc);
}

static void add_item(struct exporter *e, const struct plan_item *item, const struct vf *vf)
{
        size_t n_errors = e->diags->n_errors;

        tell_verdict(e, item);
        if (e->diags->n_errors > n_errors)
                return;
        if (item->section->kind == SECTION_MDEV)
                add_mdevs(e, item);
        else if (item->section->bus != BUS_PCI)
                tell_bus(e, item);
        else
                add_functions(e, item, vf);
        if (e->diags->n_errors > n_errors || section_status(item, e->in->state) != STATUS_DRIFT)
                return;
        if (item->section->when == WHEN_BOOT)
                diag_add(e->diags, DIAG_NOTE, NULL, "%s is not handed over yet; before the VM starts: " HOW_TO_APPLY,
                         e->name);
        else {
                CLEANUP_STRBUF struct strbuf when = { 0 };

                config_add_when(&when, item->section);
                diag_add(e->diags, DIAG_NOTE, NULL, "%s is handed over %s", e->name, when.text);
        }
}

static const struct plan_item *find_pf_item(const struct plan *plan, const char *section)
{
        for (size_t i = 0; i < plan->n_items; i++)
                if (plan->items[i].section->kind == SECTION_SRIOV && streq(plan->items[i].section->name, section))
                        return &plan->items[i];
        return NULL;
}

/* The VF is its PF's section's to hand over, or that of a section of its own. */
static int add_vf(struct exporter *e, const struct selector *sel)
{
        const struct plan_item *pf = find_pf_item(e->in->plan, sel->section);
        const struct vf vf = { pf ? pf->pf : NO_INDEX, sel->vf_index };

        if (!pf)
                return -ENOENT;
        if (pf->pf != NO_INDEX && pf->vfs > 0 && sel->vf_index >= pf->vfs) {
                diag_add(e->diags, DIAG_ERROR, NULL, "%s: [sriov %s] has %s", e->name, sel->section,
                         VF_COUNT_TEXT(pf->vfs));
                return 0;
        }
        for (size_t i = 0; i < e->in->plan->n_items && pf->pf != NO_INDEX; i++) {
                const struct plan_item *item = &e->in->plan->items[i];

                for (size_t k = 0; k < item->n_claims; k++)
                        if (is_meant(e, item, &item->claims[k], &vf)) {
                                add_item(e, item, &vf);
                                return 0;
                        }
        }
        add_item(e, pf, &vf);
        return 0;
}

static int add_sections(struct exporter *e)
{
        bool found = false;

        for (size_t i = 0; i < e->in->plan->n_items; i++)
                if (streq(e->in->plan->items[i].section->name, e->name)) {
                        add_item(e, &e->in->plan->items[i], NULL);
                        found = true;
                }
        return found ? 0 : -ENOENT;
}

int export_add(const struct export_input *in, const char *name, struct export_list *list, struct diag_list *diags)
{
        struct exporter e = { .in = in, .name = name, .list = list, .diags = diags };
        CLEANUP(selector_clear) struct selector vf = { 0 };
        int r;

        r = selector_parse(SELECTOR_ADDRESS, name, &vf);
        if (r == 0 && vf.kind == SELECTOR_VF)
                r = add_vf(&e, &vf);
        else
                r = add_sections(&e);
        return r;
}
