/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the plan-*.c files share while a plan is being built. */
#pragma once

#include "base/macro.h"
#include "device/lookup.h"
#include "plan/plan.h"

struct builder {
        const struct plan_input *in;
        const struct inventory *inv;
        struct lookup *lookup;
        struct plan *plan;
        struct step_list phases[PHASE_MAX];
        size_t *item_of;     /* by section: its item */
        size_t *owner;       /* by function: the item that claims it, or NO_INDEX */
        size_t *owner_claim; /* by function: which of the item's claims; NO_INDEX: it is the PF */
        size_t *claimer;     /* by function: the item, by its number from 1, that has claimed it last; 0 none */
        size_t *group_seen; /* by the place of a group's first member in by_group: the item, from 1, that has looked at
                               it last */
        size_t *pf_item;    /* by function: the [sriov] item that makes its VFs, or NO_INDEX */
        const struct plan_item *
                *held;  /* by function: the one of a section that names it and is disabled or refused; NULL */
        char *expected; /* where what the last section expects is, in words, which often is what the next one expects
                         */
        const char *expected_id;
        size_t near_names;  /* for how many names that are not there one that is like it has been looked for */
        size_t *bus_owner;  /* by device on another bus: the item that claims it, or NO_INDEX */
        unsigned *promised; /* by type of an mdev parent: how many the sections so far are to make of it */
        size_t *first_type; /* by mdev parent: where in that its types begin */
        void *modules;      /* tsearch(3) tree: the names of those that a step loads already */
};

/* Sets the verdict and its reason. What is refused already gets one more reason, once, and stays at its first place;
 * other verdicts stay as they are. loc NULL: the section's own. */
void item_fail(struct plan_item *item, enum plan_verdict verdict, const struct config_loc *loc, const char *format,
               ...) PRINTF_LIKE(4, 5);
/* Of an item that has just been refused: a line of its section that would change that; each is kept once. */
void item_line(struct plan_item *item, const char *format, ...) PRINTF_LIKE(2, 3);
void item_note(struct plan_item *item, const char *format, ...) PRINTF_LIKE(2, 3);

/* Appends a claim. function NO_INDEX: VF vf_index, to come. */
void item_claim(struct builder *b, struct plan_item *item, size_t function, unsigned vf_index, const char *driver);
void drop_claim(struct builder *b, struct plan_item *item, size_t i); /* by its place among the item's */
/* Whether the item is the one that has claimed the function, last if it was several. */
bool has_claimed(const struct builder *b, const struct plan_item *item, size_t function);
bool item_claims(const struct plan_item *item, size_t function);

/* The item of a [sriov] section, or NULL. */
struct plan_item *find_sriov_item(struct builder *b, const char *name);
size_t item_index(const struct builder *b, const struct plan_item *item);

/* Notes that a step loads the module. False: one does already. */
bool module_to_load(struct builder *b, const char *name);

/* Appends a step to its phase. Strings are copied. */
struct plan_step *add_step(struct builder *b, const struct plan_item *item, enum step_phase phase, enum step_kind kind,
                           const char *old, const char *value);
void step_set(struct plan_step *step, const char *subject, const char *attribute);

/* "0000:01:00.0" from a buffer of the caller's. */
#define ADDRESS_TEXT(f) pci_address_format(&(f)->address, (char[PCI_ADDRESS_MAX]){ 0 })

/* A list of functions for a message: "0000:01:00.0, 0000:02:00.0 and 3 more". New string or NULL. */
char *list_functions(const struct inventory *inv, const size_t *functions, size_t n);

/* Where the device is that a section finds by its selector. Fills hits and returns their number; when that is not
 * what the section wants, the item has its verdict. */
size_t resolve_selector(struct builder *b, struct plan_item *item, size_t **hits);

/* Passes, in this order; each in the file of its name. */
void plan_module_item(struct builder *b, struct plan_item *item);
void plan_sriov_resolve(struct builder *b, struct plan_item *item);
void plan_vf_resolve(struct builder *b, struct plan_item *item);
void plan_device_resolve(struct builder *b, struct plan_item *item);
void plan_mdev_resolve(struct builder *b, struct plan_item *item);
void plan_group_hold(struct builder *b);                           /* after conflicts */
void plan_group_extend(struct builder *b, struct plan_item *item); /* group = whole */
void plan_owners(struct builder *b);                               /* conflicts */
void plan_group_check(struct builder *b);
void plan_sriov_check(struct builder *b, struct plan_item *item); /* what else is in the way of its steps */
void plan_sriov_steps(struct builder *b, struct plan_item *item);
/* Autoprobe back to what it was, once every VF has its override, those of [device] sections too: a driver that is
 * loaded meanwhile must not take them. */
