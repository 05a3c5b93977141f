/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which boot loader it is, and what to do with it (grub-mkconfig(8), kernel-install(8), Boot Loader Interface of
 * systemd, Proxmox VE Administration Guide "Host Bootloader"). */
#include "core/bootloader.h"

#include <errno.h>
#include <string.h>

#include "util/array.h"
#include "util/macro.h"
#include "util/strbuf.h"
#include "util/strutil.h"

static void command_clear(struct boot_command *c)
{
        for (size_t i = 0; i < c->n; i++)
                free(c->argv[i]);
        free(c->argv);
}

void bootloader_clear(struct bootloader *b)
{
        free(b->name);
        free(b->why_not);
        for (size_t i = 0; i < b->n_commands; i++)
                command_clear(&b->commands[i]);
        free(b->commands);
        *b = (struct bootloader){ 0 };
}

void bootloader_facts_clear(struct bootloader_facts *f)
{
        free(f->loader_info);
        for (size_t i = 0; i < f->n_kernels; i++) {
                free(f->kernels[i].version);
                free(f->kernels[i].image);
                free(f->kernels[i].initrd);
        }
        free(f->kernels);
        *f = (struct bootloader_facts){ 0 };
}

bool bootloader_is_grub(enum bootloader_kind kind)
{
        return kind == BOOTLOADER_GRUB || kind == BOOTLOADER_PROXMOX_GRUB;
}

static bool has_mkconfig(const struct bootloader_facts *f)
{
        return f->update_grub || f->grub_mkconfig || f->grub2_mkconfig;
}

static bool info_is(const struct bootloader_facts *f, const char *loader)
{
        return f->loader_info && after_prefix(f->loader_info, loader);
}

static enum bootloader_kind kind_of(const struct bootloader_facts *f)
{
        bool systemd_boot = info_is(f, "systemd-boot");

        if (f->proxmox)
                return systemd_boot || (f->efi && !f->loader_info && !f->boot_image) ? BOOTLOADER_PROXMOX_SYSTEMD_BOOT
                                                                                     : BOOTLOADER_PROXMOX_GRUB;
        if (systemd_boot)
                return BOOTLOADER_SYSTEMD_BOOT;
        /* Before 2.12 GRUB does not name itself, and what started it may have. */
        if (f->grub_defaults && has_mkconfig(f) && (f->boot_image || !f->loader_info || info_is(f, "GRUB")))
                return f->boot_image || f->loader_info || !f->entries ? BOOTLOADER_GRUB : BOOTLOADER_SYSTEMD_BOOT;
        if (!f->loader_info && !f->boot_image && f->entries && f->kernel_install)
                return BOOTLOADER_SYSTEMD_BOOT;
        return BOOTLOADER_UNKNOWN;
}

static int add_command(struct bootloader *b, const char *const *words, size_t n)
{
        struct boot_command *c = ARRAY_APPEND(b->commands, b->n_commands, b->alloc_commands);

        if (!c)
                return -ENOMEM;
        for (size_t i = 0; i < n && words[i]; i++) { /* not each kernel has an initrd */
                char **slot = ARRAY_APPEND(c->argv, c->n, c->alloc);

                if (slot)
                        *slot = strdup(words[i]);
                if (!slot || !*slot)
                        return -ENOMEM;
        }
        /* The NULL at the end is no argument, and not counted. */
        if (!ARRAY_APPEND(c->argv, c->n, c->alloc))
                return -ENOMEM;
        c->n--;
        return 0;
}

