/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes the file, runs the loader's commands, looks at what they made, and puts back what did not come out well. */
#include "boot/boot-write.h"

#include <errno.h>
#include <string.h>

#include "base/macro.h"
#include "boot/boot-host.h"

void boot_report_clear(struct boot_report *r)
{
        free(r->where);
        *r = (struct boot_report){ 0 };
}

/* Whether a file is this text, or is not there (NULL). 1, 0 or a negative errno. */
static int is_so(struct sys *sys, const char *path, const char *text)
{
        CLEANUP_FREE char *now = NULL;
        int r = sys_read_text(sys, path + 1, &now);

        return r < 0 && r != -ENOENT ? r : streq_ptr(text, now);
}

/* Has a file be this text, or not be there, and reads it back. */
static int put(struct sys *sys, const char *path, const char *text)
{
        int r = is_so(sys, path, text);

        if (r != 0)
                return r < 0 ? r : 0;
        r = text ? sys->ops->replace_kept(sys->userdata, path + 1, text, strlen(text))
                 : sys->ops->remove(sys->userdata, path + 1);
        if (r == 0)
                r = is_so(sys, path, text);
        return r == 0 ? -EIO : r < 0 ? r : 0;
}

static int put_noted(struct sys *sys, const char *path, const char *text, struct boot_report *report)
{
        int r = put(sys, path, text);

        if (r < 0) {
                report->error = r;
                report->path = path;
        }
        return r;
}

/* The record before the file: words that are noted and not there are no harm, others would be nobody's. */
static int put_all(struct sys *sys, const struct boot_edit *e, struct boot_report *report)
{
        int r = e->backup ? put_noted(sys, BOOT_BACKUP, e->backup, report) : 0;

        if (r == 0 && e->record_after)
                r = put_noted(sys, BOOT_RECORD, e->record_after, report);
        return r < 0 ? r : put_noted(sys, e->file, e->after, report);
}

static void restore(struct sys *sys, const struct boot_edit *e, struct boot_report *report)
{
        int r = put(sys, e->file, e->before);

        if (r == 0 && !streq_ptr(e->record_before, e->record_after))
                r = put(sys, BOOT_RECORD, e->record_before);
        if (r == 0 && e->backup && !e->record_before)
                r = put(sys, BOOT_BACKUP, NULL);
        report->restore_error = r;
}

/* Returns 0, or -ECANCELED with the failure noted. */
static int run_commands(const struct boot_host *host, const struct boot_runner *runner, struct boot_report *report)
{
        for (size_t i = 0; i < host->loader.n_commands; i++) {
                report->status = runner->run(runner->userdata, host->loader.commands[i].argv);
                report->command = i;
                if (report->status != 0)
                        return -ECANCELED;
        }
        return 0;
}

/* What the commands made must be undone as well, as far as they do it. */
static void fail(struct sys *sys, const struct boot_host *host, const struct boot_edit *e,
                 const struct boot_runner *runner, enum boot_result result, struct boot_report *report)
{
        struct boot_report again = { 0 };

        report->result = result;
        restore(sys, e, report);
        if (report->restore_error == 0 && result == BOOT_NOT_GENERATED && run_commands(host, runner, &again) < 0)
                report->restore_error = -EIO;
}

static void write_and_run(struct sys *sys, const struct boot_host *host, const struct boot_needs *needs,
                          const struct boot_edit *e, const struct boot_runner *runner, struct boot_report *report)
{
        int r = put_all(sys, e, report);

        if (r < 0) {
                fail(sys, host, e, runner, BOOT_NOT_WRITTEN, report);
                return;
        }
        if (run_commands(host, runner, report) < 0) {
                fail(sys, host, e, runner, BOOT_COMMAND_FAILED, report);
                return;
        }
        r = boot_host_generated(sys, host, needs, &report->where);
        if (r < 0 || r == BOOT_GENERATED_OTHER) {
                report->error = r < 0 ? r : 0;
                fail(sys, host, e, runner, BOOT_NOT_GENERATED, report);
                return;
        }
        report->unseen = r == BOOT_GENERATED_UNSEEN;
        report->result = BOOT_WRITTEN;
        if (!e->record_after && e->record_before && put_noted(sys, BOOT_RECORD, NULL, report) == 0)
                (void) put(sys, BOOT_BACKUP, NULL); /* a person's, and of no use any more */
}

int boot_write(struct sys *sys, const struct boot_host *host, const struct boot_needs *needs,
               const struct boot_edit *edit, const struct boot_runner *runner, struct boot_report *ret)
{
        CLEANUP_BOOT_REPORT struct boot_report report = { 0 };
        bool due = boot_edit_changes(edit) || boot_needs_count(needs, BOOT_WORD_REFRESH) > 0;
        int r = due ? BOOT_GENERATED_OTHER : boot_host_generated(sys, host, needs, &report.where);

        if (r < 0)
                return r;
        if (r == BOOT_GENERATED_OTHER) {
                free(report.where);
                report.where = NULL;
                write_and_run(sys, host, needs, edit, runner, &report);
        }
        *ret = report;
        report = (struct boot_report){ 0 };
        return 0;
}
