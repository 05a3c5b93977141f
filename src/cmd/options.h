/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands on the command line beside the verb. */
#pragma once

#include <stdbool.h>

/* Options that only some verbs take. */
enum takes {
        TAKES_JSON = 1 << 0,
        TAKES_DETAILED = 1 << 1,
        TAKES_DEVICE = 1 << 2,
        TAKES_PENDING = 1 << 3,
        TAKES_DRY_RUN = 1 << 4,
        TAKES_PRUNE = 1 << 5,
        TAKES_SRIOV = 1 << 6,
        TAKES_MDEV = 1 << 7,
        TAKES_WRITE = 1 << 8,
        TAKES_FROM = 1 << 9,
        TAKES_PROMETHEUS = 1 << 10,
        TAKES_VMID = 1 << 11,
        TAKES_TIMEOUT = 1 << 12,
};

struct options {
        const char *root;   /* "/", or a captured tree */
        const char *config; /* --config, or NULL */
        bool json;
        bool no_legend, no_pager;
        bool detailed_exitcode;
        bool dry_run;       /* release --dry-run */
        bool prune;         /* apply --prune */
        bool sriov, mdev;   /* list --sriov, --mdev */
        const char *device; /* apply --device: an address or the name of an mdev parent, or NULL */
        bool early;         /* apply --early: only what is cleared, and what takes nothing from the host */
        bool pending;       /* apply --pending: only if the helper has named the device again */
        bool write, undo;   /* boot-config --write, --undo */
        unsigned from;      /* generate --from: FROM_… of import/generate.h; 0: not given */
        const char *output; /* generate --output: a file that is not there yet, or NULL */
        bool prometheus;    /* status --prometheus */
        const char *vmid;   /* export --vmid: Proxmox's number of the VM, or NULL */
        const char *timeout; /* wait --timeout, or NULL: none */
        bool version, help;
        char **args; /* after the verb */
        int n_args;
};

/* Reads argv; the verb and what follows are in args. 0, or -EINVAL when it was told what is wrong. */
int options_parse(int argc, char **argv, struct options *ret);

/* Whether a verb that takes these (bits of enum takes) can do with what was given. verbs_taking() prints to stderr the
 * verbs that take an option, " plan, status". 0, or -EINVAL when it was told what is wrong. */
int options_check(const struct options *o, unsigned takes, void (*verbs_taking)(unsigned bit));
