/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may stand on a command line, for the completions of the shells. */
#pragma once

/* words: those behind the program's name; of the last one the beginning, which may be "". The answer is a new string
 * of lines:
 *
 *   :words                  the candidates follow, one a line, with a tab and an explanation where there is one; what
 * ends in = is to be followed by its value :files PREFIX           what the shell knows best; of the word PREFIX is no
 * part of the file's name :directories PREFIX
 *
 * Nothing is asked of devices: a look as that of `status` has them open for a moment, and a VM that starts just then
 * would find them busy. */
char *complete_line(char **words, int n);
