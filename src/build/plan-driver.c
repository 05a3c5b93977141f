/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps that bring one function to the driver it is to have. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/uuid.h"
#include "build/plan-internal.h"
#include "device/modalias.h"
#include "device/vgpu.h"

static char *module_name(const char *driver)
{
        char *name = xstrdup(driver);

        for (char *c = name; c && *c; c++)
                if (*c == '-' || *c == ' ')
                        *c = '_';
        return name;
}

/* A module's driver is named as the module or with dashes; which, only a loaded one tells. New string or NULL. */
static char *driver_of_module(const struct inventory *inv, const char *module)
{
        for (size_t i = 0; i < inv->n_drivers; i++) {
                CLEANUP_FREE char *name = module_name(inv->drivers[i]);

                if (streq(name, module))
                        return xstrdup(inv->drivers[i]);
        }
        return xstrdup(streq(module, "vfio_pci") ? DRIVER_VFIO : module);
}

char *driver_for(struct builder *b, const struct pci_function *f, const char *wanted)
{
        const char *module;
        char *driver;

        if (!streq(wanted, DRIVER_AUTO))
                driver = xstrdup(wanted);
        else {
                module = modalias_best_vfio(b->inv, f);
                driver = module ? driver_of_module(b->inv, module) : xstrdup(DRIVER_VFIO);
        }
        return driver;
}

static bool module_is_set(const struct config *config, const char *module, const char *parameter)
{
        const struct config_section *s = config_find(config, SECTION_MODULE, module);

        for (size_t i = 0; s && s->enabled && i < s->n_pairs; i++)
                if (streq(s->pairs[i].name, parameter))
                        return module_value_equal(s->pairs[i].value, "1");
        return false;
}

/* [module vfio] enable_unsafe_noiommu_mode = 1: the user wants VFIO without an IOMMU, and says so by name. */
bool noiommu_wanted(const struct config *config)
{
        return module_is_set(config, "vfio", "enable_unsafe_noiommu_mode");
}

/* vfio_pci_dev_in_denylist() of drivers/vfio/pci/vfio_pci.c, of Intel's: QAT 1.x and its VFs, DSA and IAA (from 6.10
 * on, and in the stable kernels). */
void check_denylist(struct builder *b, struct plan_item *item, uint16_t vendor, uint16_t device, const char *driver)
{
        static const uint16_t denied[] = { 0x0435, 0x0443, 0x19e2, 0x19e3, 0x37c8, 0x37c9, 0x0b25, 0x0cfe };
        const struct module_info *module = inventory_find_module(b->inv, "vfio_pci");
        bool is_denied = false;

        for (size_t i = 0; i < ARRAY_SIZE(denied) && vendor == 0x8086; i++)
                is_denied = is_denied || denied[i] == device;
        if (!is_denied || !streq(driver, DRIVER_VFIO) || b->inv->denylist_off)
                return;
        if (!module_is_set(b->in->config, "vfio_pci", "disable_denylist"))
                item_fail(item, VERDICT_REFUSED, NULL,
                          "vfio-pci refuses %04x:%04x by its denylist, as a guest can harm the host through it; "
                          "[module vfio_pci] disable_denylist = 1 overrides",
                          vendor, device);
        else if (module && module->loaded)
                item_fail(item, VERDICT_REFUSED, NULL,
                          "vfio-pci refuses %04x:%04x by its denylist, and vfio_pci is loaded already without "
                          "disable_denylist: "
                          "modprobe -r vfio_pci, or reboot",
                          vendor, device);
}

/* Most drivers take a PF's VFs along when they go, whoever has them; vfio-pci takes no PF that still has some. Unless
 * force says so none is lost (usage_guard()), and no VF that may be in use is lost at all; whether one is open is
 * tested by the host (guard_plan()). */
