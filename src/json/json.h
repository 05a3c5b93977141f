/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON values, as all that writes JSON makes them. */
#pragma once

#include <jansson.h>

#include "device/inventory.h"

json_t *json_text(const char *s); /* NULL: null */
/* What stands between separators, as an array of texts; NULL: null. */
json_t *json_split(const char *s, char separator);
/* Its address, class, id, name, driver and group. */
json_t *json_function(const struct pci_function *f);
json_t *json_address(const struct pci_address *a);

/* Both take value. */
void json_add(json_t *array, json_t *value);
void json_put(json_t *object, const char *key, json_t *value);

/* The text of j, which is freed; it ends in a newline. */
char *json_finish(json_t *j) __attribute__((returns_nonnull));
