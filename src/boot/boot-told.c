/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parameters of others on the kernel command line: what recipes have people put there, and what each does here
 * (Documentation/admin-guide/kernel-parameters.txt). They are reported, and left where they are. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "boot/boot-cmdline.h"
#include "boot/boot-internal.h"

/* Whom a row is for. */
enum when {
        WHEN_VFIO,      /* a section hands something to VFIO */
        WHEN_INTEL,     /* the same, on such a CPU */
        WHEN_AMD,       /* the same */
        WHEN_X86,       /* the same, on either */
        WHEN_CLAIMED,   /* the same, and an initramfs of ours claims devices */
        WHEN_I915,      /* a section needs i915 to drive the display */
        WHEN_NOT_I915,  /* some section, and none such */
        WHEN_NO_VGA,    /* a section hands a display to VFIO that is no VGA card */
        WHEN_VGA,       /* some section, or no configuration at all, and none such */
        WHEN_NOTHING,   /* no configuration at all: a recipe hands devices over */
        WHEN_ANY,       /* some section, or no configuration at all */
        WHEN_PERMANENT, /* the same, and in the files: it is meant for one boot */
};

#define IDS_WHY "claims every card with these IDs; the configuration claims only the cards that it names"

static const struct told {
        const char *name;
        const char *item; /* the value, a list, has it; with a "*" in front: it ends so; NULL: any value */
        enum when when;
        enum boot_word_state state;
        bool checked;
        const char *why;
} told[] = {
        { "intel_iommu", "off", WHEN_INTEL, BOOT_WORD_HARMFUL, true, "turns the IOMMU off" },
        { "amd_iommu", "off", WHEN_AMD, BOOT_WORD_HARMFUL, true, "turns the IOMMU off" },
        { "iommu", "off", WHEN_X86, BOOT_WORD_HARMFUL, true, "turns the IOMMU off" },
        { "intel_iommu", "on", WHEN_AMD, BOOT_WORD_NEEDLESS, false, "is for Intel's CPUs" },
        { "amd_iommu", "on", WHEN_AMD, BOOT_WORD_NEEDLESS, false,
          "is unknown to Linux: AMD's IOMMU is on without it" },
        { "vfio-pci.ids", NULL, WHEN_CLAIMED, BOOT_WORD_NEEDLESS, true, IDS_WHY },
        { "pci-stub.ids", NULL, WHEN_CLAIMED, BOOT_WORD_NEEDLESS, true, IDS_WHY },
        { "nomodeset", NULL, WHEN_I915, BOOT_WORD_HARMFUL, true,
          "keeps i915 from driving the display: no GVT-g, no VFs" },
        { "nomodeset", NULL, WHEN_NOT_I915, BOOT_WORD_NEEDLESS, false,
          "keeps all graphics drivers of the host off; the devices that a section claims are kept from them anyway" },
        { "nomodeset", NULL, WHEN_NOTHING, BOOT_WORD_OPTIONAL, false,
          "keeps every graphics driver of the host off: needed until sections claim what these would take" },
        { "i915.modeset", "0", WHEN_I915, BOOT_WORD_HARMFUL, true,
          "keeps i915 from driving the display: no GVT-g, no VFs" },
        { "nofb", NULL, WHEN_ANY, BOOT_WORD_NEEDLESS, false, "is unknown to Linux: it has no effect" },
        { "textonly", NULL, WHEN_ANY, BOOT_WORD_NEEDLESS, false, "is unknown to Linux: it has no effect" },
        { "video", "*:off", WHEN_VGA, BOOT_WORD_NEEDLESS, false,
          "turns off the firmware's framebuffer; since Linux 6.0 vfio-pci removes it from a card by itself" },
        { "video", "*:off", WHEN_NO_VGA, BOOT_WORD_NEEDLESS, false,
          "turns off efifb or vesafb alone; where the kernel has simpledrm in their place, it has no effect" },
        { "initcall_blacklist", "sysfb_init", WHEN_VGA, BOOT_WORD_NEEDLESS, false,
          "leaves the host without a console until a graphics driver is loaded; since Linux 6.0 vfio-pci removes the "
          "firmware's framebuffer from a card by itself" },
        { "initcall_blacklist", "sysfb_init", WHEN_NO_VGA, BOOT_WORD_THERE, false,
          "keeps the firmware's framebuffer off: vfio-pci removes it from VGA cards only, and this display is none" },
        { "pcie_aspm", NULL, WHEN_ANY, BOOT_WORD_NEEDLESS, false,
          "sets the power saving of all PCIe links; only a device that drops off its link needs it" },
        { "pci", "noaer", WHEN_ANY, BOOT_WORD_NEEDLESS, false,
          "hides the errors of PCIe links and fixes none of them" },
        { "pci", "nomsi", WHEN_ANY, BOOT_WORD_HARMFUL, false,
          "leaves other devices with shared interrupts, and VFs with none at all" },
        { "pci", "nommconf", WHEN_ANY, BOOT_WORD_HARMFUL, false,
          "hides the extended configuration space: no SR-IOV, no ACS, larger IOMMU groups" },
        { "pci", "assign-busses", WHEN_ANY, BOOT_WORD_HARMFUL, false,
          "renumbers the buses, so addresses change with it; name devices by path or id" },
        { "pcie_acs_override", NULL, WHEN_ANY, BOOT_WORD_HARMFUL, true,
          "splits IOMMU groups that the hardware does not isolate" },
        { "passthru.off", NULL, WHEN_PERMANENT, BOOT_WORD_HARMFUL, false,
          "is meant for one boot: in the file, nothing is handed over at any boot" },
        { "passthru.skip", NULL, WHEN_PERMANENT, BOOT_WORD_HARMFUL, false,
          "is meant for one boot: in the file, it leaves these sections out at every boot" },
};

