/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel command line as JSON. */
#include <stdlib.h>

#include "base/macro.h"
#include "json/json.h"
#include "json/render-json.h"
#include "view/render-boot.h"

static const char *const kinds[BOOTLOADER_KIND_MAX] = {
        [BOOTLOADER_UNKNOWN] = "unknown",
        [BOOTLOADER_GRUB] = "grub",
        [BOOTLOADER_SYSTEMD_BOOT] = "systemd-boot",
        [BOOTLOADER_PROXMOX_GRUB] = "proxmox-grub",
        [BOOTLOADER_PROXMOX_SYSTEMD_BOOT] = "proxmox-systemd-boot",
        [BOOTLOADER_OSTREE] = "ostree",
};

static json_t *checked(json_t *j, int r)
{
        if (r == 0)
                return j;
        json_decref(j);
        return NULL;
}

static json_t *command_json(const struct boot_command *c)
{
        json_t *argv = json_array();
        int r = 0;

        for (size_t i = 0; i < c->n; i++)
                json_add(argv, json_text(c->argv[i]));
        return checked(argv, r);
}

static json_t *loader_json(const struct bootloader *b)
{
        json_t *commands = json_array();
        int r = 0;

        for (size_t i = 0; i < b->n_commands; i++)
                json_add(commands, command_json(&b->commands[i]));
        return json_pack("{s:s, s:o, s:o, s:o, s:o}", "kind", kinds[b->kind], "name", json_text(b->name), "file",
                         json_text(b->file), "why_not", json_text(b->why_not), "commands", checked(commands, r));
}

static json_t *word_json(const struct boot_word *w)
{
        return json_pack("{s:o, s:s, s:o, s:b, s:o, s:o, s:o}", "word", json_text(w->word), "state",
                         boot_word_state_name(w->state), "why", json_text(w->why), "ours", (int) w->ours, "file",
                         json_text(w->file), "line", w->line > 0 ? json_integer(w->line) : json_null(), "elsewhere",
                         json_text(w->elsewhere));
}

static json_t *edit_json(const struct boot_edit *e)
{
        if (!e->file || streq_ptr(e->before, e->after))
                return json_null();
        return json_pack("{s:s, s:o, s:o}", "file", e->file, "before", json_text(e->before), "after",
                         json_text(e->after));
}

char *render_boot_json(const struct boot_host *host, const struct boot_needs *needs, const struct boot_edit *edit,
                      const char *hindrance)
{
        json_t *words = json_array(), *j;

        for (size_t i = 0; i < needs->n; i++)
                json_add(words, word_json(&needs->items[i]));
        j = json_pack("{s:i, s:o, s:o, s:o, s:o, s:o}", "version", JSON_VERSION, "loader", loader_json(&host->loader),
                      "words", words, "hint", json_text(needs->hint), "hindrance", json_text(hindrance), "edit",
                      edit_json(edit));
        return json_finish(j);
}
