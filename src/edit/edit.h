/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sections written for the user: what add, remove and edit do to the files of the configuration. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "config/config.h"
#include "device/inventory.h"
#include "plan/plan.h"
#include "sys/sys.h"

#define EDIT_DIRECTORY "/etc/passthru.conf.d/"
#define EDIT_MAIN "/etc/passthru.conf"

/* A key of a section and its value, as they were given. */
struct edit_key {
        const char *name;
        const char *value;
};

/* The section that is to be written. */
struct edit_request {
        const char *name;          /* "gpu", or "uplink/0" for a VF */
        const char *device;        /* what names the device; NULL: the keys do, or it has none */
        const struct edit_key *keys;
        size_t n_keys;
};

/* What a word on the command line means. */
struct edit_device {
        size_t function;    /* NO_INDEX: it is the parent of mdevs, or one on another bus */
        bool slot;          /* the word names a slot, "02:00": all functions */
        const char *parent; /* the name of an mdev parent that is no PCI function; borrowed from the inventory */
};

/* By an address ("02:00.0", "02:00"), a network interface, a block device ("nvme0n1", "/dev/sda"), another of its class devices
 * ("/dev/dri/card0"), vendor:device where that is one, a MAC, a path or an mdev parent. Returns 0; or -ENODEV, and in *ret_error
 * why not, a new string. */
int edit_find_device(struct sys *sys, const struct inventory *inv, const char *word, struct edit_device *ret, char **ret_error);

/* The kind of section that such keys make: [vf] by the name, [sriov] by vfs, [mdev] by type, else [device]. */
enum section_kind edit_kind(const struct edit_request *request);

/* The text of a drop-in with that section, its selector the one that survives most, and its keys as they were given: what is
 * wrong with these is for the parser to say. device: NULL where the keys name it. Returns 0; or -EINVAL, and in *ret_error what
 * else is wrong, a new string. */
int edit_compose(const struct edit_request *request, const struct inventory *inv, const struct edit_device *device, char **ret,
                 char **ret_error);

/* "/etc/passthru.conf.d/uplink-0.conf": where a section of that name goes. New string; NULL: a file can't have such a name. */
char *edit_path(const char *name);

/* Whether a text is as add has written it: nothing of a person's own would be lost with it. */
bool edit_is_ours(const char *text);

/* Questions to whoever sits at the terminal. */
struct edit_dialog {
        /* Shows text, then reads a line; *ret is a new string without blanks around it, "" for an empty one. -ECANCELED: there
         * is none any more. */
        int (*ask)(void *userdata, const char *text, char **ret);
        void *userdata;
};

/* What was chosen: to be given to edit_compose(). */
struct edit_choice {
        struct edit_device device;
        char *name;
        struct edit_key keys[2];
        size_t n_keys;
        char *vfs;
};

void edit_choice_clear(struct edit_choice *choice);

/* Goes from a class to a device, to what is taken with it, to a name. What a section of config claims is not offered.
 * inv has its names. Returns 0, -ECANCELED, or -ENODEV: there is nothing to choose. */
int edit_pick(const struct inventory *inv, const struct plan *plan, const struct config *config, const struct edit_dialog *dialog,
              struct edit_choice *ret);

/* Asks for yes or no; an empty answer is `preset`. Returns 1, 0 or -ECANCELED. */
int edit_confirm(const struct edit_dialog *dialog, const char *question, bool preset);
