/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configuration × host → words of the kernel command line (Documentation/admin-guide/kernel-parameters.txt;
 * drivers/iommu/intel/iommu.c, arch/x86/kernel/pci-dma.c, drivers/iommu/amd/init.c, drivers/gpu/drm/i915). */
#include "boot/boot-needs.h"

#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "boot/boot-cmdline.h"
#include "boot/boot-internal.h"
#include "boot/boot-remedy.h"

static void looking_clear(struct looking *l)
{
        free(l->next);
        free(l->others);
        boot_settings_clear(&l->settings);
        boot_files_clear(&l->others_files);
        boot_needs_clear(&l->needs);
}

void boot_needs_clear(struct boot_needs *needs)
{
        for (size_t i = 0; i < needs->n; i++) {
                free(needs->items[i].word);
                free(needs->items[i].why);
                free(needs->items[i].elsewhere);
        }
        free(needs->items);
        *needs = (struct boot_needs){ 0 };
}

const char *boot_word_state_name(enum boot_word_state state)
{
        static const char *const names[BOOT_WORD_STATE_MAX] = {
                [BOOT_WORD_THERE] = "there",       [BOOT_WORD_REBOOT] = "reboot",     [BOOT_WORD_REFRESH] = "refresh",
                [BOOT_WORD_ADD] = "add",           [BOOT_WORD_OPTIONAL] = "optional", [BOOT_WORD_STALE] = "stale",
                [BOOT_WORD_NEEDLESS] = "needless", [BOOT_WORD_HARMFUL] = "harmful",
        };

        return names[state];
}

size_t boot_needs_count(const struct boot_needs *needs, enum boot_word_state state)
{
        size_t n = 0;

        for (size_t i = 0; i < needs->n; i++)
                n += needs->items[i].state == state;
        return n;
}

struct boot_word *boot_needs_add(struct looking *l, const char *word, const char *why, enum boot_word_state state)
{
        struct boot_word *w = ARRAY_APPEND(l->needs.items, l->needs.n, l->needs.alloc);
        const struct boot_setting *where;

        replace_string(&w->word, word);
        replace_string(&w->why, why);
        w->state = state;
        where = boot_settings_where(&l->settings, word);
        if (where) {
                w->file = where->file;
                w->line = where->line;
        }
        for (size_t i = 0; i < l->host->given.n && !w->file; i++)
                if (cmdline_has(l->host->given.items[i].text, word))
                        w->file = l->host->given.items[i].name;
        return w;
}

bool boot_needs_has(const struct boot_needs *needs, const char *word)
{
        for (size_t i = 0; i < needs->n; i++)
                if (streq(needs->items[i].word, word))
                        return true;
        return false;
}

bool boot_word_counts(const char *cmdline, const char *word)
{
        if (streq(word, WORD_INTEL_IOMMU))
                return cmdline_intel_iommu(cmdline) == CMDLINE_YES;
        if (streq(word, WORD_GVT))
                return cmdline_gvt(cmdline) == CMDLINE_YES;
        return cmdline_has(cmdline, word);
}

enum boot_given boot_host_given(const struct boot_host *host, const char *word, const char **ret_where)
{
        *ret_where = NULL;
        if (host->loader.syntax == BOOT_SYNTAX_ENTRIES)
                return BOOT_GIVEN_YES; /* of what is in the files */
        for (size_t i = 0; i < host->given.n; i++) {
                *ret_where = host->given.items[i].name;
                if (!boot_word_counts(host->given.items[i].text, word))
                        return BOOT_GIVEN_NO;
        }
        if (host->given.n == 0)
                return BOOT_GIVEN_UNSEEN;
        *ret_where = host->given.items[0].name;
        return BOOT_GIVEN_YES;
}

static enum boot_word_state state_of(const struct looking *l, const char *word)
{
        const char *where;
        enum boot_given given = boot_host_given(l->host, word, &where);
        bool running = boot_word_counts(l->host->running, word);

        if (!boot_word_counts(l->next, word))
                return BOOT_WORD_ADD;
        if (given == BOOT_GIVEN_NO)
                return BOOT_WORD_REFRESH;
        if (running)
                return BOOT_WORD_THERE;
        return given == BOOT_GIVEN_YES ? BOOT_WORD_REBOOT : BOOT_WORD_REFRESH;
}

/* A word that the configuration needs. */
static void need(struct looking *l, const char *word, const char *why)
{
        struct boot_word *w = boot_needs_add(l, word, why, state_of(l, word));

        w->ours = !boot_word_counts(l->others, word) && !l->host->loader.why_not;
        if (w->state == BOOT_WORD_ADD)
                w->elsewhere = boot_elsewhere(l->host, word);
}

