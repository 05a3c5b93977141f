/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* add and remove: one device in one command, as a drop-in of its own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "cmd/cmd.h"
#include "config/config-keys.h"
#include "config/config-load.h"
#include "edit/edit.h"
#include "plan/advice.h"
#include "report/log.h"
#include "report/output.h"
#include "scan/hwdb.h"

/* What add works on. */
struct adding {
        const struct options *o;
        struct context before; /* the host by the configuration as it is */
        struct edit_request request;
        char *path; /* of the drop-in */
        char *text;
};

static void adding_clear(struct adding *a)
{
        free(a->path);
        free(a->text);
        context_clear(&a->before);
}

int tell_how_to_apply(void)
{
        log_plain(LOG_NOTICE, NULL, "To apply it: " HOW_TO_APPLY);
        return EXIT_OK;
}

int context_write_error(const char *path, int r)
{
        log_plain(LOG_ERR, NULL, "Failed to write %s: %s", path, strerrordesc_np(-r));
        return r == -EACCES || r == -EPERM || r == -EROFS ? EXIT_NO_PRIVILEGE : EXIT_SECTION_FAILED;
}

static int file_exists(const char *path)
{
        return usage_error("/%s exists already, and add overwrites no file; choose another name", path);
}

/* Whether anything has the name already, or the file. */
static int check_name(struct adding *a)
{
        static const char *const directories[] = { "etc", "run", "usr/lib" };
        const struct config_section *taken = config_find_name(a->before.config, a->request.name);

        if (taken) {
                CLEANUP_FREE char *place = loc_text(&taken->loc);

                return usage_error("there is [%s %s] already (%s); passthru-setup edit %s changes it",
                                   section_kind_name(taken->kind), taken->name, place, taken->name);
        }
        a->path = edit_path(a->request.name);
        if (!a->path)
                return usage_error("%s: a name has letters, digits and _ - . : @ + only", a->request.name);
        for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
                CLEANUP_FREE char *path = xasprintf("%s/passthru.conf.d/%s", directories[i], last_component(a->path));
                char target[2];

                if (sys_exists(a->before.sys, path) ||
                    a->before.sys->ops->readlink(a->before.sys->userdata, path, target, sizeof(target)) != -ENOENT)
                        return file_exists(path);
        }
        return EXIT_OK;
}

/* The section's device, which must be no other section's. */
static int compose(struct adding *a, const struct edit_device *device)
{
        CLEANUP_FREE char *error = NULL;
        const struct plan_item *item = device && device->function != NO_INDEX && edit_kind(&a->request) != SECTION_MDEV
                                               ? plan_item_of(a->before.snapshot.plan, device->function)
                                               : NULL;
        int r;

        if (item) {
                CLEANUP_FREE char *place = loc_text(&item->section->loc);

                return usage_error("%s is of [%s %s] already (%s); passthru-setup edit %s changes it",
                                   a->request.device, section_kind_name(item->section->kind), item->section->name,
                                   place, item->section->name);
        }
        r = edit_compose(&a->request, a->before.snapshot.inventory, device, &a->text, &error);
        return r < 0 ? usage_error("add: %s", error) : EXIT_OK;
}

/* Of a device on another bus than PCI the word is its name there. */
static bool is_on_other_bus(const struct options *o)
{
        for (size_t i = 0; i < o->n_keys; i++)
                if (streq(o->keys[i].name, config_key_name(KEY_BUS)) && !streq(o->keys[i].value, "pci"))
                        return true;
        return false;
}

static int compose_by_words(struct adding *a)
{
        CLEANUP_FREE struct edit_key *keys = xcalloc(a->o->n_keys + 1, sizeof(*keys));
        CLEANUP_FREE char *error = NULL;
        struct edit_device device;
        int r;

        if (a->o->n_keys > 0)
                memcpy(keys, a->o->keys, a->o->n_keys * sizeof(*keys));
        a->request.keys = keys;
        a->request.n_keys = a->o->n_keys;
        if (a->request.device && is_on_other_bus(a->o)) {
                keys[a->request.n_keys++] = (struct edit_key){ config_key_name(KEY_ADDRESS), a->request.device };
                a->request.device = NULL;
        }
        if (a->request.device &&
            edit_find_device(a->before.sys, a->before.snapshot.inventory, a->request.device, &device, &error) < 0)
                return usage_error("%s", error);
        r = compose(a, a->request.device ? &device : NULL);
        a->request.keys = NULL;
        return r;
}

static bool is_refused(const struct plan *plan, const char *name)
{
        for (size_t i = 0; i < plan->n_items; i++)
                if (plan->items[i].verdict == VERDICT_REFUSED && streq(plan->items[i].section->name, name))
                        return true;
        return false;
}

/* The host by the configuration with the drop-in in it, which is shown; then it is written. dialog: asked before that.
 */
