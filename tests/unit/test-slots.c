/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The slots of the board: what the kernel and the firmware say of them, also where the firmware's table is damaged. */
#include "unit/kit.h"

#include <string.h>

#include "base/strbuf.h"
#include "scan/scan.h"
#include "unit/tree.h"

#define TABLE "sys/firmware/dmi/tables/DMI"

/* "NAME=ADDRESS NAME=ADDRESS …": "*" stands for any device of a bus, or any function. */
static char *slots_of(const char *root)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;
        CLEANUP(inventory_freep) struct inventory *inv = calloc(1, sizeof(*inv));
        CLEANUP_STRBUF struct strbuf b = { 0 };

        assert_non_null(inv);
        assert_int_equal(sys_open(root, &sys), 0);
        inventory_read_slots(sys, inv);
        for (size_t i = 0; i < inv->n_slots; i++) {
                const struct pci_slot *s = &inv->slots[i];

                strbuf_addf(&b, "%s=%04x:%02x:", s->name, s->address.domain, s->address.bus);
                strbuf_addf(&b, s->whole_bus ? "*" : "%02x", s->address.device);
                strbuf_addf(&b, s->all_functions ? ".* " : ".%x ", s->address.function);
        }
        return strbuf_steal(&b);
}

static void kernel(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_FREE char *found = NULL;

        (void) unused;
        tree_file(root, "sys/bus/pci/slots/1/address", "0000:5f:00\n");
        tree_file(root, "sys/bus/pci/slots/2-1/address", "10000:02:1f\n");
        tree_file(root, "sys/bus/pci/slots/3/address", "0000:87\n"); /* all of its bus */
        tree_file(root, "sys/bus/pci/slots/4/address", "\n");
        tree_file(root, "sys/bus/pci/slots/5/address", "0000:00:20\n");
        tree_file(root, "sys/bus/pci/slots/6/address", "0000:00:00:00:00:00:00:00:00:00:00:00:00:00\n");
        tree_dir(root, "sys/bus/pci/slots/7");
        found = slots_of(root);
        assert_string_equal(found, "1=0000:5f:00.* 2-1=10000:02:1f.* 3=0000:87:*.* ");
}

static const char table[] = "\0\4\0\0\0\0"                                                     /* BIOS, in short */
                            "\x09\x11\1\0\1\xb6\x0d\4\3\1\0\4\1\0\0\x3b\0SLOT 1 \0\0"          /* padded */
                            "\x09\x11\2\0\2\xb6\x0d\4\3\2\0\4\1\1\0\x5e\x11one\0OCP 3.0\0\0"   /* the second of its strings, domain 1 */
                            "\x09\x11\3\0\1\xb6\x0d\4\3\3\0\4\1\0\0\xff\xff" "nowhere\0\0"     /* no PCI */
                            "\x09\x0d\4\0\1\xb6\x0d\4\3\4\0\4\1" "old\0\0"                     /* of SMBIOS before 2.6: no address */
                            "\x09\x11\5\0\7\xb6\x0d\4\3\1\0\4\1\0\0\x3c\0nameless\0\0"         /* a string that is not there */
                            "\x09\x11\6\0\1\xb6\x0d\4\3\1\0\4\1\0\0\x3b\0the same\0\0"         /* a second one at one place */
                            "\x7f\4\7\0\0\0";

static void firmware(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP_FREE char *found = NULL, *both = NULL, *entries = NULL;

        (void) unused;
        tree_bytes(root, TABLE, table, sizeof(table) - 1);
        found = slots_of(root);
        assert_string_equal(found, "SLOT 1=0000:3b:00.* OCP 3.0=0001:5e:02.* ");
        /* What the kernel knows it knows better. */
        tree_file(root, "sys/bus/pci/slots/9/address", "0000:3b:00\n");
        both = slots_of(root);
        assert_string_equal(both, "9=0000:3b:00.* OCP 3.0=0001:5e:02.* ");
        tree_remove(STEAL(root));
        root = tree_new();
        tree_bytes(root, "sys/firmware/dmi/entries/9-0/raw", table + 6, 26);
        tree_bytes(root, "sys/firmware/dmi/entries/17-0/raw", table + 6, 26);
        entries = slots_of(root);
        assert_string_equal(entries, "SLOT 1=0000:3b:00.* ");
}

/* Cut anywhere, and with each byte of the lengths and strings wrong, it is read no further than it goes. */
static void damaged(void **unused)
{
        CLEANUP_TREE char *root = tree_new();

        (void) unused;
        for (size_t i = 0; i < sizeof(table); i++) {
                CLEANUP_FREE char *cut = NULL, *wrong = NULL;
                char copy[sizeof(table)];

                tree_bytes(root, TABLE, table, i);
                cut = slots_of(root);
                memcpy(copy, table, sizeof(copy));
                copy[i] = (char) ~copy[i];
                tree_bytes(root, TABLE, copy, sizeof(copy) - 1);
                wrong = slots_of(root);
                assert_true(strlen(cut) <= strlen("SLOT 1=0000:3b:00.* OCP 3.0=0001:5e:02.* "));
                assert_non_null(wrong);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(kernel),
                cmocka_unit_test(firmware),
                cmocka_unit_test(damaged),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
