/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What to do with a boot loader: its commands, and how a parameter comes onto the command line and off it. */
#include "boot/bootloader.h"

#include <string.h>

#include "base/strbuf.h"
#include "base/strutil.h"

static void add_commands_text(struct strbuf *text, const struct bootloader *b)
{
        for (size_t i = 0; i < b->n_commands; i++) {
                const struct boot_command *c = &b->commands[i];

                strbuf_add(text, i > 0 ? " && " : "");
                strbuf_add(text, last_component(c->argv[0]));
                for (size_t k = 1; k < c->n; k++)
                        strbuf_addf(text, " %s", c->argv[k]);
        }
}

char *bootloader_commands_text(const struct bootloader *b)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        add_commands_text(&text, b);
        return strbuf_steal(&text);
}

static void add_command_step(struct strbuf *text, const struct bootloader *b)
{
        if (b->n_commands > 0) {
                strbuf_add(text, ", run: ");
                add_commands_text(text, b);
        }
        strbuf_add(text, ", and reboot");
}

/* The tool's command, each word with its option where it takes but one. */
static bool add_tool(struct strbuf *text, const struct bootloader *b, const char *words, bool remove)
{
        switch (b->why_not ? b->tool : BOOT_TOOL_NONE) {
        case BOOT_TOOL_GRUBBY:
                strbuf_addf(text, "run: grubby --update-kernel=ALL --%s=\"%s\"", remove ? "remove-args" : "args",
                            words);
                break;
        case BOOT_TOOL_KERNELSTUB:
                strbuf_addf(text, "run: kernelstub --%s-options \"%s\"", remove ? "delete" : "add", words);
                break;
        case BOOT_TOOL_RPM_OSTREE:
                strbuf_add(text, "run: rpm-ostree kargs");
                for (size_t n; *words; words += n + strspn(words + n, " ")) {
                        n = strcspn(words, " ");
                        strbuf_addf(text, " --%s=%.*s", remove ? "delete-if-present" : "append-if-missing", (int) n,
                                    words);
                }
                break;
        case BOOT_TOOL_BOOTC:
                strbuf_addf(text,
                            "%s %s %s kargs of a file in /usr/lib/bootc/kargs.d of the image, run: bootc upgrade",
                            remove ? "take" : "add", words, remove ? "out of" : "to");
                break;
        case BOOT_TOOL_NIXOS:
                strbuf_addf(text,
                            "%s %s %s boot.kernelParams of /etc/nixos/configuration.nix, run: nixos-rebuild boot",
                            remove ? "take" : "add", words, remove ? "out of" : "to");
                break;
        default:
                return false;
        }
        strbuf_add(text, ", and reboot");
        return true;
}

/* The line and its file. In GRUB's a word that boot-config does not write has no place in its drop-in. */
static void add_by_hand(struct strbuf *text, const struct bootloader *b, const char *words, bool ours)
{
        if (add_tool(text, b, words, false))
                return;
        if (!b->file)
                strbuf_addf(text,
                            "put %s on the kernel command line in the boot loader's own configuration, and reboot",
                            words);
        else if (b->syntax == BOOT_SYNTAX_ENTRIES) {
                size_t n = strlen(b->file), conf = strlen(".conf");
                bool one = n > conf && streq(b->file + n - conf, ".conf");

                strbuf_addf(text, "add %s to the line \"options\" of %s%s, and reboot", words,
                            one ? "" : "the entries in ", b->file);
        } else if (b->syntax == BOOT_SYNTAX_SHELL) {
                strbuf_addf(text, "add the line " GRUB_VARIABLE "=\"$" GRUB_VARIABLE " %s\" to %s", words,
                            b->why_not || !ours ? GRUB_DEFAULTS : b->file);
                add_command_step(text, b);
        } else {
                strbuf_addf(text, "add %s to the line in %s", words, b->file);
                add_command_step(text, b);
        }
}

char *bootloader_remedy(const struct bootloader *b, const char *words, bool ours)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        if (ours && !b->why_not)
                strbuf_add(&text, "run: passthru-setup boot-config --write, and reboot; or by hand: ");
        add_by_hand(&text, b, words, ours);
        return strbuf_steal(&text);
}

char *bootloader_removal(const struct bootloader *b, const char *word, const char *where)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        if (add_tool(&text, b, word, true))
                return strbuf_steal(&text);
        if (where || !b->file) {
                strbuf_addf(&text, "remove %s from %s", word, where ? where : "the boot loader's configuration");
                add_command_step(&text, b);
        } else
                strbuf_addf(&text,
                            "remove %s from the kernel command line; it is not in %s%s%s, so it may have been given "
                            "by hand at boot",
                            word, b->syntax == BOOT_SYNTAX_SHELL ? GRUB_DEFAULTS : b->file,
                            b->syntax == BOOT_SYNTAX_SHELL ? " nor in " : "",
                            b->syntax == BOOT_SYNTAX_SHELL ? GRUB_DROP_INS : "");
        return strbuf_steal(&text);
}
