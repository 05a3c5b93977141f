/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What add writes: which device a word means, the text of a drop-in, and the questions of the picker. */
#include "unit/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "edit/edit.h"
#include "unit/tree.h"

static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:01:00.0", "10de:2484", 0x030000, "nouveau", NULL, 1, "pci0000:00/0000:00:01.0/0000:01:00.0" },
                { "0000:01:00.1", "10de:228b", 0x040300, "snd_hda_intel", NULL, 1,
                  "pci0000:00/0000:00:01.0/0000:01:00.1" },
                { "0000:02:00.0", "10de:2484", 0x030000, "nouveau", NULL, 2, "pci0000:00/0000:00:01.1/0000:02:00.0" },
                { "0000:03:00.0", "8086:10c9", 0x020000, "igb", NULL, 3, "pci0000:00/0000:00:1c.0/0000:03:00.0" },
                { "0000:04:00.0", "144d:a808", 0x010802, "nvme", NULL, 4, "pci0000:00/0000:00:1d.0/0000:04:00.0" },
        };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:03:00.0", 7, "0000:03:10.0", 0, 0x10ca);
        inv_netdev(inv, "0000:03:00.0", "enp3s0", "52:54:00:00:00:01");
        inv_type(inv_parent(inv, "mtty", NULL), "mtty-2", NULL, 4);
        return inv;
}

/* Interfaces and disks as links of sysfs. */
static struct sys *classes(const char *root)
{
        tree_link(root, "sys/class/block/nvme0n1",
                  "../../devices/pci0000:00/0000:00:1d.0/0000:04:00.0/nvme/nvme0/nvme0n1");
        tree_link(root, "sys/class/block/dm-0", "../../devices/virtual/block/dm-0");
        tree_link(root, "sys/class/drm/card1", "../../devices/pci0000:00/0000:00:01.1/0000:02:00.0/drm/card1");
        tree_link(root, "sys/class/net/altname0", "../../devices/pci0000:00/0000:00:1c.0/0000:03:00.0/net/altname0");
        return tree_running(root);
}

static void devices(void **unused)
{
        static const struct {
                const char *word, *found; /* an address, " slot" behind it; a parent; or why there is none */
        } cases[] = {
                { "01:00.0", "0000:01:00.0" },
                { "0000:01:00.1", "0000:01:00.1" },
                { "01:00", "0000:01:00.0 slot" },
                { "04:00", "0000:04:00.0" }, /* it has one function */
                { "144d:a808", "0000:04:00.0" },
                { "10de:2484",
                  "10de:2484: there are 2 such devices: 0000:01:00.0, 0000:02:00.0; name one by its address" },
                { "52:54:00:00:00:01", "0000:03:00.0" },
                { "0000:00:01.1/00.0", "0000:02:00.0" },
                { "enp3s0", "0000:03:00.0" },
                { "altname0", "0000:03:00.0" },
                { "nvme0n1", "0000:04:00.0" },
                { "/dev/nvme0n1", "0000:04:00.0" },
                { "/dev/dri/card1", "0000:02:00.0" },
                { "dm-0", "dm-0: it is not on a PCI device" },
                { "mtty", "mtty" },
                { "99:00.0", "99:00.0: no such device; passthru-setup list shows what there is" },
                { "1234:5678", "1234:5678: no such device; passthru-setup list shows what there is" },
                { "disk",
                  "disk: no device, interface or disk has that name; passthru-setup list shows what there is" },
                { "../../x",
                  "../../x: no device, interface or disk has that name; passthru-setup list shows what there is" },
                { "", ": no device, interface or disk has that name; passthru-setup list shows what there is" },
        };
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = classes(root);
        CLEANUP_PLANNED struct planned p = { 0 };

        (void) unused;
        plan_for(&p, machine, "");
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_FREE char *error = NULL;
                CLEANUP_STRBUF struct strbuf b = { 0 };
                struct edit_device d;
                char address[PCI_ADDRESS_MAX];

                if (edit_find_device(sys, p.inv, cases[i].word, &d, &error) < 0)
                        strbuf_add(&b, error);
                else
                        strbuf_addf(&b, "%s%s",
                                    d.function == NO_INDEX
                                            ? d.parent
                                            : pci_address_format(&p.inv->functions[d.function].address, address),
                                    d.slot ? " slot" : "");
                assert_text_of(cases[i].word, b.text, cases[i].found);
        }
}

