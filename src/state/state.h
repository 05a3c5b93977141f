/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state: what was there before passthru-setup changed it, and how each section fared. It lives in
 * /run/passthru-setup/state as an INI file and ends with the boot, as what it describes does. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "device/address.h"
#include "device/inventory.h"
#include "property/property.h"

/* A function that was changed; the fields say what it was before. */
struct state_device {
        struct pci_address address;
        uint16_t vendor, device; /* so that another card in the same slot is not taken for it */
        char *section;           /* whose it is */
        char *selector;          /* the selector's text, for one that stops matching once it is taken */
        char *driver;            /* NULL: it was unbound */
        char *to;                /* the driver that it was given; NULL: its own, or none */
        char *override_;         /* NULL: it had none */
        bool early;              /* claimed before its own driver could have it: without us it would have one */
        bool provisional;        /* taken early, or before the last plan of a run, and not upheld yet */
        bool fresh;              /* of the helper's notes, and new to this run; not in the text */
        bool has_driver;         /* driver and override_ were recorded */
        bool has_numvfs;
        unsigned numvfs;
        unsigned port;        /* which of the PF's interfaces what was set of one is about: its dev_port */
        struct values before; /* of what was set */
};

/* A device on another bus than PCI that was changed; the fields say what it was before. */
struct state_bus_device {
        enum bus_kind bus;
        char *name;
        char *section;   /* whose it is */
        char *driver;    /* NULL: it was unbound */
        char *override_; /* NULL: it had none */
        char *to;        /* the driver that it was given */
};

/* An mdev that passthru-setup made. */
struct state_mdev {
        uint8_t uuid[16];
        char *section;
        char *parent;
        char *type;
        bool unfinished; /* recorded before it was made; its attributes may not be set yet */
};

/* A section that failed in the last run. */
struct state_failure {
        char *section; /* with its kind: "device gpu" */
        int error;     /* errno, positive; 0 when it was not a system call that failed */
        char *text;
};

/* A section that is not for boot and is in force, and what was taken for it besides devices. */
struct state_hold {
        char *section; /* "device gpu" */
        char *vm;      /* "libvirt win11", "proxmox 104"; NULL: it was applied by hand */
        char *unit;    /* that was stopped for it; NULL: none */
        char **consoles; /* that were unbound for it: "vtcon1" */
        size_t n_consoles, alloc_consoles;
};

struct state {
        struct state_device *devices;
        size_t n_devices, alloc_devices;
        struct state_bus_device *bus_devices; /* a handful */
        size_t n_bus_devices, alloc_bus_devices;
        struct state_mdev *mdevs;
        size_t n_mdevs, alloc_mdevs;
        struct state_failure *failures; /* sorted by section, as what is released is */
        size_t n_failures, alloc_failures;
        char **released; /* keys of sections: "device gpu" */
        size_t n_released, alloc_released;
        struct state_hold *holds;
        size_t n_holds, alloc_holds;
        bool changed; /* something was forgotten, or taken in from the helper's notes: the file says otherwise */
};

void state_free(struct state *state);
#define CLEANUP_STATE CLEANUP(state_free)

/* Reads the file's text. Returns 0; -EBADMSG for a text that this program did not write. */
int state_parse(struct state *state, const char *text, size_t len);

/* The file's text. */
void state_format(const struct state *state, char **ret);

struct state_device *state_find_device(const struct state *state, const struct pci_address *a);
struct state_mdev *state_find_mdev(const struct state *state, const uint8_t uuid[static 16]);
const struct state_failure *state_find_failure(const struct state *state, const char *section);

/* Devices on other buses. get: made when there is none. record: what it is before its first change, the
 * section that makes it and the driver it is given. */
struct state_bus_device *state_find_bus_device(const struct state *state, enum bus_kind bus, const char *name);
struct state_bus_device *state_get_bus_device(struct state *state, enum bus_kind bus, const char *name);
void state_record_bus_device(struct state *state, const char *section, const struct bus_device *now, const char *to);
void state_bus_device_clear(struct state_bus_device *d);
void state_drop_bus_device(struct state *state, size_t i);

/* Removes the entry for a and those of mdevs on it: the function has gone. */
void state_forget(struct state *state, const struct pci_address *a);

/* Removes the entries of functions and mdevs that are not there any more. */
void state_prune(struct state *state, const struct inventory *inv);

/* Forgets what an entry says; its address stays. */
void state_device_clear(struct state_device *d);

/* The entry for a, made when there is none. */
struct state_device *state_get_device(struct state *state, const struct pci_address *a);
void state_add_mdev(struct state *state, const uint8_t uuid[static 16], const char *section, const char *parent,
                    const char *type);
void state_add_failure(struct state *state, const char *section, int error, const char *text);
void state_drop_device(struct state *state, size_t i);
void state_drop_mdev(struct state *state, size_t i);

/* The names of the sections that something is held for, one for each entry, without their kinds; *ret is their number.
 * A new array of strings that are the state's. */
const char **state_held_names(const struct state *state, size_t *ret);

/* A section that was released is left alone by what comes later in this boot, until it is applied again. */
bool state_is_released(const struct state *state, const char *section);
void state_set_released(struct state *state, const char *section);
void state_clear_released(struct state *state, const char *section);

/* Holds. set: vm NULL is by hand; a section that is held already stays whose it is. */
struct state_hold *state_find_hold(const struct state *state, const char *section);
struct state_hold *state_set_hold(struct state *state, const char *section, const char *vm);
void state_drop_hold(struct state *state, const char *section);
void state_holds_clear(struct state *state);
void state_hold_add_console(struct state_hold *hold, const char *console);

/* Appends whom a section is held for: "VM win11". Nothing for what was applied by hand. */
struct strbuf;
void state_hold_add_vm(struct strbuf *b, const struct state_hold *hold);


/* Sorts failures and what is released by section, once a text is read. Returns 0; -EBADMSG: a failure has none. */
int state_sort_sections(struct state *state);
void state_drop_failure(struct state *state, size_t i);
void state_clear_failures(struct state *state);