void plan_sriov_restore(struct builder *b, struct plan_item *item);
void plan_device_check(struct builder *b, struct plan_item *item);
void plan_vf_steps(struct builder *b, struct plan_item *item);
void plan_device_steps(struct builder *b, struct plan_item *item);
void plan_mdev_steps(struct builder *b, struct plan_item *item);

/* plan-bus.c: devices on other buses than PCI. */
void plan_bus_resolve(struct builder *b, struct plan_item *item);
void plan_bus_groups(struct builder *b); /* after plan_group_check() */
void plan_bus_check(struct builder *b, struct plan_item *item);
void plan_bus_steps(struct builder *b, struct plan_item *item);

/* plan-vgpu.c: which VFs of the PF that is its parent an [mdev] section has mdevs on. Appends them, or the item has
 * its verdict. */
void spread_mdevs(struct builder *b, struct plan_item *item);
/* Whether one that is its VF's own vGPU is there, or what stands in its way. Its uuid is known. */
void resolve_vgpu(struct builder *b, struct plan_item *item, struct plan_mdev *m);
struct plan_mdev *item_add_mdev(struct builder *b, struct plan_item *item, size_t parent, unsigned vf_index);
size_t parent_of_function(const struct inventory *inv, size_t function); /* index into parents or NO_INDEX */
char *list_types(const struct mdev_parent *parent); /* "mtty-1 (Single port serial), …": new string or NULL */

/* The driver that a claim of function f comes to: DRIVER_AUTO becomes the variant that fits best. New string. */
char *driver_for(struct builder *b, const struct pci_function *f, const char *wanted);

/* The same for a VF that this PF will have. */
char *driver_for_new_vf(struct builder *b, const struct pci_function *pf, const char *wanted);

/* Refuses the item when f is not to go to the driver: a bridge, a PF with VFs, no IOMMU group. */
void check_driver(struct builder *b, struct plan_item *item, const struct pci_function *f, const char *driver);

/* Refuses the item when the driver is VFIO's and there is no IOMMU for f. */
void check_iommu(struct builder *b, struct plan_item *item, const struct pci_function *f, const char *driver);

/* The same when vfio-pci takes no such device. */
void check_denylist(struct builder *b, struct plan_item *item, uint16_t vendor, uint16_t device, const char *driver);

/* Refuses the item when function is the parent of an mdev, which would be lost with its driver or, being open, keep
 * the kernel waiting. */
void check_mdevs(struct builder *b, struct plan_item *item, size_t function);
void check_vf_mdevs(struct builder *b, struct plan_item *item, const struct pci_function *pf); /* of each of its VFs */
/* Refuses the item for n mdevs, indices into the inventory's, of a parent by its name; nothing when there are none. */
void refuse_mdevs(struct builder *b, struct plan_item *item, const char *parent, const size_t *mdevs, size_t n);

/* A load step for the module of a driver that is not there, once for the whole plan. */
void need_driver(struct builder *b, const struct plan_item *item, const char *driver);
void need_module_of(struct builder *b, const struct plan_item *item,
                    const char *driver); /* without a look whether it is there */

/* Whether the configuration wants VFIO without an IOMMU. */
bool noiommu_wanted(const struct config *config);

/* The driver that a function has once the plan is done. */
const char *final_driver(struct builder *b, size_t function);

/* Refuses the item for what keeps its claims from their drivers and settings, each of them. */
void check_claims(struct builder *b, struct plan_item *item);

/* The steps that bring a function to its claim's driver. */
void driver_steps(struct builder *b, struct plan_item *item, struct plan_claim *claim, enum step_phase phase);

/* Appends the step that sets those of a mask, all of one group, of a claim's function (plan-settings.c). */
void set_step(struct builder *b, struct plan_item *item, const struct plan_claim *claim, enum step_phase phase,
              const struct values *want, uint64_t mask);

/* The step that sets a property of the item's PF or its interface. */
struct plan_step *set_pf_step(struct builder *b, struct plan_item *item, enum step_phase phase, enum property property,
                              uint64_t old, uint64_t value);

/* What a [device] sets of the function that it names (plan-settings.c). What the device lacks refuses the item; then
 * steps: before the driver lets go, while the function has none (for which it is unbound if need be), and once its
 * driver has it. bound: there is a step that binds it. */
void settings_check(struct builder *b, struct plan_item *item, const struct plan_claim *claim);
void settings_before(struct builder *b, struct plan_item *item, const struct plan_claim *claim, enum step_phase phase);
bool settings_need_unbound(const struct builder *b, const struct plan_item *item, const struct plan_claim *claim);
void settings_unbound(struct builder *b, struct plan_item *item, const struct plan_claim *claim,
                      enum step_phase phase);
