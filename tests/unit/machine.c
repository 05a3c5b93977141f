/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inventories in memory, and plans as text. */
#include "unit/machine.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "plan/step-kind.h"
#include "plan/step-setting.h"
#include "view/rows.h"

static char *copy(const char *s)
{
        char *c = s ? strdup(s) : NULL;

        assert_true(c || !s);
        return c;
}

void inv_add(struct inventory *inv, const struct fn *functions, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const struct fn *t = &functions[i];
                struct pci_function *f = ARRAY_APPEND(inv->functions, inv->n_functions, inv->alloc_functions);
                struct pci_id_pattern id;

                assert_non_null(f);
                assert_int_equal(pci_address_parse(t->address, false, &f->address, NULL), 0);
                if (inv->n_functions > 1)
                        assert_true(pci_address_compare(&f[-1].address, &f->address) < 0);
                assert_int_equal(pci_id_pattern_parse(t->ids, &id), 0);
                f->vendor = (uint16_t) id.vendor;
                f->device = (uint16_t) id.device;
                f->subvendor = id.subvendor == PCI_ID_ANY ? 0 : (uint16_t) id.subvendor;
                f->subdevice = id.subdevice == PCI_ID_ANY ? 0 : (uint16_t) id.subdevice;
                f->class = t->class;
                f->driver = copy(t->driver);
                f->driver_override = copy(t->override_);
                f->group = t->group;
                f->path = copy(t->path);
                f->physfn = NO_INDEX;
        }
}

struct pci_function *inv_at(struct inventory *inv, const char *address)
{
        struct pci_address a;
        size_t i;

        assert_int_equal(pci_address_parse(address, false, &a, NULL), 0);
        i = inventory_find_index(inv, &a);
        if (i == NO_INDEX)
                fail_msg("the machine has no %s", address);
        return &inv->functions[i];
}

void inv_pf(struct inventory *inv, const char *pf, unsigned total, const char *first, unsigned n, uint16_t vf_device)
{
        struct pci_function *f = inv_at(inv, pf);

        f->sriov = f->autoprobe = true;
        f->totalvfs = total;
        f->numvfs = n;
        f->vf_device = vf_device;
        if (n == 0)
                return;
        f->vfs = calloc(n, sizeof(*f->vfs));
        assert_non_null(f->vfs);
        for (unsigned i = 0; i < n; i++) {
                f->vfs[i] = (size_t) (inv_at(inv, first) - inv->functions) + i;
                assert_true(f->vfs[i] < inv->n_functions);
                inv->functions[f->vfs[i]].physfn = (size_t) (f - inv->functions);
                inv->functions[f->vfs[i]].vf_index = i;
        }
}

void inv_netdev(struct inventory *inv, const char *address, const char *name, const char *mac)
{
        struct pci_function *f = inv_at(inv, address);
        size_t alloc = f->n_netdevs;
        struct netdev *n = ARRAY_APPEND(f->netdevs, f->n_netdevs, alloc);

        assert_non_null(n);
        n->name = copy(name);
        if (mac) {
                struct selector s;

                assert_int_equal(selector_parse(SELECTOR_MAC, mac, &s), 0);
                memcpy(n->mac, s.mac, sizeof(n->mac));
                n->has_mac = true;
                selector_clear(&s);
        }
}

void inv_serial(struct inventory *inv, const char *address, const char *serial)
{
        struct pci_function *f = inv_at(inv, address);
        size_t alloc = f->n_serials;
        char **slot = ARRAY_APPEND(f->serials, f->n_serials, alloc);

        assert_non_null(slot);
        *slot = copy(serial);
}

void inv_drivers(struct inventory *inv, const char *const *names, size_t n)
{
        inv->drivers = calloc(n + 1, sizeof(*inv->drivers));
        assert_non_null(inv->drivers);
        for (size_t i = 0; i < n; i++)
                inv->drivers[inv->n_drivers++] = copy(names[i]);
}

struct mdev_parent *inv_parent(struct inventory *inv, const char *name, const char *function)
{
        struct mdev_parent *p = ARRAY_APPEND(inv->parents, inv->n_parents, inv->alloc_parents);

        assert_non_null(p);
        p->name = copy(name);
        p->function = function ? (size_t) (inv_at(inv, function) - inv->functions) : NO_INDEX;
        return p;
}

void inv_type(struct mdev_parent *parent, const char *id, const char *name, unsigned available)
{
        size_t alloc = parent->n_types;
        struct mdev_type *t = ARRAY_APPEND(parent->types, parent->n_types, alloc);

        assert_non_null(t);
        *t = (struct mdev_type){ .id = copy(id), .name = copy(name), .available = available };
}

void inv_mdev(struct inventory *inv, const char *uuid, const char *parent, const char *type)
{
        struct mdev_device *m = ARRAY_APPEND(inv->mdevs, inv->n_mdevs, inv->alloc_mdevs);
        const struct mdev_parent *p = parent ? inventory_find_parent(inv, parent) : NULL;

        assert_non_null(m);
        assert_int_equal(uuid_parse(uuid, m->uuid), 0);
        m->parent = p ? (size_t) (p - inv->parents) : NO_INDEX;
        m->type = copy(type);
}

