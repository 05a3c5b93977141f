/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON values, as all that writes JSON makes them. A value that fails to be made (NULL) fails the whole. */
#pragma once

#include <jansson.h>

#include "device/address.h"

json_t *json_text(const char *s); /* NULL: null */
json_t *json_address(const struct pci_address *a);

/* Both take value. 0 or -ENOMEM. */
int json_add(json_t *array, json_t *value);
int json_put(json_t *object, const char *key, json_t *value);

/* The text of j, which is freed, unless r is an error. 0 or -ENOMEM. */
int json_finish(json_t *j, int r, char **ret);