void settings_after(struct builder *b, struct plan_item *item, const struct plan_claim *claim, enum step_phase phase,
                    bool bound);

/* The queues and interrupts that an [sriov] section gives to the VFs of an NVMe drive (plan-nvme.c): whether it can;
 * what the PF leaves to them, before they are made; and the step for a VF that lacks them or is offline, for which it
 * must have no driver. Returns whether there is one. All do nothing where the section does not ask for it. */
void nvme_check(struct builder *b, struct plan_item *item);
void nvme_reserve_step(struct builder *b, struct plan_item *item);
bool nvme_vf_step(struct builder *b, struct plan_item *item, const struct plan_claim *claim);

/* Refuses the item when function is a VF whose PF's section is about to remove it. */
void check_vf_stays(struct builder *b, struct plan_item *item, size_t function);

/* The claim of a VF, by its number: its [sriov] item's, or that of a [vf]. NULL: neither has it. */
const struct plan_claim *find_vf_claim(const struct builder *b, const struct plan_item *pf, unsigned index);

/* Takes the VFs that the item names (uplink/0) from their [sriov] item, which leaves them to this one; or the item has
 * its verdict. */
void take_vfs(struct builder *b, struct plan_item *item);

/* The [sriov] item that makes the VFs which the item claims; itself, if it is one. */
struct plan_item *pf_item_of(struct builder *b, const struct plan_item *item);

/* The item is absent when its PF has no interface, through which VFs are set; refused when the PF is no NIC. */
void check_interface(struct builder *b, struct plan_item *item);

/* The driver that an [sriov] section gives to its PF (plan-pf-driver.c), NULL: none; whether that is another than it
 * has; what refuses it; and the steps to it, once there are no VFs. */
const char *pf_driver_of(const struct config_section *s);
bool pf_driver_differs(const struct plan_item *item, const struct pci_function *pf);
void check_pf_driver_key(struct builder *b, struct plan_item *item);
void pf_driver_steps(struct builder *b, struct plan_item *item);

/* Refuses the item when the PF's kind of link does not have what the section sets of its VFs. Returns the set of
 * what it does not have. */
uint64_t check_link(struct builder *b, struct plan_item *item, const struct config_section *s);

/* Refuses the item when what it sets of VFs can't be set: no interface, or a driver that does not offer it. */
void check_vf_settings(struct builder *b, struct plan_item *item);

/* Whether the eswitch has another mode than the one that the item wants. */
bool eswitch_differs(const struct builder *b, const struct plan_item *item);

/* The item is refused when its PF has no eswitch, or it can't be read; absent when it can't have one yet. */
void check_eswitch(struct builder *b, struct plan_item *item);

/* The step that sets the mode, in the phase that the PF's driver wants. */
void eswitch_step(struct builder *b, struct plan_item *item);

/* The steps around it for the drivers of VFs that stay. To be called after those for all drivers. */
void eswitch_vf_steps(struct builder *b, struct plan_item *item);

/* The steps for what is set of a claim's VF. To be called after those for its driver. */
void vf_settings_steps(struct builder *b, struct plan_item *item, struct plan_claim *claim);

/* The steps that bring a claim's VF to its driver, and for what is set of it. */
void vf_driver_steps(struct builder *b, struct plan_item *item, struct plan_claim *claim);

/* The phase in which a VF comes to its driver. */
enum step_phase vf_phase(struct builder *b, const struct plan_item *item, const struct plan_claim *claim);

/* The kernel must probe VFs from here on: see PHASE_VF_PROBE. */
void need_autoprobe(struct builder *b, struct plan_item *pf);

/* Where a step is. */
void at_address(struct plan_step *step, const struct pci_address *a);
void at_new_vf(struct plan_step *step, const struct pci_address *pf, unsigned vf_index);
void at_claim(const struct builder *b, const struct plan_item *item, const struct plan_claim *claim,
              struct plan_step *step);

/* The phase of a step for which the claim's function must have no driver: `phase`, once it has been unbound. One that
 * has none now is bound by the module of the driver that its override names, as soon as that is loaded: its step comes
 * before. */
enum step_phase unbound_phase(const struct builder *b, const struct plan_claim *claim, enum step_phase phase);

void unbind_step(struct builder *b, struct plan_item *item, const struct pci_function *f, const char *next,
                 enum step_phase phase);

/* Refuses the item when it is for a VF of a section that was refused after the item was resolved. */
void check_sriov_item(struct builder *b, struct plan_item *item);

/* The same for a VF that numvfs will make. */
void new_vf_steps(struct builder *b, struct plan_item *item, struct plan_claim *claim, const struct pci_address *pf);
