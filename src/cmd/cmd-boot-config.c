/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* boot-config: the kernel command line that the configuration needs, shown; written with --write, taken back with
 * --undo. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "boot/boot-host.h"
#include "boot/boot-write.h"
#include "cmd/cmd.h"
#include "report/log.h"
#include "report/output.h"
#include "report/progress.h"
#include "view/render-boot.h"

/* What was found out, before anything is done. */
struct found {
        struct boot_host host;
        struct boot_needs needs;
        struct boot_edit edit; /* of a known loader */
        char *hindrance;       /* why the words would not count; NULL: they would */
};

static void found_clear(struct found *f)
{
        free(f->hindrance);
        boot_edit_clear(&f->edit);
        boot_needs_clear(&f->needs);
        boot_host_clear(&f->host);
}

static int print_text(const struct options *o, const struct found *f)
{
        struct render_style style = output_style();
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_STRBUF struct strbuf text = { 0 };
        CLEANUP_FREE char *account = boot_account(&f->host, &f->needs, &f->edit, f->hindrance);
        CLEANUP_FREE char *summary = boot_summary(&f->needs);

        rows_of_boot(&f->needs, &rows);
        render_rows(&text, &rows, !o->no_legend, &style);
        if (f->needs.hint)
                render_text(&text, f->needs.hint, &style);
        if (*account)
                render_text(&text, account, &style);
        if (!o->no_legend)
                render_summary(&text, ROW_PLAIN, &style, "Boot loader: %s. Kernel command line: %s.",
                               f->host.loader.name, summary);
        return output_page(text.text, o->no_pager || o->write || o->undo);
}

static int print(const struct options *o, const struct found *f)
{
        CLEANUP_FREE char *json = NULL;

        if (!o->json)
                return print_text(o, f);
        json = render_boot_json(&f->host, &f->needs, &f->edit, f->hindrance);
        return output_page(json, o->no_pager || o->write || o->undo);
}

static char *restored_text(const struct boot_edit *edit, const struct boot_report *r)
{
        return xasprintf(r->restore_error == 0 ? "%s is as it was."
                                               : "Failed to restore %s: check it before you reboot!",
                         edit->file);
}

static int tell(const struct boot_host *host, const struct boot_edit *edit, bool undo, const struct boot_report *r)
{
        CLEANUP_FREE char *restored = restored_text(edit, r);

        switch (r->result) {
        case BOOT_ALREADY:
                log_plain(LOG_INFO, NULL, "%s",
                          undo ? "Nothing to undo: boot-config has written nothing."
                               : "Already done: nothing was written.");
                return EXIT_OK;
        case BOOT_WRITTEN:
                if (r->error < 0)
                        log_plain(LOG_WARNING, NULL, "Failed to remove %s: %s", r->path, strerrordesc_np(-r->error));
                if (r->unseen)
                        log_plain(LOG_NOTICE, NULL,
                                  "What the boot loader was given is on ESPs that are not mounted, and was not "
                                  "looked at.");
                log_plain(LOG_NOTICE, NULL, "%s: done. Reboot to apply it.", edit->file);
                return EXIT_OK;
        case BOOT_NOT_WRITTEN:
                log_plain(LOG_ERR, NULL, "Failed to write %s: %s. %s", r->path,
                          r->error == -ELOOP ? "it is a symbolic link, which boot-config does not replace"
                                             : strerrordesc_np(-r->error),
                          restored);
                break;
        case BOOT_COMMAND_FAILED:
                if (r->status < 0)
                        log_plain(LOG_ERR, NULL, "Failed to run %s: %s. %s", host->loader.commands[r->command].argv[0],
                                  strerrordesc_np(-r->status), restored);
                else
                        log_plain(LOG_ERR, NULL, "%s failed (exit status %d), see above. %s",
                                  host->loader.commands[r->command].argv[0], r->status, restored);
                break;
        case BOOT_NOT_GENERATED:
                log_plain(LOG_ERR, NULL, "The boot loader's command succeeded, but %s is not as expected%s%s. %s",
                          r->where ? r->where : "what it makes", r->error < 0 ? ": " : "",
                          r->error < 0 ? strerrordesc_np(-r->error) : "", restored);
                break;
        }
        return EXIT_SECTION_FAILED;
}

