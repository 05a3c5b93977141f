/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Libraries that are loaded when they are first needed, for the time that they would cost every run. */
#pragma once

#include <stdbool.h>

/* Puts the address of a library's function into *function, a pointer to a function. False: it has none such. */
bool library_find(void *library, const char *name, void *function);

/* For a structure with a pointer for each function of a list X(name), of the type that the header gives it. */
#define LIBRARY_POINTER(name) __typeof__(name) *name;
