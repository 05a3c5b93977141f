/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shows text by a pager, as systemctl does: which one, and what it may do, is in the environment (less-variables of
 * systemctl(1)). */
#pragma once

/* Returns 0 when a pager has shown the text, or a negative errno when there is to be none, or it can't be run: print
 * it then. */
int pager_show(const char *text);
