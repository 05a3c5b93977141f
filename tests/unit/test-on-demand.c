/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is not for boot: which sections sleep and who wakes them, what hooks are called with, and whose a section is. */
#include "unit/kit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "config/guard-kind.h"
#include "state/state.h"
#include "vmdef/vm-hook.h"

static const char text[] = "[device boot]\naddress = 01:00.0\n"
                           "[device gpu]\naddress = 02:00.0\nwhen = vm\nvm = win11 104\ndisplay = stop\n"
                           "[device same]\naddress = 0000:02:00.0\nwhen = manual\n"
                           "[device any]\naddress = 03:00.0\nwhen = vm\n"
                           "[device off]\naddress = 04:00.0\nwhen = vm\nenabled = no\n"
                           "[sriov up]\naddress = 05:00.0\nvfs = 2\nwhen = vm\nvm = a b c\n"
                           "[vf up/0]\nvlan = 1\n";

static const struct config_section *section(const struct config *config, const char *name)
{
        const struct config_section *s = config_find_name(config, name);

        assert_non_null(s);
        return s;
}

static void sleeps(void **unused)
{
        static const struct {
                const char *name;
                bool enabled, dormant;
        } cases[] = {
                { "boot", true, false }, { "gpu", false, true }, { "same", false, true }, { "any", false, true },
                { "off", false, false }, { "up", false, true },  { "up/0", false, true },
        };
        CLEANUP(config_freep) struct config *config = parse_good(text);

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                assert_int_equal(section(config, cases[i].name)->enabled, cases[i].enabled);
                assert_int_equal(section(config, cases[i].name)->dormant, cases[i].dormant);
        }
        assert_true(section(config, "gpu")->force & GUARD_BIT(GUARD_DISPLAY));
        config_wake(config, config_find(config, SECTION_SRIOV, "up"));
        assert_true(section(config, "up")->enabled && section(config, "up/0")->enabled);
        assert_false(section(config, "gpu")->enabled);
}

/* What is disabled stays so, and of two that name one device only the first wakes. */
static void all_wake(void **unused)
{
        CLEANUP(config_freep) struct config *config = parse_good(text);

        (void) unused;
        config_wake_all(config);
        assert_true(section(config, "gpu")->enabled);
        assert_true(section(config, "any")->enabled);
        assert_true(section(config, "up/0")->enabled);
        assert_true(section(config, "same")->dormant);
        assert_false(section(config, "off")->enabled);
}

static void says_when(void **unused)
{
        static const struct {
                const char *name, *when;
        } cases[] = {
                { "gpu", "when VM win11 or 104 starts" },
                { "same", "by hand: passthru-setup apply same" },
                { "any", "when a VM that has it starts" },
                { "up", "when VM a, b or c starts" },
        };
        CLEANUP(config_freep) struct config *config = parse_good(text);

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_STRBUF struct strbuf b = { 0 };

                config_add_when(&b, section(config, cases[i].name));
                assert_string_equal(b.text, cases[i].when);
        }
}

