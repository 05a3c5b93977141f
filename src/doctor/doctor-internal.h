/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the checks of doctor share. */
#pragma once

#include "base/macro.h"
#include "base/strbuf.h"
#include "boot/boot-needs.h"
#include "doctor/doctor.h"

struct examination {
        const struct doctor_input *input;
        struct boot_needs needs;       /* what the configuration needs on the kernel command line */
        struct boot_settings settings; /* what the boot loader's files give */
        char *hindrance;               /* why boot-config could not write; NULL: it could */
        const struct doctor_facts *facts;
        struct doctor_report *report;
        const char *id; /* of the check that is being made */
};

/* Appends a finding. */
struct doctor_finding *finding_add(struct examination *e, enum doctor_severity severity, const char *subject,
                                   const char *format, ...) PRINTF_LIKE(4, 5);
void finding_at(struct doctor_finding *f, const char *file, unsigned line);

/* Adds a line to what to do about it. */
void finding_remedy(struct doctor_finding *f, const char *format, ...) PRINTF_LIKE(2, 3);

/* The remedy that this host's boot loader wants: the word on the kernel command line, or off it. */
void finding_add_word(struct examination *e, struct doctor_finding *f, const char *word);
void finding_drop_word(struct examination *e, struct doctor_finding *f, const char *word);

/* The remedy of a line, or of what is in one, in a file that goes into the initramfs: out with it, and the command
 * that makes it again. */
void finding_drop(struct examination *e, struct doctor_finding *f, const char *what, const char *file);

/* A word that the configuration needs and the running kernel does not have; NULL: it needs no such word. */
const struct boot_word *find_need(const struct examination *e, const char *word);

/* The first word of the command line "option=…" of whose values, parted by commas, one is value (NULL: any): a new
 * string, or NULL. */
char *find_word(struct examination *e, const char *option, const char *value);
bool has_word(struct examination *e, const char *option, const char *value);

bool doctor_is_x86(const struct doctor_facts *facts);

/* Whether the IOMMU is on: devices have groups, and not by VFIO's mode without one. */
enum doctor_known doctor_iommu(const struct examination *e);

/* A section that is to be done: enabled, and asked for. */
bool item_is_wanted(const struct plan_item *item);
bool item_wants_vfio(const struct plan_item *item);
bool any_wants_vfio(const struct examination *e);
bool item_wants_gvt(const struct plan_item *item); /* an mdev of Intel's GVT-g, by a type's id or name */
bool has_gvt_parent(const struct inventory *inv);

bool doctor_has_sections(const struct examination *e);

/* The claim of a function, NULL: no section's. *ret_item: whose it is. */
const struct plan_claim *doctor_find_claim(const struct examination *e, size_t function,
                                           const struct plan_item **ret_item);

/* The [sriov] section whose PF it is, or NULL. */
const struct plan_item *doctor_find_pf(const struct examination *e, size_t function);

/* Whether nothing of ours claims a card early, so that this file does. Those of an image's initramfs are the image's.
 */
bool doctor_is_kept(const struct examination *e, const char *file);

/* Where else it looks, as its "ok" says. */
#define DOCTOR_PLACES                                                                                                 \
        "modprobe.d, the kernel command line, lists of modules, udev rules, tmpfiles.d, systemd services with "       \
        "those of timers, init.d, cron, rc.local, "                                                                   \
        "hooks of the network and of the initramfs, and the scripts that they run"

const struct doctor_module *facts_module(const struct doctor_facts *facts, const char *name);

/* The first GPU that a section hands to VFIO, NULL: none. */
const struct pci_function *doctor_find_gpu(const struct examination *e, const struct plan_item **ret_item);

/* The parameter that keeps i915 from driving the display, and so from offering mdevs and VFs: a new string, or NULL.
 */
char *doctor_find_modeset_off(struct examination *e);

/* "Linux 6.12.1" */
void doctor_add_kernel(struct strbuf *b, const struct examination *e);

/* A kernel's boolean: Y, 1. */
bool param_is_on(const char *value);

/* The checks, in the order of what a host needs first. */
void examine_cpu(struct examination *e);
void examine_iommu(struct examination *e);
void examine_interrupts(struct examination *e);
void examine_unsafe_interrupts(struct examination *e);
void examine_passthrough(struct examination *e);
void examine_acs(struct examination *e);
void examine_parameters(struct examination *e);
void examine_loader(struct examination *e);
void examine_noiommu(struct examination *e);
void examine_modules(struct examination *e);
void examine_sections(struct examination *e);
void examine_groups(struct examination *e);
void examine_reserved(struct examination *e);
void examine_display(struct examination *e);
void examine_gvt(struct examination *e);
void examine_msrs(struct examination *e);
void examine_initramfs(struct examination *e);
void examine_vms(struct examination *e);
void examine_hooks(struct examination *e);
void examine_rivals(struct examination *e);
void examine_lines(struct examination *e); /* of examine_rivals() */
void examine_vf_makers(struct examination *e);
void examine_blacklists(struct examination *e);

/* The parameter of a module that another program's file gives, the last of several; NULL: none does. */
struct foreign_param;
const struct foreign_param *doctor_find_param(const struct examination *e, const char *module, const char *name);
