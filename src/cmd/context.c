/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every verb does first: configuration, system, state, inventory and plan. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <systemd/sd-daemon.h>

#include "apply/converge.h"
#include "base/alloc.h"
#include "base/macro.h"
#include "base/names.h"
#include "boot/initramfs-made-read.h"
#include "boot/initramfs.h"
#include "cmd/cmd.h"
#include "config/cmdline.h"
#include "config/config-load.h"
#include "guard/clearance-file.h"
#include "guard/guard.h"
#include "json/render-json.h"
#include "report/log.h"
#include "report/output.h"
#include "scan/hwdb.h"
#include "state/state-file.h"

void context_clear(struct context *c)
{
        snapshot_clear(&c->snapshot);
        state_free(&c->state);
        sys_free(c->sys);
        config_free(c->config);
        *c = (struct context){ 0 };
}

/* unplaced: a file that is nowhere yet, or NULL. */
static void log_diag(const struct diag *d, const char *unplaced)
{
        struct config_loc loc = { d->file, d->line };
        struct log_entry entry = {
                .priority = d->severity == DIAG_ERROR     ? LOG_ERR
                            : d->severity == DIAG_WARNING ? LOG_WARNING
                                                          : LOG_NOTICE,
                .message_id = MSG_CONFIG,
                .loc = &loc,
        };

        if (streq_ptr(d->file, unplaced))
                log_write(&entry, "%s", d->text);
        else if (d->file && d->line)
                log_write(&entry, "%s:%u: %s", d->file, d->line, d->text);
        else if (d->file)
                log_write(&entry, "%s: %s", d->file, d->text);
}

static bool is_listed(const char *name, char **sections, int n)
{
        for (int i = 0; i < n; i++)
                if (streq(sections[i], name))
                        return true;
        return false;
}

bool context_is_left_out(const struct context *c, const char *name)
{
        const struct config_left_out *l = config_find_left_out(c->config, name);

        if (l)
                log_plain(LOG_ERR, NULL, "%s: its file does not apply to this host, as [match] has %s (%s:%u)", name,
                          l->condition, l->loc.file, l->loc.line);
        return l;
}

/* A section named on the command line must be there; the others are left alone. Modules stay, as any may need them,
 * and what is said of a section's VFs goes with it. */
int context_select(struct context *c, const struct release *held, char **sections, int n)
{
        const struct config *config = c->config;
        size_t n_held = held ? held->plan->n_items : 0, n_names = 0;
        CLEANUP_FREE const char **names = xcalloc(config->n_sections + n_held + 1, sizeof(*names));
        int r = EXIT_OK;

        for (size_t i = 0; i < config->n_sections; i++)
                names[n_names++] = config->sections[i]->name;
        for (size_t i = 0; held && i < held->plan->n_items; i++)
                names[n_names++] = held->plan->items[i].section->name;
        for (int i = 0; i < n; i++) {
                const struct config_section *vf;
                const char *nearest;
                bool found = false;

                for (size_t k = 0; k < n_names && !found; k++)
                        found = streq(names[k], sections[i]);
                if (found)
                        continue;
                r = EXIT_USAGE_ERROR;
                vf = config_find_vf(config, sections[i]);
                if (vf) {
                        log_plain(LOG_ERR, NULL,
                                  "%s: no such section; its VF belongs to [%s %s], which is applied as a whole: %s",
                                  sections[i], section_kind_name(vf->kind), vf->name, vf->name);
                        continue;
                }
                if (context_is_left_out(c, sections[i]))
                        continue;
                nearest = names_nearest(sections[i], names, n_names);
                log_plain(LOG_ERR, NULL, "%s: no such section%s%s%s", sections[i], nearest ? "; did you mean " : "",
                          nearest ? nearest : "", nearest ? "?" : "");
        }
        for (size_t i = 0; n > 0 && i < config->n_sections; i++) {
                struct config_section *s = config->sections[i];

                s->left_out = s->kind != SECTION_MODULE && !is_listed(s->name, sections, n) &&
                              (s->kind != SECTION_VF || !is_listed(s->selector.section, sections, n));
        }
        return r;
}

