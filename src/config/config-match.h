/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [match]: what a host must be for a file of the configuration to apply to it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

/* Where the host's facts are read; paths have no leading slash. Both return 0 or a negative errno. */
struct config_host {
        int (*read)(void *userdata, const char *path, char *buf, size_t size); /* NUL-terminated; cut, if need be */
        int (*list)(void *userdata, const char *path, int (*each)(void *arg, const char *name), void *arg);
        void *userdata;
};

/* A [match] section, as far as it was read. */
struct config_match {
        bool is_there;
        struct config_loc loc;
        uint32_t given; /* bits, by the number of the key: those that were there */
        char *failed;   /* the first condition that does not hold, "host = web*"; NULL: all hold */
};

void config_match_clear(struct config_match *m);

enum match_mistake {
        MATCH_GOOD,
        MATCH_UNKNOWN_KEY,
        MATCH_TWICE,
        MATCH_BAD_VALUE,
};

/* Takes a key and looks whether it holds. host NULL: the file is looked at for no host, and all holds. *ret_expected
 * is, for a bad value, what was expected. */
enum match_mistake config_match_key(struct config_match *m, const struct config_host *host, const char *key,
                                    const char *value, const char **ret_expected);

/* The names of the keys: an array of *ret_n. */
const char *const *config_match_keys(size_t *ret_n);
