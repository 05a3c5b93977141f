/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Explanations as JSON: what the rows say, as members of their own. */
#include <stdio.h>

#include "base/macro.h"
#include "base/uuid.h"
#include "explain/explain-internal.h"
#include "json/json.h"
#include "json/render-json-internal.h"
#include "json/render-json.h"
#include "vmdef/vmdef.h"

static void add_function(json_t *j, const struct inventory *inv, size_t function)
{
        const struct pci_function *f = &inv->functions[function];
        char id[16];

        (void) snprintf(id, sizeof(id), "%04x:%04x", f->vendor, f->device);
        json_put(j, "address", json_address(&f->address));
        json_put(j, "id", json_text(id));
        json_put(j, "name", json_text(f->name));
        json_put(j, "driver", json_text(f->driver));
        json_put(j, "driver_override", json_text(f->driver_override));
        json_put(j, "group", f->group == NO_GROUP ? json_null() : json_integer(f->group));
}

static void add_item(json_t *j, const struct explanation *e)
{
        const struct plan_item *item = e->subject.item;

        json_put(j, "section", json_text(item ? item->section->name : NULL));
        json_put(j, "kind", json_text(item ? section_kind_name(item->section->kind) : NULL));
        json_put(j, "status", json_text(item ? section_status_name(e->status) : NULL));
        if (!item)
                return;
        json_put(j, "file", json_text(item->loc->file));
        json_put(j, "line", json_integer(item->loc->line));
        add_reasons_json(j, item);
}

static void add_words(json_t *j, const struct explanation *e)
{
        const struct {
                const char *key, *text;
        } words[] = {
                { "title", e->title },     { "wanted", e->wanted },
                { "by", e->by },           { "now", e->now },
                { "reason", e->why },      { "use", e->use },
                { "before", e->before },   { "claim_note", e->claim_note },
                { "next_in", e->next_in }, { "next_when", e->next_when },
        };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                json_put(j, words[i].key, json_text(words[i].text));
        json_put(j, "claim", json_split(e->claim, '\n'));
        json_put(j, "next", json_split(e->next, '\n'));
}

static json_t *modules_json(const struct explain_facts *facts)
{
        json_t *array = facts->modules_known ? json_array() : json_null();

        for (size_t i = 0; i < facts->n_modules; i++)
                json_add(array, json_pack("{s:o, s:b}", "module", json_text(facts->modules[i].name), "blacklisted",
                                          facts->modules[i].blacklisted));
        return array;
}

static json_t *members_json(const struct explain_input *in, const struct explanation *e)
{
        json_t *array = json_array();

        for (size_t i = 0; i < e->n_members; i++) {
                const struct explain_member *m = &e->members[i];
                const struct pci_function *f = &in->inventory->functions[m->function];

                json_add(array, json_pack("{s:o, s:o, s:o, s:b}", "address", json_address(&f->address), "driver",
                                          json_text(f->driver), "section",
                                          json_text(m->item ? m->item->section->name : NULL), "blocks", m->blocks));
        }
        return array;
}

static json_t *holders_json(const struct explain_facts *facts)
{
        json_t *array = facts->holders_known ? json_array() : json_null();

        for (size_t i = 0; i < facts->n_holders; i++)
                json_add(array, json_pack("{s:o, s:o}", "node", json_text(facts->holders[i].node), "process",
                                          json_text(facts->holders[i].who)));
        return array;
}

static json_t *vms_json(const struct explain_input *in, const struct explanation *e)
{
        json_t *array = json_array();
        struct explain_vm v = { 0 };

        while (explain_next_vm(in, &e->subject, &v)) {
                CLEANUP_STRBUF struct strbuf key = { 0 };

                vm_add_key(&key, v.vm, v.device);
                json_add(array, json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:I}", "engine",
                                          v.vm->engine == VM_PROXMOX ? "proxmox" : "libvirt", "network", v.vm->network,
                                          "id", json_text(v.vm->id), "name", json_text(v.vm->name), "device",
                                          json_text(key.text), "mapping", json_text(v.device->mapping), "autostart",
                                          v.vm->autostart, "managed", v.device->managed, "file", json_text(v.vm->file),
                                          "line", (json_int_t) v.device->line));
        }
        return array;
}

static json_t *journal_json(const struct explain_facts *facts)
{
        json_t *array = facts->journal_error ? json_null() : json_array();

        for (size_t i = 0; i < facts->n_entries; i++)
                json_add(array, json_pack("{s:I, s:b, s:o}", "age", (json_int_t) facts->entries[i].age, "error",
                                          facts->entries[i].error, "message", json_text(facts->entries[i].text)));
        return array;
}

static json_t *explanation_json(const struct explain_input *in, const struct explanation *e)
{
        const struct explain_subject *s = &e->subject;
        char uuid[UUID_TEXT_MAX];
        json_t *j = json_object();

        add_item(j, e);
        if (s->function != NO_INDEX)
                add_function(j, in->inventory, s->function);
        if (s->has_uuid)
                json_put(j, "uuid", json_text(uuid_format(s->uuid, uuid)));
        add_words(j, e);
        json_put(j, "modules", modules_json(e->facts));
        json_put(j, "members", members_json(in, e));
        json_put(j, "vms", vms_json(in, e));
        json_put(j, "holders", holders_json(e->facts));
        json_put(j, "journal", journal_json(e->facts));
        return j;
}

void render_explain_json(const struct explain_input *in, const struct explanation *list, size_t n, char **ret)
{
        json_t *array = json_array();

        for (size_t i = 0; i < n; i++)
                json_add(array, explanation_json(in, &list[i]));
        *ret = json_finish(json_pack("{s:i, s:o}", "version", JSON_VERSION, "explanations", array));
}
