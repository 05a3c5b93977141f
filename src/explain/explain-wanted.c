/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a thing is called, and what the configuration wants of it, where. */
#include <stdlib.h>

#include "base/macro.h"
#include "base/uuid.h"
#include "device/device-class.h"
#include "explain/explain-internal.h"

/* "0000:01:00.0 GeForce RTX 3070 [10de:2484]", of a VF also whose it is. */
static void add_function(struct strbuf *b, const struct inventory *inv, size_t function)
{
        const struct pci_function *f = &inv->functions[function];
        char address[PCI_ADDRESS_MAX];

        strbuf_addf(b, "%s ", pci_address_format(&f->address, address));
        add_function_name(b, f);
        if (f->physfn != NO_INDEX)
                strbuf_addf(b, ", VF %u of %s", f->vf_index,
                            pci_address_format(&inv->functions[f->physfn].address, address));
}

static void add_item_name(struct strbuf *b, const struct plan_item *item)
{
        const struct config_section *s = item->section;

        if (s->kind == SECTION_MODULE)
                strbuf_add(b, "module");
        else if (s->kind == SECTION_MDEV)
                strbuf_addf(b, "%s of type %s on %s", item->n_mdevs > 0 && item->mdevs[0].vgpu ? "vGPU" : "mdev",
                            item->type_id ? item->type_id : s->type,
                            item->parent_name ? item->parent_name : s->selector.text);
        else if (s->bus != BUS_PCI)
                strbuf_addf(b, "%s (%s)", s->selector.text, bus_name(s->bus));
        else
                strbuf_addf(b, "%s %s", selector_key(s->selector.kind), s->selector.text);
}

void explain_title(const struct explain_input *in, const struct explain_subject *s, struct strbuf *b)
{
        const struct plan_claim *new_vf = explain_new_vf(s);
        char address[PCI_ADDRESS_MAX], uuid[UUID_TEXT_MAX];

        if (s->item)
                strbuf_addf(b, "%s: ", s->item->section->name);
        if (explain_is_whole(s) && s->item->section->kind == SECTION_VF && s->item->n_claims > 1)
                strbuf_addf(b, "VFs %u to %u of %s", s->item->section->selector.vf_index, s->item->section->vf_last,
                            pci_address_format(&in->inventory->functions[s->item->pf].address, address));
        else if (s->has_uuid)
                strbuf_addf(b, "mdev %s", uuid_format(s->uuid, uuid));
        else if (s->parent != NO_INDEX)
                strbuf_addf(b, "mdev parent %s", in->inventory->parents[s->parent].name);
        else if (s->function != NO_INDEX)
                add_function(b, in->inventory, s->function);
        else if (new_vf)
                strbuf_addf(b, "VF %u of %s", new_vf->vf_index,
                            pci_address_format(&in->inventory->functions[s->item->pf].address, address));
        else if (s->item)
                add_item_name(b, s->item);
}

const char *explain_wanted_driver(const struct explain_subject *s)
{
        if (s->claim || !s->item)
                return s->claim ? s->claim->driver : NULL;
        return s->item->n_claims > 0 ? s->item->claims[0].driver : s->item->section->driver;
}

static void add_params(struct strbuf *b, const struct config_section *s)
{
        strbuf_add(b, s->n_pairs > 0 ? "loaded with " : "loaded");
        for (size_t i = 0; i < s->n_pairs; i++)
                strbuf_addf(b, "%s%s=%s", i > 0 ? " " : "", s->pairs[i].name, s->pairs[i].value);
}

static bool is_on(const struct explain_input *in, const struct explain_subject *s, size_t parent)
{
        return parent != NO_INDEX && (parent == s->parent || (s->function != NO_INDEX &&
                                                              in->inventory->parents[parent].function == s->function));
}

