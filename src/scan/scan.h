/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the inventory from sysfs. */
#pragma once

#include "config/config.h"
#include "device/inventory.h"
#include "state/state.h"
#include "sys/sys.h"

/* Reads what there is; what costs more (serials, modules.alias) only where the configuration asks for it.
 * A device that goes away meanwhile is left out. Returns 0 or a negative errno: sysfs can't be read. */
int inventory_read(struct sys *sys, const struct config *config, struct inventory **ret);

/* What only a person asks for: serials, reset methods, the descriptions of mdev types. What can't be
 * read is left out. */
void inventory_read_details(struct sys *sys, struct inventory *inv);
/* Of these the types' alone. */
void inventory_read_type_details(struct sys *sys, struct inventory *inv);

/* Adds the devices on other buses than PCI that the configuration names, or the state (NULL: none) has changed. What can't be read is noted with the device. */
int inventory_read_bus(struct sys *sys, const struct config *config, const struct state *state, struct inventory *inv);

/* The parts, each in a file of its own. */
int inventory_read_pci(struct sys *sys, const struct config *config, struct inventory *inv);
int inventory_read_net(struct sys *sys, const struct config *config, struct inventory *inv);
int inventory_read_mdev(struct sys *sys, struct inventory *inv);
void inventory_read_vgpus(struct sys *sys, struct inventory *inv); /* after those, among the parents */
void inventory_read_sriov(struct sys *sys, const struct config *config,
                          struct inventory *inv); /* once it is indexed */
/* What only a question tells of what the state has, to be given back; state may be NULL. */
void inventory_read_taken(struct sys *sys, const struct state *state, struct inventory *inv);
/* All of PFs that have VFs, their interfaces and these VFs: what a configuration can say. */
void inventory_read_settings(struct sys *sys, struct inventory *inv);
void inventory_read_slots(struct sys *sys, struct inventory *inv);
void inventory_read_modules(struct sys *sys, const struct config *config, struct inventory *inv);
/* After inventory_index(). */
void inventory_read_device(struct sys *sys, const struct config *config, struct inventory *inv);
void inventory_read_nvme(struct sys *sys, const struct config *config, struct inventory *inv);
/* What display = stop takes from the displays. */
bool display_manager_runs(struct sys *sys);
void inventory_read_display(struct sys *sys, struct inventory *inv);
int inventory_read_aliases(struct sys *sys, struct inventory *inv);
/* Calls each() with the modules that a function's alias ("pci:v…") stands for by the text of modules.alias, as a captured
 * tree may have it; each() below 0 ends it. -ENOENT: there is no such file, or it has none of PCI's. */
int module_lookup_in_file(struct sys *sys, const char *alias, int (*each)(void *arg, const char *module, bool blacklisted),
                          void *arg);
/* Whether a module is loaded or built in. */
bool module_is_present(struct sys *sys, const char *name);
/* Whether modules.dep has it: 1, 0, or -errno of reading that. */
int module_is_installed(struct sys *sys, const char *name);
/* lib/modules/RELEASE/FILE of the running kernel, whole; -ENOENT. */
int modules_read_file(struct sys *sys, const char *file, char **ret);
int inventory_read_serials(struct sys *sys, struct pci_function *f);

/* Sorts a function's interfaces: the one that an [sriov] section names by its selector first, then by the function's ports
 * (mlx4 has both of a card's in one function). */
void netdevs_sort(struct pci_function *f, const struct config *config);

/* Adds the PCIe device serial number alone, as lspci -v prints it, if it has one. It is in config space: to read it wakes a
 * sleeping device. Needs CAP_SYS_ADMIN. */
void inventory_read_device_serial(struct sys *sys, struct pci_function *f);