static int show_and_write(struct adding *a, const struct edit_dialog *dialog)
{
        const struct config_overlay overlay = { a->path, a->text, strlen(a->text), true };
        CLEANUP_CONTEXT struct context after = { 0 };
        char *name = (char *) a->request.name;
        int r = context_load_overlay(&after, a->o, &overlay, &name, 1);

        if (r == EXIT_OK)
                r = context_open(&after, a->o, false);
        if (r == EXIT_OK)
                r = context_look(&after, a->o);
        if (r == EXIT_OK)
                r = output_format("# %s\n%s\n", a->path, strchr(a->text, '\n') + 1);
        if (r == EXIT_OK)
                r = context_print_plan(&after, a->o, false);
        if (r != EXIT_OK || a->o->dry_run)
                return r;
        if (dialog && edit_confirm(dialog, "Write it?", true) <= 0) {
                log_plain(LOG_NOTICE, NULL, "Nothing was written.");
                return EXIT_SECTION_FAILED;
        }
        r = a->before.sys->ops->create_kept(a->before.sys->userdata, a->path + 1, a->text, strlen(a->text));
        if (r == -EEXIST) /* by another add, since check_name() */
                return file_exists(a->path + 1);
        if (r < 0)
                return context_write_error(a->path, r);
        log_plain(LOG_INFO, NULL, "Wrote %s.", a->path);
        if (!is_refused(after.snapshot.plan, a->request.name))
                return EXIT_OK;
        log_plain(LOG_NOTICE, NULL, "As it stands it is refused. To change it: passthru-setup edit %s",
                  a->request.name);
        return EXIT_SECTION_FAILED;
}

/* Makes it so: what `apply NAME` does. */
static int apply_now(const struct adding *a)
{
        char *args[] = { (char *) a->request.name, NULL };
        const struct options o = { .verb = VERB_APPLY, .root = a->o->root, .args = args, .n_args = 1 };

        return cmd_apply(&o);
}

/* Writes to the terminal, and reads what is typed there. */
static int ask_terminal(void *userdata, const char *text, char **ret)
{
        CLEANUP_FREE char *line = NULL;
        size_t size = 0;

        (void) userdata;
        if (output_text(text) != EXIT_OK || getline(&line, &size, stdin) < 0) {
                (void) output_text("\n");
                return -ECANCELED;
        }
        *ret = xstrdup(strip(line));
        return 0;
}

const struct edit_dialog cmd_terminal = { .ask = ask_terminal };

static int pick(struct adding *a)
{
        CLEANUP(edit_choice_clear) struct edit_choice choice = { 0 };
        int r;

        if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
                return usage_error("add needs a name and a device; without them it asks, on a terminal only. Usage: "
                                   "passthru-setup add %s",
                                   verb_infos[VERB_ADD].arguments);
        r = edit_pick(a->before.snapshot.inventory, a->before.snapshot.plan, a->before.config, &cmd_terminal, &choice);
        if (r == -ENODEV)
                log_plain(LOG_ERR, NULL,
                          "Every device has a section already; passthru-setup list all shows what there is.");
        if (r < 0)
                return EXIT_SECTION_FAILED;
        a->request = (struct edit_request){
                .name = choice.name, .device = choice.name, .keys = choice.keys, .n_keys = choice.n_keys
        };
        r = check_name(a);
        if (r == EXIT_OK)
                r = compose(a, &choice.device);
        if (r == EXIT_OK)
                r = show_and_write(a, &cmd_terminal);
        if (r != EXIT_OK || a->o->dry_run || !streq(a->o->root, "/"))
                return r;
        if (a->o->now || edit_confirm(&cmd_terminal, "Apply it now?", false) > 0)
                return apply_now(a);
        return tell_how_to_apply();
}

int cmd_add(const struct options *o)
{
        CLEANUP(adding_clear) struct adding a = { .o = o };
        int r;

        if (o->now && !streq(o->root, "/"))
                return usage_error("--now works on the running host, without --root");
        if (o->n_args == 0 && o->n_keys > 0)
                return usage_error("add needs a name; usage: passthru-setup add %s", verb_infos[VERB_ADD].arguments);
        r = context_load_config(&a.before, o, NULL, 0);
        if (r == EXIT_OK)
                r = context_open(&a.before, o, false);
        if (r == EXIT_OK)
                r = context_look(&a.before, o);
        if (r != EXIT_OK)
                return r;
        hwdb_name_all(o->root, a.before.snapshot.inventory);
        if (o->n_args == 0)
                return pick(&a);
        a.request = (struct edit_request){ .name = o->args[0], .device = o->n_args > 1 ? o->args[1] : NULL };
        r = check_name(&a);
        if (r == EXIT_OK)
                r = compose_by_words(&a);
        if (r == EXIT_OK)
                r = show_and_write(&a, NULL);
        if (r != EXIT_OK || o->dry_run)
                return r;
        return o->now ? apply_now(&a) : tell_how_to_apply();
}

