/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan: configuration × inventory × state → ordered steps and a verdict for each section. Data only; it is
 * whole before the first write, and printing it is the dry run. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "config/guard-kind.h"
#include "device/inventory.h"
#include "property/nvme-virt.h"
#include "state/state.h"

enum plan_verdict {
        VERDICT_OK,       /* all is as the section says */
        VERDICT_CHANGE,   /* the plan has steps for it */
        VERDICT_ABSENT,   /* what it names is not there (yet) */
        VERDICT_REFUSED,  /* it is there and must not be touched; reason says why */
        VERDICT_DISABLED, /* enabled = no */
};

/* What a STEP_UNIT has a unit be. */
#define UNIT_ACTIVE "active"
#define UNIT_INACTIVE "inactive"

/* The order in which steps are done; within a phase, the order of the configuration. */
enum step_phase {
        PHASE_DISPLAY,       /* what shows something on a display that goes: all else waits for it, and is planned after it */
        PHASE_UNBOUND,       /* of devices without a driver, what the next driver's module would be too early for */
        PHASE_MODULE,        /* modules of [module], then those of the drivers */
        PHASE_OVERRIDE,      /* of every device, before anything is unbound */
        PHASE_PF,            /* what its VFs are made with: its interface */
        PHASE_VFS,           /* numvfs; and the eswitch of a driver that wants no VFs to be there */
        PHASE_VF_UNBIND,     /* of VFs whose driver must see again what is set of them, or of their PF */
        PHASE_ESWITCH,       /* of a driver that wants its VFs to be there */
        PHASE_VF_SET,        /* what is set of VFs through the PF, before they are handed on */
        PHASE_VF_DRIVER,     /* the VFs' drivers */
        PHASE_VF_PROBE,      /* VFs that go to their own driver only once they are set up */
        PHASE_DEVICE_DRIVER, /* the devices' drivers */
        PHASE_MDEV,          /* last: a parent may be a VF */
        PHASE_MAX,
};

enum step_kind {
        STEP_MODULE_LOAD,  /* subject = the module, value = its options or NULL, attribute = the driver it is for */
        STEP_MODULE_PARAM, /* subject = the module, attribute = the parameter */
        STEP_OVERRIDE,     /* driver_override = value, "" clears it */
        STEP_NUMVFS,       /* sriov_numvfs = value */
        STEP_SET,          /* `changes`, all of one group; subject: of what the PF's interface has, its name */
        STEP_UNBIND,       /* from driver `old`; value = the driver it goes to, NULL when none is known */
        STEP_BIND,         /* to driver `value` */
        STEP_PROBE,        /* to the device's own driver, whichever the kernel has */
        STEP_MDEV_CREATE,  /* uuid of type `value` on parent `subject` */
        STEP_MDEV_ATTR,    /* attribute = value of mdev uuid; when it fails the mdev is removed again */
        STEP_MDEV_REMOVE,  /* uuid, of type `old`, from parent `subject` */
        STEP_ROM_DUMP,     /* the option ROM to the file `value` */
        STEP_NVME_RESERVE, /* the PF leaves `resources` to all its VFs, and is reset for it */
        STEP_VF_QUEUES,    /* the VF's NVMe controller online with `resources`, value in words */
        STEP_UNIT,         /* systemd's unit `subject` to active or inactive */
        STEP_CONSOLE,      /* bind of the console `subject`: 0 or 1 */
        STEP_KIND_MAX,
};

struct plan_step {
        enum step_kind kind;
        enum step_phase phase;
        size_t item;                /* index into items: the section it is for */
        size_t next;                /* the next one for the same section, as first_step */
        enum bus_kind bus;          /* not BUS_PCI: `subject` is the name of the device there, and there is no address */
        bool has_address;
        bool new_vf;                /* the function is VF vf_index of the PF at address, not there yet */
        struct pci_address address;
        unsigned vf_index;
        bool always;                /* to be done even when an earlier step of its device failed: it puts back */
        bool vgpu;                  /* on mdevs: it is a VF's own vGPU; the VF has the address, and the type is a number */
        bool way;                   /* an override or unbind that only leads to a later step of its device, or a VF's that goes */
        bool guarded;               /* may sleep for ever in the kernel when the device is open: test first */
        char *subject;
        char *attribute;
        char *old;                  /* what the plan saw there; NULL: nothing */
        char *value;
        uint8_t uuid[16];
        struct property_change changes[PROPERTY_GROUP_MAX];
        unsigned n_changes;
        unsigned resources[NVME_RESOURCE_MAX];
};

