/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the host is asked about the one thing that is explained. */
#pragma once

#include "explain/explain.h"
#include "sys/sys.h"

/* The modules that fit its function, who has it open, and what the last run said of it. Opens no device. What can't be
 * known is said in *ret, which is to be cleared whatever is returned. */
void explain_facts_read(struct sys *sys, const struct inventory *inv, const struct explain_subject *subject,
                        struct explain_facts *ret);
