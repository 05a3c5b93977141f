/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the release*.c files share while the steps back are being made. */
#pragma once

#include "release/release.h"

/* The reverse of the way there; within a stage the order of the state. */
enum stage {
        STAGE_MDEVS,       /* first what lies on the others */
        STAGE_ESWITCH,     /* of a driver that wants its VFs to be there, without drivers */
        STAGE_VF_SETTINGS, /* while the VFs are with VFIO, so that their own driver sees them */
        STAGE_OVERRIDES,   /* before anything is unbound, so that what is loose finds its own driver and no other */
        STAGE_DRIVERS,
        STAGE_VFS,
        STAGE_PF, /* its interface, by which its VFs were made */
        STAGE_DISPLAY, /* last: what shows something on the devices */
        STAGE_MAX,
};

struct releaser {
        const struct release_input *in;
        const struct inventory *inv;
        struct release *out;
        struct step_list stages[STAGE_MAX];
};

/* Appends a step to its stage. Strings are copied. */
struct plan_step *release_step(struct releaser *b, enum stage stage, enum step_kind kind, enum step_phase phase, size_t item,
                               const char *old, const char *value);
void release_step_at(struct releaser *b, enum stage stage, enum step_kind kind, enum step_phase phase, size_t item,
                     const struct pci_address *address, const char *old, const char *value, bool guarded);

/* The step back to what the properties of a mask were, all of one group. */
struct plan_step *release_set(struct releaser *b, enum stage stage, enum step_phase phase, size_t item,
                              const struct state_device *d, const struct pci_function *f, uint64_t mask);

/* Whether a VF goes with the others of its PF. */
bool release_goes_with_pf(const struct releaser *b, const struct pci_function *f);

/* Once the steps are joined: notes with an item whose VFs go which other sections have them. */
void release_note_lost_vfs(struct releaser *b);

/* A VF from its driver (STEP_UNBIND), or back to it whatever became of the steps between (STEP_BIND). */
void release_driver_step(struct releaser *b, enum stage stage, enum step_kind kind, size_t item,
                         const struct pci_function *f);

/* A device on another bus than PCI: its steps; once all steps are joined, the item is refused for what is in their way. item
 * NO_INDEX: it is not to be given back. */
void release_bus_device(struct releaser *b, size_t item, const struct state_bus_device *d);
void release_bus_refuse(struct releaser *b, size_t item, const struct state_bus_device *d);

/* What can't be seen now that settings are to be given back by: "the PF", "the eswitch", "a VF", "the interface", or NULL.
 * f NULL: it is gone. */
const char *release_unseen(const struct state_device *d, const struct pci_function *f);

/* What one function had: what was set of a VF (release-vf.c); all of it, with its override, driver and attributes
 * (release-driver.c); and what a PF's interface had (release-vf.c). */
void release_settings(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f);
void release_function(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f);
void release_interface(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *f);

/* The step for an mdev of the state that is a VF's own vGPU: its type goes back to none, if it is what was made. */
void release_vgpu(struct releaser *b, size_t item, const struct state_mdev *m, const struct mdev_parent *vf);

/* Whether what has become of an mdev can't be read. *ret_reason: why, a new string. */
bool release_mdev_is_unread(const struct inventory *inv, const struct state_mdev *m, char **ret_reason);

/* Whether release's own steps take a function from the driver that it has. */
bool release_leaves_driver(const struct state_device *d, const struct pci_function *f);

/* Whether the mode of the PF's eswitch is to be given back; and for that its VFs must go. */
bool release_changes_eswitch(const struct state_device *d, const struct pci_function *pf);
bool release_remakes_vfs(const struct state_device *d, const struct pci_function *pf);

/* Whether the VFs that the PF has are removed: their number is another, or the mode wants it. */
bool release_changes_vfs(const struct state_device *d, const struct pci_function *pf);

/* The step for the mode, in the stage of the PF's number of VFs; and, for a driver that wants VFs that stay to be there, with
 * the steps around it. */
void release_eswitch_mode(struct releaser *b, enum stage stage, size_t item, const struct state_device *d,
                          const struct pci_function *pf);
void release_eswitch(struct releaser *b, size_t item, const struct state_device *d, const struct pci_function *pf);
