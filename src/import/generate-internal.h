/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the generate-*.c files share: wishes for each function, and drafts of sections. */
#pragma once

#include "base/strbuf.h"
#include "config/config.h"
#include "device/lookup.h"
#include "import/generate.h"

/* What a function is to be. */
struct wish {
        const char *driver; /* to have this driver, or DRIVER_NONE; a VF also DRIVER_HOST. NULL: nothing was said */
        const struct rival *by; /* who says so; NULL: it is so now */
        bool makes_vfs;         /* PF: to have so many VFs */
        unsigned vfs;
        const char *vf_driver; /* PF: of the VFs for which nothing was said */
        const char *base;      /* PF, once it has its section: the section's vf-driver */
        const char *section;   /* PF, once it has its section: the section's name */
        bool done;             /* a section has it */
};

/* A section to be written. */
struct draft {
        enum section_kind kind;
        char *name;
        struct strbuf above; /* comment lines before it */
        struct strbuf keys;  /* its lines */
};

struct generator {
        const struct generate_input *in;
        const struct inventory *inv;
        struct lookup *lookup;
        struct wish *wishes;   /* by function */
        bool *used;            /* by rival: what it says of mdevs is in a section */
        struct draft **drafts; /* in the order of the file */
        size_t n_drafts, alloc_drafts;
        struct diag_list notes; /* what was not taken, and why */
};

/* "0000:01:00.0" from a buffer of the caller's. */
#define ADDRESS_OF(f) pci_address_format(&(f)->address, (char[PCI_ADDRESS_MAX]){ 0 })

/* A new section, its name made of base: other characters become "-", and a number makes it another than those before. */
struct draft *draft_new(struct generator *g, enum section_kind kind, const char *base);

/* The same, named by the function's class and its interface: "gpu", "nic-enp94s0f0". */
struct draft *draft_for(struct generator *g, enum section_kind kind, size_t function);

/* A line "# …", in which nothing can end it early. */
void add_comment(struct strbuf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* What was not taken. rival NULL: of what runs now. */
void generate_note(struct generator *g, const struct rival *rival, const char *format, ...) PRINTF_LIKE(3, 4);

/* The comment that says what a function is: name, ids, address, group. */
void draft_about(struct generator *g, struct draft *d, size_t function);

/* The selector that finds the function again, and expect where it goes by a place. */
void draft_selector(struct generator *g, struct draft *d, size_t function);

/* group = ignore, with the reason, where a group of one of these functions keeps VMs from opening it, as it does now.
 * NO_INDEX among them is passed over. */
void draft_group(struct generator *g, struct draft *d, const size_t *functions, size_t n);

/* Whether s can stand as a value in a line of the file. */
bool is_plain_value(const char *s);

/* The passes, in this order; each in the file of its name. */
void generate_wishes(struct generator *g);
void generate_modules(struct generator *g);
void generate_sriov(struct generator *g, size_t pf);
void generate_device(struct generator *g, size_t function);
void generate_mdevs(struct generator *g);
char *generate_text(struct generator *g);