int context_unknown_section(const struct context *c, const char *name, const char *otherwise)
{
        CLEANUP_FREE const char **names = xcalloc(c->config->n_sections + 1, sizeof(*names));
        const char *nearest;
        size_t n = 0;

        for (size_t i = 0; i < c->config->n_sections; i++)
                if (c->config->sections[i]->kind != SECTION_DEFAULTS)
                        names[n++] = c->config->sections[i]->name;
        nearest = names_nearest(name, names, n);
        if (nearest)
                return usage_error("%s: no such section; did you mean %s?", name, nearest);
        return usage_error("%s: no such section%s", name, otherwise);
}

static bool has_no_sections(const struct config *config)
{
        for (size_t i = 0; i < config->n_sections; i++)
                if (config->sections[i]->kind != SECTION_DEFAULTS)
                        return false;
        return true;
}

static int load_config(struct context *c, const struct options *o, const struct config_overlay *overlay,
                       char **sections, int n_sections)
{
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        int r = overlay ? config_load_overlay(o->root, overlay, !streq(o->root, "/"), &diags, &c->config)
                        : config_load(o->root, o->config, !streq(o->root, "/"), &diags, &c->config);

        if (r < 0) {
                log_plain(LOG_ERR, MSG_HOST, "Failed to read the configuration: %s", strerrordesc_np(-r));
                return EXIT_CONFIG_ERROR;
        }
        for (size_t i = 0; i < diags.n && !o->early; i++)
                if (!c->again || diags.items[i].severity == DIAG_ERROR)
                        log_diag(&diags.items[i], overlay && overlay->unwritten ? overlay->path : NULL);
        if (diag_has_errors(&diags) && o->early)
                return EXIT_CONFIG_ERROR;
        if (diag_has_errors(&diags) && o->json) {
                CLEANUP_FREE char *json = render_check_json(c->config, &diags);

                (void) output_text(json);
        }
        if (diag_has_errors(&diags)) {
                log_plain(LOG_ERR, MSG_CONFIG, "%zu %s in the configuration; nothing was done.", diags.n_errors,
                          diags.n_errors == 1 ? "mistake" : "mistakes");
                return EXIT_CONFIG_ERROR;
        }
        if (c->again)
                return context_select(c, NULL, sections, n_sections);
        if (c->config->n_files == 0 && o->verb != VERB_ADD)
                log_plain(LOG_NOTICE, MSG_DONE, "There is no /etc/passthru.conf: nothing to hand over.");
        else if (c->config->n_files > 0 && has_no_sections(c->config) && o->verb != VERB_ADD)
                log_plain(
                        LOG_NOTICE, MSG_DONE,
                        "%s has no sections: nothing to hand over. passthru-setup list shows what there is to claim.",
                        c->config->n_files == 1 ? c->config->files[0] : "The configuration");
        r = context_select(c, NULL, sections, n_sections);
        for (size_t i = 0; i < c->config->n_sections; i++)
                if (is_listed(c->config->sections[i]->name, sections, n_sections))
                        config_wake(c->config, c->config->sections[i]);
        return r;
}

int context_load_config(struct context *c, const struct options *o, char **sections, int n_sections)
{
        return load_config(c, o, NULL, sections, n_sections);
}

int context_load_overlay(struct context *c, const struct options *o, const struct config_overlay *overlay,
                         char **sections, int n_sections)
{
        return load_config(c, o, overlay, sections, n_sections);
}

int context_host_error(const char *what, int r)
{
        log_plain(LOG_ERR, MSG_HOST, "%s: %s", what, strerrordesc_np(-r));
        return r == -EACCES || r == -EPERM ? EXIT_NO_PRIVILEGE : EXIT_SECTION_FAILED;
}

int context_look_error(const struct context *c, int r)
{
        CLEANUP_FREE char *what = NULL;

        if (c->sys->failed[0])
                what = xasprintf("Failed to read the devices: %s", c->sys->failed);
        return context_host_error(what ? what : "Failed to read the devices", r);
}

