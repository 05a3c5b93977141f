/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rows-*.c files share. */
#pragma once

#include "base/strbuf.h"
#include "base/uuid.h"
#include "view/rows.h"

/* "vfio-pci", "no driver" (NULL too), "host driver" */
const char *driver_word(const char *driver);

struct row *add_row(struct row_list *list, enum row_color color);

enum row_color status_color(enum section_status status);

/* Gives the text to the cell. */
void row_set(struct row *row, size_t column, struct strbuf *text);
void row_set_text(struct row *row, size_t column, const char *text);

/* "vlan 100 → 200, trust yes": what is set of an item's VFs and PF, at f's address if there is one. */
void add_settings(struct strbuf *b, const struct plan *plan, size_t item, const struct pci_function *f, const char *arrow);

/* Of an item's devices on another bus than PCI: "pl330 → vfio-platform", the drivers they are on, and as
 * any_driver_change(). */
void add_bus_change(struct strbuf *b, const struct plan_item *item, const struct bus_device *d, const char *arrow);
void add_bus_drivers(struct strbuf *b, const struct plan_item *item, const struct inventory *inv);
bool any_bus_change(const struct plan_item *item, const struct inventory *inv);

/* What there is of an item: "7 on igbvf, 1 on no driver", "0 of 1 mdev mtty-2", "loaded". */
void add_actual(struct strbuf *b, const struct plan_item *item, const struct inventory *inv);

/* After a reason: ", not required (passthru.conf:3; force = disk overrides)". */
void add_place(struct strbuf *b, const struct plan_item *item);

/* Why an item is not as configured, as text and JSON of `status` have it: empty for one that is, or is not to be. */
void add_reason(struct strbuf *b, const struct plan *plan, const struct plan_item *item, const struct inventory *inv,
                const struct state *state);

/* What an item that is not as configured lacks, if its functions are all on their drivers: settings, or an override. b is
 * empty, and stays so else. */
void add_drift(struct strbuf *b, const struct plan *plan, const struct plan_item *item, const struct inventory *inv);

/* What of an item's devices is free and which VMs have the others: "6 free, 2 in use: win11, web1"; of a single one only that it
 * is in use. */
void add_pool_use(struct strbuf *b, const struct pool *pool, const struct opener_view *view);

#define POOL_NAME_MAX (UUID_TEXT_MAX > PCI_ADDRESS_MAX ? UUID_TEXT_MAX : PCI_ADDRESS_MAX)

/* Its address, UUID or name on its bus; the MAC that is set of a VF, NULL: it is not known. Both may be in buf. */
const char *pool_member_name(const struct pool_member *m, const struct inventory *inv, char buf[static POOL_NAME_MAX]);
const char *pool_member_mac(const struct pool_member *m, const struct inventory *inv, char buf[static PROPERTY_TEXT_MAX]);
