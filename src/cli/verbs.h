/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs and the options, in one table each: help, usage errors, completions and the manual's synopsis are made of
 * them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

enum verb {
        VERB_LIST,
        VERB_TREE,
        VERB_EXPLAIN,
        VERB_DOCTOR,
        VERB_ADD,
        VERB_REMOVE,
        VERB_EDIT,
        VERB_CHECK,
        VERB_PLAN,
        VERB_APPLY,
        VERB_STATUS,
        VERB_WAIT,
        VERB_RELEASE,
        VERB_GENERATE,
        VERB_EXPORT,
        VERB_BOOT_CONFIG,
        VERB_HOOK,
        VERB_HELP,
        VERB_COMPLETE, /* what the shells' completions run; in no help */
        VERB_MAX,
};

enum option_id {
        OPTION_AS_DROPIN,
        OPTION_CONFIG,
        OPTION_DETAILED_EXITCODE,
        OPTION_DEVICE,
        OPTION_DRY_RUN,
        OPTION_FROM,
        OPTION_JSON,
        OPTION_MDEV,
        OPTION_NO_LEGEND,
        OPTION_NO_PAGER,
        OPTION_NOW,
        OPTION_OUTPUT,
        OPTION_PROMETHEUS,
        OPTION_PRUNE,
        OPTION_ROOT,
        OPTION_SRIOV,
        OPTION_TIMEOUT,
        OPTION_UNDO,
        OPTION_VMID,
        OPTION_WATCH,
        OPTION_WRITE,
        OPTION_EARLY,
        OPTION_PENDING,
        OPTION_HELP,
        OPTION_VERSION,
        OPTION_MAX,
};
#define OPTION_BIT(id) (1U << (id))

/* What an argument or an option's value may be, for the completions. */
enum words {
        WORDS_ANY,      /* nothing that could be offered */
        WORDS_SECTIONS, /* of the configuration */
        WORDS_HELD,     /* sections that something was taken for */
        WORDS_THINGS,   /* sections, addresses and mdev parents */
        WORDS_DEVICES,  /* addresses and mdev parents */
        WORDS_HARDWARE, /* addresses and network interfaces */
        WORDS_CLASSES,
        WORDS_SOURCES, /* of generate; several, with commas */
        WORDS_TARGETS, /* the formats of export */
        WORDS_VERBS,
        WORDS_FILES,
        WORDS_DIRECTORIES,
};

struct option_info {
        const char *name;
        char letter;          /* 0: none */
        const char *argument; /* the name of its value; NULL: it takes none */
        enum words words;     /* what that may be */
        const char *summary;  /* begins with a capital, ends without a full stop */
        bool internal;        /* for units alone */
};

#define VERB_EXAMPLES 2
#define ARGUMENTS_MANY 10000

struct verb_info {
        const char *name;
        const char *arguments; /* as a usage line has them; "": none */
        const char *summary;
        unsigned options;                    /* a set of OPTION_BIT(); help goes without saying */
        enum words first, rest;              /* what the first argument may be, and those after it */
        int min, max;                        /* how many there may be */
        const char *lacking;                 /* what is missing when there are fewer */
        const char *examples[VERB_EXAMPLES]; /* behind the program's name */
        bool keys;                           /* takes the keys of sections as options too */
        bool internal;
};

extern const struct option_info option_infos[OPTION_MAX];
extern const struct verb_info verb_infos[VERB_MAX];

enum verb verb_find(const char *name); /* VERB_MAX: there is none of that name */

/* What a word of another program, or a common one, means here: a verb; NULL: it means none. */
const char *verb_synonym(const char *word);

/* Whether a verb that takes keys has an option for this one: not for those of [passthru] alone, and for the first of
 * each name where sections of several kinds have it. */
bool verb_takes_key(enum config_key key);

/* "plan, status and list": the verbs that take an option. New string. */
char *verbs_taking(enum option_id option);
