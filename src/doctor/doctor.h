/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor: the host × the configuration × the plan → findings, each with what to do about it. Pure:
 * doctor/doctor-read.h fills the facts. What is not known is said to be so, and is never taken for right. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "boot/initramfs-made.h"
#include "plan/plan.h"

enum doctor_known { DOCTOR_NOT_KNOWN, DOCTOR_NO, DOCTOR_YES };

enum doctor_cpu {
        DOCTOR_CPU_NOT_KNOWN,
        DOCTOR_CPU_INTEL,
        DOCTOR_CPU_AMD,
        DOCTOR_CPU_X86,
        DOCTOR_CPU_OTHER
}; /* OTHER: not x86 */

/* A module that a check asks about. */
struct doctor_module {
        char *name;                  /* with underscores */
        enum doctor_known loaded;    /* or built in */
        enum doctor_known installed; /* for the running kernel */
};

enum doctor_param {
        DOCTOR_IGNORE_MSRS,       /* kvm */
        DOCTOR_UNSAFE_INTERRUPTS, /* vfio_iommu_type1 */
        DOCTOR_NOIOMMU,           /* vfio, enable_unsafe_noiommu_mode */
        DOCTOR_ENABLE_GVT,        /* i915 */
        DOCTOR_I915_MAX_VFS,
        DOCTOR_XE_MAX_VFS,
        DOCTOR_PARAM_MAX,
};

/* The IOMMU group of a claimed function. */
struct doctor_group {
        int group;
        bool known;  /* reserved_regions could be read */
        bool direct; /* it has a region of type "direct": the firmware keeps memory mapped for a device of it (RMRR) */
};

/* A line that keeps a module from being loaded. */
struct doctor_blacklist {
        char *module;
        char *file;
        unsigned line;
        bool known;      /* modules.alias could be read */
        char **patterns; /* the module's pci: entries there */
        size_t n_patterns, alloc_patterns;
};

enum doctor_initramfs {
        DOCTOR_INITRAMFS_NOT_ASKED, /* the configuration is not the one that goes into it */
        DOCTOR_INITRAMFS_NOT_KNOWN,
        DOCTOR_INITRAMFS_NONE, /* it was made while the service was disabled, or nothing was cleared */
        DOCTOR_INITRAMFS_CURRENT,
        DOCTOR_INITRAMFS_STALE,     /* something that is cleared is not in it */
        DOCTOR_INITRAMFS_WITHDRAWN, /* it takes something early that is not cleared any more */
};

struct doctor_facts {
        enum doctor_cpu cpu;
        bool cpu_flags;                 /* they could be read */
        bool vmx, svm, sie, hypervisor; /* sie: s390's */
        bool s390;
        enum doctor_known kvm; /* /dev/kvm is there */

        enum doctor_known dmar, ivrs; /* tables that the firmware gives */
        bool units_known;
        char **units; /* below /sys/class/iommu */
        size_t n_units;
        enum doctor_known remapping;   /* of interrupts */
        enum doctor_known passthrough; /* the groups of the host's own devices are of the type "identity" */
        char *cmdline;                 /* the running kernel's, NULL: not known */
        char *unread_boot;             /* why the boot loader's files are not known, NULL: they are */
        char *release;                 /* the kernel's, NULL: not known */

        char *params[DOCTOR_PARAM_MAX];       /* NULL: not known, or the module is not loaded or has none such */
        bool params_hidden[DOCTOR_PARAM_MAX]; /* it is there, and can't be read */
        struct doctor_module *modules;
        size_t n_modules, alloc_modules;
        struct doctor_group *groups;
        size_t n_groups, alloc_groups;

        char *framebuffer; /* the place below sys/devices where the console is drawn, NULL: not known, or nowhere */
        size_t boot_vga;   /* the function that the firmware had for a display; or NO_INDEX */

        bool libvirt_hook; /* libvirt calls `passthru-setup hook` */

        enum doctor_initramfs initramfs;
        struct pci_address withdrawn; /* what it takes */
        struct initramfs_made made;   /* what makes it */

        struct doctor_blacklist *blacklists;
        size_t n_blacklists, alloc_blacklists;
};

void doctor_facts_free(struct doctor_facts *facts);
#define CLEANUP_FACTS CLEANUP(doctor_facts_free)

/* The readers of texts. The text may be changed. */
void doctor_parse_cpuinfo(struct doctor_facts *facts, char *text);
void doctor_parse_blacklist(struct doctor_facts *facts, const char *file, char *text); /* modprobe.d(5) */
void doctor_parse_blacklist_cmdline(struct doctor_facts *facts, const char *file,
                                    char *text);                   /* modprobe.blacklist= */
void doctor_parse_aliases(struct doctor_facts *facts, char *text); /* modules.alias, after the blacklists */
bool doctor_has_direct_region(const char *reserved_regions);

enum doctor_severity { DOCTOR_OK, DOCTOR_NOTE, DOCTOR_WARNING, DOCTOR_ERROR, DOCTOR_SEVERITY_MAX };

struct doctor_finding {
        const char *id; /* which check it is of */
        enum doctor_severity severity;
        char *subject;
        char *text;
        char *remedy; /* lines; NULL: none is needed, or none is known */
        char *file;   /* the place to look at, or NULL */
        unsigned line;
        const struct plan_item *item; /* whose reasons of the guards it is about; NULL: none's. The plan's */
};

struct doctor_report {
        struct doctor_finding *items; /* in the order of the checks */
        size_t n, alloc;
};

void doctor_report_free(struct doctor_report *report);
#define CLEANUP_REPORT CLEANUP(doctor_report_free)

struct boot_host;
struct rivals;
struct vmdefs;

struct doctor_input {
        const struct doctor_facts *facts;
        const struct boot_host *boot; /* where the loader is not known, or its files can't be read, it is empty */
        const struct rivals *rivals;
        const struct config *config;
        const struct inventory *inventory;
        const struct plan *plan;
        const struct vmdefs *vms; /* NULL: not asked for */
        const char *cleared;      /* the record of what was cleared (state/clearance.h); NULL: none */
        size_t cleared_len;
};

/* Makes every check. */
void doctor_examine(const struct doctor_input *input, struct doctor_report *ret);

/* How many findings are of that severity. */
size_t doctor_count(const struct doctor_report *report, enum doctor_severity severity);
const char *doctor_severity_name(enum doctor_severity severity);

/* "1 error, 2 warnings, 9 ok." New string or NULL. */
char *doctor_summary(const struct doctor_report *report);

/* Severity, subject, text; below it a row for each line of its remedy. */
struct row_list;
void rows_of_doctor(const struct doctor_report *report, const char *arrow, struct row_list *ret);

/* {"version", "findings": [{"id", "severity", "subject", "text", "remedy", "file", "line"}]}. */
char *render_doctor_json(const struct doctor_report *report);