#define KEYS_MAX 4

static void texts(void **unused)
{
        static const struct {
                const char *name, *word;
                struct edit_key keys[KEYS_MAX];
                const char *text; /* without the head; or what is wrong */
        } cases[] = {
                { "gpu",
                  "01:00.0",
                  { { 0 } },
                  "# [10de:2484] at 0000:01:00.0\n[device gpu]\npath = 0000:00:01.0/00.0\nexpect = 10de:2484\n" },
                { "gpu",
                  "01:00",
                  { { 0 } },
                  "# [10de:2484] at 0000:01:00.0\n[device gpu]\npath = 0000:00:01.0/00.0\nexpect = 10de:2484\n"
                  "functions = all\n" },
                { "gpu",
                  "01:00",
                  { { "functions", "named" } },
                  "# [10de:2484] at 0000:01:00.0\n[device gpu]\npath = 0000:00:01.0/00.0\nexpect = "
                  "10de:2484\nfunctions = named\n" },
                { "gpu", NULL, { { "id", "1:2" }, { "count", "all" } }, "[device gpu]\nid = 1:2\ncount = all\n" },
                { "up",
                  "enp3s0",
                  { { "vfs", "7" }, { "vf-mac", "stable" } },
                  "# [8086:10c9] at 0000:03:00.0\n[sriov up]\nid = 8086:10c9\nvfs = 7\nvf-mac = stable\n" },
                /* What only [vf] has is for all of them. */
                { "up",
                  "enp3s0",
                  { { "vlan", "100" }, { "vfs", "7" }, { "trust", "yes" } },
                  "# [8086:10c9] at 0000:03:00.0\n[sriov up]\nid = 8086:10c9\nvfs = 7\n\n[vf up/0-6]\nvlan = "
                  "100\ntrust = yes\n" },
                { "up",
                  "enp3s0",
                  { { "vfs", "1" }, { "vlan", "100" } },
                  "# [8086:10c9] at 0000:03:00.0\n[sriov up]\nid = 8086:10c9\nvfs = 1\n\n[vf up/0]\nvlan = 100\n" },
                { "up",
                  "enp3s0",
                  { { "vfs", "max" }, { "vlan", "1" } },
                  "settings of the VFs need their number: give --vfs=NUMBER" },
                { "up/3",
                  NULL,
                  { { "mac", "52:54:00:00:00:02" }, { "vlan", "7" } },
                  "[vf up/3]\nmac = 52:54:00:00:00:02\nvlan = 7\n" },
                { "up/3",
                  "enp3s0",
                  { { "vlan", "7" } },
                  "the VF is named by its section, NAME/N: it takes no device" },
                { "serial", "mtty", { { "type", "mtty-2" } }, "[mdev serial]\nparent = mtty\ntype = mtty-2\n" },
                { "serial",
                  "mtty",
                  { { 0 } },
                  "it is not a PCI device but a parent of mdevs: set --type= for one of them (passthru-setup list "
                  "--mdev shows the types)" },
                { "gpu", "01:00.0", { { "path", "x" } }, "the device is named twice, by a word and by a key" },
                { "gpu",
                  NULL,
                  { { 0 } },
                  "no device is named; give its address, its network interface, its disk or vendor:device "
                  "(passthru-setup list shows what there is)" },
                { "gpu", "01:00.0", { { "driver", "a\n[device x]" } }, "a value is one line" },
                /* Whether the section has such a key is for the parser to say. */
                { "gpu",
                  "01:00.0",
                  { { "vlan", "1" } },
                  "# [10de:2484] at 0000:01:00.0\n[device gpu]\npath = 0000:00:01.0/00.0\nexpect = 10de:2484\nvlan = "
                  "1\n" },
        };
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = classes(root);
        CLEANUP_PLANNED struct planned p = { 0 };

        (void) unused;
        plan_for(&p, machine, "");
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct edit_request request = { .name = cases[i].name,
                                                .device = cases[i].word,
                                                .keys = cases[i].keys };
                CLEANUP_FREE char *text = NULL, *error = NULL;
                struct edit_device d;

                while (request.n_keys < KEYS_MAX && cases[i].keys[request.n_keys].name)
                        request.n_keys++;
                if (request.device)
                        assert_int_equal(edit_find_device(sys, p.inv, request.device, &d, &error), 0);
                if (edit_compose(&request, p.inv, request.device ? &d : NULL, &text, &error) < 0) {
                        assert_text_of(cases[i].name, error, cases[i].text);
                        continue;
                }
                assert_true(edit_is_ours(text));
                assert_text_of(cases[i].name, strchr(text, '\n') + 1, cases[i].text);
        }
}

