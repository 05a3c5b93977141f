/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps that set properties: what they set, in words. */
#include "plan/step-setting.h"

#include "base/macro.h"

const struct property_row *step_row(const struct plan_step *step)
{
        return step->kind == STEP_SET && step->n_changes > 0 ? &properties[step->changes[0].property] : NULL;
}

bool step_sets(const struct plan_step *step, enum property property)
{
        for (unsigned i = 0; i < step->n_changes; i++)
                if (step->changes[i].property == property)
                        return true;
        return false;
}

void step_set_changes(struct plan_step *step, const struct values *want, const struct values *have, uint64_t mask)
{
        step->n_changes = 0;
        for (enum property p = 0; p < PROPERTY_MAX && step->n_changes < PROPERTY_GROUP_MAX; p++)
                if (mask & PROPERTY_BIT(p))
                        step->changes[step->n_changes++] = (struct property_change){
                                .property = p,
                                .known = have && values_have(have, p),
                                .old = have ? have->value[p] : 0,
                                .value = want->value[p],
                        };
}

void step_wanted(const struct plan_step *step, struct values *ret)
{
        *ret = (struct values){ 0 };
        for (unsigned i = 0; i < step->n_changes; i++)
                values_set(ret, step->changes[i].property, step->changes[i].value);
}

void step_setting_format(struct strbuf *b, const struct plan_step *step, const char *arrow)
{
        if (step->kind == STEP_ROM_DUMP)
                strbuf_addf(b, "ROM %s %s", arrow, step->value);
        for (unsigned i = 0; i < step->n_changes; i++) {
                const struct property_change *c = &step->changes[i];

                if (c->property == PROPERTY_PF_UP) {
                        strbuf_addf(b, "%s %s", step->subject, c->value ? "up" : "down");
                        continue;
                }
                strbuf_addf(b, "%s%s ", i > 0 ? ", " : "", property_name(c->property));
                if (arrow && c->known && c->old != c->value) {
                        property_format(c->property, c->old, b);
                        strbuf_addf(b, " %s ", arrow);
                }
                property_format(c->property, c->value, b);
        }
}

void step_names_format(struct strbuf *b, const struct plan_step *step)
{
        for (unsigned i = 0; i < step->n_changes; i++)
                strbuf_addf(b, "%s%s", i > 0 ? ", " : "", property_name(step->changes[i].property));
}

void step_values_format(struct strbuf *b, const struct plan_step *step)
{
        for (unsigned i = 0; i < step->n_changes; i++) {
                strbuf_add(b, i > 0 ? ", " : "");
                property_format(step->changes[i].property, step->changes[i].value, b);
        }
}

void step_before_format(struct strbuf *b, const struct plan_step *step)
{
        bool any = false;

        for (unsigned i = 0; i < step->n_changes; i++)
                any = any || step->changes[i].known;
        for (unsigned i = 0; i < step->n_changes && any; i++) {
                strbuf_add(b, i > 0 ? ", " : "");
                if (step->changes[i].known)
                        property_format(step->changes[i].property, step->changes[i].old, b);
                else
                        strbuf_add(b, "unknown");
        }
}

bool step_settings_equal(const struct plan_step *a, const struct plan_step *b)
{
        if (a->n_changes != b->n_changes)
                return false;
        for (unsigned i = 0; i < a->n_changes; i++) {
                const struct property_change *x = &a->changes[i], *y = &b->changes[i];

                if (x->property != y->property || x->value != y->value || x->known != y->known || x->old != y->old)
                        return false;
        }
        return true;
}

bool step_is_of_display(const struct plan_step *step)
{
        return step->kind == STEP_UNIT || step->kind == STEP_CONSOLE;
}

const char *step_display_word(const struct plan_step *step, bool done)
{
        if (step->kind == STEP_UNIT && streq(step->value, UNIT_ACTIVE))
                return done ? "started" : "start";
        if (step->kind == STEP_UNIT)
                return done ? "stopped" : "stop";
        if (streq(step->value, "1"))
                return done ? "bound" : "bind";
        return done ? "unbound" : "unbind";
}

bool step_is_of_device(const struct plan_step *step)
{
        const struct property_row *row = step_row(step);

        return step->kind == STEP_ROM_DUMP || (row && row->scope == SCOPE_DEVICE);
}

bool step_is_of_sriov(const struct plan_step *step)
{
        const struct property_row *row = step_row(step);

        return row && row->scope != SCOPE_DEVICE && !row->internal;
}
