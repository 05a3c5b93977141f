/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands on the command line: the verb, its options and its arguments. */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "cli/verbs.h"
#include "edit/edit.h"

struct options {
        enum verb verb;     /* VERB_MAX: none was given */
        const char *root;   /* "/", or a captured tree */
        const char *config; /* --config, or NULL */
        bool json;
        bool no_legend, no_pager;
        bool detailed_exitcode;
        bool dry_run;        /* of release, apply, add and remove */
        bool now;            /* add --now, remove --now */
        bool as_dropin;      /* check --as-dropin */
        bool prune;          /* apply --prune */
        bool sriov, mdev;    /* list --sriov, --mdev */
        const char *device;  /* apply --device: an address or the name of an mdev parent, or NULL */
        bool early;          /* apply --early: only what is cleared, and what takes nothing from the host */
        bool pending;        /* apply --pending: only if the helper has named the device again */
        bool write, undo;    /* boot-config --write, --undo */
        unsigned from;       /* generate --from: FROM_… of import/generate.h; 0: not given */
        const char *output;  /* generate --output: a file that is not there yet, or NULL */
        bool prometheus;     /* status --prometheus */
        bool watch;          /* status --watch */
        const char *vmid;    /* export --vmid: Proxmox's number of the VM, or NULL */
        const char *timeout; /* wait --timeout, or NULL: none */
        bool version, help;
        struct edit_key *keys; /* add: in the order of the command line */
        size_t n_keys, alloc_keys;
        char **args; /* after the verb */
        int n_args;
};

void options_clear(struct options *o);
#define CLEANUP_OPTIONS CLEANUP(options_clear)

/* Reads argv, which must outlive *ret. Returns 0; or -EINVAL, and in *ret_error what is wrong, a new string. */
int options_parse(int argc, char **argv, struct options *ret, char **ret_error);

/* Whether argv has --json, also when the rest of it can't be read. */
bool options_have_json(int argc, char *const *argv);

/* "gpux: unknown class; did you mean gpu?", or "…; expected gpu, nic or hba": a new string. */
char *options_unknown_word(const char *word, const char *what, const char *const *names, size_t n);

/* "plam: unknown verb; did you mean plan?": a new string. */
char *options_unknown_verb(const char *word);