/* A function that an item claims. */
struct plan_claim {
        size_t function;  /* index into the inventory, or NO_INDEX for a VF that is not there yet */
        unsigned vf_index;
        char *driver;     /* wanted: a driver's name, DRIVER_HOST or DRIVER_NONE */
        struct values *values; /* wanted of a VF, those derived for it too; NULL: nothing */
        bool change;      /* there are steps for it */
        bool set;         /* what is set of the VF is another */
        bool named; /* by the section's selector, whose attributes are this function's; the others are taken with it */
};

/* A device on another bus than PCI that an item claims, for its section's driver. */
struct plan_bus_claim {
        size_t device; /* index into the inventory's bus_devices */
        bool change;   /* there are steps for it */
};

struct plan_mdev {
        uint8_t uuid[16];
        bool known;  /* false: derived on another host (a captured tree), not to be told here */
        bool exists;
        bool unfinished; /* a run was cut off before its attributes were set */
        size_t parent;     /* index into parents; NO_INDEX: VF vf_index of the item's PF, which is to come */
        unsigned vf_index;
        bool vgpu;         /* no mdev but its parent, a VF, itself (device/vgpu.h); the uuid is the state's name for it alone */
        unsigned replaces; /* vgpu: the type that the VF has now, which goes first; 0 none */
};

/* What the host loses with a device that an item takes. */
struct plan_reason {
        enum guard guard;
        size_t function; /* index into the inventory; NO_INDEX: a device on another bus */
        char *device;    /* its address, or its name on that bus */
        char *text;      /* names the device, unless the section does */
        bool forced;     /* the section's force names the guard, which else refuses */
};

struct plan_item {
        const struct config_section *section;
        enum plan_verdict verdict;
        char *reason;                  /* absent, refused: why */
        char **obstacles; /* refused: each thing in its way but the guards' reasons; `reason` has all of them */
        size_t n_obstacles, alloc_obstacles;
        char *line; /* refused: the lines of the section that would change that, "functions = all"; NULL: none are
                       known */
        const struct config_loc *loc;  /* the line to look at */
        char *note;                    /* a remark worth a reader's time: the group, what is disruptive, what is forced */
        struct plan_reason *reasons;   /* all that the guards found, in their order; forced ones are in the note too */
        size_t n_reasons, alloc_reasons;
        struct plan_claim *claims;     /* a PF's VFs; a device's functions, the one named first */
        size_t n_claims, alloc_claims;
        struct plan_bus_claim *bus_claims; /* the one named first */
        size_t n_bus_claims, alloc_bus_claims;
        bool guarded;                  /* refused as the host itself uses it (usage/usage.h), or for such a section's sake:
                                        * it must not be claimed before the host's drivers are there either */
        bool other_card;               /* refused as the address has another of two equal cards than before */
        bool busy;                     /* refused as someone has it open: it can be done once they close it */
        bool slow;         /* refused as the kernel is still making its VFs: it can be done once they are made */
        size_t first_step; /* its number, from 1; 0: none. See plan_link_steps() */
        bool deferred;                 /* held back: its steps are for a later look (plan_defer()) */
        bool unsettled;                /* its group holds a device without a driver, which udev may yet give one */
        size_t found;                  /* the function that the selector names, also when it is refused; or NO_INDEX */
        size_t twin;                   /* device: an equal card that stays with the host, while the address tells which is which */
        size_t pf;                     /* sriov: the PF; index or NO_INDEX */
        unsigned vfs;                  /* sriov: wanted */
        bool make;                     /* sriov: they are to be made, or made again */
        bool autoprobe;                /* sriov: what it is while the VFs are made */
        bool late;                     /* sriov: VFs go to their own driver, but not before they are set up */
        size_t parent;                 /* mdev: index into parents or NO_INDEX */
        bool spread;                   /* mdev: the parent is a PF, and each of its VFs has one */
        char *parent_name;             /* mdev: as it will be when the parent is a VF to come */
        char *type_id, *type_name;     /* mdev: resolved, or as configured when the parent is to come */
        struct plan_mdev *mdevs;
        size_t n_mdevs, alloc_mdevs;
};