#define ADD_COMMAND(b, ...)                                                                                           \
        add_command(b, (const char *const[]){ __VA_ARGS__ },                                                          \
                    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* kernel-install add-all looks below /usr/lib/modules, where Debian has no images: each is named. */
static int add_kernels(const struct bootloader_facts *f, struct bootloader *b)
{
        int r = 0;

        for (size_t i = 0; i < f->n_kernels && r == 0; i++) {
                const struct boot_kernel *k = &f->kernels[i];

                r = ADD_COMMAND(b, "/usr/bin/kernel-install", "add", k->version, k->image, k->initrd);
        }
        return r;
}

static int add_commands(const struct bootloader_facts *f, struct bootloader *b)
{
        switch (b->kind) {
        case BOOTLOADER_GRUB:
                if (f->update_grub)
                        return ADD_COMMAND(b, "/usr/sbin/update-grub");
                if (f->grub_mkconfig)
                        return ADD_COMMAND(b, "/usr/sbin/grub-mkconfig", "-o", "/boot/grub/grub.cfg");
                return ADD_COMMAND(b, "/usr/sbin/grub2-mkconfig", "-o", "/boot/grub2/grub.cfg");
        case BOOTLOADER_SYSTEMD_BOOT:
                return add_kernels(f, b);
        case BOOTLOADER_PROXMOX_GRUB:
        case BOOTLOADER_PROXMOX_SYSTEMD_BOOT:
                return ADD_COMMAND(b, "/usr/sbin/proxmox-boot-tool", "refresh");
        default:
                return 0;
        }
}

static const char *why_not(const struct bootloader_facts *f, enum bootloader_kind kind)
{
        if (kind == BOOTLOADER_UNKNOWN)
                return "it is none of those that boot-config knows: GRUB, systemd-boot, and either by "
                       "proxmox-boot-tool";
        if (bootloader_is_grub(kind)) {
                if (f->grub_bls)
                        return "its entries are kept by grubby and not made by grub-mkconfig (GRUB_ENABLE_BLSCFG)";
                return f->grub_drop_ins ? NULL : "its grub-mkconfig reads no drop-ins in " GRUB_DROP_INS;
        }
        if (kind == BOOTLOADER_PROXMOX_SYSTEMD_BOOT)
                return NULL;
        if (!f->kernel_install)
                return "there is no kernel-install";
        if (f->unified)
                return "its kernels are unified images (layout=uki)";
        return f->n_kernels > 0 ? NULL : "no kernel was found in /boot or /usr/lib/modules";
}

static const char *name_of(const struct bootloader_facts *f, enum bootloader_kind kind)
{
        static const char *const names[BOOTLOADER_KIND_MAX] = {
                [BOOTLOADER_GRUB] = "GRUB",
                [BOOTLOADER_SYSTEMD_BOOT] = "systemd-boot",
                [BOOTLOADER_PROXMOX_GRUB] = "GRUB by proxmox-boot-tool",
                [BOOTLOADER_PROXMOX_SYSTEMD_BOOT] = "systemd-boot by proxmox-boot-tool",
        };

        if (names[kind])
                return names[kind];
        return f->loader_info ? f->loader_info : "unknown";
}

int bootloader_detect(const struct bootloader_facts *facts, struct bootloader *ret)
{
        CLEANUP_BOOTLOADER struct bootloader b = { .kind = kind_of(facts) };
        int r = replace_string(&b.name, name_of(facts, b.kind));

        if (r == 0)
                r = replace_string(&b.why_not, why_not(facts, b.kind));
        if (r == 0)
                r = add_commands(facts, &b);
        if (r < 0)
                return r;
        if (b.kind != BOOTLOADER_UNKNOWN)
                b.file = bootloader_is_grub(b.kind) ? GRUB_DROP_IN : KERNEL_CMDLINE;
        b.grubby = facts->grubby;
        *ret = b;
        b = (struct bootloader){ 0 };
        return 0;
}

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

int bootloader_commands_text(const struct bootloader *b, char **ret)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        add_commands_text(&text, b);
        return strbuf_steal(&text, ret);
}

static void add_command_step(struct strbuf *text, const struct bootloader *b)
{
        if (b->n_commands > 0) {
                strbuf_add(text, ", run: ");
                add_commands_text(text, b);
        }
        strbuf_add(text, ", and reboot");
}

/* The line and its file. In GRUB's a word that boot-config does not write has no place in its drop-in. */
static void add_by_hand(struct strbuf *text, const struct bootloader *b, const char *words, bool ours)
{
        if (b->kind == BOOTLOADER_UNKNOWN)
                strbuf_addf(text,
                            "put %s on the kernel command line in the boot loader's own configuration, and reboot",
                            words);
        else if (b->why_not && bootloader_is_grub(b->kind) && b->grubby)
                strbuf_addf(text, "run: grubby --update-kernel=ALL --args=\"%s\", and reboot", words);
        else if (bootloader_is_grub(b->kind)) {
                strbuf_addf(text, "add the line " GRUB_VARIABLE "=\"$" GRUB_VARIABLE " %s\" to %s", words,
                            b->why_not || !ours ? GRUB_DEFAULTS : b->file);
                add_command_step(text, b);
        } else {
                strbuf_addf(text, "add %s to the line in %s", words, b->file);
                add_command_step(text, b);
        }
}

int bootloader_remedy(const struct bootloader *b, const char *words, bool ours, char **ret)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        if (ours && !b->why_not)
                strbuf_add(&text, "run: passthru-setup boot-config --write, and reboot; or by hand: ");
        add_by_hand(&text, b, words, ours);
        return strbuf_steal(&text, ret);
}

int bootloader_removal(const struct bootloader *b, const char *word, const char *where, char **ret)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        if (bootloader_is_grub(b->kind) && b->why_not && b->grubby)
                strbuf_addf(&text, "run: grubby --update-kernel=ALL --remove-args=\"%s\", and reboot", word);
        else if (where || b->kind == BOOTLOADER_UNKNOWN) {
                strbuf_addf(&text, "take %s out of %s", word, where ? where : "the boot loader's configuration");
                add_command_step(&text, b);
        } else
                strbuf_addf(
                        &text,
                        "take %s off the kernel command line; it is not in %s%s%s, but may be given by hand at boot",
                        word, bootloader_is_grub(b->kind) ? GRUB_DEFAULTS : b->file,
                        bootloader_is_grub(b->kind) ? " nor in " : "",
                        bootloader_is_grub(b->kind) ? GRUB_DROP_INS : "");
        return strbuf_steal(&text, ret);
}
