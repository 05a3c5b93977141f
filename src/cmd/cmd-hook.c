/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hook: what a VM has on demand is handed over before it starts, and given back when it has ended. libvirt and Proxmox
 * VE wait for it, so it never asks them anything. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply/converge.h"
#include "base/alloc.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "cmd/cmd.h"
#include "config/config-load.h"
#include "report/log.h"
#include "report/output.h"
#include "state/state-file.h"
#include "vmdef/vm-hook.h"
#include "vmdef/vmdef-read.h"

#define DEFINITION_MAX (4U * 1024 * 1024) /* libvirt's own limit is less */

struct hook {
        struct context context;
        const struct options *options;
        struct hook_call call;
        char *key; /* "libvirt win11" */
        struct vmdefs defs;
        const struct vm *definition; /* among them; NULL: there is none */
        char **names;                /* of the VM's sections; the configuration's, or the state's */
        size_t n_names;
        char **taken; /* of those, what nothing was held for before: kinds and names */
        size_t n_taken;
};

static void hook_clear(struct hook *h)
{
        context_clear(&h->context);
        vmdefs_clear(&h->defs);
        free(h->key);
        while (h->n_taken > 0)
                free(h->taken[--h->n_taken]);
        free(h->names);
        free(h->taken);
}

/* ---- which sections are the VM's ---- */

static void read_stdin(struct vmdefs *defs)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        char buf[16384];
        size_t n;

        while (text.len < DEFINITION_MAX && (n = fread(buf, 1, sizeof(buf), stdin)) > 0)
                strbuf_addn(&text, buf, n);
        if (text.len > 0)
                vmdef_add_libvirt(defs, "stdin", false, text.text, text.len);
}

/* libvirt gives it on stdin, as it will be started; asking libvirt would wait for this very hook. */
static int read_definition(struct hook *h)
{
        int r = sys_open(h->options->root, &h->context.sys);

        if (r < 0)
                return r;
        if (h->call.engine == VM_LIBVIRT)
                read_stdin(&h->defs);
        else
                vmdefs_read(h->context.sys, &h->defs);
        h->definition = hook_find_vm(&h->defs, &h->call);
        return 0;
}

/* Whether it is the VM's by its name; *ret_maybe: or it may be by its devices. */
static bool is_mine(const struct hook *h, const struct config_section *s, bool *ret_maybe)
{
        bool open = s->when == WHEN_VM && s->kind != SECTION_VF && (s->enabled || s->dormant);

        *ret_maybe = open && s->n_vms == 0 && h->definition && h->definition->n_devices > 0;
        return open && hook_is_named(s, &h->call, h->definition);
}

static bool any_is_mine(const struct hook *h)
{
        const struct config *config = h->context.config;
        bool maybe;

        for (size_t i = 0; i < config->n_sections; i++)
                if (is_mine(h, config->sections[i], &maybe) || maybe)
                        return true;
        return false;
}

/* Those without vm = are planned as if they were in force, to see which devices they name, and the others sleep again.
 */
static int find_by_devices(struct hook *h, bool *mine)
{
        struct context *c = &h->context;
        CLEANUP_FREE bool *woken = xcalloc(c->config->n_sections + 1, sizeof(*woken));
        bool any = false, maybe;
        int r;

        for (size_t i = 0; i < c->config->n_sections; i++) {
                struct config_section *s = c->config->sections[i];

                (void) is_mine(h, s, &maybe);
                any = any || maybe;
                woken[i] = maybe && s->dormant;
                if (woken[i])
                        config_wake(c->config, s);
        }
        if (!any)
                return 0;
        r = snapshot_take(c->sys, c->config, &c->state, &c->snapshot);
        for (size_t i = 0; r == 0 && i < c->snapshot.plan->n_items; i++) {
                const struct plan_item *item = &c->snapshot.plan->items[i];

                (void) is_mine(h, item->section, &maybe);
                mine[item->section->index] =
                        mine[item->section->index] ||
                        (maybe && hook_has_device(&h->defs, h->definition, c->snapshot.inventory, item));
        }
        for (size_t i = 0; i < c->config->n_sections; i++)
                if (woken[i] && !mine[i]) {
                        c->config->sections[i]->dormant = true;
                        c->config->sections[i]->enabled = false;
                }
        return r;
}

static int find_sections(struct hook *h)
{
        struct config *config = h->context.config;
        CLEANUP_FREE bool *mine = xcalloc(config->n_sections + 1, sizeof(*mine));
        bool maybe;
        int r;

        for (size_t i = 0; i < config->n_sections; i++)
                mine[i] = is_mine(h, config->sections[i], &maybe);
        r = find_by_devices(h, mine);
        if (r < 0)
                return context_look_error(&h->context, r);
        h->names = xcalloc(config->n_sections + 1, sizeof(*h->names));
        h->taken = xcalloc(config->n_sections + 1, sizeof(*h->taken));
        for (size_t i = 0; i < config->n_sections; i++) {
                if (!mine[i])
                        continue;
                config_wake(config, config->sections[i]);
                h->names[h->n_names++] = config->sections[i]->name;
        }
        return EXIT_OK;
}

/* ---- it starts ---- */