struct plan {
        struct plan_item *items; /* one for each section but [passthru], in the order of the configuration */
        size_t n_items;
        struct plan_step *steps; /* in the order in which they are to be done */
        size_t n_steps, alloc_steps;
        struct plan_index *index; /* see plan_index() */
        size_t *dropped;  /* between plan_drop_begin() and plan_drop_end(): by item, its number from 1 if its steps are to go */
        bool any_dropped; /* one of them has steps */
};

/* Steps that are gathered apart, to be put in order afterwards. */
struct step_list {
        struct plan_step *items;
        size_t n, alloc;
};

/* Appends a step; strings are copied. */
struct plan_step *step_list_add(struct step_list *list, enum step_kind kind, enum step_phase phase, size_t item,
                                const char *old, const char *value);

/* Moves the steps of all lists into the plan, list after list. */
void plan_join_steps(struct plan *plan, struct step_list *lists, size_t n_lists);
void step_lists_clear(struct step_list *lists, size_t n_lists);

/* Finds again which steps are for which item; for whoever has put steps together. */
void plan_link_steps(struct plan *plan);

static inline const struct plan_step *plan_step_at(const struct plan *plan, size_t number)
{
        return number == 0 ? NULL : &plan->steps[number - 1];
}

#define FOR_ITEM_STEPS(step, plan, item)                                                                              \
        for (const struct plan_step *step = plan_step_at(plan, (plan)->items[item].first_step); step;                 \
             step = plan_step_at(plan, step->next))

/* A UUID for a name and an index, the same at each boot; see struct sys_ops. */
typedef int (*plan_derive_uuid)(void *userdata, const char *name, unsigned index, uint8_t ret[16]);

struct plan_input {
        const struct config *config;
        const struct inventory *inventory;
        const struct state *state; /* NULL: none */
        plan_derive_uuid derive_uuid;
        void *userdata;
};

/* What is wrong with a section is in its item; what the input's structures own is
 * borrowed by the plan and must outlive it. */
void plan_build(const struct plan_input *input, struct plan **ret);
void plan_step_clear(struct plan_step *s); /* frees what it owns */
void plan_free(struct plan *plan);
DEFINE_CLEANUP(struct plan *, plan_free)

/* Whether it is as configured or is to be made so: neither absent, refused nor disabled. */
bool item_is_open(const struct plan_item *item);

/* Adds one more thing in the way of a refused item; once, however often it is found. Takes text. */
void plan_add_obstacle(struct plan_item *item, char *text);

/* Makes the reason of a refused item: what is in its way, then what the guards say. */
void plan_compose_reason(struct plan_item *item);

/* Takes back all steps of an item that the host has found unsafe, and says why; reason NULL: the guards' reasons do.
 */
void plan_refuse(struct plan *plan, size_t item, const char *reason);

/* Holds an item back: its steps, and those that need them, are dropped; it is neither refused nor done. */
void plan_defer(struct plan *plan, size_t item);

/* Adds a reason of a guard's: takes text. Whether it refuses is for the section's force to say. */
void plan_add_reason(struct plan_item *item, enum guard guard, size_t function, const char *device,
                     struct strbuf *text);

/* Whether a guard has reported that device already. */
bool plan_has_reason(const struct plan_item *item, enum guard guard, const char *device);

/* The guards that refuse the item, and those that its force overrides: sets. */
unsigned plan_item_refusing(const struct plan_item *item);
unsigned plan_item_forced(const struct plan_item *item);

/* Appends the texts of the reasons that refuse, or of those that are overridden: "sda2 on it is mounted at /; …". */
void plan_add_reasons(struct strbuf *b, const struct plan_item *item, bool forced);

/* Appends what would have the item done all the same, "force = disk display", behind lead; nothing when nothing would. */
void plan_add_override(struct strbuf *b, const struct plan_item *item, const char *lead);

/* The item's place, and what would override its refusal: "passthru.conf:14; force = disk overrides". New string or NULL. */
char *item_place(const struct plan_item *item);

/* Adds what is overridden to the note of an item that is done. */
void plan_note_forced(struct plan_item *item);

/* Takes an item's steps back, and refuses the items whose steps need them. */
void plan_drop_steps(struct plan *plan, size_t item);
/* Of many items they are taken back at once, by the second of these: what is refused or deferred in between keeps its steps until
 * then. */
