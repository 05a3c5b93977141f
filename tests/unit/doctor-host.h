/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host for the tests of doctor: all is well with it, but for what a test says. */
#pragma once

#include "boot/boot-needs.h"
#include "doctor/doctor.h"
#include "import/foreign-config.h"
#include "unit/machine.h"

struct doctor_host {
        struct doctor_facts facts;
        struct boot_host boot;
        struct rivals rivals;
        struct planned p;
};

/* changes: lines "KEY VALUE", see doctor-host.c; NULL: none. config: NULL: none. */
void doctor_host_make(struct doctor_host *h, const char *changes, const char *config);
void doctor_host_clear(struct doctor_host *h);
#define CLEANUP_DOCTOR_HOST CLEANUP(doctor_host_clear)

struct doctor_input doctor_host_input(const struct doctor_host *h);

/* Findings of these checks (NULL: of all), a line each: "SEVERITY SUBJECT: TEXT @FILE:LINE" and "> REMEDY". New
 * string. */
char *doctor_report_text(const struct doctor_report *report, const char *id);

struct doctor_case {
        const char *changes, *config;
        const char *expected;
};

/* For each case the findings of the check must be the expected ones. */
void doctor_findings(const char *id, const struct doctor_case *cases, size_t n);

/* Of which the expectations of several programs are made. */
#define GPU "[device gpu]\naddress = 01:00\n"
#define OURS "> run: passthru-setup boot-config --write, and reboot; or by hand: "
#define GRUB_ADD_TO(file, word)                                                                                       \
        "add the line GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT " word "\" to /etc/default/grub" file  \
        ", run: update-grub, and reboot\n"
#define OURS_ADD(word) OURS GRUB_ADD_TO(".d/passthru-setup.cfg", word)
#define GRUB_ADD(word) GRUB_ADD_TO("", word)

#define CHECK(id, cases) doctor_findings(id, cases, ARRAY_SIZE(cases))

#define OFF "groups none\nunits -\n"