const struct plan_item *explain_mdev_section(const struct explain_input *in, const struct explain_subject *s,
                                             size_t *ret_n)
{
        const struct plan_item *first = NULL;
        size_t n = 0;

        for (size_t i = 0; !s->item && !s->has_uuid && i < in->plan->n_items; i++) {
                const struct plan_item *item = &in->plan->items[i];
                bool on_it = is_on(in, s, item->parent);

                for (size_t k = 0; k < item->n_mdevs && !on_it; k++)
                        on_it = is_on(in, s, item->mdevs[k].parent);
                if (!on_it)
                        continue;
                if (n++ == 0)
                        first = item;
        }
        if (ret_n)
                *ret_n = n;
        return first;
}

/* ", reset-method bus, bar-size.0 8G": of the function that the section names; the others are taken with it as they
 * are. */
static void add_settings(const struct explain_subject *s, struct strbuf *b)
{
        const struct config_section *section = s->item->section;
        struct values wanted = section->values;

        if (section->kind == SECTION_DEVICE && s->claim && !s->claim->named)
                return;
        if (s->claim && s->claim->values)
                wanted = *s->claim->values;
        else if (section->kind == SECTION_VF && section->vf_last == section->selector.vf_index)
                values_count(&wanted, section->vf_last);
        strbuf_add(b, values_wanted(&wanted) ? ", " : "");
        values_words_format(&wanted, values_wanted(&wanted), b);
        if (section->rom_dump)
                strbuf_addf(b, ", its ROM in /%s", section->rom_dump);
}

/* ", MACs stable, its interface up": what is set of the PF and of all its VFs. */
static void add_pf_settings(const struct config_section *s, struct strbuf *b)
{
        uint64_t rest = s->values.known & ~PROPERTY_BIT(PROPERTY_PF_UP);

        if (s->values.stable)
                strbuf_add(b, ", MACs stable");
        if (values_have(&s->values, PROPERTY_PF_UP))
                strbuf_add(b, ", its interface up");
        strbuf_add(b, rest ? ", " : "");
        values_words_format(&s->values, rest, b);
        if (s->vf_queues > 0)
                strbuf_addf(b, ", vf-queues %u", s->vf_queues);
        if (s->vf_interrupts > 0)
                strbuf_addf(b, ", vf-interrupts %u", s->vf_interrupts);
}

static void add_section_wants(const struct explain_subject *s, struct strbuf *b)
{
        const struct config_section *section = s->item->section;
        unsigned vfs = s->item->pf == NO_INDEX ? section->vfs : s->item->vfs;

        switch (section->kind) {
        case SECTION_MODULE:
                add_params(b, section);
                break;
        case SECTION_MDEV:
                if (s->has_uuid || section->count == 1)
                        strbuf_addf(b, "%s of type %s",
                                    s->item->n_mdevs > 0 && s->item->mdevs[0].vgpu ? "a vGPU" : "an mdev",
                                    section->type);
                else
                        strbuf_addf(b, "%u %s of type %s", section->count,
                                    s->item->n_mdevs > 0 && s->item->mdevs[0].vgpu ? "vGPUs" : "mdevs", section->type);
                break;
        case SECTION_SRIOV:
                if (explain_is_whole(s)) {
                        if (vfs == VFS_MAX)
                                strbuf_add(b, "as many VFs as it supports");
                        else
                                strbuf_addf(b, "%u %s", vfs, vfs == 1 ? "VF" : "VFs");
                        strbuf_addf(b, "%s on %s", vfs == 1 ? "" : ", each",
                                    explain_driver_word(explain_wanted_driver(s)));
                        add_pf_settings(section, b);
                        break;
                }
                strbuf_add(b, explain_driver_word(explain_wanted_driver(s)));
                if (s->claim && s->claim->values) {
                        strbuf_add(b, ", ");
                        values_words_format(s->claim->values, s->claim->values->known, b);
                }
                break;
        default:
                strbuf_add(b, explain_driver_word(explain_wanted_driver(s)));
                add_settings(s, b);
                break;
        }
}