/* What another VM has is not taken from under it. */
static int take_holds(struct hook *h)
{
        struct context *c = &h->context;

        for (size_t i = 0; i < c->config->n_sections; i++) {
                struct config_section *s = c->config->sections[i];
                CLEANUP_FREE char *key = config_section_key(s);
                const struct state_hold *hold = state_find_hold(&c->state, key);
                CLEANUP_STRBUF struct strbuf other = { 0 };

                if (s->left_out || s->when == WHEN_BOOT || s->kind == SECTION_VF || !s->enabled)
                        continue;
                if (!hold) {
                        (void) state_set_hold(&c->state, key, h->key);
                        h->taken[h->n_taken++] = STEAL(key);
                        continue;
                }
                if (!hold->vm || streq(hold->vm, h->key))
                        continue;
                state_hold_add_vm(&other, hold);
                log_write(
                        &(struct log_entry){
                                .priority = LOG_ERR, .message_id = MSG_REFUSED, .section = s, .loc = &s->loc },
                        "%s: %s has it already, so VM %s can't start with it. If that one does not run, run: "
                        "passthru-setup release %s",
                        s->name, other.text, h->call.vm, s->name);
                return EXIT_SECTION_FAILED;
        }
        return EXIT_OK;
}

/* What was there before this VM was to start stays; the rest goes back, and a display manager with it. */
static void undo(struct hook *h)
{
        if (h->n_taken == 0)
                return;
        log_plain(LOG_ERR, MSG_NOT_DONE,
                  "VM %s can't start: not all of its devices could be handed over. Giving them back.", h->call.vm);
        converge_clear_failures(h->context.config, &h->context.state);
        (void) release_sections(&h->context, h->taken, h->n_taken);
}

static int hand_over(struct hook *h)
{
        struct context *c = &h->context;
        int r = context_load_config(c, h->options, NULL, 0);

        if (r == EXIT_OK)
                r = context_open(c, h->options, true);
        if (r != EXIT_OK || c->off)
                return r;
        r = find_sections(h);
        if (r != EXIT_OK || h->n_names == 0)
                return r;
        r = context_select(c, NULL, h->names, (int) h->n_names);
        if (r == EXIT_OK)
                r = take_holds(h);
        if (r != EXIT_OK)
                return r;
        r = apply_publish(c, h->options);
        if (r == EXIT_OK)
                r = apply_sections(c, h->options);
        if (r != EXIT_OK)
                undo(h);
        return r;
}

/* Silent about a VM that no section is for, whatever else is wrong. */
static int starts(struct hook *h)
{
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP_CLOSE int lock = -1;
        int r = config_load(h->options->root, h->options->config, false, &diags, &h->context.config);

        if (r == 0)
                r = read_definition(h);
        if (r < 0 || !any_is_mine(h))
                return r < 0 ? context_host_error("Failed to read which devices the VM has", r) : EXIT_OK;
        config_free(h->context.config);
        h->context.config = NULL;
        lock = context_lock(h->options, &r);
        return lock < 0 ? r : hand_over(h);
}

/* ---- it has ended ---- */

/* The kinds and names of what is held for the VM. */
static void find_held(struct hook *h)
{
        const struct state *state = &h->context.state;

        h->n_names = 0;
        free(h->names);
        h->names = xcalloc(state->n_holds + 1, sizeof(*h->names));
        for (size_t i = 0; i < state->n_holds; i++)
                if (streq_ptr(state->holds[i].vm, h->key))
                        h->names[h->n_names++] = state->holds[i].section;
}

static int ended(struct hook *h)
{
        CLEANUP_CLOSE int lock = -1;
        int r = sys_open(h->options->root, &h->context.sys);

        if (r == 0)
                r = state_load(h->context.sys, false, &h->context.state);
        if (r < 0)
                return context_host_error("/" STATE_PATH " can't be read", r);
        find_held(h);
        if (h->n_names == 0)
                return EXIT_OK;
        lock = context_lock(h->options, &r);
        if (lock < 0)
                return r;
        state_free(&h->context.state);
        r = release_load_config(&h->context, h->options);
        if (r == EXIT_OK)
                r = context_open(&h->context, h->options, true);
        if (r != EXIT_OK)
                return r;
        find_held(h);
        return h->n_names > 0 ? release_sections(&h->context, h->names, h->n_names) : EXIT_OK;
}

int cmd_hook(const struct options *o)
{
        CLEANUP(hook_clear) struct hook h = { .options = o };

        if (hook_parse(o->args, (size_t) o->n_args, &h.call) < 0)
                return usage_error("expected libvirt NAME OPERATION SUB-OPERATION EXTRA, or proxmox VMID PHASE");
        if (h.call.moment == HOOK_OTHER)
                return EXIT_OK;
        if (geteuid() != 0) {
                log_plain(LOG_ERR, NULL, "hook needs root.");
                return EXIT_NO_PRIVILEGE;
        }
        (void) unsetenv("NOTIFY_SOCKET"); /* it is libvirtd's */
        log_to_both();
        h.key = hook_vm_key(&h.call);
        return h.call.moment == HOOK_STARTS ? starts(&h) : ended(&h);
}
