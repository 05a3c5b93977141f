/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the console and the keyboards from a tree on disk. */
#include "unit/kit.h"

#include <stdio.h>
#include <stdlib.h>

#include "survey/survey.h"
#include "unit/tree.h"

static struct usage *read_tree(const char *root, const struct inventory *inv)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;
        static const struct inventory none;
        struct usage *u = NULL;

        assert_int_equal(sys_open(root, &sys), 0);
        usage_read(sys, inv ? inv : &none, NULL, 0, &u);
        return u;
}

static void display(void **unused)
{
        static const struct {
                const char *active, *fb0, *device, *expected; /* NULL: there is none */
                bool vt;
        } cases[] = {
                { "tty0\n", "../../devices/pci0000:00/0000:00:02.0/graphics/fb0", NULL,
                  "pci0000:00/0000:00:02.0/graphics/fb0", true },
                { "ttyS0 tty0\n", "../../devices/pci0000:00/0000:00:02.0/graphics/fb0", "../../../0000:00:02.0",
                  "pci0000:00/0000:00:02.0", true },
                { "tty1", "../../devices/platform/efi-framebuffer.0/graphics/fb0", "../../../efi-framebuffer.0",
                  "platform/efi-framebuffer.0", true },
                { "ttyS0\n", "../../devices/pci0000:00/0000:00:02.0/graphics/fb0", NULL, NULL, false },
                { "tty\n", NULL, NULL, NULL, false },
                { "tty0\n", "../../../../..", NULL, NULL, true },
                { NULL, NULL, NULL, NULL, false },
        };
        struct pci_function f = { .class = 0x030000, .address = { .device = 2 }, .physfn = NO_INDEX };
        const struct inventory inv = { .functions = &f, .n_functions = 1 };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_TREE char *root = tree_new();
                CLEANUP(usage_freep) struct usage *u = NULL;

                if (cases[i].active)
                        tree_file(root, "sys/class/tty/console/active", cases[i].active);
                if (cases[i].fb0)
                        tree_link(root, "sys/class/graphics/fb0", cases[i].fb0);
                if (cases[i].device) {
                        CLEANUP_FREE char *path = NULL;

                        assert_true(asprintf(&path, "sys/%s/device", cases[i].fb0 + strlen("../../")) > 0);
                        tree_link(root, path, cases[i].device);
                }
                tree_file(root, "sys/bus/pci/devices/0000:00:02.0/boot_vga", "1\n");
                u = read_tree(root, &inv);
                if (u->console_on_vt != cases[i].vt || !streq_ptr(u->framebuffer, cases[i].expected))
                        fail_msg("case %zu: %s", i, u->framebuffer ? u->framebuffer : "none");
                assert_true(u->boot_vga == (cases[i].vt ? 0 : NO_INDEX));
        }
}

static void keyboard(const char *root, unsigned n, const char *place, const char *name, const char *key)
{
        char path[256], target[256];

        assert_true(snprintf(path, sizeof(path), "sys/class/input/input%u", n) > 0);
        assert_true(snprintf(target, sizeof(target), "../../devices/%s/input%u", place, n) > 0);
        tree_link(root, path, target);
        assert_true(snprintf(path, sizeof(path), "sys/devices/%s/input%u/capabilities/ev", place, n) > 0);
        tree_file(root, path, "120013\n");
        assert_true(snprintf(path, sizeof(path), "sys/devices/%s/input%u/capabilities/key", place, n) > 0);
        tree_file(root, path, key);
        assert_true(snprintf(path, sizeof(path), "sys/devices/%s/input%u/name", place, n) > 0);
        if (name)
                tree_file(root, path, name);
}

static void keyboards(void **unused)
{
        static const char letters[] = "febeffdfffefffff fffffffffffffffe\n";
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(usage_freep) struct usage *u = NULL;

        (void) unused;
        keyboard(root, 3, "pci0000:00/0000:00:14.0/usb1/1-1/input", "Logi\tK120\n", letters);
        keyboard(root, 4, "pci0000:00/0000:00:14.0/usb1/1-2/input", "a mouse\n", "1f0000 0 0 0 0\n");
        keyboard(root, 5, "platform/i8042/serio0/input", NULL, letters);
        keyboard(root, 6, "virtual/input", "ydotool\n", letters);
        tree_link(root, "sys/class/input/event3", "../../devices/pci0000:00/0000:00:14.0/usb1/1-1/input/input3");
        u = read_tree(root, NULL);
        assert_int_equal(u->n_keyboards, 2);
        assert_string_equal(u->keyboards[0].name, "Logi\tK120");
        assert_string_equal(u->keyboards[0].place, "pci0000:00/0000:00:14.0/usb1/1-1/input/input3");
        assert_string_equal(u->keyboards[1].name, "without a name");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(display),
                cmocka_unit_test(keyboards),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
