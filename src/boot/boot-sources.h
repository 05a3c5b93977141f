/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the boot loader's own files say of the next kernel command line, and in which line: the shell variables of
 * /etc/default/grub and its drop-ins, or the lines of /etc/kernel/cmdline. Nothing of it is executed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

/* A file as it is: its name ("/etc/default/grub") and its text. */
struct boot_file {
        char *name;
        char *text;
};

struct boot_files {
        struct boot_file *items; /* in the order in which they are read */
        size_t n, alloc;
};

void boot_files_clear(struct boot_files *files);
#define CLEANUP_BOOT_FILES CLEANUP(boot_files_clear)

/* Copies both. */
void boot_files_add(struct boot_files *files, const char *name, const char *text);

/* The text of the file of that name, or NULL. */
const char *boot_files_find(const struct boot_files *files, const char *name);

/* A line that gives a part of the command line its value. */
struct boot_setting {
        const char *file; /* borrowed from the boot_files */
        unsigned line;
        size_t slot; /* which part; a later setting of the same slot replaces an earlier one */
        char *value; /* the part's whole value from here on */
        bool unsure; /* something in it can be told only by a shell that runs it */
};

struct boot_settings {
        struct boot_setting *items;
        size_t n, alloc;
        size_t n_slots;
};

void boot_settings_clear(struct boot_settings *s);
#define CLEANUP_BOOT_SETTINGS CLEANUP(boot_settings_clear)

/* How the command line stands in the files that the next boot's is made from. */
enum boot_syntax {
        BOOT_SYNTAX_NONE,    /* not known: there are no files */
        BOOT_SYNTAX_SHELL,   /* variables in /etc/default/grub and its drop-ins */
        BOOT_SYNTAX_LINES,   /* the lines of /etc/kernel/cmdline, which kernel-install joins */
        BOOT_SYNTAX_LINE,    /* its first line alone, which proxmox-boot-tool puts behind "options" */
        BOOT_SYNTAX_ENTRIES, /* "options" of the loader's own entries: they are made from no other file */
};

/* *ret is zeroed before; files must outlive it. */
void boot_settings_read(enum boot_syntax syntax, const struct boot_files *files, struct boot_settings *ret);

/* The part of it for BOOT_SYNTAX_SHELL. */
void boot_settings_of_grub(const struct boot_files *files, struct boot_settings *ret);

/* The command line that they come to. New string. */
char *boot_settings_text(const struct boot_settings *s);

/* The line that brings in the word, of those that count; NULL: none does. */
const struct boot_setting *boot_settings_where(const struct boot_settings *s, const char *word);