/* ---- remove ---- */

/* Where a file that is not add's speaks of the section. */
static void tell_place(const struct config_section *s, const char *file)
{
        unsigned line = streq(s->loc.file, file) ? s->loc.line : 0;

        for (size_t i = 0; i < s->n_settings && line == 0; i++)
                if (streq(s->settings[i].loc.file, file))
                        line = s->settings[i].loc.line;
        log_plain(LOG_ERR, NULL,
                  "[%s %s] is in %s:%u, which is not as add wrote it; remove it there: passthru-setup edit %s",
                  section_kind_name(s->kind), s->name, file, line, s->name);
}

/* Whether a file has a line of the section; *ret_others: or of another. */
static bool speaks_of(const struct config *config, const char *file, const char *name, bool *ret_others)
{
        bool its = false;

        *ret_others = false;
        for (size_t i = 0; i < config->n_sections; i++) {
                const struct config_section *s = config->sections[i];
                bool here = streq(s->loc.file, file),
                     is = streq(s->name, name) || (s->kind == SECTION_VF && streq_ptr(s->selector.section, name));

                for (size_t k = 0; k < s->n_settings && !here; k++)
                        here = streq(s->settings[k].loc.file, file);
                its = its || (here && is);
                *ret_others = *ret_others || (here && !is);
        }
        return its;
}

static bool is_removable(const struct context *c, const char *file)
{
        CLEANUP_FREE char *text = NULL;

        return after_prefix(file, EDIT_DIRECTORY) && sys_read_text(c->sys, file + 1, &text) == 0 && edit_is_ours(text);
}

/* The files to delete, in *ret; or a message says what to do by hand. */
static int find_files(const struct context *c, const char *name, const char **ret, size_t *ret_n)
{
        int r = EXIT_OK;

        *ret_n = 0;
        for (size_t i = 0; i < c->config->n_files; i++) {
                const char *file = c->config->files[i];
                bool others;

                if (!speaks_of(c->config, file, name, &others))
                        continue;
                if (!others && is_removable(c, file)) {
                        ret[(*ret_n)++] = file;
                        continue;
                }
                for (size_t k = 0; k < c->config->n_sections; k++)
                        if (streq(c->config->sections[k]->name, name))
                                tell_place(c->config->sections[k], file);
                r = EXIT_SECTION_FAILED;
        }
        return r == EXIT_OK && *ret_n == 0 ? context_unknown_section(c, name, "") : r;
}

/* What would be wrong without the file: a section that refers to it. */
static int check_without(const struct options *o, const char *file)
{
        const struct config_overlay overlay = { .path = file, .text = "" };
        CLEANUP_CONTEXT struct context c = { 0 };

        return context_load_overlay(&c, o, &overlay, NULL, 0);
}

static int release_now(const char *name)
{
        char *args[] = { (char *) name, NULL };
        const struct options o = { .verb = VERB_RELEASE, .root = "/", .args = args, .n_args = 1 };

        return cmd_release(&o);
}

/* Whether something was taken for a section of that name. */
static bool is_held(const struct state *state, const char *name)
{
        size_t n;
        CLEANUP_FREE const char **names = state_held_names(state, &n);

        for (size_t i = 0; i < n; i++)
                if (streq(names[i], name))
                        return true;
        return false;
}

int cmd_remove(const struct options *o)
{
        CLEANUP_CONTEXT struct context c = { 0 };
        CLEANUP_FREE const char **files = NULL;
        const char *name = o->args[0];
        size_t n = 0;
        int r;

        if (o->now && !streq(o->root, "/"))
                return usage_error("--now works on the running host, without --root");
        r = context_load_config(&c, o, NULL, 0);
        if (r == EXIT_OK)
                r = context_open(&c, o, false);
        if (r != EXIT_OK)
                return r;
        files = xcalloc(c.config->n_files + 1, sizeof(*files));
        r = find_files(&c, name, files, &n);
        for (size_t i = 0; i < n && r == EXIT_OK; i++)
                r = check_without(o, files[i]);
        if (r == EXIT_OK && o->now)
                r = release_now(name);
        for (size_t i = 0; i < n && r == EXIT_OK; i++) {
                int e = o->dry_run ? 0 : c.sys->ops->remove(c.sys->userdata, files[i] + 1);

                if (e < 0)
                        r = context_write_error(files[i], e);
                else
                        log_plain(LOG_INFO, NULL, o->dry_run ? "%s would be deleted." : "Deleted %s.", files[i]);
        }
        if (r == EXIT_OK && !o->now && !o->dry_run && is_held(&c.state, name))
                log_plain(LOG_INFO, NULL,
                          "What it handed over stays so until the next boot. To release it now: passthru-setup "
                          "release %s",
                          name);
        return r;
}