static void check_pf_driver(struct builder *b, struct plan_item *item, const struct pci_function *f,
                            const char *driver)
{
        if (f->numvfs == 0 || streq_ptr(f->driver, driver))
                return;
        if (!f->driver) {
                if (driver_is_vfio(driver))
                        item_fail(item, VERDICT_REFUSED, NULL, "%s has %u VFs, and %s takes no PF that has VFs",
                                  ADDRESS_TEXT(f), f->numvfs, driver);
                return;
        }
        for (unsigned i = 0; i < f->numvfs; i++)
                if (f->vfs[i] == NO_INDEX) {
                        item_fail(item, VERDICT_REFUSED, NULL,
                                  "%s has %u VFs, which would be lost with its driver, and VF %u can't be found: it "
                                  "may be in use",
                                  ADDRESS_TEXT(f), f->numvfs, i);
                        break;
                }
        check_vf_mdevs(b, item, f);
}

void check_driver(struct builder *b, struct plan_item *item, const struct pci_function *f, const char *driver)
{
        size_t carrier;

        if (pci_function_is_bridge(f)) {
                item_fail(item, VERDICT_REFUSED, NULL, "%s is a bridge (class %04x), which stays with the host",
                          ADDRESS_TEXT(f), f->class >> 8);
                return;
        }
        carrier = driver_is_vfio(driver) ? inventory_carrier(b->inv, (size_t) (f - b->inv->functions)) : NO_INDEX;
        if (carrier != NO_INDEX && !streq_ptr(f->driver, driver)) {
                const struct pci_function *c = &b->inv->functions[carrier];

                item_fail(item, VERDICT_REFUSED, NULL,
                          "%s is behind %s%s%s%s and can't be handed over by itself: hand over %s%s", ADDRESS_TEXT(f),
                          ADDRESS_TEXT(c), c->driver ? " (" : "", c->driver ? c->driver : "", c->driver ? ")" : "",
                          ADDRESS_TEXT(c),
                          c->vendor == 0x8086 && c->class >> 8 == 0x0104 ? ", or turn VMD off in the firmware" : "");
        }
        check_denylist(b, item, f->vendor, f->device, driver);
        check_pf_driver(b, item, f, driver);
        check_iommu(b, item, f, driver);
}

void check_iommu(struct builder *b, struct plan_item *item, const struct pci_function *f, const char *driver)
{
        if (!driver_is_vfio(driver))
                return;
        if (f->group != NO_GROUP || noiommu_wanted(b->in->config))
                return;
        if (b->inv->iommu)
                item_fail(item, VERDICT_REFUSED, NULL, "%s has no IOMMU group, which %s needs", ADDRESS_TEXT(f),
                          driver);
        else
                item_fail(item, VERDICT_REFUSED, NULL,
                          "the IOMMU is off; passthru-setup doctor says how to turn it on here");
}

#define MDEVS_MAX 4 /* named in one message; the rest is counted */

void refuse_mdevs(struct builder *b, struct plan_item *item, const char *parent, const size_t *mdevs, size_t n)
{
        CLEANUP_STRBUF struct strbuf list = { 0 };
        char uuid[UUID_TEXT_MAX];

        for (size_t i = 0; i < n && i < MDEVS_MAX; i++)
                strbuf_addf(&list, "%s%s", i > 0 ? ", " : "", uuid_format(b->inv->mdevs[mdevs[i]].uuid, uuid));
        if (n > MDEVS_MAX)
                strbuf_addf(&list, " and %zu more", n - MDEVS_MAX);
        if (n == 1)
                item_fail(item, VERDICT_REFUSED, NULL,
                          "%s is the parent of mdev %s, which would be lost: remove it first (echo 1 "
                          ">/sys/bus/mdev/devices/%s/remove)",
                          parent, list.text, list.text);
        else if (n > 1)
                item_fail(item, VERDICT_REFUSED, NULL,
                          "%s is the parent of %zu mdevs, which would be lost (%s): remove each first (echo 1 "
                          ">/sys/bus/mdev/devices/UUID/remove)",
                          parent, n, list.text);
}

