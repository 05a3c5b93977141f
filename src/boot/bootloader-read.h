/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what tells which boot loader starts this host. */
#pragma once

#include "boot/bootloader.h"
#include "sys/sys.h"

/* Where loader entries are, wherever the ESP is mounted. */
#define BOOT_ENTRY_PLACES 3
extern const char *const boot_entry_places[BOOT_ENTRY_PLACES];

/* A text file, "" when it is not there or can't be read, as of a captured tree. New string. */
char *boot_read_text(struct sys *sys, const char *path);

/* As the shell's *.cfg, which leaves out what begins with a dot. */
bool boot_has_suffix(const char *name, const char *suffix);

/* *ret is zeroed before. What is not there or can't be read is taken for absent, as of a captured tree that lacks it. */
void bootloader_read(struct sys *sys, struct bootloader_facts *ret);

/* The same, and detects it. */
void bootloader_find(struct sys *sys, struct bootloader *ret);
