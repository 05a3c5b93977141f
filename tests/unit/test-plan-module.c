/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [module], the modules that drivers need, and how values of parameters compare. */
#include "unit/machine.h"

#include <stdlib.h>

static void values(void **unused)
{
        static const struct {
                const char *have, *want;
                bool equal;
        } cases[] = {
                { "Y", "1", true },
                { "N", "0", true },
                { "Y", "yes", true },
                { "N", "off", true },
                { "Y", "y", true },
                { "16", "0x10", true },
                { "020", "16", true },
                { "-1", "-1", true },
                { "abc", "abc", true },
                { "", "", true },
                { "Y", "0", false },
                { "N", "1", false },
                { "16", "17", false },
                { "abc", "abd", false },
                { "1", "", false },
                { "", "0", false },
                { "1", "1x", false },
                { "4294967295", "-1", false },
                { "18446744073709551615", "-1", true },
                { "1,2", "1", false },
                { "1", "1,2", false },
                { "Y,N,Y", "1,0,yes", true },
                { "Y,N", "1,1", false },
                { "18446744073709551615", "0xffffffffffffffff", true },
                { "18446744073709551615", "18446744073709551614", false }, /* both past what a long long holds */
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                if (module_value_equal(cases[i].have, cases[i].want) != cases[i].equal)
                        fail_msg("%s and %s", cases[i].have, cases[i].want);
}

static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:03:00.0", "1000:0097", 0x010700, "mpt3sas", NULL, 16, NULL },
                { "0000:04:00.0", "1000:0097", 0x010700, "mpt3sas", NULL, 17, NULL },
                { "0000:05:00.0", "15b3:101e", 0x020000, NULL, NULL, 18, NULL },
        };
        static const char *const drivers[] = { "mpt3sas", "nvgrace-gpu-vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));
        struct module_info *m;

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        m = inv_module(inv, "kvm", true);
        inv_param(m, "ignore_msrs", "N", true);
        inv_param(m, "nested", "Y", false);
        inv_param(m, "secret", NULL, true);
        inv_param(m, "nx_huge_pages", "Y", true);
        (void) inv_module(inv, "vfio_iommu_type1", false);
        inv_alias(inv, "vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*", "mlx5_vfio_pci");
        inv_alias(inv, "vfio_pci:v00001000d00000097sv*sd*bc*sc*i*", "nvgrace_gpu_vfio_pci");
        return inv;
}

static void sections(void **unused)
{
        static const struct plan_case cases[] = {
                { "[module vfio_iommu_type1]\n", "vfio_iommu_type1 change\nmodule-load on vfio_iommu_type1 >\n" },
                { "[module vfio-iommu-type1]\nallow_unsafe_interrupts = 1\ndma_entry_limit = 10\n",
                  "vfio_iommu_type1 change\n"
                  "module-load on vfio_iommu_type1 > allow_unsafe_interrupts=1 dma_entry_limit=10\n" },
                { "[module vfio_iommu_type1]\na = one two\nb =\n",
                  "vfio_iommu_type1 change\nmodule-load on vfio_iommu_type1 > a=\"one two\" b=\n" },
                { "[module unheard_of]\n", "unheard_of change\nmodule-load on unheard_of >\n" },
                { "[module kvm]\n", "kvm ok\n" },
                { "[module kvm]\nignore_msrs = 0\nnested = 1\n", "kvm ok\n" },
                { "[module kvm]\nignore_msrs = 1\n", "kvm change\nmodule-parameter on kvm .ignore_msrs N > 1\n" },
                { "[module kvm]\nnx_huge_pages = auto\n", "kvm ok\n" },
                { "[module kvm]\nenabled = no\n", "kvm disabled\n" },
                { "[module kvm]\nsecret = 1\n", "kvm ok\n" }, /* it can only be written: nothing to compare */
                { "[module kvm]\nignore_msr = 1\n",
                  "kvm refused: kvm has no parameter ignore_msr; did you mean ignore_msrs? @2\n" },
                { "[module kvm]\nunheard_of = 1\n",
                  "kvm ok [parameter unheard_of can't be read while kvm is loaded]\n" },
        };
        CLEANUP_PLANNED struct planned p = { 0 };
        const struct plan_item *kvm;

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
        /* One that only a load sets: refused, with the line and what is there. */
        plan_for(&p, machine, "[module kvm]\nnested = 0\n");
        kvm = planned_item(&p, "kvm");
        assert_int_equal(kvm->verdict, VERDICT_REFUSED);
        assert_int_equal(kvm->loc->line, 2);
        assert_non_null(strstr(kvm->reason, "kvm is loaded already with nested = Y"));
        assert_int_equal(p.plan->n_steps, 0);
}

/* A dash in a parameter's name is an underscore to the kernel (parse_args(), parameq()). */
static void dashes(void **unused)
{
        static const struct plan_case cases[] = {
                { "[module kvm]\nignore-msrs = 1\n", "kvm change\nmodule-parameter on kvm .ignore_msrs N > 1\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

#define MODULE_OF(module, driver) "module-load on " module " ." driver " >\n"

/* What the drivers need is loaded once, whoever needs it, and not when [module] loads it. */
static void modules_of_drivers(void **unused)
{
        CLEANUP_PLANNED struct planned both = { 0 }, named = { 0 };
        size_t loads = 0;

        (void) unused;
        plan_for(&both, machine, "[device a]\naddress = 03:00.0\n[device b]\naddress = 04:00.0\n");
        for (size_t i = 0; i < both.plan->n_steps; i++)
                loads += both.plan->steps[i].kind == STEP_MODULE_LOAD;
        assert_int_equal(loads, 1);
        assert_int_equal(both.plan->steps[0].kind, STEP_MODULE_LOAD);
        assert_string_equal(both.plan->steps[0].subject, "vfio_pci");

        plan_for(&named, machine, "[device a]\naddress = 03:00.0\n[module vfio-pci]\ndisable_vga = 1\n");
        loads = 0;
        for (size_t i = 0; i < named.plan->n_steps; i++)
                loads += named.plan->steps[i].kind == STEP_MODULE_LOAD;
        assert_int_equal(loads, 1);
        assert_string_equal(named.plan->steps[0].value, "disable_vga=1");
}

static void variants(void **unused)
{
        static const struct plan_case cases[] = {
                { "[device d]\naddress = 05:00.0\ndriver = auto\n",
                  "d change [IOMMU group 18, alone]\n" MODULE_OF(
                          "mlx5_vfio_pci", "mlx5_vfio_pci") "override 0000:05:00.0 '' > mlx5_vfio_pci\nbind "
                                                            "0000:05:00.0 > mlx5_vfio_pci\n" },
                /* The driver's name has dashes where the module's has none: a driver that is there tells. */
                { "[device d]\naddress = 03:00.0\ndriver = auto\n",
                  "d change [IOMMU group 16, alone; 0000:04:00.0 is an equal card]\noverride 0000:03:00.0 '' > "
                  "nvgrace-gpu-vfio-pci\nunbind 0000:03:00.0 mpt3sas > nvgrace-gpu-vfio-pci\nbind 0000:03:00.0 "
                  "mpt3sas > nvgrace-gpu-vfio-pci\n" },
        };

        (void) unused;
        assert_plans(machine, cases, ARRAY_SIZE(cases));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(values),   cmocka_unit_test(sections),
                cmocka_unit_test(dashes),   cmocka_unit_test(modules_of_drivers),
                cmocka_unit_test(variants),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
