/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs: a thin file each. Each loads, takes a snapshot, and prints or applies; it returns an exit status. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "cli/options.h"
#include "config/config-load.h"
#include "config/config.h"
#include "edit/edit.h"
#include "release/release.h"
#include "report/exit.h"
#include "scan/snapshot.h"
#include "state/state.h"
#include "sys/sys.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

/* What a verb works on. */
struct context {
        struct config *config;
        struct sys *sys;
        struct state state;
        struct snapshot snapshot;
        bool again; /* a look that follows another: what may be noted of the configuration was */
        bool off; /* passthru.off on the kernel command line: nothing is to be done */
};

void context_clear(struct context *c);
#define CLEANUP_CONTEXT CLEANUP(context_clear)

/* Reads the configuration and tells what is wrong with it. sections: only these are meant, the others are taken
 * for disabled; none: all. Returns EXIT_OK or the exit status to end with. */
int context_load_config(struct context *c, const struct options *o, char **sections, int n_sections);

/* The same with a file of other text in it, as config_load_overlay() has it. */
int context_load_overlay(struct context *c, const struct options *o, const struct config_overlay *overlay, char **sections,
                         int n_sections);

/* Of a plan of everything, only these sections are to be shown. A name of a section that something is held for (NULL:
 * nothing is) will do too. Returns EXIT_OK or EXIT_USAGE_ERROR. */
int context_select(struct context *c, const struct release *held, char **sections, int n_sections);

/* Whether the section is in a file whose [match] does not hold here; if so, says it. */
bool context_is_left_out(const struct context *c, const char *name);

/* Tells that there is no section of that name, and which may be meant; or, when none is near, otherwise behind it.
 * Returns EXIT_USAGE_ERROR. */
int context_unknown_section(const struct context *c, const char *name, const char *otherwise);

/* Opens the system, if it is not open, and reads the state. writes: the lock is held, and the state will be saved. */
int context_open(struct context *c, const struct options *o, bool writes);

/* The inventory, the plan, what it must not touch, and the names of devices for a person to read. */
int context_look(struct context *c, const struct options *o);

/* What is held for sections that the configuration has no longer; when only some sections are asked for, nothing (an apply
 * of them lets it be) or, by_name, what is held for these. */
void context_held(const struct context *c, const struct options *o, bool by_name, struct release *ret);

/* Says so when the initramfs of the running kernel holds another configuration. */
void context_check_initramfs(const struct context *c, const struct options *o);

/* Tells that the host would not let it work (r: a negative errno). Returns the exit status for that. */
int context_host_error(const char *what, int r);
/* The same for a look at the devices, with the directory that it failed on. */
int context_look_error(const struct context *c, int r);

/* Takes the lock, waiting for another run to end. Returns a file descriptor; or -1, with the exit status in *ret. */
int context_lock(const struct options *o, int *ret);

/* Tells that a file of the configuration can't be written (r: a negative errno). Returns the exit status for that. */
int context_write_error(const char *path, int r);

/* Tells how what was written is applied. Returns EXIT_OK. */
int tell_how_to_apply(void);

/* Prints the plan as text, as `plan` does; by a pager, if that is wanted. Returns an exit status. */
int context_print_plan(const struct context *c, const struct options *o, bool pager);

/* The configuration is in force from now on, for what comes by hotplug too, unless it is one that is only tried. */
int apply_publish(const struct context *c, const struct options *o);

/* Hands over the sections that are not left out, under the lock, and tells how it went. Returns the exit status. */
int apply_sections(struct context *c, const struct options *o);

/* Reads the configuration only for where sections stand: one with mistakes, or none, keeps nothing from being given back. */
int release_load_config(struct context *c, const struct options *o);

/* Gives back what is held for the sections of these names, or kinds and names, under the lock, and tells how it went; hotplug leaves them alone
 * until they are applied again. Returns the exit status. */
int release_sections(struct context *c, char **names, size_t n);

/* Does the steps of a release, under the lock, and takes what was given back out of the state, which is saved before and after.
 * mark: its sections are left alone by hotplug until they are applied again. Returns the exit status. */
int give_back(struct context *c, const struct release_input *input, struct release *release, bool mark);

/* Whoever sits at the terminal. */
extern const struct edit_dialog cmd_terminal;

int cmd_add(const struct options *o);
int cmd_remove(const struct options *o);
int cmd_edit(const struct options *o);
int cmd_apply(const struct options *o);
int cmd_release(const struct options *o);
int cmd_plan(const struct options *o);
int cmd_status(const struct options *o);
int cmd_check(const struct options *o);
int cmd_list(const struct options *o);
int cmd_doctor(const struct options *o);
int cmd_tree(const struct options *o);
int cmd_explain(const struct options *o);
int cmd_boot_config(const struct options *o);
int cmd_generate(const struct options *o);
int cmd_wait(const struct options *o);
int cmd_export(const struct options *o);
int cmd_hook(const struct options *o);
