/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which words the configuration needs on the kernel command line of this host, which it has, and which are in the way.
 * Data only. */
#pragma once

#include "boot/boot-sources.h"
#include "boot/bootloader.h"
#include "plan/plan.h"

/* The words that boot-config writes. */
#define WORD_INTEL_IOMMU "intel_iommu=on"
#define WORD_GVT "i915.enable_gvt=1"

/* What the kernel does about VT-d without a word (CONFIG_INTEL_IOMMU_DEFAULT_ON). */
enum iommu_default { IOMMU_DEFAULT_UNKNOWN, IOMMU_DEFAULT_OFF, IOMMU_DEFAULT_ON };

/* What was put into KERNEL_CMDLINE before, as /var/lib/passthru-setup has it; see boot/boot-edit.h. */
struct boot_record {
        char **words;
        size_t n, alloc;
        char *created; /* the line that the file was made with, when there was none; NULL: there was one */
};

/* The host, as far as the kernel command line goes. */
struct boot_host {
        struct bootloader loader;
        struct boot_files files;  /* what the next command line is made from, in its order, ours among them */
        struct boot_files given;  /* the command lines that the loader has now, and where; none: not to be seen */
        struct boot_files unread; /* files of other loaders, which this one does not read */
        struct boot_record record;
        char *running;   /* /proc/cmdline; "": it can't be read */
        bool intel, amd; /* the CPU */
        bool dmar;       /* the firmware describes VT-d (ACPI table DMAR) */
        bool iommu;      /* /sys/class/iommu has one: it is on */
        enum iommu_default by_default;
        bool gvt;      /* the parameter enable_gvt of i915 is on */
        bool no_claim; /* the initramfs has nothing of ours that claims devices */
};

void boot_host_clear(struct boot_host *h);
#define CLEANUP_BOOT_HOST CLEANUP(boot_host_clear)

/* A word is in four places, one after the other: in the files, with the loader, and in the running kernel; and the
 * configuration needs it. */
enum boot_word_state {
        BOOT_WORD_THERE,    /* in the files, and in the running kernel */
        BOOT_WORD_REBOOT,   /* the loader has it; the running kernel does not */
        BOOT_WORD_REFRESH,  /* in the files; the loader does not have it, or that can't be seen: its command is to be
                               run */
        BOOT_WORD_ADD,      /* needed, and not in the files */
        BOOT_WORD_OPTIONAL, /* worth a thought; never written */
        BOOT_WORD_STALE,    /* of boot-config, and needed no more */
        BOOT_WORD_NEEDLESS, /* of someone else, and needed no more; only told */
        BOOT_WORD_HARMFUL,  /* of someone else, and in the way; only told */
        BOOT_WORD_STATE_MAX,
};

struct boot_word {
        char *word;
        char *why;
        enum boot_word_state state;
        bool ours;        /* boot-config writes it, or has */
        const char *item; /* of a list with more in it: what it is about; NULL: all of the word */
        bool checked;     /* doctor has a check of its own, which tells of it on the running command line */
        const char *file; /* borrowed from the host's files: where it is; NULL: nowhere there */
        unsigned line;    /* 0: the loader has it, and the files do not */
        char *elsewhere;  /* a sentence: it is in a file that does not count; NULL: it is not */
};

struct boot_needs {
        struct boot_word *items;
        size_t n, alloc;
        const char *hint; /* what must be done in the firmware first; NULL: nothing */
};

void boot_needs_clear(struct boot_needs *needs);
#define CLEANUP_BOOT_NEEDS CLEANUP(boot_needs_clear)

/* "there", "reboot", "refresh", "add", … */
const char *boot_word_state_name(enum boot_word_state state);

/* How many words are in this state. */
size_t boot_needs_count(const struct boot_needs *needs, enum boot_word_state state);

/* plan and inv may be NULL: then the graphics of the CPU are not looked at. *ret is zeroed before; host must outlive
 * it. */
void boot_needs_build(const struct config *config, const struct plan *plan, const struct inventory *inv,
                      const struct boot_host *host, struct boot_needs *ret);

/* The same for a run that takes back all that boot-config has written. */
void boot_needs_nothing(const struct boot_host *host, struct boot_needs *ret);

/* Whether a word of ours says what it is to say, with all that stands around it. */
bool boot_word_counts(const char *cmdline, const char *word);

enum boot_given { BOOT_GIVEN_UNSEEN, BOOT_GIVEN_NO, BOOT_GIVEN_YES };

/* Whether each command line that the loader has has the word. *ret_where: the first that has not; or, when all have
 * it, the first. NULL: not seen, or it is the file itself. */
enum boot_given boot_host_given(const struct boot_host *host, const char *word, const char **ret_where);

/* The settings in the loader's files. others: without what boot-config has written; *files holds their texts then, and
 * must outlive *ret. Both are zeroed before. */
void boot_host_settings(const struct boot_host *host, bool others, struct boot_files *files,
                        struct boot_settings *ret);