/* Whether a section asks for anything, or there is none yet, and what a recipe has left is to be looked at. */
static bool any_section(const struct config *config)
{
        if (config->n_sections == 0)
                return true;
        for (size_t i = 0; i < config->n_sections; i++)
                if (config->sections[i]->enabled || config->sections[i]->skipped || config->sections[i]->dormant)
                        return true;
        return false;
}

static bool fits_host(const struct looking *l, enum when when)
{
        const struct boot_host *h = l->host;

        switch (when) {
        case WHEN_VFIO:
                return l->vfio;
        case WHEN_INTEL:
                return l->vfio && h->intel;
        case WHEN_AMD:
                return l->vfio && h->amd;
        case WHEN_X86:
                return l->vfio && (h->intel || h->amd);
        case WHEN_CLAIMED:
                return l->vfio && !h->no_claim;
        case WHEN_I915:
                return l->i915;
        case WHEN_NOT_I915:
                return !l->i915 && l->config->n_sections > 0 && any_section(l->config);
        case WHEN_NO_VGA:
                return l->no_vga;
        case WHEN_VGA:
                return !l->no_vga && any_section(l->config);
        case WHEN_NOTHING:
                return l->config->n_sections == 0;
        case WHEN_PERMANENT:
                return h->files.n > 0 && any_section(l->config);
        default:
                return any_section(l->config);
        }
}

static bool fits(const struct told *t, const struct cmdline_word *w)
{
        const char *value;
        size_t len, n;

        if (!cmdline_sets(w, t->name, &value, &len))
                return false;
        if (!t->item)
                return true;
        if (t->item[0] != '*')
                return cmdline_value_has(value, len, t->item);
        n = strlen(t->item + 1);
        return len >= n && strncmp(value + len - n, t->item + 1, n) == 0;
}

/* The row of a word; of a list with several of these words, the one that is in the way. NULL: none. */
static const struct told *find_row(const struct looking *l, const struct cmdline_word *w, bool permanent)
{
        const struct told *found = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
                const struct told *t = &told[i];

                if (!fits(t, w) || !fits_host(l, t->when) || (t->when == WHEN_PERMANENT && !permanent))
                        continue;
                if (!found || (found->state == BOOT_WORD_NEEDLESS && t->state == BOOT_WORD_HARMFUL))
                        found = t;
        }
        return found;
}

static void tell(struct looking *l, const struct cmdline_word *w, bool permanent)
{
        const struct told *row = find_row(l, w, permanent);
        CLEANUP_FREE char *word = NULL, *why = NULL;
        struct boot_word *added;
        bool part;

        if (!row)
                return;
        word = xstrndup(w->text, w->len);
        part = row->item && row->item[0] != '*' && strchr(word, ',');
        if (boot_needs_has(&l->needs, word))
                return;
        why = xasprintf("%s%s%s", part ? row->item : "", part ? " " : "", row->why);
        added = boot_needs_add(l, word, why, row->state);
        added->checked = row->checked;
        added->item = part ? row->item : NULL;
}

static void tell_of(struct looking *l, const char *text, bool permanent)
{
        struct cmdline_word w;

        while (cmdline_next(&text, &w))
                tell(l, &w, permanent);
}

void boot_tell_parameters(struct looking *l)
{
        tell_of(l, l->next, true);
        for (size_t i = 0; i < l->host->given.n; i++)
                tell_of(l, l->host->given.items[i].text, true);
        tell_of(l, l->host->running, false);
}