int context_lock(const struct options *o, int *ret)
{
        int fd = state_lock(o->root, false);

        if (fd == -EAGAIN) {
                log_plain(LOG_INFO, MSG_WAITING, "Waiting for another passthru-setup to end.");
                (void) sd_notify(0, "STATUS=Waiting for another passthru-setup to end");
                fd = state_lock(o->root, true);
        }
        if (fd >= 0)
                return fd;
        *ret = context_host_error("Failed to lock /run/passthru-setup/lock", fd);
        return -1;
}

int context_open(struct context *c, const struct options *o, bool writes)
{
        int r = c->sys ? 0 : sys_open(o->root, &c->sys);

        if (r < 0) {
                log_plain(LOG_ERR, MSG_HOST, "%s can't be opened: %s", o->root, strerrordesc_np(-r));
                return EXIT_SECTION_FAILED;
        }
        if (!streq(o->root, "/") && !sys_exists(c->sys, "sys")) {
                log_plain(LOG_ERR, NULL, "%s: no captured tree; expected a directory that has sys/bus/pci/devices",
                          o->root);
                return EXIT_USAGE_ERROR;
        }
        cmdline_apply(c->sys, c->config, &c->off);
        if (c->off && !c->again)
                log_plain(LOG_NOTICE, MSG_OFF,
                          "passthru.off is on the kernel command line: doing nothing until it is removed.");
        r = state_load(c->sys, writes, &c->state);
        if (r < 0) /* better without the memory of what was before than without the VMs */
                log_plain(LOG_WARNING, MSG_HOST, "/" STATE_PATH " can't be used (%s), ignoring.",
                          r == -EBADMSG ? "it is damaged" : strerrordesc_np(-r));
        converge_wake_held(c->config, &c->state);
        return EXIT_OK;
}

int context_look(struct context *c, const struct options *o)
{
        int r = snapshot_take(c->sys, c->config, &c->state, &c->snapshot);

        if (r == 0)
                r = guard_plan(c->sys, c->snapshot.inventory, c->snapshot.plan);
        if (r == 0)
                clearance_check_cards(c->sys, c->snapshot.plan, c->snapshot.inventory);
        if (r == 0)
                hwdb_name_functions(o->root, c->snapshot.plan, c->snapshot.inventory);
        if (r == 0)
                return EXIT_OK;
        return context_look_error(c, r);
}

void context_held(const struct context *c, const struct options *o, bool by_name, struct release *ret)
{
        static const struct state none;
        const struct release_input input = {
                .state = o->n_args > 0 && !by_name ? &none : &c->state,
                .inventory = c->snapshot.inventory,
                .config = c->config,
                .held = c->snapshot.plan,
                .names = o->args,
                .n_names = (size_t) o->n_args,
        };

        release_build(&input, ret);
}

void context_check_initramfs(const struct context *c, const struct options *o)
{
        struct initramfs_look look;
        struct initramfs_made made;
        char address[PCI_ADDRESS_MAX];
        const char *command = NULL;
        struct utsname name;

        if (!streq(o->root, "/") || o->config || uname(&name) < 0 || initramfs_look(c->sys, name.release, &look) < 0)
                return;
        initramfs_made_read(c->sys, &made);
        command = initramfs_maker_command(made.maker);
        if (!command)
                command = "the command that builds it";
        if (look.n_withdrawn > 0)
                log_plain(LOG_WARNING, MSG_INITRAMFS,
                          "The initramfs of Linux %s is outdated: it claims %s%s early, which is no longer allowed. "
                          "Run before the next boot: %s",
                          name.release, pci_address_format(&look.withdrawn, address),
                          look.n_withdrawn > 1 ? " and others" : "", command);
        else if (look.n_missing > 0)
                log_plain(LOG_NOTICE, MSG_INITRAMFS,
                          "The initramfs of Linux %s is outdated: %zu %s only later in the boot. Run: %s",
                          name.release, look.n_missing, look.n_missing == 1 ? "device is taken" : "devices are taken",
                          command);
}