/* As libvirt 6.5 to 11 and Proxmox VE 7 to 9 call them. */
static void calls(void **unused)
{
        static const struct {
                const char *args[6];
                int r;
                enum hook_moment moment;
                const char *key;
        } cases[] = {
                { { "libvirt", "win11", "prepare", "begin", "-" }, 0, HOOK_STARTS, "libvirt win11" },
                { { "libvirt", "a b", "prepare", "begin", "-" }, 0, HOOK_STARTS, "libvirt a b" },
                { { "libvirt", "win11", "start", "begin", "-" }, 0, HOOK_OTHER, "libvirt win11" },
                { { "libvirt", "win11", "started", "begin", "-" }, 0, HOOK_OTHER, "libvirt win11" },
                { { "libvirt", "win11", "stopped", "end", "crashed" }, 0, HOOK_OTHER, "libvirt win11" },
                { { "libvirt", "win11", "release", "end", "failed" }, 0, HOOK_ENDED, "libvirt win11" },
                { { "libvirt", "win11", "release", "begin", "-" }, 0, HOOK_OTHER, "libvirt win11" },
                { { "libvirt", "win11", "migrate", "begin", "-" }, 0, HOOK_OTHER, "libvirt win11" },
                { { "libvirt", "win11", "restore", "begin", "-" }, 0, HOOK_OTHER, "libvirt win11" },
                { { "libvirt", "win11", "reconnect", "begin", "-" }, 0, HOOK_OTHER, "libvirt win11" },
                { { "libvirt", "win11", "attach", "begin", "-" }, 0, HOOK_OTHER, "libvirt win11" },
                { { "libvirt", "win11", "to-come", "begin", "-" }, 0, HOOK_OTHER, "libvirt win11" },
                { { "libvirt", "win11", "prepare" }, -EINVAL, HOOK_OTHER, NULL },
                { { "libvirt", "", "prepare", "begin" }, -EINVAL, HOOK_OTHER, NULL },
                { { "libvirt", "win11" }, -EINVAL, HOOK_OTHER, NULL },
                { { "proxmox", "104", "pre-start" }, 0, HOOK_STARTS, "proxmox 104" },
                { { "proxmox", "104", "post-start" }, 0, HOOK_OTHER, "proxmox 104" },
                { { "proxmox", "104", "pre-stop" }, 0, HOOK_OTHER, "proxmox 104" },
                { { "proxmox", "104", "post-stop" }, 0, HOOK_ENDED, "proxmox 104" },
                { { "proxmox", "104", "prepare", "begin" }, 0, HOOK_OTHER, "proxmox 104" },
                { { "xen", "104", "pre-start" }, -EINVAL, HOOK_OTHER, NULL },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_FREE char *key = NULL;
                struct hook_call call = { 0 };
                size_t n = 0;

                while (n < 6 && cases[i].args[n])
                        n++;
                assert_int_equal(hook_parse((char *const *) cases[i].args, n, &call), cases[i].r);
                if (cases[i].r < 0)
                        continue;
                assert_int_equal(call.moment, cases[i].moment);
                key = hook_vm_key(&call);
                assert_string_equal(key, cases[i].key);
        }
}

static void names(void **unused)
{
        static char definition[] = "name: win11\nhookscript: local:snippets/passthru-setup\n";
        const struct hook_call libvirt = { VM_LIBVIRT, HOOK_STARTS, "win11" }, other = { VM_LIBVIRT, HOOK_STARTS, "win1" },
                               number = { VM_PROXMOX, HOOK_STARTS, "104" }, named = { VM_PROXMOX, HOOK_STARTS, "105" };
        CLEANUP(config_freep) struct config *config = parse_good(text);
        const struct config_section *gpu = section(config, "gpu");
        CLEANUP_VMDEFS struct vmdefs defs = { 0 };
        const struct vm *vm;

        (void) unused;
        assert_true(hook_is_named(gpu, &libvirt, NULL));
        assert_false(hook_is_named(gpu, &other, NULL));
        assert_true(hook_is_named(gpu, &number, NULL));
        assert_false(hook_is_named(gpu, &named, NULL));
        vmdef_add_proxmox(&defs, "105.conf", "105", definition, strlen(definition));
        vm = hook_find_vm(&defs, &named);
        assert_non_null(vm);
        assert_string_equal(vm->hookscript, "local:snippets/passthru-setup");
        assert_true(hook_is_named(gpu, &named, vm));
        assert_null(hook_find_vm(&defs, &number));
        assert_null(hook_find_vm(&defs, &libvirt));
}

/* Who has it first keeps it. */
static void holds(void **unused)
{
        CLEANUP_STATE struct state state = { 0 };
        CLEANUP_STRBUF struct strbuf b = { 0 };
        struct state_hold *hold = state_set_hold(&state, "device gpu", "libvirt win11");

        (void) unused;
        state_hold_add_console(hold, "vtcon1");
        state_hold_add_console(hold, "vtcon1");
        assert_int_equal(hold->n_consoles, 1);
        assert_ptr_equal(state_set_hold(&state, "device gpu", "libvirt other"), hold);
        state_hold_add_vm(&b, hold);
        assert_string_equal(b.text, "VM win11");
        state_hold_add_vm(&b, state_set_hold(&state, "device hba", NULL));
        assert_string_equal(b.text, "VM win11");
        state_drop_hold(&state, "device gpu");
        assert_null(state_find_hold(&state, "device gpu"));
        assert_non_null(state_find_hold(&state, "device hba"));
        assert_true(state.changed);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sleeps), cmocka_unit_test(all_wake), cmocka_unit_test(says_when),
                cmocka_unit_test(calls),  cmocka_unit_test(names),    cmocka_unit_test(holds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