void plan_drop_begin(struct plan *plan);
void plan_drop_end(struct plan *plan);

/* A function that an item takes from a driver of the host's: neither VFIO's nor unbound. */
struct plan_taking {
        size_t item;
        size_t function; /* index into the inventory */
};

/* Sets `way` of the steps. To be called when they are all there. */
void plan_mark_ways(struct plan *plan);

/* Whether two steps are about the same device, on whatever bus; VFs to come are distinguished by their numbers. */
bool plan_steps_share_device(const struct plan_step *a, const struct plan_step *b);

/* All of them, in the order of the steps; a VF that a new number of VFs removes, or that is lost with its PF's driver, is one
 * too. One function may be lost by several items. *ret is a new array, NULL when there is none. */
void plan_takings(const struct plan *plan, const struct inventory *inv, struct plan_taking **ret, size_t *ret_n);

/* The same of what one refused item would take, which has no steps: none when it is not refused. */
void plan_refused_takings(const struct plan *plan, const struct inventory *inv, size_t item, struct plan_taking **ret,
                          size_t *ret_n);

/* The driver that a function, on the driver `now`, has once its claim is done; NULL: none. */
const char *plan_final_driver(const struct plan_claim *claim, const char *now);

/* Whether two values of a module's parameter mean the same: 1 and Y, 16 and 0x10. */
bool module_value_equal(const char *a, const char *b);

/* A device that something has happened to. */
struct plan_subject {
        size_t function;   /* index or NO_INDEX */
        size_t parent;     /* the mdev parent that it is: index or NO_INDEX */
        size_t bus_device; /* on another bus than PCI: index or NO_INDEX */
};
#define NO_SUBJECT (struct plan_subject){ NO_INDEX, NO_INDEX, NO_INDEX }

/* Whether a function is on the driver that a claim wants; DRIVER_HOST is any that is not for guests. */
bool function_is_on(const struct pci_function *f, const char *driver);

/* By a PCI address, the name of an mdev parent, or bus and name (bus_parse_event()). False: there is none such. */
bool plan_find_subject(const struct inventory *inv, const char *name, struct plan_subject *ret);

/* Whether the item's section is about that device: names, claims or makes it, or a part of it. */
bool plan_concerns(const struct plan *plan, const struct inventory *inv, const struct plan_item *item,
                   const struct plan_subject *subject);

/* Whether a section that is not refused takes the function; one that is may name it too. */
bool plan_takes(const struct plan *plan, size_t function);

/* What those below go by; to be called once the claims and mdevs of all items are there. */
void plan_index(struct plan *plan, const struct inventory *inv);
void plan_index_free(struct plan_index *index);

/* The item of the section that claims the function, makes its VFs, or would if it were not refused; NULL: none, or there
 * is no plan. */
const struct plan_item *plan_item_of(const struct plan *plan, size_t function);
/* The item of the section that has the vGPU which the function itself is, or is to be (device/vgpu.h). */
const struct plan_item *plan_item_of_vgpu(const struct plan *plan, size_t function);
const struct plan_item *plan_item_of_mdev(const struct plan *plan, const uint8_t uuid[static 16]);
/* The item of a section by its key, "device gpu"; NULL: there is none. */
struct plan_item *plan_find_item(const struct plan *plan, const char *key);

/* What steps are counted as (plan/step-kind.h), in the order in which a summary tells of it. */
enum step_count {
        COUNT_MODULES,
        COUNT_REMOVED_MDEVS,
        COUNT_REMOVED_VGPUS, /* such as are their VFs themselves */
        COUNT_REMOVED_VFS,
        COUNT_VFS,
        COUNT_BINDS,
        COUNT_UNBINDS,
        COUNT_OVERRIDES,
        COUNT_MDEVS,
        COUNT_VGPUS,
        COUNT_QUEUES, /* VFs to get theirs */
        COUNT_SETTINGS,
        STEP_COUNT_MAX,
};

struct step_counts {
        size_t n[STEP_COUNT_MAX];
        size_t parts[STEP_COUNT_MAX]; /* of steps that only serve others */
        size_t module;                /* the item of the module that was counted last, and 1 */
};

struct plan_counts {
        struct step_counts steps;
        size_t ok, change, absent, absent_required, refused, refused_required, disabled, on_demand, left_out; /* sections */
};
struct plan_counts plan_count(const struct plan *plan);