static void names(void **unused)
{
        static const char *const cases[][2] = {
                { "gpu", "/etc/passthru.conf.d/gpu.conf" },
                { "up/0-3", "/etc/passthru.conf.d/up-0-3.conf" },
                { "../x", NULL },
                { ".x", NULL },
                { "", NULL },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_FREE char *path = edit_path(cases[i][0]);

                if (!streq_ptr(path, cases[i][1]))
                        fail_msg("%s: %s", cases[i][0], path ? path : "none");
        }
}

#define HEAD "# Written by passthru-setup add; passthru-setup remove gpu takes it away.\n"

static void whose(void **unused)
{
        (void) unused;
        assert_true(edit_is_ours(HEAD "# RTX\n[device gpu]\nid = 1:2\n"));
        assert_true(edit_is_ours(HEAD "[device gpu]\nid = 1:2\nforce = disk\n")); /* a value was changed */
        assert_true(edit_is_ours(HEAD "[mdev gpu]\nattr = a=b;c\n"));
        assert_false(edit_is_ours(HEAD "# RTX\n[device gpu]\n  # mine\nid = 1:2\n"));
        assert_false(edit_is_ours(HEAD "# RTX\n[device gpu]\nid = 1:2 ; mine\n"));
        assert_false(edit_is_ours(HEAD "# RTX\n[device gpu]\nid = 1:2 # mine\n"));
        assert_false(edit_is_ours("[device gpu]\nid = 1:2\n"));
        assert_false(edit_is_ours(""));
}

/* Answers from a list; what was asked is gathered. */
struct script {
        const char *const *answers;
        struct strbuf asked;
};

static int ask(void *userdata, const char *text, char **ret)
{
        struct script *s = userdata;

        strbuf_add(&s->asked, text);
        if (!*s->answers)
                return -ECANCELED;
        *ret = strdup(*s->answers);
        strbuf_addf(&s->asked, "<%s>\n", *s->answers++);
        return 0;
}