/* What the kernel command line leaves out for this boot alone is needed all the same. */
static bool is_meant(const struct config_section *s)
{
        return (s->enabled || s->skipped || s->dormant) && !s->left_out;
}

static bool goes_to_vfio(const struct config_section *s)
{
        return is_meant(s) && (s->kind == SECTION_DEVICE || s->kind == SECTION_SRIOV || s->kind == SECTION_VF) &&
               s->driver && bus_has_groups(s->bus) && (streq(s->driver, DRIVER_AUTO) || driver_is_vfio(s->driver));
}

static bool needs_iommu(const struct config *config)
{
        for (size_t i = 0; i < config->n_sections; i++)
                if (goes_to_vfio(config->sections[i]))
                        return true;
        return false;
}

/* Debian's default is "on, but for the CPU's graphics": then they alone have no group. */
static bool graphics_left_out(const struct plan *plan, const struct inventory *inv)
{
        for (size_t i = 0; plan && inv && inv->iommu && i < plan->n_items; i++) {
                size_t found = plan->items[i].found;
                const struct pci_function *f = found == NO_INDEX ? NULL : &inv->functions[found];

                if (f && goes_to_vfio(plan->items[i].section) && f->group == NO_GROUP && f->vendor == 0x8086 &&
                    f->class >> 16 == 0x03 && f->address.domain == 0 && f->address.bus == 0)
                        return true;
        }
        return false;
}

static void look_at_intel(struct looking *l, const struct plan *plan, const struct inventory *inv)
{
        const struct boot_host *h = l->host;
        bool on = h->iommu || (inv && inv->iommu);
        const char *why;

        if (!h->intel)
                return;
        if (!on && !h->dmar)
                l->needs.hint = "the firmware offers no IOMMU (no ACPI table DMAR): turn on VT-d there first, then "
                                "run boot-config again";
        if (graphics_left_out(plan, inv))
                why = "without it, this kernel gives the CPU's graphics no IOMMU group";
        else if (boot_word_counts(h->running, WORD_INTEL_IOMMU) || boot_word_counts(l->next, WORD_INTEL_IOMMU))
                why = "turns the IOMMU on";
        else if (!on && h->by_default == IOMMU_DEFAULT_ON && cmdline_intel_iommu(h->running) == CMDLINE_NO)
                why = "turns the IOMMU on again: of this and intel_iommu=off, the later one counts";
        else if (!on && h->dmar)
                why = "the IOMMU is present (ACPI table DMAR) but off: this kernel enables it only with this "
                      "parameter";
        else if (!on && h->by_default == IOMMU_DEFAULT_OFF)
                why = "this kernel enables the IOMMU only with this parameter";
        else
                return; /* it is on without; or whether it takes more than the firmware can't be told yet */
        need(l, WORD_INTEL_IOMMU, why);
}

static bool is_gvt(const struct config_section *s)
{
        return is_meant(s) && s->kind == SECTION_MDEV && s->type &&
               (after_prefix(s->type, "i915-GVTg") || after_prefix(s->type, "GVTg_"));
}

/* VFs of Intel's graphics are made by i915 or xe. */
static bool is_graphics_pf(const struct plan_item *item, const struct inventory *inv)
{
        const struct pci_function *f = item->pf == NO_INDEX ? NULL : &inv->functions[item->pf];

        return is_meant(item->section) && item->section->kind == SECTION_SRIOV && f && f->vendor == 0x8086 &&
               f->class >> 16 == 0x03;
}

static bool wants_gvt(const struct config *config)
{
        for (size_t i = 0; i < config->n_sections; i++)
                if (is_gvt(config->sections[i]))
                        return true;
        return false;
}

static bool needs_i915(const struct config *config, const struct plan *plan, const struct inventory *inv)
{
        for (size_t i = 0; plan && inv && i < plan->n_items; i++)
                if (is_graphics_pf(&plan->items[i], inv))
                        return true;
        return wants_gvt(config);
}

/* vfio-pci takes the firmware's framebuffer off VGA cards alone. */
static bool takes_no_vga(const struct plan *plan, const struct inventory *inv)
{
        for (size_t i = 0; plan && inv && i < plan->n_items; i++)
                for (size_t k = 0; goes_to_vfio(plan->items[i].section) && k < plan->items[i].n_claims; k++) {
                        size_t function = plan->items[i].claims[k].function;

                        if (function != NO_INDEX && inv->functions[function].class >> 8 == 0x0380)
                                return true;
                }
        return false;
}

