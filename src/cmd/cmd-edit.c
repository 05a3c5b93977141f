/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* edit: a file of the configuration in an editor, checked before it counts, as visudo(8) does. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "cmd/cmd.h"
#include "config/config-load.h"
#include "edit/edit.h"
#include "report/log.h"
#include "report/output.h"

#define TEMPLATE "# See passthru.conf(5). passthru-setup list shows what there is, each with a line for its section.\n"

extern char **environ;

/* What is edited. */
struct editing {
        const struct options *o;
        struct context context;
        char *path;   /* of the file in /etc, as the configuration calls it */
        char *before; /* its text, or that of the one that it will mask */
        char *copy;   /* a file of one's own, which the editor opens */
        bool keep;    /* the copy has what is not written anywhere else */
};

static void editing_clear(struct editing *e)
{
        if (e->copy && !e->keep)
                (void) unlink(e->copy);
        if (e->copy && e->keep)
                log_plain(LOG_NOTICE, NULL, "Your changes are in %s.", e->copy);
        free(e->path);
        free(e->before);
        free(e->copy);
        context_clear(&e->context);
}

/* The file in which a section stands; without a name, the main one. One of a package's is not changed but masked by
 * one of its name in /etc. */
static int find_file(struct editing *e, const char *name)
{
        const struct config *config = e->context.config;
        const char *found = NULL, *below;

        for (size_t i = 0; i < config->n_files && !name; i++)
                if (streq(last_component(config->files[i]), "passthru.conf"))
                        found = config->files[i];
        for (size_t i = 0; i < config->n_sections && name; i++)
                if (streq(config->sections[i]->name, name))
                        found = config->sections[i]->loc.file;
        if (name && !found)
                return context_unknown_section(&e->context, name, "; passthru-setup add writes one");
        if (!found)
                found = EDIT_MAIN;
        below = strstr(found, "/passthru.conf");
        e->path = xasprintf("/etc%s", below);
        if (sys_read_text(e->context.sys, found + 1, &e->before) < 0)
                e->before = xstrdup(TEMPLATE);
        return EXIT_OK;
}

static int make_copy(struct editing *e)
{
        const char *directory = getenv("TMPDIR");
        CLEANUP_CLOSE int fd = -1;
        size_t len = strlen(e->before);

        e->copy = xasprintf("%s/passthru-XXXXXX.conf", isempty(directory) ? "/tmp" : directory);
        fd = mkostemps(e->copy, (int) strlen(".conf"), O_CLOEXEC);
        if (fd < 0 || write(fd, e->before, len) != (ssize_t) len) {
                int error = fd < 0 ? errno : EIO;

                if (fd < 0) {
                        free(e->copy);
                        e->copy = NULL;
                }
                log_plain(LOG_ERR, NULL, "Failed to make a copy to edit: %s", strerrordesc_np(error));
                return EXIT_SECTION_FAILED;
        }
        return EXIT_OK;
}

#define EDITOR_WORDS 16

/* command: "vim -f". -ENOENT: there is no such program. */
static int run_editor(const char *command, char *file)
{
        CLEANUP_FREE char *copy = xstrdup(command);
        char *argv[EDITOR_WORDS + 2], *rest = copy, *word;
        int n = 0, r, status;
        pid_t pid;

        while ((word = strsep(&rest, " \t")) && n < EDITOR_WORDS)
                if (*word)
                        argv[n++] = word;
        if (n == 0)
                return -ENOENT;
        argv[n++] = file;
        argv[n] = NULL;
        r = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
        if (r != 0)
                return -r;
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECANCELED;
}