static void picker(void **unused)
{
        static const char *const gpu[] = { "", "9", "1", "x", "1", "maybe", "", "a b", "hba", "card", NULL };
        static const char *const nic[] = { "2", "", "8", "7", "", NULL };
        static const char *const whole[] = { "2", "", "", "", NULL };
        static const char *const short_one[] = { "1", NULL };
        static const struct {
                const char *const *answers;
                const char *found;
        } cases[] = {
                { gpu, "card 0000:01:00.0 functions=all" },
                { nic, "nic 0000:03:00.0 vfs=7" },
                { whole, "nic 0000:03:00.0" },
                { short_one, "Operation canceled" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_PLANNED struct planned p = { 0 };
                struct script script = { .answers = cases[i].answers };
                const struct edit_dialog dialog = { ask, &script };
                CLEANUP(edit_choice_clear) struct edit_choice choice = { 0 };
                CLEANUP_STRBUF struct strbuf b = { 0 };
                char address[PCI_ADDRESS_MAX];
                int r;

                plan_for(&p, machine, "[device hba]\naddress = 04:00.0\n");
                r = edit_pick(p.inv, p.plan, p.config, &dialog, &choice);
                if (r < 0)
                        strbuf_add(&b, strerrordesc_np(-r));
                else
                        strbuf_addf(&b, "%s %s", choice.name,
                                    pci_address_format(&p.inv->functions[choice.device.function].address, address));
                for (size_t k = 0; k < choice.n_keys; k++)
                        strbuf_addf(&b, " %s=%s", choice.keys[k].name, choice.keys[k].value);
                assert_text_of("picker", b.text, cases[i].found);
                assert_null(strstr(script.asked.text, "nvme")); /* a section has it */
                if (i == 0)
                        assert_text_of(
                                "questions", script.asked.text,
                                "What is to be handed over?\n  1) gpu (2)\n  2) nic (1)\n  3) audio (1)\nNumber: <>\n"
                                "Give one of these numbers.\nNumber: <9>\nGive one of these numbers.\nNumber: <1>\n"
                                "Which one?\n  1) 0000:01:00.0  [10de:2484], nouveau\n  2) 0000:02:00.0  [10de:2484], "
                                "nouveau\n"
                                "Number: <x>\nGive one of these numbers.\nNumber: <1>\n"
                                "The card has these functions too:\n     0000:01:00.1  [10de:228b], snd_hda_intel\n"
                                "Hand them over with it? [Y/n] <maybe>\nAnswer yes or no.\nHand them over with it? "
                                "[Y/n] <>\n"
                                "Name of its section [gpu]: <a b>\nA name has letters, digits and _ - . : @ + only.\n"
                                "Name of its section [gpu]: <hba>\nThat name is taken.\nName of its section [gpu]: "
                                "<card>\n");
                strbuf_free(&script.asked);
        }
}

/* Of a captured tree the configuration alone is written, and nothing beyond it. */
static void captured(void **unused)
{
        CLEANUP_TREE char *root = tree_new(), *other = tree_new();
        CLEANUP(sys_freep) struct sys *sys = NULL;
        CLEANUP_FREE char *text = NULL;
        const struct sys_ops *ops;

        (void) unused;
        tree_dir(root, "etc");
        tree_file(root, "run/x", "");
        assert_int_equal(sys_open(root, &sys), 0);
        ops = sys->ops;
        assert_int_equal(ops->replace_kept(sys->userdata, "etc/passthru.conf.d/a.conf", "x\n", 2), 0);
        assert_int_equal(sys_read_text(sys, "etc/passthru.conf.d/a.conf", &text), 0);
        assert_string_equal(text, "x\n");
        assert_int_equal(ops->replace_kept(sys->userdata, "etc/passthru.conf", "y\n", 2), 0);
        assert_int_equal(ops->remove(sys->userdata, "etc/passthru.conf.d/a.conf"), 0);
        assert_int_equal(ops->remove(sys->userdata, "etc/passthru.conf.d/a.conf"), -ENOENT);
        assert_int_equal(ops->replace_kept(sys->userdata, "etc/default/grub", "z\n", 2), -EROFS);
        assert_int_equal(ops->remove(sys->userdata, "run/x"), -EROFS);
        /* A link out of it leads nowhere. */
        assert_int_equal(rmdir(tree_path(root, "etc/passthru.conf.d")), 0);
        tree_dir(other, "d");
        tree_link(root, "etc/passthru.conf.d", tree_path(other, "d"));
        assert_true(ops->replace_kept(sys->userdata, "etc/passthru.conf.d/a.conf", "x\n", 2) < 0);
        assert_int_not_equal(access(tree_path(other, "d/a.conf"), F_OK), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(devices), cmocka_unit_test(texts),  cmocka_unit_test(names),
                cmocka_unit_test(whose),   cmocka_unit_test(picker), cmocka_unit_test(captured),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
