/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inventories in memory, out of short tables, and plans as text. */
#pragma once

#include "device/inventory.h"
#include "plan/plan.h"
#include "unit/kit.h"

/* A function as a test writes it down. */
struct fn {
        const char *address;
        const char *ids; /* "10de:2487" or "10de:2487:1458:403b" */
        uint32_t class;
        const char *driver, *override_; /* NULL: none */
        int group;                      /* NO_GROUP: none */
        const char *path;               /* NULL: none */
};

/* Appends the functions, which must come in the order of their addresses. */
void inv_add(struct inventory *inv, const struct fn *functions, size_t n);

/* The function, to be changed. The test fails when it is not there. */
struct pci_function *inv_at(struct inventory *inv, const char *address);

/* Makes pf a PF of up to total VFs, of which the n functions from first on are there. */
void inv_pf(struct inventory *inv, const char *pf, unsigned total, const char *first, unsigned n, uint16_t vf_device);

void inv_netdev(struct inventory *inv, const char *address, const char *name, const char *mac);
void inv_serial(struct inventory *inv, const char *address, const char *serial);
void inv_drivers(struct inventory *inv, const char *const *names, size_t n);
struct mdev_parent *inv_parent(struct inventory *inv, const char *name, const char *function);
void inv_type(struct mdev_parent *parent, const char *id, const char *name, unsigned available);
void inv_mdev(struct inventory *inv, const char *uuid, const char *parent, const char *type);
struct module_info *inv_module(struct inventory *inv, const char *name, bool loaded);
void inv_param(struct module_info *m, const char *name, const char *value, bool writable);
void inv_alias(struct inventory *inv, const char *pattern, const char *module);

/* A configuration and the plan for it on the machine. */
struct planned {
        struct config *config;
        struct inventory *inv;
        struct state state;
        struct plan *plan;
};
void planned_clear(struct planned *p);
#define CLEANUP_PLANNED CLEANUP(planned_clear)

/* Builds the machine, indexes it, reads the text, and plans. p->state may have been filled before. */
void plan_for(struct planned *p, struct inventory *(*machine)(void), const char *text);

const struct plan_item *planned_item(const struct planned *p, const char *name);

/* One line for each section, "NAME VERDICT: reason @LINE", "NAME VERDICT [note]", and one for each step:
 * "override 0000:01:00.0 old > new". New string. */
char *plan_text(const struct plan *plan);

struct plan_case {
        const char *config, *expected;
};

/* For each case, the plan's text must be the expected one. */
void assert_plans(struct inventory *(*machine)(void), const struct plan_case *cases, size_t n);

/* A derived UUID in the tests: the first letter of the name, the index, and zeros. */
int test_derive_uuid(void *userdata, const char *name, unsigned index, uint8_t ret[16]);
