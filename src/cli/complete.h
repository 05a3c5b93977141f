/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may stand on a command line, for the completions of the shells. */
#pragma once

/* words: those behind the program's name; of the last one the beginning, which may be "". The answer is a new string.
 * Its first line is one of these:
 * - ":words": the candidates follow, one a line, with a tab and an explanation where there is one; what ends in =
 *   takes a value
 * - ":files PREFIX" or ":directories PREFIX": the shell completes them itself; PREFIX comes before the file's name
 *
 * Devices are not opened, as `status` does for a moment: a VM that starts just then would find them busy. */
char *complete_line(char **words, int n);
