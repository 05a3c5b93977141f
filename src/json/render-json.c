/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan and the status as JSON (jansson). A value that fails to be made fails the whole. */
#include "json/render-json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/uuid.h"
#include "json/json.h"
#include "json/render-json-internal.h"
#include "plan/step-kind.h"
#include "plan/step-setting.h"
#include "view/rows-internal.h"

/* What is wanted of a VF, also what is derived for it, and what there is of it. */
static json_t *settings_json(const struct values *wanted, const struct values *have)
{
        json_t *settings = json_array();

        for (enum property p = 0; p < PROPERTY_MAX; p++) {
                char is[PROPERTY_TEXT_MAX], wants[PROPERTY_TEXT_MAX];

                if (values_have(wanted, p))
                        json_add(settings, json_pack("{s:s, s:o, s:s}", "property", property_name(p), "actual",
                                                     json_text(have && values_have(have, p)
                                                                       ? property_value(p, have->value[p], is)
                                                                       : NULL),
                                                     "wanted", property_value(p, wanted->value[p], wants)));
        }
        return settings;
}

static void put_settings(json_t *j, const struct plan_claim *claim, const struct pci_function *f)
{
        if (claim->values)
                json_put(j, "settings", settings_json(claim->values, f ? f->values : NULL));
}

static json_t *claim_json(const struct plan_item *item, const struct plan_claim *claim, const struct inventory *inv)
{
        const struct pci_function *f = claim->function == NO_INDEX ? NULL : &inv->functions[claim->function];
        json_t *j;
        char id[16];

        if (!f) {
                j = json_pack("{s:o, s:i, s:n, s:o, s:b}", "pf", json_address(&inv->functions[item->pf].address), "vf",
                              (int) claim->vf_index, "driver", "wanted", json_text(claim->driver), "change",
                              claim->change);
                put_settings(j, claim, NULL);
                return j;
        }
        (void) snprintf(id, sizeof(id), "%04x:%04x", f->vendor, f->device);
        j = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:b}", "address", json_address(&f->address), "id", id, "name",
                      json_text(f->name), "driver", json_text(f->driver), "wanted", json_text(claim->driver), "group",
                      f->group == NO_GROUP ? json_null() : json_integer(f->group), "change", claim->change);
        if (f->physfn != NO_INDEX) {
                json_put(j, "pf", json_address(&inv->functions[f->physfn].address));
                json_put(j, "vf", json_integer(f->vf_index));
                put_settings(j, claim, f);
        }
        return j;
}

static json_t *bus_claim_json(const struct plan_item *item, const struct plan_bus_claim *claim,
                              const struct inventory *inv)
{
        const struct bus_device *d = &inv->bus_devices[claim->device];

        return json_pack("{s:s, s:o, s:o, s:o, s:o, s:b}", "bus", bus_name(d->bus), "device", json_text(d->name),
                         "driver", json_text(d->driver), "wanted", json_text(item->section->driver), "group",
                         d->group == NO_GROUP ? json_null() : json_integer(d->group), "change", claim->change);
}

/* A vGPU that is its VF itself goes by the VF's address. */
static json_t *mdev_json(const struct plan_mdev *m, const struct inventory *inv)
{
        char uuid[UUID_TEXT_MAX];
        json_t *j =
                json_pack("{s:o, s:b}", "uuid", json_text(m->known && !m->vgpu ? uuid_format(m->uuid, uuid) : NULL),
                          "exists", m->exists);

        if (m->vgpu)
                json_put(j, "vf", json_text(inv->parents[m->parent].name));
        return j;
}

void add_reasons_json(json_t *j, const struct plan_item *item)
{
        json_t *reasons;

        if (item->n_reasons + item->n_obstacles == 0)
                return;
        reasons = json_array();
        for (size_t i = 0; i < item->n_obstacles; i++)
                json_add(reasons, json_pack("{s:n, s:n, s:o, s:b}", "guard", "device", "text",
                                            json_text(item->obstacles[i]), "forced", false));
        for (size_t i = 0; i < item->n_reasons; i++) {
                const struct plan_reason *reason = &item->reasons[i];

                json_add(reasons, json_pack("{s:s, s:o, s:o, s:b}", "guard", guard_name(reason->guard), "device",
                                            json_text(reason->device), "text", json_text(reason->text), "forced",
                                            reason->forced));
        }
        json_put(j, "reasons", reasons);
}

