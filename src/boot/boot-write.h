/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes what boot-config decides, has the loader's own command take it over, and looks whether it did. */
#pragma once

#include "boot/boot-edit.h"
#include "sys/sys.h"

/* Who runs the loader's command. */
struct boot_runner {
        /* Returns the exit status, 128 + N for signal N, or a negative errno when it could not be started. */
        int (*run)(void *userdata, char *const argv[]);
        void *userdata;
};

/* What a command prints, for boot_runner_live's userdata: on_line() gets each line, and text has them all. */
struct boot_output {
        void (*on_line)(const char *line);
        struct strbuf text;
};

/* The runner of the running system: a new process with a fixed PATH, of our environment only what says language and
 * terminal, no input, and its output on our stderr, or in a struct boot_output. */
extern const struct boot_runner boot_runner_live;

enum boot_result {
        BOOT_ALREADY, /* it was so: nothing was written, and no command run */
        BOOT_WRITTEN,
        BOOT_NOT_WRITTEN,    /* the kernel would not: error and path say what */
        BOOT_COMMAND_FAILED, /* command and status say which */
        BOOT_NOT_GENERATED,  /* the commands ended well, and yet `where` is not as it should be */
};

struct boot_report {
        enum boot_result result;
        int error;        /* negative errno */
        const char *path; /* of the error, borrowed */
        size_t command;   /* index into the loader's */
        int status;       /* as boot_runner has it */
        char *where;
        bool unseen;       /* what came of it could not be looked at: on ESPs that are not mounted */
        int restore_error; /* after a failure the file is put back as it was; 0: done */
};

void boot_report_clear(struct boot_report *r);
#define CLEANUP_BOOT_REPORT CLEANUP(boot_report_clear)

/* *ret is zeroed before. Returns 0, also when *ret tells of a failure, or a negative errno (sys->failed names the
 * file): then nothing was written. */
int boot_write(struct sys *sys, const struct boot_host *host, const struct boot_needs *needs,
               const struct boot_edit *edit, const struct boot_runner *runner, struct boot_report *ret);