const struct plan_claim *explain_new_vf(const struct explain_subject *s)
{
        const struct plan_claim *claim = s->claim;

        if (!s->item)
                return NULL;
        if (!claim && (s->item->section->kind == SECTION_DEVICE || s->item->section->kind == SECTION_VF) &&
            s->item->n_claims > 0)
                claim = &s->item->claims[0];
        return claim && claim->function == NO_INDEX && s->item->pf != NO_INDEX ? claim : NULL;
}

void explain_wanted(const struct explain_input *in, const struct explain_subject *s, struct strbuf *b)
{
        if (s->item)
                add_section_wants(s, b);
        else if (explain_mdev_section(in, s, NULL))
                strbuf_add(b, "a parent of mdevs, bound to its own driver");
}

/* Where the section names its device, and by what. */
static const struct config_loc *selector_line(const struct config_section *s, const char **ret_key)
{
        for (enum config_key key = KEY_ADDRESS; key <= KEY_PARENT; key++)
                if (config_has(s, key)) {
                        *ret_key = config_key_name(key);
                        return config_loc_of(s, key);
                }
        *ret_key = NULL;
        return &s->loc;
}

/* The function is not what the selector names, but is taken with it. */
static const struct config_loc *along_line(const struct explain_input *in, const struct explain_subject *s,
                                           const char **ret_text)
{
        const struct config_section *section = s->item->section;
        const struct pci_function *f;
        size_t named = s->item->found;

        if (section->kind != SECTION_DEVICE || !s->claim || s->function == NO_INDEX || named == NO_INDEX ||
            s->function == named)
                return NULL;
        f = &in->inventory->functions[s->function];
        if (section->selector.kind == SELECTOR_ID && pci_id_pattern_matches(&section->selector.id, f))
                return NULL;
        if (section->all_functions && device_same_card(in->inventory, named, s->function)) {
                *ret_text = "functions = all";
                return config_loc_of(section, KEY_FUNCTIONS);
        }
        if (section->group != GROUP_WHOLE || section->selector.slot)
                return NULL;
        *ret_text = "group = whole";
        return config_loc_of(section, KEY_GROUP);
}

static void add_by(const struct explain_input *in, const struct explain_subject *s, struct strbuf *b)
{
        const struct config_section *section = s->item->section;
        const char *key = NULL, *text = section->selector.text;
        const struct config_loc *loc = along_line(in, s, &text);
        CLEANUP_FREE char *place = NULL;

        if (!loc)
                loc = selector_line(section, &key);
        place = loc_text(loc);
        strbuf_addf(b, "[%s %s] (%s", section_kind_name(section->kind), section->name, place);
        if (key)
                strbuf_addf(b, ": %s = %s", key, text);
        else if (text && section->kind != SECTION_MODULE)
                strbuf_addf(b, ": %s", text);
        strbuf_add(b, ")");
}

void explain_add_disabled(const struct plan_item *disabled, struct strbuf *b)
{
        const struct config_section *s = disabled->section;
        CLEANUP_FREE char *place = loc_text(config_loc_of(s, KEY_ENABLED));

        if (s->dormant) {
                strbuf_addf(b, "[%s %s] hands it over ", section_kind_name(s->kind), s->name);
                config_add_when(b, s);
                return;
        }
        strbuf_addf(b, "[%s %s] is disabled (%s)", section_kind_name(s->kind), s->name,
                    s->skipped ? "passthru.skip= on the kernel command line" : place);
}

void explain_by(const struct explain_input *in, const struct explain_subject *s, struct strbuf *b)
{
        struct explain_subject maker = { .function = NO_INDEX, .parent = NO_INDEX };
        size_t n = 0;

        if (s->item) {
                add_by(in, s, b);
                if (s->disabled) {
                        strbuf_add(b, "; ");
                        explain_add_disabled(s->disabled, b);
                }
                return;
        }
        maker.item = explain_mdev_section(in, s, &n);
        if (maker.item)
                add_by(in, &maker, b);
        if (n > 1)
                strbuf_addf(b, " and %zu more", n - 1);
}
