/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration as a model: what /etc/passthru.conf and its drop-ins say together. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "config/config-match.h"
#include "device/bus.h"
#include "device/selector.h"
#include "property/eswitch.h"
#include "property/property.h"

enum section_kind {
        SECTION_DEFAULTS, /* [passthru] */
        SECTION_MODULE,   /* [module NAME] */
        SECTION_DEVICE,   /* [device NAME] */
        SECTION_SRIOV,    /* [sriov NAME] */
        SECTION_VF,       /* [vf NAME/N], [vf NAME/N-M]: VFs of [sriov NAME] */
        SECTION_MDEV,     /* [mdev NAME] */
        SECTION_KIND_MAX,
};

/* When a section is handed over: at boot, while a VM runs, or when someone applies it by name. */
enum when_policy { WHEN_BOOT, WHEN_VM, WHEN_MANUAL };

enum group_policy { GROUP_STRICT, GROUP_WHOLE, GROUP_IGNORE };

enum config_key {
        KEY_REQUIRED,
        KEY_ENABLED,
        KEY_WHEN,
        KEY_VM,
        KEY_DISPLAY,
        KEY_DRIVER,
        KEY_GROUP,
        KEY_FORCE,
        KEY_BUS,
        KEY_SETTLE_TIMEOUT,
        KEY_WRITE_TIMEOUT,
        KEY_VFIO_GROUP,
        KEY_ADDRESS,
        KEY_ID,
        KEY_PATH,
        KEY_INTERFACE,
        KEY_MAC,
        KEY_SERIAL,
        KEY_SLOT,
        KEY_PARENT,
        KEY_EXPECT,
        KEY_COUNT,
        KEY_FUNCTIONS,
        KEY_VFS,
        KEY_VF_DRIVER,
        KEY_VF_MACS,
        KEY_OWN_DRIVER, /* [vf] driver */
        KEY_PROPERTY,   /* one for each enum property, in its order: KEY_PROPERTY + it */
        KEY_PROPERTY_LAST = KEY_PROPERTY + PROPERTY_MAX - 1,
        KEY_TYPE,
        KEY_UUID,
        KEY_ATTR,
        KEY_ROM_DUMP,
        KEY_VF_QUEUES,
        KEY_VF_INTERRUPTS,
        KEY_PARAMETER, /* [module]: any name */
        CONFIG_KEY_MAX,
};

#define COUNT_ALL UINT_MAX /* count = all */
#define VFS_MAX UINT_MAX   /* vfs = max */

#define DRIVER_VFIO "vfio-pci"
#define DRIVER_AUTO "auto"
#define DRIVER_HOST "host" /* a VF's own driver */
#define DRIVER_NONE "none" /* no driver at all; as an override no driver's name, so nothing binds */

#define ROM_DIRECTORY "var/lib/passthru-setup/rom/" /* of dumps that are named without a directory */

#define SETTLE_TIMEOUT_DEFAULT (10 * UINT64_C(1000000)) /* µs */

#define WRITE_TIMEOUT_DEFAULT (30 * UINT64_C(1000000)) /* µs: drivers take seconds for a good reason, no longer */

/* Where a key was set last, and what to. */
struct config_setting {
        enum config_key key;
        struct config_loc loc;
        char *value;
};

/* A module parameter or an mdev attribute: name = value, in the order of the file. */
struct config_pair {
        char *name;
        char *value;
        struct config_loc loc;
};

struct config_section {
        enum section_kind kind;
        char *name; /* "" for [passthru] */
        struct config_loc loc;
        size_t index; /* into the configuration's sections */
        struct config_setting *settings;
        size_t n_settings, alloc_settings;

        bool enabled;
        bool required;
        bool skipped;  /* by the kernel command line; then it is not enabled either */
        bool left_out; /* not among those named on the command line */
        bool dormant;  /* not for boot, and not in force now: then it is not enabled either; config_wake() */
        enum when_policy when;
        char **vms; /* when = vm: their names or ids; none: the one whose definition names the device */
        size_t n_vms, alloc_vms;
        bool display_stop; /* the display manager and the console leave the device before it is handed over */
        unsigned force; /* a set of guards: what the host itself uses so is taken all the same */
        bool flawed;    /* a line of it was refused: what seems missing may be what was mistyped */
        bool all_functions;
        bool has_expect, has_uuid;
        uint8_t uuid[16]; /* mdev */

        struct selector selector;
        enum bus_kind bus; /* device: the one that it is on */
        struct pci_id_pattern expect;
        char *expect_text;

        char *driver; /* device: its driver; sriov, vf: the VFs' driver; DRIVER_… or any driver's name */
        enum group_policy group;
        unsigned vfs;         /* VFS_MAX: as many as the device has */
        struct values values; /* what is wanted; vf: of each, the selector is the first of them; sriov: of its VFs that
                                 MACs are stable */
        unsigned vf_last;     /* vf: the last of them */
        unsigned count;       /* how many devices an id may hit, or mdevs to make; COUNT_ALL */
        unsigned vf_queues, vf_interrupts; /* sriov, NVMe: of each VF's controller; 0: left alone */

