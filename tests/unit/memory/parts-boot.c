/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel command line: loaders, the words that are needed, what is written for them. */
#include <errno.h>
#include <stdlib.h>

#include "boot/boot-cmdline.h"
#include "boot/boot-generated.h"
#include "boot/boot-remedy.h"
#include "unit/facts.h"
#include "unit/memory/fault.h"
#include "unit/memory/parts.h"
#include "view/render-boot.h"

/* One more section than the world has, so that both words are needed. */
static const char sections[] = "[device gpu]\naddress = 01:00.0\n[mdev desktop]\nparent = 00:02.0\ntype = i915-GVTg_V5_4\n";

static struct bootloader_facts facts_of(enum bootloader_kind kind)
{
        static struct boot_kernel kernel = { (char *) "6.1", (char *) "/boot/vmlinuz-6.1", (char *) "/boot/initrd.img-6.1" };

        if (kind == BOOTLOADER_GRUB)
                return (struct bootloader_facts){ .grub_defaults = true, .grub_drop_ins = true, .update_grub = true };
        if (kind == BOOTLOADER_UNKNOWN)
                return (struct bootloader_facts){ .loader_info = (char *) "Limine 8" };
        return (struct bootloader_facts){ .loader_info = (char *) "systemd-boot 257", .kernel_install = true, .kernels = &kernel,
                                          .n_kernels = 1 };
}

int part_loader(const struct world *w, struct strbuf *text)
{
        static const enum bootloader_kind kinds[] = { BOOTLOADER_GRUB, BOOTLOADER_SYSTEMD_BOOT, BOOTLOADER_UNKNOWN };

        (void) w;
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                const struct bootloader_facts facts = facts_of(kinds[i]);
                CLEANUP_BOOTLOADER struct bootloader b = { 0 };
                CLEANUP_FREE char *commands = NULL, *remedy = NULL, *removal = NULL;
                int r = IN_CORE(bootloader_detect(&facts, &b));

                r = r < 0 ? r : IN_CORE(bootloader_commands_text(&b, &commands));
                r = r < 0 ? r : IN_CORE(bootloader_remedy(&b, "w=1", true, &remedy));
                r = r < 0 ? r : IN_CORE(bootloader_removal(&b, "w=1", "/f:1", &removal));
                if (r < 0)
                        return r;
                strbuf_addf(text, "%s %s\n%s\n%s\n%s\n", b.name, b.why_not ? b.why_not : "", commands, remedy, removal);
        }
        return 0;
}

static void add_needs(struct strbuf *text, const struct boot_needs *needs)
{
        for (size_t i = 0; i < needs->n; i++)
                strbuf_addf(text, "%s %s %d %s:%u %s\n", needs->items[i].word, boot_word_state_name(needs->items[i].state),
                            needs->items[i].ours, needs->items[i].file ? needs->items[i].file : "-", needs->items[i].line,
                            needs->items[i].why);
}

static int tell(const struct boot_host *host, const struct boot_needs *needs, const struct boot_edit *edit,
                const char *hindrance, struct strbuf *text)
{
        CLEANUP_ROWS struct row_list rows = { 0 };
        CLEANUP_FREE char *account = NULL, *summary = NULL, *json = NULL;
        int r = IN_CORE(rows_of_boot(needs, &rows));

        r = r < 0 ? r : IN_CORE(boot_account(host, needs, edit, hindrance, &account));
        r = r < 0 ? r : IN_CORE(boot_summary(needs, &summary));
        r = r < 0 ? r : IN_CORE(render_boot_json(host, needs, edit, hindrance, &json));
        if (r == 0)
                strbuf_addf(text, "%zu %s\n%s\n%s\n", rows.n, account, summary, json);
        return r;
}

/* What is left to do for each of the words. */
static int tell_remedies(const struct boot_host *host, const struct boot_needs *needs, struct strbuf *text)
{
        CLEANUP_BOOT_SETTINGS struct boot_settings settings = { 0 };
        int r = IN_CORE(boot_settings_read(host->loader.syntax, &host->files, &settings));

        for (size_t i = 0; i < needs->n && r == 0; i++) {
                CLEANUP_FREE char *remedy = NULL, *removal = NULL;

                r = IN_CORE(boot_remedy(host, &settings, needs->items[i].word, true, "so", &remedy));
                r = r < 0 ? r : IN_CORE(boot_removal(host, &settings, needs->items[i].word, &removal));
                if (r == 0)
                        strbuf_addf(text, "%s\n%s\n%s\n", remedy, removal,
                                    needs->items[i].elsewhere ? needs->items[i].elsewhere : "-");
        }
        return r;
}

