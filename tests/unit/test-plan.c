/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan as a whole: phases, counts, taking an item back, and what the state still knows. */
#include "unit/machine.h"

#include <stdlib.h>

static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:01:00.0", "8086:159b", 0x020000, "ice", NULL, 1, NULL },
                { "0000:02:00.0", "10de:2487", 0x030000, "nouveau", NULL, 2, NULL },
                { "0000:03:00.0", "144d:a808", 0x010802, "nvme", NULL, 3, NULL },
                { "0000:04:00.0", "8086:1521", 0x020000, "vfio-pci", "vfio-pci", 4, NULL },
        };
        static const char *const drivers[] = { "ice", "nouveau", "nvme" };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:01:00.0", 8, NULL, 0, 0x1889);
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        inv_type(inv_parent(inv, "mtty", NULL), "mtty-1", "Single port serial", 4);
        return inv;
}

/* Sections in the worst order; what is done is in the right one. */
#define ALL_KINDS                                                                                                     \
        "[mdev m]\nparent = mtty\ntype = mtty-1\nattr = a=1\n"                                                        \
        "[device gpu]\naddress = 02:00.0\n"                                                                           \
        "[device vf]\naddress = up/1\n"                                                                               \
        "[sriov up]\naddress = 01:00.0\nvfs = 2\n"                                                                    \
        "[device drive]\naddress = 03:00.0\n"                                                                         \
        "[module kvm]\nignore_msrs = 1\n"

static void phases(void **unused)
{
        static const enum step_phase phase_of[STEP_KIND_MAX] = {
                [STEP_MODULE_LOAD] = PHASE_MODULE,
                [STEP_NUMVFS] = PHASE_VFS,
                [STEP_MDEV_CREATE] = PHASE_MDEV,
                [STEP_MDEV_ATTR] = PHASE_MDEV,
        };
        CLEANUP_PLANNED struct planned p = { 0 };
        size_t first_unbind = SIZE_MAX, last_override = 0, kinds = 0;

        (void) unused;
        plan_for(&p, machine, ALL_KINDS);
        for (size_t i = 0; i < p.plan->n_steps; i++) {
                const struct plan_step *s = &p.plan->steps[i];

                assert_true(i == 0 || p.plan->steps[i - 1].phase <= s->phase);
                if (phase_of[s->kind] || s->kind == STEP_MODULE_LOAD)
                        assert_int_equal(s->phase, phase_of[s->kind]);
                if (s->kind == STEP_UNBIND)
                        first_unbind = MIN_OF(first_unbind, i);
                if (s->kind == STEP_OVERRIDE && !s->new_vf)
                        last_override = i;
                kinds |= 1U << s->kind;
        }
        /* All overrides of what is there before any unbind: a module that is loaded between takes none of them. */
        assert_true(last_override < first_unbind);
        assert_int_equal(kinds, 1U << STEP_MODULE_LOAD | 1U << STEP_OVERRIDE | 1U << STEP_SET | 1U << STEP_NUMVFS |
                                        1U << STEP_UNBIND | 1U << STEP_BIND | 1U << STEP_MDEV_CREATE |
                                        1U << STEP_MDEV_ATTR);
        assert_string_equal(p.plan->steps[p.plan->n_steps - 1].attribute, "a");
        /* [module] goes first among the modules: its parameters may be for the drivers' modules. */
        assert_string_equal(p.plan->steps[0].subject, "kvm");
        assert_string_equal(p.plan->items[0].section->name, "m"); /* items stay in the order of the file */
}

static void counts(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };
        struct plan_counts c;

        (void) unused;
        plan_for(&p, machine,
                 ALL_KINDS
                 "[device right]\naddress = 04:00.0\n[device gone]\naddress = 09:00.0\n"
                 "[device away]\naddress = 09:00.1\nrequired = no\n[device off]\naddress = 09:00.2\nenabled = no\n"
                 "[device wrong]\nid = 10de:*\nexpect = 1:2\n[device other]\nid = 144d:*\nexpect = 1:2\n"
                 "required = no\n");
        c = plan_count(p.plan);
        assert_int_equal(c.steps.n[COUNT_MODULES], 1); /* kvm; a driver's own module goes without saying */
        assert_int_equal(c.steps.n[COUNT_BINDS], 4);   /* the gpu, the drive and two VFs */
        assert_int_equal(c.steps.n[COUNT_UNBINDS], 0); /* those are on their way to vfio-pci */
        assert_int_equal(c.steps.n[COUNT_OVERRIDES], 0);
        assert_int_equal(c.steps.parts[COUNT_UNBINDS], 2);
        assert_int_equal(c.steps.parts[COUNT_OVERRIDES], 4);
        assert_int_equal(c.steps.n[COUNT_VFS], 2);
        assert_int_equal(c.steps.n[COUNT_MDEVS], 1);
        assert_int_equal(c.ok, 1);
        assert_int_equal(c.change, 6);
        assert_int_equal(c.absent, 2);
        assert_int_equal(c.absent_required, 1);
        assert_int_equal(c.refused, 2);
        assert_int_equal(c.refused_required, 1);
        assert_int_equal(c.disabled, 1);
}

