/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows: what plan and status say of each section, as text in columns; drawn by table.c. */
#pragma once

#include "plan/section-status.h"
#include "scan/openers.h"
#include "usage/usage.h"

enum row_color { ROW_PLAIN, ROW_GOOD, ROW_CHANGE, ROW_BAD, ROW_DIM };

#define ROW_COLUMNS 10

enum column_role {
        COLUMN_PLAIN,
        COLUMN_NAME, /* what a row is about */
        COLUMN_DEVICE,
        COLUMN_VERDICT, /* what is the matter with it: has the row's colour */
};

enum column_fold {
        FOLD_NEVER,
        FOLD_BELOW,  /* on a line of its own */
        FOLD_BESIDE, /* the same, but where there is room beside what stands there */
};

struct column {
        const char *name; /* NULL: there is no header */
        enum column_role role;
        /* For a terminal that is too narrow for all: */
        enum column_fold fold;
        double share;       /* of its width: the column is wrapped to that if others need the room; 0: it is not */
        unsigned char room; /* it is folded only if it can't have so much; 0: as much as it takes */
        unsigned char into; /* the column that it is folded into */
        bool cut;           /* it is cut and not wrapped */
        bool optional;      /* it is left out where all rows are empty, header or not */
};

struct row {
        char *cells[ROW_COLUMNS]; /* NULL: empty */
        enum row_color color;
        unsigned depth; /* in a tree: 0, or one more than the row that it is below */
};

struct row_list {
        const struct column *columns; /* ROW_COLUMNS of them */
        bool tree;
        struct row *items;
        size_t n, alloc;
};

void row_list_free(struct row_list *list);
#define CLEANUP_ROWS CLEANUP(row_list_free)

/* The plan, a row for each change and each thing that will not be done. arrow is "→" or "->". */
void rows_of_plan(const struct plan *plan, const struct inventory *inv, const char *arrow, struct row_list *ret);

/* What a release gives back: a row for each thing, and one for each section of which nothing is to be given back. */
struct release;
void rows_of_release(const struct release *release, const struct inventory *inv, const char *arrow,
                     struct row_list *ret);

/* "2 mdevs to remove, 1 to bind, 1 refused." New string or NULL. */
char *release_summary(const struct release *release);

/* What is held for sections that the configuration has no longer. */
void rows_of_held(const struct release *held, const struct inventory *inv, struct row_list *ret);

/* "2 to bind, 8 VFs to create, 1 refused". New string or NULL. */
char *plan_summary(const struct plan *plan);

/* What there is to hand over. No class: all but what is the board's own and VFs. */
struct list_filter {
        unsigned classes; /* bits, 1 << enum device_class; 0: no word was given */
        bool all;         /* the board's own and VFs too */
        bool sriov, mdev; /* only what can have VFs, or mdevs; both: what can have either */
};

/* What is listed. */
struct list_host {
        const struct inventory *inventory; /* with the details */
        const struct usage *usage;         /* with the disks' */
        bool has_channels;                 /* an s390's, which are no PCI devices */
        char **uses;                       /* by function: what the host, or a VM, does with it; NULL: nothing */
};

bool list_wants(const struct inventory *inv, size_t function, const struct list_filter *filter);
bool list_wants_parent(const struct mdev_parent *parent,
                       const struct list_filter *filter); /* one that is no PCI function */

/* Each function that the filter wants: address, name, driver, group, NUMA node, interfaces and disks, serial number,
 * what it offers, a selector, what it is used for; and the mdev types of its parents, also of those that are no PCI
 * device. */
void rows_of_list(const struct list_host *host, const struct list_filter *filter, struct row_list *ret);

/* The other members of the function's group that are no bridges, into *ret (free it), and their number. */
size_t group_others(const struct inventory *inv, size_t function, size_t **ret);

/* "3 of 4 as configured, 1 refused.", and how bad that is; of those that are enabled. Empty when there is no section.
 */
enum row_color status_summary(const struct plan *plan, const struct state *state, struct strbuf *b);

/* Each section as it is: name, device, status, actual, why. pools may be NULL. */
void rows_of_status(const struct plan *plan, const struct inventory *inv, const struct state *state,
                    const struct pools *pools, struct row_list *ret);

/* Each of what the sections that are shown hand over, and who has it open. */
void rows_of_pools(const struct plan *plan, const struct inventory *inv, const struct pools *pools, struct row_list *ret);