        char *rom_dump; /* device: a path without the leading slash */

        char *type;                /* mdev: a type's id or its name */
        struct config_pair *pairs; /* module: parameters; mdev: attributes */
        size_t n_pairs, alloc_pairs;
};

/* A file whose [match] does not hold here. */
struct config_left_out {
        struct config_loc loc; /* of its [match] */
        char *condition;       /* the first that does not hold: "host = web*" */
        char **sections;       /* the names of those that it has */
        size_t n_sections, alloc_sections;
};

struct config {
        char **files; /* names that locations point to */
        size_t n_files, alloc_files;
        struct config_left_out *left_out; /* of these files nothing counts */
        size_t n_left_out, alloc_left_out;
        const struct config_host *host; /* what [match] is compared with, while files are read; NULL: all files apply */
        struct config_section **sections; /* in the order they first appear */
        size_t n_sections, alloc_sections;
        void *by_name;           /* tsearch(3) tree over sections: kind and name */
        uint64_t settle_timeout; /* µs, for what the configuration names and is not there yet */
        uint64_t write_timeout;  /* µs, for a write that sleeps in the kernel */
        bool partial;            /* it is a drop-in alone: what its sections lack may be in the main file */
        bool enabled;            /* [passthru] enabled: no means that nothing is done at all */
        char *vfio_group;        /* who gets the nodes of claimed devices under /dev/vfio; NULL: root alone */
};

struct config *config_new(void);
void config_free(struct config *config);
DEFINE_CLEANUP(struct config *, config_free)

/* Reads one file's text into the model; the files are given in the order of their precedence, the weakest
 * first. What is wrong goes to diags. */
void config_add_file(struct config *config, const char *file, const char *text, size_t len, struct diag_list *diags);

/* After the last file: applies [passthru]'s defaults and checks what only all files together can tell. */
void config_finish(struct config *config, struct diag_list *diags);

/* Appends an empty section; loc's file is borrowed. There must be none of that kind and name. */
struct config_section *config_new_section(struct config *config, enum section_kind kind, const char *name,
                                          const struct config_loc *loc);

/* A dormant section is in force from now on, with what is said of its VFs. */
void config_wake(struct config *config, struct config_section *section);

/* Wakes all of them, but for those that name the same device as one that is awake: to see what becomes of them. */
void config_wake_all(struct config *config);

/* Appends when a dormant section is handed over: "when VM win11 starts", "by hand: passthru-setup apply gpu". */
struct strbuf;
void config_add_when(struct strbuf *b, const struct config_section *section);

/* Forgets where a key was set. */
void config_drop_setting(struct config_section *section, size_t i);

/* All that its keys have set is as in a new section; its settings, name and pairs stay. [passthru]'s are config's. */
void config_reset_section(struct config *config, struct config_section *section);

/* The section that has the VF which a word like "up/2" names: its [vf], or else its [sriov]; NULL: none. */
const struct config_section *config_find_vf(const struct config *config, const char *word);

/* The [vf] section that VF index of [sriov pf] is of: the enabled one that is about the fewest VFs. NULL: none. */
const struct config_section *config_vf_owner(const struct config *config, const char *pf, unsigned index);

struct config_section *config_find(const struct config *config, enum section_kind kind, const char *name);

/* The first section of that name, whatever its kind; not [passthru]. */
const struct config_section *config_find_name(const struct config *config, const char *name);

/* A file that does not apply here and has a section of that name; NULL: none has. */
const struct config_left_out *config_find_left_out(const struct config *config, const char *name);

/* Where the section sets key, or the section's own place when it does not. */
const struct config_loc *config_loc_of(const struct config_section *section, enum config_key key);

/* "passthru.conf:14": a place as a user would say it. New string or NULL. */
char *loc_text(const struct config_loc *loc);
bool config_has(const struct config_section *section, enum config_key key);

/* Whether the section sets anything of its device, or has its option ROM dumped. */
bool config_sets_device(const struct config_section *section);

/* "device gpu": what the state calls a section. New string or NULL. */
char *config_section_key(const struct config_section *section);

/* The kind that such a key has, and in *ret_name its name, a part of key; SECTION_KIND_MAX for what is no key. */
enum section_kind config_split_key(const char *key, const char **ret_name);

/* Whether that key is the section's. */
bool config_section_is(const struct config_section *section, const char *key);

/* Whether that key is of a section which is left out. */
bool config_leaves_out(const struct config *config, const char *key);

/* Whether s can be the name of a section. */
bool config_is_section_name(const char *s);

/* Whether s can be the name of a driver: of one that the kernel may have, or auto, host or none. */
bool config_is_driver(const char *s);

const char *section_kind_name(enum section_kind kind); /* "passthru", "device", … */
const char *config_key_name(enum config_key key);