/* By systemctl edit's rule. */
static int edit_copy(const struct editing *e)
{
        static const char *const variables[] = { "SYSTEMD_EDITOR", "EDITOR", "VISUAL" };
        static const char *const editors[] = { "editor", "nano", "vim", "vi" };
        const char *command = NULL;
        int r = -ENOENT;

        for (size_t i = 0; i < ARRAY_SIZE(variables) && isempty(command); i++)
                command = getenv(variables[i]);
        if (!isempty(command))
                r = run_editor(command, e->copy);
        for (size_t i = 0; i < ARRAY_SIZE(editors) && isempty(command) && r == -ENOENT; i++)
                r = run_editor(editors[i], e->copy);
        if (r == 0)
                return EXIT_OK;
        if (r == -ECANCELED)
                log_plain(LOG_ERR, NULL, "The editor failed; nothing was written.");
        else if (r == -ENOENT && isempty(command))
                log_plain(LOG_ERR, NULL, "No editor found; set EDITOR to one.");
        else
                log_plain(LOG_ERR, NULL, "Failed to run %s: %s", command ? command : "an editor", strerrordesc_np(-r));
        return EXIT_SECTION_FAILED;
}

static int read_copy(const struct editing *e, char **ret, size_t *ret_len)
{
        CLEANUP_FREE char *text = NULL;
        FILE *f = fopen(e->copy, "re");
        size_t size = 0;
        ssize_t n;
        int r;

        if (!f)
                return -errno;
        /* All of it, up to a NUL, which the parser refuses. */
        n = getdelim(&text, &size, '\0', f);
        r = n < 0 && !feof(f) ? -errno : 0;
        (void) fclose(f);
        if (r < 0)
                return r;
        *ret_len = n > 0 && text ? (size_t) n : 0;
        *ret = *ret_len > 0 ? STEAL(text) : xstrdup("");
        return 0;
}

/* What is wrong with the copy in place of the file, or what would be done by it. */
static int check_copy(const struct editing *e, const char *text, size_t len)
{
        const struct config_overlay overlay = { .path = e->path, .text = text, .len = len };
        CLEANUP_CONTEXT struct context after = { 0 };
        int r = context_load_overlay(&after, e->o, &overlay, NULL, 0);

        if (r == EXIT_OK)
                r = context_open(&after, e->o, false);
        if (r == EXIT_OK)
                r = context_look(&after, e->o);
        return r == EXIT_OK ? context_print_plan(&after, e->o, false) : r;
}

static int install(struct editing *e, const char *text, size_t len)
{
        CLEANUP_FREE char *now = NULL;
        struct sys *sys = e->context.sys;
        int r = sys_read_text(sys, e->path + 1, &now);

        if (r == 0 && !streq(now, e->before)) {
                log_plain(LOG_ERR, NULL, "%s was changed meanwhile; nothing was written.", e->path);
                return EXIT_SECTION_FAILED;
        }
        r = sys->ops->replace_kept(sys->userdata, e->path + 1, text, len);
        if (r < 0)
                return context_write_error(e->path, r);
        e->keep = false;
        log_plain(LOG_INFO, NULL, "Wrote %s.", e->path);
        return tell_how_to_apply();
}

static int edit(struct editing *e)
{
        for (;;) {
                CLEANUP_FREE char *text = NULL;
                size_t len = 0;
                int r = edit_copy(e);

                if (r != EXIT_OK)
                        return r;
                r = read_copy(e, &text, &len);
                if (r < 0 || !text)
                        return context_host_error("Failed to read the copy", r);
                e->keep = strlen(e->before) != len || memcmp(text, e->before, len) != 0;
                if (!e->keep) {
                        log_plain(LOG_INFO, NULL, "Nothing was changed.");
                        return EXIT_OK;
                }
                r = check_copy(e, text, len);
                if (r == EXIT_OK)
                        return install(e, text, len);
                if (r != EXIT_CONFIG_ERROR || !isatty(STDIN_FILENO) ||
                    edit_confirm(&cmd_terminal, "Edit it again?", true) <= 0)
                        return r;
        }
}

int cmd_edit(const struct options *o)
{
        CLEANUP(editing_clear) struct editing e = { .o = o };
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        int r = config_load(o->root, NULL, true, &diags, &e.context.config);

        /* A file with mistakes is what it is for. */
        if (r < 0)
                return context_host_error("Failed to read the configuration", r);
        r = context_open(&e.context, o, false);
        if (r == EXIT_OK)
                r = find_file(&e, o->n_args > 0 ? o->args[0] : NULL);
        if (r == EXIT_OK)
                r = make_copy(&e);
        return r == EXIT_OK ? edit(&e) : r;
}
