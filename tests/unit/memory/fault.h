/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Allocations that fail, in a program that is linked with --wrap for the functions in fault.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The nth allocation from now on fails, of those within IN_CORE(); lasting: and so do all after it. */
void fault_set(size_t n, bool lasting);

/* None fails any more. Returns whether one did. */
bool fault_unset(void);

/* What the test itself needs is not counted: IN_CORE(call) is the call's int. */
#define IN_CORE(call) (fault_enter(), fault_leave(call))
void fault_enter(void);
int fault_leave(int r);