struct module_info *inv_module(struct inventory *inv, const char *name, bool loaded)
{
        struct module_info *m = ARRAY_APPEND(inv->modules, inv->n_modules, inv->alloc_modules);

        assert_non_null(m);
        m->name = copy(name);
        m->loaded = loaded;
        return m;
}

void inv_param(struct module_info *m, const char *name, const char *value, bool writable)
{
        size_t alloc = m->n_params;
        struct module_param *p = ARRAY_APPEND(m->params, m->n_params, alloc);

        assert_non_null(p);
        *p = (struct module_param){ copy(name), copy(value), writable };
}

void inv_alias(struct inventory *inv, const char *pattern, const char *module)
{
        struct vfio_alias *a = ARRAY_APPEND(inv->aliases, inv->n_aliases, inv->alloc_aliases);

        assert_non_null(a);
        *a = (struct vfio_alias){ copy(pattern), copy(module) };
}

void planned_clear(struct planned *p)
{
        plan_free(p->plan);
        state_free(&p->state);
        inventory_free(p->inv);
        config_free(p->config);
}

int test_derive_uuid(void *userdata, const char *name, unsigned index, uint8_t ret[16])
{
        (void) userdata;
        memset(ret, 0, 16);
        ret[0] = (uint8_t) name[0];
        ret[15] = (uint8_t) index;
        return 0;
}

void plan_for(struct planned *p, struct inventory *(*machine)(void), const char *text)
{
        struct plan_input in = { .state = &p->state, .derive_uuid = test_derive_uuid };

        p->inv = machine();
        inventory_index(p->inv);
        p->config = parse_good(text);
        in.config = p->config;
        in.inventory = p->inv;
        plan_build(&in, &p->plan);
}

const struct plan_item *planned_item(const struct planned *p, const char *name)
{
        for (size_t i = 0; i < p->plan->n_items; i++)
                if (streq(p->plan->items[i].section->name, name))
                        return &p->plan->items[i];
        fail_msg("no section %s", name);
        return NULL;
}

static void add_step_text(struct strbuf *b, const struct plan_step *s)
{
        char address[PCI_ADDRESS_MAX], uuid[UUID_TEXT_MAX];

        strbuf_add(b, step_name(s));
        if (s->has_address)
                strbuf_addf(b, " %s", pci_address_format(&s->address, address));
        if (s->new_vf)
                strbuf_addf(b, "/%u", s->vf_index);
        if (s->kind == STEP_MDEV_CREATE || s->kind == STEP_MDEV_ATTR)
                strbuf_addf(b, " %s", uuid_format(s->uuid, uuid));
        if (s->subject)
                strbuf_addf(b, " on %s", s->subject);
        if (s->attribute)
                strbuf_addf(b, " .%s", s->attribute);
        if (s->kind == STEP_SET && step_row(s)->internal)
                strbuf_addf(b, " %u > %u", (unsigned) s->changes[0].old, (unsigned) s->changes[0].value);
        else if (s->kind == STEP_SET) {
                strbuf_add(b, " .");
                step_names_format(b, s);
                strbuf_add(b, s->changes[0].known ? " " : "");
                step_before_format(b, s);
                strbuf_add(b, " > ");
                step_values_format(b, s);
        }
        if (s->old)
                strbuf_addf(b, " %s", *s->old ? s->old : "''");
        strbuf_add(b, s->kind == STEP_SET ? "" : " >");
        if (s->value)
                strbuf_addf(b, " %s", *s->value ? s->value : "''");
        strbuf_addf(b, "%s%s\n", s->guarded ? " (guarded)" : "", s->always ? " (always)" : "");
}

char *plan_text(const struct plan *plan)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        for (size_t i = 0; i < plan->n_items; i++) {
                const struct plan_item *item = &plan->items[i];

                strbuf_addf(&b, "%s %s", item->section->name, plan_verdict_name(item->verdict));
                if (item->reason)
                        strbuf_addf(&b, ": %s", item->reason);
                plan_add_override(&b, item, "; ");
                if (item->reason)
                        strbuf_addf(&b, " @%u", item->loc->line);
                else if (item->note)
                        strbuf_addf(&b, " [%s]", item->note);
                strbuf_add(&b, "\n");
        }
        for (size_t i = 0; i < plan->n_steps; i++) {
                /* Phases are done in their order, whatever the sections'. */
                assert_true(i == 0 || plan->steps[i - 1].phase <= plan->steps[i].phase);
                add_step_text(&b, &plan->steps[i]);
        }
        return strbuf_steal(&b);
}

void assert_plans(struct inventory *(*machine)(void), const struct plan_case *cases, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                CLEANUP_PLANNED struct planned p = { 0 };
                CLEANUP_FREE char *text = NULL;

                plan_for(&p, machine, cases[i].config);
                text = plan_text(p.plan);
                assert_text_of(cases[i].config, text, cases[i].expected);
        }
}