/* Of the loader's command, which may take minutes. */
static void on_line(const char *line)
{
        progress_show("%s", line);
}

static int write_it(struct context *c, const struct options *o, const struct found *f)
{
        CLEANUP_BOOT_REPORT struct boot_report report = { 0 };
        struct boot_output output = { .on_line = on_line };
        const struct boot_runner shown = { .run = boot_runner_live.run, .userdata = &output };
        int r;

        if (f->host.loader.why_not) { /* what is to be done by hand has been printed */
                if (boot_needs_count(&f->needs, BOOT_WORD_ADD) + boot_needs_count(&f->needs, BOOT_WORD_REFRESH) > 0)
                        return EXIT_SECTION_FAILED;
                log_plain(LOG_INFO, NULL, "There is nothing to write.");
                return EXIT_OK;
        }
        if (f->hindrance) {
                log_plain(LOG_ERR, NULL, "%s: nothing was written.", f->edit.file);
                return EXIT_SECTION_FAILED;
        }
        if (f->host.loader.n_commands > 0)
                progress_show("Running %s", f->host.loader.commands[0].argv[0]);
        r = boot_write(c->sys, &f->host, &f->needs, &f->edit, progress_is_shown() ? &shown : &boot_runner_live,
                       &report);
        progress_clear();
        /* Else the lines have been shown one by one, and there is nothing to look at in them. */
        if (report.result == BOOT_COMMAND_FAILED && output.text.len > 0)
                (void) fputs(output.text.text, stderr);
        strbuf_free(&output.text);
        if (r < 0)
                return context_look_error(c, r);
        return tell(&f->host, &f->edit, o->undo, &report);
}

/* What the words are, by configuration and devices; with --undo neither matters. */
static int look(struct context *c, const struct options *o, struct found *f)
{
        int r;

        if (o->undo)
                c->config = config_new();
        r = context_open(c, o, false);
        if (r == EXIT_OK && !o->undo)
                r = context_look(c, o);
        if (r != EXIT_OK)
                return r;
        r = boot_host_read(c->sys, &f->host);
        if (r == 0 && o->undo)
                boot_needs_nothing(&f->host, &f->needs);
        else if (r == 0)
                boot_needs_build(c->config, c->snapshot.plan, c->snapshot.inventory, &f->host, &f->needs);
        if (r == 0 && !f->host.loader.why_not)
                boot_edit_build(&f->host, &f->needs, &f->edit);
        if (r == 0 && !f->host.loader.why_not)
                f->hindrance = boot_edit_hindrance(&f->host, &f->needs, &f->edit);
        return r < 0 ? context_look_error(c, r) : EXIT_OK;
}

static int run(struct context *c, const struct options *o)
{
        CLEANUP(found_clear) struct found f = { 0 };
        int r = look(c, o, &f);

        if (r == EXIT_OK)
                r = print(o, &f);
        if (r == EXIT_OK && (o->write || o->undo))
                r = write_it(c, o, &f);
        return r;
}

int cmd_boot_config(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { 0 };
        CLEANUP_CLOSE int lock = -1;
        int r = EXIT_OK;

        if ((o->write || o->undo) && !streq(o->root, "/"))
                return usage_error("boot-config --write and --undo work on the running host, without --root");
        if ((o->write || o->undo) && geteuid() != 0) {
                log_plain(LOG_ERR, NULL, "boot-config --%s needs root.", o->write ? "write" : "undo");
                return EXIT_NO_PRIVILEGE;
        }
        if (!o->undo)
                r = context_load_config(&c, o, NULL, 0);
        if (r == EXIT_OK && (o->write || o->undo))
                lock = context_lock(o, &r);
        return r == EXIT_OK ? run(&c, o) : r;
}
