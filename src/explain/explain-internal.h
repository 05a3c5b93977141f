/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the explain-*.c files share. */
#pragma once

#include "base/strbuf.h"
#include "explain/explain.h"

/* "vfio-pci", "its own driver", "no driver". */
const char *explain_driver_word(const char *driver);

/* The words of an explanation, each appended to b; nothing where there is nothing to say. Out of memory: b->failed. */
void explain_title(const struct explain_input *in, const struct explain_subject *s, struct strbuf *b);
void explain_wanted(const struct explain_input *in, const struct explain_subject *s, struct strbuf *b);
void explain_by(const struct explain_input *in, const struct explain_subject *s, struct strbuf *b);
/* "[vf up/7] is disabled (passthru.conf:9)" */
void explain_add_disabled(const struct plan_item *disabled, struct strbuf *b);
void explain_now(const struct explain_input *in, const struct explanation *e, struct strbuf *b);
void explain_why(const struct explain_input *in, const struct explanation *e, struct strbuf *b);
void explain_along(const struct explain_input *in, const struct plan_item *item, struct strbuf *b);
void explain_before(const struct explain_input *in, const struct explanation *e, struct strbuf *b);

/* The first item that makes mdevs on the subject, which no section claims; NULL: none. ret_n, if it is not NULL: how many. */
const struct plan_item *explain_mdev_section(const struct explain_input *in, const struct explain_subject *s, size_t *ret_n);

/* The driver that the section wants for the subject's function; NULL: it has no section, or one that is of no driver. */
const char *explain_wanted_driver(const struct explain_subject *s);

/* The claim of a VF that is to come, which is what the subject is; NULL: it is something else. */
const struct plan_claim *explain_new_vf(const struct explain_subject *s);

/* The item of [sriov NAME]; NULL: there is none. */
const struct plan_item *explain_sriov(const struct plan *plan, const char *name);

/* Whether a VM is to have the function through its item. */
bool explain_is_for_vm(const struct plan_item *item, size_t function);

/* How a section could claim it; a bridge, or what is another's, never. Wants `use` and the members. */
void explain_claim(const struct explain_input *in, struct explanation *e);

/* What keeps the function's group, and the other members. */
void explain_group(const struct explain_input *in, struct explanation *e);

/* The command that comes next. */
void explain_next(const struct explain_input *in, struct explanation *e);

/* A VM, and which of its devices. */
struct vm;
struct vm_device;
struct explain_vm {
        const struct vm *vm;
        const struct vm_device *device;
};

/* The next VM's device after v that is the subject, or a part of it; v begins empty. False: there is none. */
bool explain_next_vm(const struct explain_input *in, const struct explain_subject *s, struct explain_vm *v);

/* Whether the subject is the section as a whole. */
static inline bool explain_is_whole(const struct explain_subject *s)
{
        return s->item && !s->claim && !s->has_uuid;
}

/* The first that the item claims or finds: the function that it is about, or NO_INDEX. */
size_t explain_main_function(const struct plan_item *item);

/* "device hba": the section that the function was taken for, which the configuration has no longer; NULL: none. */
const char *explain_held_for(const struct explain_input *in, const struct explanation *e);
