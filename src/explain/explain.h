/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why one thing is as it is: what the configuration wants of it and where, what there is, what is in the way, who has it,
 * what happened last, and the one command that comes next. */
#pragma once

#include "plan/plan.h"
#include "usage/usage.h"
#include "view/rows.h"

struct vmdefs;

/* What everything is explained from. */
struct explain_input {
        const struct inventory *inventory;
        const struct plan *plan;
        const struct state *state;
        const struct usage *usage;
        bool off; /* passthru.off: no run does anything */
        const struct vmdefs *vms; /* NULL: not asked for */
};

/* What a word on the command line stands for. */
struct explain_subject {
        const struct plan_item *item;   /* of the section that it is, or that claims it; NULL: none does */
        const struct plan_claim *claim; /* the one of the item's that is meant; NULL: the item as a whole, or none */
        size_t function;                /* NO_INDEX: none that is there */
        size_t parent;                  /* an mdev parent that is no PCI function, or NO_INDEX */
        bool has_uuid;                  /* one mdev */
        uint8_t uuid[16];
        const struct plan_item *disabled; /* of a section that would have it and is disabled, beside item; NULL: none */
};

/* By a section's name, an address or a slot, "uplink/3", an mdev's UUID, an interface, or an mdev parent. *ret is a new
 * array; none: nothing is called so. */
void explain_find(const struct explain_input *in, const char *word, struct explain_subject **ret, size_t *ret_n);

/* "up has 8 VFs, 0 to 7": why nothing is called by a word as "up/9"; a new string, or NULL: it names no VF of a section. */
void explain_no_vf(const struct explain_input *in, const char *word, char **ret);

/* What is called most like the word: a new string, or NULL when nothing is. */
void explain_nearest(const struct explain_input *in, const char *word, char **ret);

/* A module that fits a function by its modalias. */
struct explain_module {
        char *name;
        bool blacklisted;
};

/* A process that has something of it open. */
struct explain_holder {
        char *node; /* "/dev/vfio/14" */
        char *who;  /* "qemu-system-x86 (pid 4711, VM web1)" */
};

/* A line of the journal. */
struct explain_entry {
        uint64_t age; /* in seconds */
        bool error;   /* of priority err or worse */
        char *text;
};

/* What the host was asked about the subject alone (explain/explain-facts.h). */
struct explain_facts {
        struct explain_module *modules; /* of its function, in modules.alias */
        size_t n_modules, alloc_modules;
        bool modules_known;
        char *driver_module; /* whose the function's driver is; NULL: not known */
        struct explain_holder *holders;
        size_t n_holders, alloc_holders;
        bool holders_known;         /* there is something to open, and processes could be looked at */
        bool holders_hidden;        /* but not those of others */
        bool open;                  /* VFIO says that it is open */
        struct explain_entry *entries; /* of the last run that spoke of it, the oldest first */
        size_t n_entries, alloc_entries;
        int journal_error; /* positive errno: EACCES may not be read, EOPNOTSUPP there is none */
};

void explain_facts_clear(struct explain_facts *facts);
#define CLEANUP_EXPLAIN_FACTS CLEANUP(explain_facts_clear)

/* Another function of its IOMMU group. */
struct explain_member {
        size_t function;
        const struct plan_item *item; /* that claims it, or NULL */
        bool blocks;                  /* no VM could open the group because of it, once all is applied */
};

struct explanation {
        struct explain_subject subject;
        const struct explain_facts *facts;
        bool has_status;               /* it is a section's */
        enum section_status status;
        char *title;                   /* "gpu: 0000:01:00.0 GeForce RTX 3070 [10de:2484]" */
        char *wanted;                  /* "vfio-pci" */
        char *by;                      /* "[device gpu] (passthru.conf:3: address = 0000:01:00.0)"; NULL: no section */
        char *now;
        char *why;                     /* of the status */
        char *along;                   /* the section's other functions, or mdevs; NULL: none */
        struct explain_member *members;
        size_t n_members, alloc_members;
        const struct plan_item *blocked; /* a section whose group this function keeps from being handed over */
        char *use;                       /* what the host itself does with it */
        unsigned use_guards;             /* a set of guards: those that tell of it */
        char *before;                    /* what the state says of it */
        char *claim;                     /* the lines of a section for it, "id = 10de:2484\n"; NULL: it has one, or can't have */
        char *claim_note;                /* why that would be refused, or why there is none; NULL: nothing is to be said */
        char *next;                      /* a command, or lines of a section; NULL: nothing is to be done */
        char *next_in;                   /* of lines: the section, "[device gpu] (passthru.conf:2)"; NULL: it is a command */
        char *next_when;                 /* what comes before it; NULL: nothing */
};

/* What *ret points to must outlive it. */
void explain_build(const struct explain_input *in, const struct explain_subject *subject,
                   const struct explain_facts *facts, struct explanation *ret);
void explanation_clear(struct explanation *e);
#define CLEANUP_EXPLANATION CLEANUP(explanation_clear)

/* A label and what it says on each row; the title alone on the first. */
void rows_of_explanation(const struct explain_input *in, const struct explanation *e, struct row_list *ret);

/* {"version", "explanations": […]}: a new string. */
void render_explain_json(const struct explain_input *in, const struct explanation *list, size_t n, char **ret);
