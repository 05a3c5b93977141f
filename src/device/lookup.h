/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a selector to functions, by sorted keys: a configuration of many sections over many functions stays
 * linear (times a logarithm). */
#pragma once

#include <stddef.h>

#include "device/inventory.h"
#include "device/selector.h"

struct lookup;

/* The inventory is borrowed. */
void lookup_new(const struct inventory *inv, struct lookup **ret);
void lookup_free(struct lookup *lookup);
DEFINE_CLEANUP(struct lookup *, lookup_free)

/* The functions that s names, in the order of their addresses, in a new array. VF and PARENT name no function. */
void lookup_find(const struct lookup *lookup, const struct selector *s, size_t **ret, size_t *ret_n);

/* The functions whose id matches. */
void lookup_find_id(const struct lookup *lookup, const struct pci_id_pattern *id, size_t **ret, size_t *ret_n);
