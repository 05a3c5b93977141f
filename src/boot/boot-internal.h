/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files that look at the kernel command line share. */
#pragma once

#include "boot/boot-needs.h"

/* What all the parts of this look at. */
struct looking {
        const struct config *config;
        const struct boot_host *host;
        struct boot_settings settings;
        struct boot_files others_files;
        char *next, *others; /* the next boot's command line: by all files; without what we have written */
        bool vfio;           /* a section hands something to VFIO */
        bool i915;           /* a section needs Intel's graphics driver to drive the display */
        bool no_vga;         /* a section hands a display to VFIO that is no VGA card */
        struct boot_needs needs;
};

/* Appends a word with where it is in the files. */
struct boot_word *boot_needs_add(struct looking *l, const char *word, const char *why, enum boot_word_state state);

bool boot_needs_has(const struct boot_needs *needs, const char *word);

/* The parameters of others that are worth a line, on any of the command lines. */
void boot_tell_parameters(struct looking *l);