/* From the host's files to what is printed; undo: of what is taken back. */
static int decide(const struct boot_host *host, bool undo, struct strbuf *text)
{
        CLEANUP(config_freep) struct config *config = parse_good(sections);
        CLEANUP_BOOT_NEEDS struct boot_needs needs = { 0 };
        CLEANUP_BOOT_EDIT struct boot_edit edit = { 0 };
        CLEANUP_FREE char *hindrance = NULL;
        int r = undo ? IN_CORE(boot_needs_nothing(host, &needs)) : IN_CORE(boot_needs_build(config, NULL, NULL, host, &needs));

        r = r < 0 ? r : IN_CORE(boot_edit_build(host, &needs, &edit));
        r = r < 0 ? r : IN_CORE(boot_edit_hindrance(host, &needs, &edit, &hindrance));
        r = r < 0 ? r : tell(host, &needs, &edit, hindrance, text);
        r = r < 0 ? r : tell_remedies(host, &needs, text);
        if (r < 0)
                return r;
        add_needs(text, &needs);
        strbuf_addf(text, "%s\n%s\n%s\n%s\n%s\n", edit.before ? edit.before : "-", edit.after ? edit.after : "-",
                    edit.record_after ? edit.record_after : "-", edit.backup ? edit.backup : "-", hindrance ? hindrance : "-");
        return 0;
}

static int part_boot(enum bootloader_kind kind, const char *const files[][2], size_t n, const char *record, bool undo,
                     struct strbuf *text)
{
        const struct bootloader_facts facts = facts_of(kind);
        CLEANUP_BOOT_HOST struct boot_host host = { .intel = true, .dmar = true };
        int r;

        assert_int_equal(bootloader_detect(&facts, &host.loader), 0);
        host.running = xstrdup("root=1 vfio-pci.ids=1:2 single");
        r = IN_CORE(boot_record_parse(record, &host.record));
        r = r < 0 ? r : IN_CORE(boot_files_add(&host.given, "/given", "root=1 i915.enable_gvt=1 pci=nomsi"));
        r = r < 0 ? r : IN_CORE(boot_files_add(&host.unread, GRUB_DEFAULTS, "GRUB_CMDLINE_LINUX='intel_iommu=on'\n"));
        for (size_t i = 0; i < n && r == 0; i++)
                r = IN_CORE(boot_files_add(&host.files, files[i][0], files[i][1]));
        return r < 0 ? r : decide(&host, undo, text);
}

int part_boot_grub(const struct world *w, struct strbuf *text)
{
        static const char *const files[][2] = {
                { GRUB_DEFAULTS, "x=\"1 2\"\nGRUB_CMDLINE_LINUX='a '\\b$x\nGRUB_CMDLINE_LINUX_DEFAULT+=\" intel_iommu=off\"\n" },
                { GRUB_DROP_IN, GRUB_VARIABLE "=\"$" GRUB_VARIABLE " i915.enable_gvt=1\"\n" },
                { GRUB_DROP_INS "/zz.cfg", GRUB_VARIABLE "=\"${" GRUB_VARIABLE "} `x` c\"\n" },
        };
        int r;

        (void) w;
        r = part_boot(BOOTLOADER_GRUB, files, ARRAY_SIZE(files), NULL, false, text);
        return r < 0 ? r : part_boot(BOOTLOADER_GRUB, files, ARRAY_SIZE(files), NULL, true, text);
}

int part_boot_cmdline(const struct world *w, struct strbuf *text)
{
        static const char *const files[][2] = { { KERNEL_CMDLINE, "root=1 i915.enable_gvt=1\nquiet\n" } };
        static const char record[] = "created root=1\nword i915.enable_gvt=1\n";
        int r;

        (void) w;
        r = part_boot(BOOTLOADER_SYSTEMD_BOOT, files, 1, record, false, text);
        r = r < 0 ? r : part_boot(BOOTLOADER_SYSTEMD_BOOT, files, 1, record, true, text);
        r = r < 0 ? r : part_boot(BOOTLOADER_SYSTEMD_BOOT, files, 1, NULL, false, text);
        return r < 0 ? r : part_boot(BOOTLOADER_SYSTEMD_BOOT, NULL, 0, NULL, false, text);
}

int part_generated(const struct world *w, struct strbuf *text)
{
        CLEANUP_FREE char *grub = NULL, *entry = NULL;
        int r = IN_CORE(grub_cfg_cmdline("linux /x root=1\n", &grub));

        (void) w;
        r = r < 0 ? r : IN_CORE(loader_entry_cmdline("options a\noptions b\n", &entry));
        if (r == 0)
                strbuf_addf(text, "%s %s\n", grub, entry);
        return r;
}