void check_mdevs(struct builder *b, struct plan_item *item, size_t function)
{
        const struct pci_function *f = &b->inv->functions[function];
        const struct mdev_parent *vgpu = vgpu_of_function(b->inv, function);
        CLEANUP_FREE size_t *mdevs = xcalloc(b->inv->n_mdevs + 1, sizeof(*mdevs));
        size_t n = 0;

        if (vgpu)
                item_fail(item, VERDICT_REFUSED, NULL,
                          "%s is a vGPU of type %u, which would be lost: remove it first (echo 0 "
                          ">/sys/bus/pci/devices/%s/nvidia/current_vgpu_type)",
                          ADDRESS_TEXT(f), vgpu->current, vgpu->name);
        for (size_t i = 0; i < b->inv->n_mdevs; i++) {
                const struct mdev_device *m = &b->inv->mdevs[i];
                char uuid[UUID_TEXT_MAX];

                if (m->parent == NO_INDEX)
                        item_fail(item, VERDICT_REFUSED, NULL,
                                  "%s may be the parent of mdev %s: failed to read its parent", ADDRESS_TEXT(f),
                                  uuid_format(m->uuid, uuid));
                else if (b->inv->parents[m->parent].function == function)
                        mdevs[n++] = i;
        }
        refuse_mdevs(b, item, ADDRESS_TEXT(f), mdevs, n);
}

void check_vf_mdevs(struct builder *b, struct plan_item *item, const struct pci_function *pf)
{
        for (unsigned i = 0; i < pf->numvfs; i++)
                if (pf->vfs[i] != NO_INDEX)
                        check_mdevs(b, item, pf->vfs[i]);
}

void need_driver(struct builder *b, const struct plan_item *item, const char *driver)
{
        if (!streq(driver, DRIVER_HOST) && !streq(driver, DRIVER_NONE) && !inventory_has_driver(b->inv, driver))
                need_module_of(b, item, driver);
}

void need_module_of(struct builder *b, const struct plan_item *item, const char *driver)
{
        CLEANUP_FREE char *module = module_name(driver);

        if (module_to_load(b, module))
                step_set(add_step(b, item, PHASE_MODULE, STEP_MODULE_LOAD, NULL, NULL), module, driver);
}

void at_address(struct plan_step *step, const struct pci_address *a)
{
        if (step) {
                step->has_address = true;
                step->address = *a;
        }
}

void at_new_vf(struct plan_step *step, const struct pci_address *pf, unsigned vf_index)
{
        at_address(step, pf);
        if (step) {
                step->new_vf = true;
                step->vf_index = vf_index;
        }
}

void at_claim(const struct builder *b, const struct plan_item *item, const struct plan_claim *claim,
              struct plan_step *step)
{
        if (claim->function == NO_INDEX)
                at_new_vf(step, &b->inv->functions[item->pf].address, claim->vf_index);
        else
                at_address(step, &b->inv->functions[claim->function].address);
}

static void override_step(struct builder *b, struct plan_item *item, const struct pci_function *f, const char *want)
{
        const char *have = f->driver_override ? f->driver_override : "";

        if (!streq(have, want))
                at_address(add_step(b, item, PHASE_OVERRIDE, STEP_OVERRIDE, have, want), &f->address);
}

enum step_phase unbound_phase(const struct builder *b, const struct plan_claim *claim, enum step_phase phase)
{
        return claim->function == NO_INDEX || b->inv->functions[claim->function].driver ? phase : PHASE_UNBOUND;
}

/* next: the driver it goes to, which must be there before the old one lets go; NULL: none or any. */
void unbind_step(struct builder *b, struct plan_item *item, const struct pci_function *f, const char *next,
                 enum step_phase phase)
{
        struct plan_step *step;

        if (!f->driver)
                return;
        step = add_step(b, item, phase, STEP_UNBIND, f->driver, next);
        at_address(step, &f->address);
        step->guarded = driver_is_vfio(f->driver);
}