static void add_details(json_t *j, const struct plan_item *item, const struct inventory *inv)
{
        json_t *devices = json_array(), *mdevs = json_array();

        for (size_t i = 0; i < item->n_claims; i++)
                json_add(devices, claim_json(item, &item->claims[i], inv));
        for (size_t i = 0; i < item->n_bus_claims; i++)
                json_add(devices, bus_claim_json(item, &item->bus_claims[i], inv));
        for (size_t i = 0; i < item->n_mdevs; i++)
                json_add(mdevs, mdev_json(&item->mdevs[i], inv));
        json_put(j, "devices", devices);
        add_reasons_json(j, item);
        if (item->section->kind == SECTION_SRIOV && item->pf != NO_INDEX) {
                const struct pci_function *pf = &inv->functions[item->pf];

                json_put(j, "pf", json_address(&pf->address));
                json_put(j, "vfs", json_integer(pf->numvfs));
                json_put(j, "vfs_wanted", json_integer(item->vfs));
                if (values_have(&item->section->values, PROPERTY_ESWITCH)) {
                        json_put(j, "eswitch", json_text(eswitch_mode_name(eswitch_of(pf->values))));
                        json_put(j, "eswitch_wanted",
                                 json_text(eswitch_mode_name(eswitch_of(&item->section->values))));
                }
        }
        if (item->section->kind != SECTION_MDEV) {
                json_decref(mdevs);
                return;
        }
        json_put(j, "mdevs", mdevs);
        json_put(j, "parent", json_text(item->parent_name));
        json_put(j, "type", json_text(item->type_id));
}

/* why: what stands beside the verdict or status. */
static json_t *item_json(const struct plan_item *item, const struct inventory *inv, const char *key, const char *value,
                         const char *why)
{
        json_t *j = json_pack("{s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:i}", "section", item->section->name, "kind",
                              section_kind_name(item->section->kind), key, value, "required", item->section->required,
                              "reason", json_text(why), "note", json_text(item->note), "file",
                              json_text(item->loc->file), "line", (int) item->loc->line);

        add_details(j, item, inv);
        return j;
}

/* What a step of a plan sets, and the value before and after: by its name in sysfs and as the kernel has it, or in the
 * words of the configuration. */
static json_t *setting_json(const struct plan_step *step,
                            void (*format)(struct strbuf *b, const struct plan_step *step))
{
        const struct property_change *c = &step->changes[0];
        const struct property_row *row = step_row(step);
        CLEANUP_STRBUF struct strbuf b = { 0 };
        char text[PROPERTY_TEXT_MAX];

        format(&b, step);
        if (format == step_names_format && row->internal)
                return json_null();
        if (format == step_names_format && c->property == PROPERTY_PF_UP)
                return json_text("up");
        if ((row->transport != TRANSPORT_SYSFS && row->transport != TRANSPORT_BAR) || !b.text)
                return json_text(b.text);
        if (format == step_names_format)
                return json_text(row->attribute);
        return json_text(property_text_format(c->property, format == step_before_format ? c->old : c->value, text));
}

static json_t *step_json(const struct plan *plan, const struct plan_step *step)
{
        bool set = step->kind == STEP_SET;
        json_t *j = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "action", step_name(step), "section",
                              plan->items[step->item].section->name, "subject", json_text(step->subject), "attribute",
                              set ? setting_json(step, step_names_format) : json_text(step->attribute), "old",
                              set ? setting_json(step, step_before_format) : json_text(step->old), "value",
                              set ? setting_json(step, step_values_format) : json_text(step->value));

        json_put_place(j, step);
        return j;
}

json_t *steps_json(const struct plan *plan)
{
        json_t *steps = json_array();

        for (size_t i = 0; i < plan->n_steps; i++)
                json_add(steps, step_json(plan, &plan->steps[i]));
        return steps;
}

/* The verdicts of a plan's items. */
static json_t *verdicts_json(const struct plan *plan, const struct inventory *inv)
{
        json_t *sections = json_array();

        for (size_t i = 0; i < plan->n_items; i++)
                json_add(sections, item_json(&plan->items[i], inv, "verdict", item_verdict_name(&plan->items[i]),
                                             plan->items[i].reason));
        return sections;
}

json_t *summary_json(const struct plan *plan, bool sections)
{
        struct plan_counts c = plan_count(plan);
        json_t *j = json_object();

        for (enum step_count i = 0; i < STEP_COUNT_MAX; i++)
                json_put(j, step_count_name(i), json_integer((json_int_t) step_count_number(&c.steps, i)));
        if (sections)
                json_put(j, "ok", json_integer((json_int_t) c.ok));
        if (sections)
                json_put(j, "absent", json_integer((json_int_t) c.absent));
        json_put(j, "refused", json_integer((json_int_t) c.refused));
        if (sections)
                json_put(j, "disabled", json_integer((json_int_t) c.disabled));
        if (sections)
                json_put(j, "on_demand", json_integer((json_int_t) c.on_demand));
        return j;
}

char *render_plan_json(const struct plan *plan, const struct release *held, const struct inventory *inv)
{
        json_t *j =
                json_pack("{s:i, s:o, s:o, s:o, s:o}", "version", JSON_VERSION, "sections", verdicts_json(plan, inv),
                          "steps", steps_json(plan), "held", held_json(held), "summary", summary_json(plan, true));

        return json_finish(j);
}

