/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is said about a step that failed: of its kind first, then of the errno, else nothing. */
#include "unit/kit.h"

#include <errno.h>

#include "plan/advice.h"
#include "plan/step-kind.h"

static void by_kind_and_error(void **unused)
{
        static const struct {
                enum step_kind kind;
                int error;
                const char *has; /* NULL: there is no advice */
        } cases[] = {
                { STEP_NUMVFS, ENOMEM, "pci=realloc" },
                { STEP_NUMVFS, EBUSY, "shut down their VMs" },
                { STEP_NUMVFS, 0, "interface is up" },
                { STEP_BIND, EINVAL, "intel_iommu=on" },
                { STEP_BIND, 0, "dmesg" },
                { STEP_MDEV_ATTR, ENOENT, "/sys/bus/mdev/devices/UUID" },
                { STEP_MDEV_REMOVE, EPERM, "a vGPU that a VM has" },
                { STEP_MODULE_LOAD, ENOENT, "modinfo" },
                /* What the kind knows goes before what every write may meet. */
                { STEP_MODULE_LOAD, EPERM, "modules_disabled" },
                { STEP_OVERRIDE, EPERM, "as root" },
                { STEP_UNBIND, EACCES, "as root" },
                { STEP_NUMVFS, EROFS, "read-only" },
                { STEP_BIND, ENODEV, "does not match" },
                { STEP_UNBIND, ENODEV, "is gone" },
                { STEP_OVERRIDE, EIO, NULL },
                { STEP_UNBIND, 0, NULL },
                { STEP_ROM_DUMP, EIO, "no valid ROM" },
                { STEP_ROM_DUMP, EROFS, "/var/lib/passthru-setup" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct plan_step step = { .kind = cases[i].kind };
                const char *text = advice_for(&step, cases[i].error);

                if (!cases[i].has ? text != NULL : !text || !strstr(text, cases[i].has))
                        fail_msg("%s, errno %d: %s", step_name(&step), cases[i].error, text ? text : "nothing");
        }
}

static void by_what_is_set(void **unused)
{
        static const struct {
                enum property property;
                int error;
                const char *has;
        } cases[] = {
                { PROPERTY_BAR_SIZE_1, ENOSPC, "Above 4G" },
                { PROPERTY_VLAN, ENETDOWN, "pf-up = yes" },
                { PROPERTY_MSIX_COUNT, EBUSY, "Shut down the VM" },
                { PROPERTY_ESWITCH, EBUSY, "tc or devlink" },
                { PROPERTY_MTU, EINVAL, "ip -d link" },
                { PROPERTY_AUTOPROBE, EROFS, "read-only" },
                { PROPERTY_D3COLD, EBUSY, NULL },
                { PROPERTY_D3COLD, EROFS, "read-only" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct plan_step step = { .kind = STEP_SET,
                                                .changes = { { .property = cases[i].property } },
                                                .n_changes = 1 };
                const char *text = advice_for(&step, cases[i].error);

                if (!cases[i].has ? text != NULL : !text || !strstr(text, cases[i].has))
                        fail_msg("%s, errno %d: %s", property_name(cases[i].property), cases[i].error,
                                 text ? text : "nothing");
        }
}

/* Programs tell the steps of a plan apart by them. */
static void names(void **unused)
{
        (void) unused;
        for (enum step_kind kind = 0; kind < STEP_KIND_MAX; kind++) {
                assert_non_null(step_name(&(struct plan_step){ .kind = kind }));
                for (enum step_kind other = 0; other < kind; other++)
                        assert_string_not_equal(step_name(&(struct plan_step){ .kind = kind }),
                                                step_name(&(struct plan_step){ .kind = other }));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(by_kind_and_error),
                cmocka_unit_test(by_what_is_set),
                cmocka_unit_test(names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
