/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of each section: one table of names, where they belong and how their values are read. Shared by
 * the config-*.c files, and by what takes a time as they do. */
#pragma once

#include "config/config.h"

/* Those of properties are empty: the table of properties has them. */
struct config_key_info {
        const char *name;
        unsigned kinds;       /* bits 1 << enum section_kind */
        bool repeatable;      /* in one section of one file */
        const char *expected; /* of the value, for an error; NULL: config-mistake.c knows */
        /* Reads value into the section. 0 or -EINVAL. */
        int (*set)(struct config *config, struct config_section *section, const char *value);
};

/* The option ROM of a [device], what the VFs of a drive get, and what is on demand (config-keys-device.c). */
#define ATTRIBUTE_SETTERS(X) X(set_rom_dump) X(set_vf_queues) X(set_vf_interrupts) X(set_when) X(set_vm) X(set_display)
#define DECLARE_SETTER(func) int func(struct config *config, struct config_section *section, const char *value);
ATTRIBUTE_SETTERS(DECLARE_SETTER)

extern const struct config_key_info config_keys[CONFIG_KEY_MAX];

/* The kinds of sections that have the key: bits 1 << enum section_kind. */
unsigned config_key_kinds(enum config_key key);

/* Reads a value into the section. 0 or -EINVAL. */
int config_set(struct config *config, struct config_section *section, enum config_key key, const char *value);

/* The key of that name in sections of that kind. CONFIG_KEY_MAX: there is none. */
enum config_key config_key_find(enum section_kind kind, const char *name);

bool config_key_is_selector(enum config_key key);

/* "30", "30 s", "500 ms", "2 min", an hour at most: in µs. 0 or -EINVAL. */
int config_parse_time(const char *value, uint64_t *ret);

/* Appends name = value. */
void config_add_pair(struct config_section *section, const char *name, const char *value,
                     const struct config_loc *loc);

/* Forgets which VMs the section is for. */
void config_drop_vms(struct config_section *section);

/* Forgets all attributes. */
void config_drop_pair(struct config_section *section, size_t i);
void config_drop_pairs(struct config_section *section);

/* config-mistake.c: what a value of key must be. */
const char *config_expected(enum config_key key);

/* Adds what is wrong with the value, which the key's set() has refused. */
void config_bad_value(enum config_key key, const char *value, const struct config_loc *loc, struct diag_list *diags);

/* Adds "; did you mean X?" or a list of what there is for a key that a section of that kind does not have. */
void config_unknown_key(const struct config_section *section, const char *name, const struct config_loc *loc,
                        struct diag_list *diags);

int config_section_compare(const void *a, const void *b);

/* The names of drivers that a VF can have. */
int config_set_vf_driver(struct config *config, struct config_section *section, const char *value);

/* config-keys-vf.c: the keys of [vf], and those of [sriov] that are about interfaces. */
int config_set_vf_macs(struct config *config, struct config_section *section, const char *value);

/* config-bus.c: what a section of another bus than PCI must not have, and what it lacks. To be called
 * before the defaults are applied: its driver is its bus's. */
void config_bus_finish(struct config_section *s, struct diag_list *diags);

/* After the last file: which sections are not for boot, and what they lack for that (config-on-demand.c). To be called when
 * [vf] sections have what is their [sriov] section's. */
void config_on_demand_finish(struct config *config, struct diag_list *diags);

/* config-vf.c: "uplink/2-5" as the name of a section: its selector, the last VF, and the name as it is compared. Returns 0,
 * -EINVAL or -ERANGE (the last is before the first). */
int config_vf_name(const char *name, struct selector *ret, unsigned *ret_last, char **ret_name);

/* After the last file: what a [vf] section has from its [sriov] section, and what it must not have. */
void config_vf_inherit(struct config *config);
void config_vf_check(const struct config *config, struct diag_list *diags);
