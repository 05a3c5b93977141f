/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rows of plan and release share. */
#pragma once

#include "view/rows-internal.h"

/* The columns of plan and release. */
enum { SECTION, DEVICE, NAME, CHANGE, NOTE };

extern const struct column plan_columns[ROW_COLUMNS];

/* What their rows are written from. */
struct writer {
        const struct plan *plan;
        const struct inventory *inv;
        const char *arrow;
        struct row_list *list;
};

/* The row of a step on what shows something on a display. */
void display_row(struct writer *w, const struct plan_step *step);

/* DEVICE and NAME of a row. */
void row_set_function(struct row *row, const struct pci_function *f);
void row_set_bus_device(struct row *row, enum bus_kind bus, const char *device);