static void look_at_gvt(struct looking *l)
{
        bool given = boot_word_counts(l->next, WORD_GVT) || boot_word_counts(l->host->running, WORD_GVT);

        /* Given by modprobe.d, it is not the command line's business. */
        if (!wants_gvt(l->config) || (l->host->gvt && !given))
                return;
        need(l, WORD_GVT, "i915 offers its GVT-g mdev types only with this parameter");
}

/* No need: VMs' devices are translated with and without it. */
static void look_at_passthrough(struct looking *l)
{
        struct cmdline_word w;
        const char *text = l->next, *value;
        size_t len;

        if (!l->host->intel && !l->host->amd)
                return;
        while (cmdline_next(&text, &w))
                if (cmdline_sets(&w, "iommu", &value, &len) || cmdline_sets(&w, "iommu.passthrough", &value, &len))
                        return;
        boot_needs_add(l, "iommu=pt",
                       "gives the host's own devices faster DMA, and the host no protection from them: your choice, "
                       "never written",
                       BOOT_WORD_OPTIONAL);
}

/* What we have written and no section needs any more. */
static void look_at_ours(struct looking *l)
{
        static const char *const words[] = { WORD_INTEL_IOMMU, WORD_GVT };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                struct boot_word *w;

                if (boot_needs_has(&l->needs, words[i]) || !cmdline_has(l->next, words[i]) ||
                    cmdline_has(l->others, words[i]))
                        continue;
                w = boot_needs_add(l, words[i], "boot-config wrote it, and the configuration no longer needs it",
                                   BOOT_WORD_STALE);
                w->ours = true;
        }
}

void boot_host_settings(const struct boot_host *host, bool others, struct boot_files *files, struct boot_settings *ret)
{
        bool grub = host->loader.syntax == BOOT_SYNTAX_SHELL;

        for (size_t i = 0; i < host->files.n; i++) {
                const struct boot_file *f = &host->files.items[i];

                if (!others || !streq(f->name, grub ? GRUB_DROP_IN : KERNEL_CMDLINE))
                        boot_files_add(files, f->name, f->text);
                else if (!grub) {
                        CLEANUP_FREE char *text = xstrdup(f->text);

                        for (size_t k = 0; k < host->record.n; k++) {
                                char *before = STEAL(text);

                                (void) cmdline_take_out(before, host->record.words[k], &text);
                                free(before);
                        }
                        boot_files_add(files, f->name, text);
                }
        }
        boot_settings_read(host->loader.syntax, files, ret);
}

static void looking_start(struct looking *l)
{
        CLEANUP_BOOT_SETTINGS struct boot_settings others = { 0 };

        boot_settings_read(l->host->loader.syntax, &l->host->files, &l->settings);
        l->next = boot_settings_text(&l->settings);
        boot_host_settings(l->host, true, &l->others_files, &others);
        l->others = boot_settings_text(&others);
        /* Of an unknown loader only what it has given the running kernel is known; and so where there is no file, and
         * kernel-install takes the running command line. */
        if (l->host->files.n == 0) {
                replace_string(&l->next, l->host->running);
                replace_string(&l->others, l->host->running);
        }
}

void boot_needs_build(const struct config *config, const struct plan *plan, const struct inventory *inv,
                      const struct boot_host *host, struct boot_needs *ret)
{
        CLEANUP(looking_clear)
        struct looking l = {
                .config = config,
                .host = host,
                .vfio = needs_iommu(config),
                .i915 = needs_i915(config, plan, inv),
                .no_vga = takes_no_vga(plan, inv),
        };

        looking_start(&l);
        if (l.vfio)
                look_at_intel(&l, plan, inv);
        look_at_gvt(&l);
        if (l.vfio)
                look_at_passthrough(&l);
        look_at_ours(&l);
        boot_tell_parameters(&l);
        *ret = l.needs;
        l.needs = (struct boot_needs){ 0 };
}

void boot_needs_nothing(const struct boot_host *host, struct boot_needs *ret)
{
        CLEANUP(looking_clear) struct looking l = { .host = host };

        looking_start(&l);
        look_at_ours(&l);
        *ret = l.needs;
        l.needs = (struct boot_needs){ 0 };
}

void boot_host_clear(struct boot_host *h)
{
        bootloader_clear(&h->loader);
        boot_files_clear(&h->files);
        boot_files_clear(&h->given);
        boot_files_clear(&h->unread);
        for (size_t i = 0; i < h->record.n; i++)
                free(h->record.words[i]);
        free(h->record.words);
        free(h->record.created);
        free(h->running);
        *h = (struct boot_host){ 0 };
}