static void check_new_vf_driver(struct builder *b, struct plan_item *item, const char *want)
{
        if (driver_is_vfio(pf_driver_of(pf_item_of(b, item)->section)) && !driver_is_vfio(want))
                item_fail(item, VERDICT_REFUSED, NULL,
                          "VFs of a PF on vfio-pci are bound to it as they are made, and can't have %s",
                          streq(want, DRIVER_NONE)   ? "no driver"
                          : streq(want, DRIVER_HOST) ? "the host's"
                                                     : want);
}

void check_claims(struct builder *b, struct plan_item *item)
{
        for (size_t i = 0; i < item->n_claims; i++) {
                const struct plan_claim *claim = &item->claims[i];
                const struct pci_function *f =
                        claim->function == NO_INDEX ? NULL : &b->inv->functions[claim->function];

                if (f && f->driver && !streq(claim->driver, DRIVER_HOST) && !streq(f->driver, claim->driver))
                        check_mdevs(b, item, claim->function);
                settings_check(b, item, claim);
                if (!f)
                        check_new_vf_driver(b, item, claim->driver);
        }
}

void driver_steps(struct builder *b, struct plan_item *item, struct plan_claim *claim, enum step_phase phase)
{
        const struct pci_function *f = &b->inv->functions[claim->function];
        const char *want = claim->driver;
        size_t before =
                b->phases[PHASE_OVERRIDE].n + b->phases[phase].n; /* a step that needs it unbound has a bind with it */
        bool lacks = nvme_vf_step(b, item, claim);

        if (streq(want, DRIVER_HOST)) {
                override_step(b, item, f, "");
                if (!function_is_on(f, want) || lacks) {
                        unbind_step(b, item, f, NULL, lacks ? PHASE_VF_UNBIND : phase);
                        if (phase == PHASE_VF_PROBE)
                                need_autoprobe(b, pf_item_of(b, item));
                        at_address(add_step(b, item, phase, STEP_PROBE, NULL, NULL), &f->address);
                }
        } else if (streq(want, DRIVER_NONE)) {
                override_step(b, item, f, want);
                unbind_step(b, item, f, NULL, lacks ? PHASE_VF_UNBIND : phase);
        } else {
                bool stays = streq_ptr(f->driver, want),
                     bind = !stays || lacks || settings_need_unbound(b, item, claim);

                override_step(b, item, f, want);
                settings_before(b, item, claim, phase);
                if (bind) {
                        need_driver(b, item, want);
                        unbind_step(b, item, f, stays ? NULL : want, lacks ? PHASE_VF_UNBIND : phase);
                        settings_unbound(b, item, claim, phase);
                        at_address(add_step(b, item, phase, STEP_BIND, f->driver, want), &f->address);
                }
                settings_after(b, item, claim, phase, bind);
        }
        claim->change = lacks || b->phases[PHASE_OVERRIDE].n + b->phases[phase].n != before;
}

void new_vf_steps(struct builder *b, struct plan_item *item, struct plan_claim *claim, const struct pci_address *pf)
{
        const char *want = claim->driver;

        claim->change = true;
        (void) nvme_vf_step(b, item, claim);
        if (streq(want, DRIVER_HOST)) {
                enum step_phase phase = vf_phase(b, item, claim);

                if (phase == PHASE_VF_PROBE)
                        need_autoprobe(b, pf_item_of(b, item));
                at_new_vf(add_step(b, item, phase, STEP_PROBE, NULL, NULL), pf, claim->vf_index);
                return;
        }
        at_new_vf(add_step(b, item, PHASE_VF_DRIVER, STEP_OVERRIDE, "", want), pf, claim->vf_index);
        if (streq(want, DRIVER_NONE))
                return;
        need_driver(b, item, want);
        settings_before(b, item, claim, PHASE_VF_DRIVER);
        at_new_vf(add_step(b, item, PHASE_VF_DRIVER, STEP_BIND, NULL, want), pf, claim->vf_index);
        settings_after(b, item, claim, PHASE_VF_DRIVER, true);
}