static json_t *member_json(const struct pool_member *m, const struct inventory *inv)
{
        char name[POOL_NAME_MAX], mac[PROPERTY_TEXT_MAX];
        const struct opener *o = m->opener;
        int vf = member_vf(m, inv);

        return json_pack("{s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "device",
                         json_text(pool_member_name(m, inv, name)), "vf", vf < 0 ? json_null() : json_integer(vf),
                         "mac", json_text(pool_member_mac(m, inv, mac)), "use", member_use_name(m->use), "process",
                         json_text(o ? o->process : NULL), "pid", o ? json_integer((json_int_t) o->pid) : json_null(),
                         "vm", json_text(o ? o->vm : NULL), "vm_id", json_text(o ? o->vm_id : NULL));
}

/* What VMs could have open, and who has it. */
static void put_pool(json_t *j, const struct pool *pool, const struct inventory *inv)
{
        json_t *members = json_array();

        for (size_t i = 0; i < pool->n; i++)
                json_add(members, member_json(&pool->members[i], inv));
        json_put(j, "pool",
                 json_pack("{s:I, s:I, s:I, s:o}", "free", (json_int_t) pool->n_free, "open",
                           (json_int_t) pool->n_open, "unknown", (json_int_t) pool->n_unknown, "members", members));
}

static json_t *last_run_json(const struct last_run *run)
{
        return run->time == 0
                       ? json_null()
                       : json_pack("{s:I, s:i}", "time", (json_int_t) run->time, "exit_status", (int) run->status);
}

/* item_json() of status: why it is not as configured, and what an apply would change. */
static json_t *status_json(const struct status_input *in, const struct plan_item *item)
{
        size_t index = (size_t) (item - in->plan->items);
        CLEANUP_FREE char *key = config_section_key(item->section);
        const struct state_hold *hold = in->state ? state_find_hold(in->state, key) : NULL;
        CLEANUP_STRBUF struct strbuf why = { 0 };
        json_t *j;

        add_reason(&why, in->plan, item, in->inventory, in->state);
        j = item_json(item, in->inventory, "status", section_status_name(section_status(item, in->state)), why.text);
        if (hold)
                json_put(j, "vm", json_text(hold->vm));
        json_put(j, "changes", changes_json(in->plan, index, in->inventory));
        if (in->pools && in->pools->items[index].n > 0)
                put_pool(j, &in->pools->items[index], in->inventory);
        return j;
}

/* As the first line of the text: how many sections there are of each status. */
static json_t *statuses_json(const struct status_input *in)
{
        struct status_counts counts = status_count(in->plan, in->state);
        json_t *j = json_object();

        for (enum section_status s = 0; s < SECTION_STATUSES; s++)
                json_put(j, section_status_name(s), json_integer((json_int_t) counts.n[s]));
        return j;
}

char *render_status_json(const struct status_input *in)
{
        json_t *sections = json_array();

        for (size_t i = 0; i < in->plan->n_items; i++)
                if (!in->plan->items[i].section->left_out)
                        json_add(sections, status_json(in, &in->plan->items[i]));
        return json_finish(json_pack("{s:i, s:o, s:o, s:o, s:o}", "version", JSON_VERSION, "sections", sections,
                                     "held", held_json(in->held), "last_run", last_run_json(&in->last_run), "summary",
                                     statuses_json(in)));
}

static json_t *diagnostic_json(enum diag_severity severity, const char *file, unsigned line, const char *text)
{
        static const char *const severities[] = {
                [DIAG_ERROR] = "error", [DIAG_WARNING] = "warning", [DIAG_NOTE] = "note"
        };

        return json_pack("{s:s, s:o, s:i, s:o}", "severity", severities[severity], "file", json_text(file), "line",
                         (int) line, "text", json_text(text));
}

char *render_check_json(const struct config *config, const struct diag_list *diags)
{
        json_t *files = json_array(), *list = json_array(), *left_out = json_array();

        for (size_t i = 0; i < config->n_files; i++)
                json_add(files, json_text(config->files[i]));
        for (size_t i = 0; i < diags->n; i++) {
                const struct diag *d = &diags->items[i];

                json_add(list, diagnostic_json(d->severity, d->file, d->line, d->text));
        }
        for (size_t i = 0; i < config->n_left_out; i++)
                json_add(left_out, json_pack("{s:o, s:i, s:o}", "file", json_text(config->left_out[i].loc.file),
                                             "line", (int) config->left_out[i].loc.line, "condition",
                                             json_text(config->left_out[i].condition)));
        return json_finish(json_pack("{s:i, s:b, s:o, s:o, s:o}", "version", JSON_VERSION, "ok",
                                     !diag_has_errors(diags), "files", files, "left_out", left_out, "diagnostics",
                                     list));
}

char *render_errors_json(char *const *errors, size_t n)
{
        json_t *list = json_array();

        for (size_t i = 0; i < n; i++)
                json_add(list, diagnostic_json(DIAG_ERROR, NULL, 0, errors[i]));
        return json_finish(json_pack("{s:i, s:b, s:[], s:[], s:o}", "version", JSON_VERSION, "ok", 0, "files",
                                     "left_out", "diagnostics", list));
}
