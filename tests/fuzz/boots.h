/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host, a configuration and a few boots, all out of a fuzzer's input; for fuzz-boot.c. */
#pragma once

#include "fake/fake-kernel.h"
#include "fuzz/fuzz.h"
#include "base/strbuf.h"

enum { GPU_PART, AUDIO_PART, HBA_PART, TWIN_PART, NIC_PART, PF_PART, NVME_PART, VGA_PART, N_PARTS };
#define N_SECTIONS 4
#define N_BOOTS 3
#define N_EVENTS 4

/* When a driver's module is loaded. */
enum arrival { WITH_COLDPLUG, FROM_THE_START, IN_INITRAMFS, WHILE_EARLY, LATE, NEVER, N_ARRIVALS };

/* What the host does with a part. */
enum use {
        UNUSED,
        ROOT_DISK,   /* mounted as soon as it is there; or the interface with the default route */
        LISTED,      /* in fstab, and mounted before the whole look; or in /etc/network/interfaces */
        LISTED_LAZY, /* in fstab, and mounted once everything is up */
        MOUNTED,     /* mounted before the whole look, by no file that says so */
        N_USES,
};

/* What is in a slot. */
enum card { CARD_USUAL, CARD_OTHER, CARD_SAME_KIND, N_CARDS };

/* Records of the input have a fixed size, so that a change in one leaves the others what they are. */
struct boots_part {
        uint8_t there, use, group, arrival;
        uint8_t card; /* not of the input: enum card */
};

struct boots_section {
        uint8_t part; /* 0: there is no such section */
        uint8_t kind, way;
        uint8_t flags; /* SECTION_… */
};
enum {
        S_FUNCTIONS = 1, /* functions = all */
        S_WHOLE = 2,
        S_IGNORE = 4,
        S_FORCE = 8,
        S_OPTIONAL = 16,
        S_DISABLED = 32,
        S_WRONG = 64, /* expects another */
        S_COUNT = 128,
};

struct boots_event {
        uint8_t what, part;
};

struct boots_boot {
        uint8_t image;           /* the record in the initramfs */
        uint8_t flags;           /* BOOT_… */
        uint8_t hardware, part;  /* what is changed before it, and of which part */
        uint8_t config, section; /* likewise */
        uint8_t moment;          /* of a run, in which something happens */
        uint8_t race, race_part;
        struct boots_event events[N_EVENTS];
};
enum {
        BOOT_VAR_LATER = 1, /* /var is mounted after the claim */
        BOOT_CUT_EARLY = 2, /* the early run is killed at that moment */
        BOOT_LOOK_TWICE = 4,
        BOOT_MODULE_AT_START = 8, /* vfio_pci is there from the start */
};

struct boots {
        struct boots_part parts[N_PARTS];
        struct boots_section sections[N_SECTIONS];
        struct boots_boot boots[N_BOOTS];
};

void boots_read(struct boots *b, struct input *in);

/* ---- boots-host.c ---- */

struct boots_place {
        const char *address, *path, *disk;
        struct fake_pci card, other;
        const char *id;
        enum arrival latest; /* of what the host can't boot without */
};
extern const struct boots_place boots_places[N_PARTS];

/* The machine as the firmware leaves it: no driver is bound but what is there from the start. */
struct fake_kernel *boots_kernel(const struct boots *b);
void boots_add_part(const struct boots *b, struct fake_kernel *k, unsigned part);

const char *boots_native(unsigned part);
bool boots_is_display(unsigned part);
bool boots_is_disk(unsigned part);
enum arrival boots_arrival(const struct boots *b, unsigned part);
enum use boots_use(const struct boots *b, unsigned part);
bool boots_share_group(const struct boots *b, unsigned one, unsigned other);
/* All that tells this device from another in its place; two are compared as text. */
void boots_identify(const struct boots *b, unsigned part, struct strbuf *text);

/* How far the boot is, for what the host mounts and configures by then. */
enum boots_stage { IN_THE_INITRAMFS, BEFORE_LOCAL_FS, HOST_IS_UP, ALL_IS_UP };
/* Loads the modules of that time, and lets the host use what has come. */
void boots_load(const struct boots *b, struct fake_kernel *k, enum arrival when, enum boots_stage stage);
void boots_use_what_is_there(const struct boots *b, struct fake_kernel *k, enum boots_stage stage);

bool boots_is_native(struct fake_kernel *k, unsigned part);
bool boots_is_taken(struct fake_kernel *k, unsigned part); /* by its driver or its override */
/* The host has it and needs it, or will. */
bool boots_is_used(const struct boots *b, struct fake_kernel *k, unsigned part);

/* ---- boots-config.c ---- */

void boots_config(const struct boots *b, struct strbuf *text);
bool boots_config_is_valid(const char *text);
void boots_change_config(struct boots *b, const struct boots_boot *boot);
/* Marks what the sections may touch. */
void boots_claim(const struct boots *b, bool touched[static N_PARTS]);
/* Parts that a section with force may take whatever the host does with them. */
bool boots_is_forced(const struct boots *b, unsigned part);