/* What the host finds unsafe goes with all its steps; what needs its VFs goes too; the rest stays. */
static void refuse(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };
        size_t up, n = 0;

        (void) unused;
        plan_for(&p, machine, ALL_KINDS);
        up = (size_t) (planned_item(&p, "up") - p.plan->items);
        plan_refuse(p.plan, up, "it is open");
        assert_int_equal(planned_item(&p, "up")->verdict, VERDICT_REFUSED);
        assert_string_equal(planned_item(&p, "up")->reason, "it is open");
        assert_int_equal(planned_item(&p, "vf")->verdict, VERDICT_REFUSED);
        assert_non_null(planned_item(&p, "vf")->reason);
        assert_int_equal(planned_item(&p, "gpu")->verdict, VERDICT_CHANGE);
        for (size_t i = 0; i < p.plan->n_steps; i++) {
                assert_true(p.plan->steps[i].item != up);
                assert_false(p.plan->steps[i].new_vf);
                n += p.plan->steps[i].kind == STEP_BIND;
        }
        assert_int_equal(n, 2);
}

/* The module that the refused item was to load is what another one needs: it is loaded all the same. */
static void refuse_hands_the_module_on(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };
        bool loads = false;

        (void) unused;
        plan_for(&p, machine, "[device gpu]\naddress = 02:00.0\n[device drive]\naddress = 03:00.0\n");
        plan_refuse(p.plan, 0, "it is open");
        for (size_t i = 0; i < p.plan->n_steps; i++) {
                assert_int_equal(p.plan->steps[i].item, 1);
                loads = loads ||
                        (p.plan->steps[i].kind == STEP_MODULE_LOAD && streq(p.plan->steps[i].subject, "vfio_pci"));
        }
        assert_true(loads);
        plan_refuse(p.plan, 1, "it is open too");
        assert_int_equal(p.plan->n_steps, 0); /* nobody needs it any more */
}

/* A module that only the VF of the refused section wanted is not loaded for nobody. */
static void refuse_leaves_no_module(void **unused)
{
        CLEANUP_PLANNED struct planned p = { 0 };

        (void) unused;
        plan_for(&p, machine,
                 "[sriov up]\naddress = 01:00.0\nvfs = 1\nvf-driver = host\n"
                 "[device vf]\naddress = up/0\ndriver = pci-stub\n");
        plan_refuse(p.plan, 0, "it is open");
        assert_int_equal(planned_item(&p, "vf")->verdict, VERDICT_REFUSED);
        assert_int_equal(p.plan->n_steps, 0);
}

static void record(struct state *state, const char *address, uint16_t vendor, uint16_t device, const char *selector)
{
        struct pci_address a;
        struct state_device *d;

        assert_int_equal(pci_address_parse(address, false, &a, NULL), 0);
        d = state_get_device(state, &a);
        assert_non_null(d);
        d->vendor = vendor;
        d->device = device;
        d->section = strdup("device nic");
        d->selector = strdup(selector);
        assert_true(d->section && d->selector);
}

/* An interface is gone once its device is on vfio-pci; that this boot's state found the device by it still counts. */
static void held(void **unused)
{
        static const struct {
                const char *address;
                uint16_t vendor, device;
                const char *selector;
                enum plan_verdict verdict;
        } cases[] = {
                { "0000:04:00.0", 0x8086, 0x1521, "eth0", VERDICT_OK },
                { "0000:04:00.0", 0x8086, 0x1521, "eth1", VERDICT_ABSENT }, /* found by another name */
                { "0000:04:00.0", 0x8086, 0x1522, "eth0", VERDICT_ABSENT }, /* another card is there now */
                { "0000:05:00.0", 0x8086, 0x1521, "eth0", VERDICT_ABSENT }, /* it has gone */
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_PLANNED struct planned p = { 0 };

                record(&p.state, cases[i].address, cases[i].vendor, cases[i].device, cases[i].selector);
                plan_for(&p, machine, "[device nic]\ninterface = eth0\n");
                assert_int_equal(p.plan->items[0].verdict, cases[i].verdict);
                assert_int_equal(p.plan->n_steps, 0);
        }
}

static void nothing(void **unused)
{
        CLEANUP_PLANNED struct planned empty = { 0 }, off = { 0 };

        (void) unused;
        plan_for(&empty, machine, "");
        assert_int_equal(empty.plan->n_items, 0);
        assert_int_equal(empty.plan->n_steps, 0);
        plan_for(&off, machine, "[passthru]\nenabled = no\n" ALL_KINDS);
        assert_int_equal(off.plan->n_steps, 0);
        assert_int_equal(plan_count(off.plan).disabled, off.plan->n_items);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(phases),
                cmocka_unit_test(counts),
                cmocka_unit_test(refuse),
                cmocka_unit_test(refuse_hands_the_module_on),
                cmocka_unit_test(held),
                cmocka_unit_test(nothing),
                cmocka_unit_test(refuse_leaves_no_module),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
