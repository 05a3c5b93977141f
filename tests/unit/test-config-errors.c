/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mistakes in one file: the exact words, the line, and that all of them are told. */
#include "unit/kit.h"

#include "base/strbuf.h"
#include "config/config-lines.h"

#define KINDS "expected passthru, module NAME, device NAME, sriov NAME, vf NAME/N or mdev NAME"

static void sections(void **unused)
{
        static const struct {
                const char *text, *diags;
        } cases[] = {
                { "", "" },
                { "# nothing but a comment\n", "" },
                { "[passthru]\n", "" },
                { "[passthru]\n[module kvm]\n", "" },
                { "[ passthru ]\n[module\tkvm]\n[ module  vfio ]", "" },
                { "[device gpu]\naddress = 01:00.0\n", "" },
                { "[device", "c:1: [device: expected ] at the end of the section's name\n" },
                { "[device gpu] address = 1", "c:1: [device gpu]: expected nothing after the ]\n" },
                { "[device gpu]]", "c:1: [device gpu]: expected nothing after the ]\n" },
                { "[]", "c:1: []: unknown kind of section; " KINDS "\n" },
                { "[ ]", "c:1: []: unknown kind of section; " KINDS "\n" },
                { "[zzz]", "c:1: [zzz]: unknown kind of section; " KINDS "\n" },
                { "[devcie gpu]", "c:1: [devcie]: unknown kind of section; did you mean [device gpu]?\n" },
                { "[Device gpu]", "c:1: [Device]: unknown kind of section; did you mean [device gpu]?\n" },
                { "[sr-iov up]", "c:1: [sr-iov]: unknown kind of section; did you mean [sriov up]?\n" },
                { "[modules kvm]", "c:1: [modules]: unknown kind of section; did you mean [module kvm]?\n" },
                { "[passthrough]", "c:1: [passthrough]: unknown kind of section; did you mean [passthru]?\n" },
                { "[device]", "c:1: [device]: the name is missing; expected [device NAME]\n" },
                { "[device ]", "c:1: [device]: the name is missing; expected [device NAME]\n" },
                { "[module]", "c:1: [module]: the name is missing; expected [module NAME]\n" },
                { "[passthru all]", "c:1: [passthru] takes no name\n" },
                { "[device my gpu]", "c:1: [device my gpu]: a name has letters, digits and _ - . : @ + only\n" },
                { "[device a/b]", "c:1: [device a/b]: a name has letters, digits and _ - . : @ + only\n" },
                { "[device \"gpu\"]", "c:1: [device \"gpu\"]: a name has letters, digits and _ - . : @ + only\n" },
                { "[device gr\xc3\xbcn]",
                  "c:1: [device gr\xc3\xbcn]: a name has letters, digits and _ - . : @ + only\n" },
                { "address = 01:00.0\n", "c:1: address: expected a [section] before the first key\n" },
                { "\n\naddress = 1\nid = 2\n", "c:3: address: expected a [section] before the first key\n"
                                               "c:4: id: expected a [section] before the first key\n" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_diags(cases[i].text, cases[i].diags);
}

static void lines_and_keys(void **unused)
{
        static const struct {
                const char *text, *diags;
        } cases[] = {
                { "[device d]\naddress = 01:00.0\nhello\n", "c:3: expected [section] or key = value\n" },
                { "[device d]\naddress = 01:00.0\nforce = yes\n",
                  "c:3: force = yes: expected a list of guards: disk, network, display, keyboard, vfs\n" },
                { "[sriov s]\naddress = 01:00.0\nvfs = 1\nforce = disk, dispaly\n",
                  "c:4: force = disk, dispaly: unknown guard dispaly; did you mean display?\n" },
                { "[device d]\naddress = 01:00.0\nforce = everything\n",
                  "c:3: force = everything: expected a list of guards: disk, network, display, keyboard, vfs\n" },
                { "[device d]\naddress = 01:00.0\nforce = vfs disk vfs\n", "c:3: force = vfs disk vfs: vfs is given twice\n" },
                { "[device d]\naddress = 01:00.0\nforce =\n[device e]\naddress = 02:00.0\nforce = No\n", "" },
                { "[device d]\nBDF = 01:00.0\nid = 1:2\n",
                  "c:2: BDF: unknown key in [device]; use address (a PCI address such as 0000:01:00.0, 01:00 for all functions of "
                  "the slot, or a VF such as uplink/0)\n" },
                { "[sriov s]\nvid = 8086\nsriov_numvfs = 8\ndriver_override = x\nmacaddress = y\nmax_vfs = 4\n",
                  "c:2: vid: unknown key in [sriov]; use id (vendor:device or vendor:device:subvendor:subdevice in hex, * for any, "
                  "such as 10de:2487)\n"
                  "c:3: sriov_numvfs: unknown key in [sriov]; use vfs (a number up to 65535, or max)\n"
                  "c:4: driver_override: unknown key in [sriov]; use vf-driver (vfio-pci, auto, host (the VF's own), none, or the "
                  "name of a driver)\n"
                  "c:5: macaddress: unknown key in [sriov]; use mac (a MAC address with colons, such as 52:54:00:12:34:56)\n"
                  "c:6: max_vfs: unknown key in [sriov]; use vfs (a number up to 65535, or max)\n" },
                { "[device d]\naddress = 01:00.0\nsriov_numvfs = 8\n",
                  "c:3: sriov_numvfs: unknown key in [device]; use vfs in [sriov]\n" },
                { "[gpu]\n[nic eth0]\n[vgpu a]\n[defaults]\n",
                  "c:1: [gpu]: unknown kind of section; did you mean [device gpu]?\n"
                  "c:2: [nic]: unknown kind of section; did you mean [sriov eth0]?\n"
                  "c:3: [vgpu]: unknown kind of section; did you mean [mdev a]?\n"
                  "c:4: [defaults]: unknown kind of section; did you mean [passthru]?\n" },
                { "[device d]\naddress = 01:00.0\n= 5\n", "c:3: expected a key before the =\n" },
                { "[device d]\nadress = 01:00.0\n", "c:2: adress: unknown key in [device]; did you mean address?\n" },
                { "[device d]\naddress = 01:00.0\ndriver = vfio_pci\n[sriov s]\naddress = 02:00.0\nvfs = 2\nvf-driver = vfio\n"
                  "[vf s/0]\ndriver = VFIO_PCI\n",
                  "c:3: driver = vfio_pci: the driver's name is vfio-pci, with a dash\n"
                  "c:7: vf-driver = vfio: the driver's name is vfio-pci, with a dash\n"
                  "c:9: driver = VFIO_PCI: the driver's name is vfio-pci, with a dash\n" },
                { "[device d]\naddress = 01:00.0\nbar-size = 16G\nbar-size.6 = 1G\n",
                  "c:3: bar-size: unknown key in [device]; expected bar-size.N, with N from 0 to 5\n"
                  "c:4: bar-size.6: unknown key in [device]; expected bar-size.N, with N from 0 to 5\n" },
                { "[device d]\naddress = 01:00.0\nhostname = x\n", "c:3: hostname: unknown key in [device]\n" },
                { "[device d]\naddress = 01:00.0\nDriver = vfio-pci\n",
                  "c:3: Driver: unknown key in [device]; did you mean driver?\n" },
                { "[passthru]\naddress = 01:00.0\n", "c:2: address: not a key of [passthru], but of [device]\n" },
                { "[sriov s]\naddress = 01:00.0\nvfs = 1\ndriver = auto\n",
                  "c:4: driver: unknown key in [sriov]; did you mean vf-driver?\n" },
                { "[device d]\naddress = 01:00.0\nattr = x\n", "c:3: attr: not a key of [device], but of [mdev]\n" },
                { "[device d]\naddress = 01:00.0\nsettle-timeout = 5\n",
                  "c:3: settle-timeout: not a key of [device], but of [passthru]\n" },
                { "[device d]\naddress = 01:00.0\naddress = 02:00.0\n",
                  "c:3: address: the key is set already, in line 2\n" },
                { "[device d]\naddress = 01:00.0\nid = 10de:2487\n",
                  "c:3: id: the section names its device already, by address in line 2; expected one of them\n" },
                { "[mdev m]\nparent = mtty\naddress = 01:00.0\ntype = t\n",
                  "c:3: address: the section names its device already, by parent in line 2; expected one of them\n" },
                { "[device d]\naddress = 01:00.0\n[device d]\naddress = 02:00.0\n",
                  "c:3: [device d]: the section exists already, in line 1\n"
                  "c:4: address: the key is set already, in line 2\n" },
                { "[passthru]\n[passthru]\n", "c:2: [passthru]: the section exists already, in line 1\n" },
                { "[module kvm-intel]\n[module kvm_intel]\n",
                  "c:2: [module kvm_intel]: the section exists already, in line 1\n" },
                { "[module kvm]\nignore_msrs = 1\nignore_msrs = 0\n",
                  "c:3: ignore_msrs: the key is set already, in line 2\n" },
                { "[module kvm]\nignore msrs = 1\n",
                  "c:2: ignore msrs: a module's parameter has letters, digits and _ - . only\n" },
                { "[module kvm]\na = \"b\"\n", "c:2: a = \"b\": a parameter's value can't hold a quotation mark\n" },
                { "[device d]\naddress = 01:00.0\ndevice-that-has-a-name-of-more-than-49-bytes-0123456 = 1\n",
                  "c:3: device-that-has-a-name-of-more-than-49-bytes-0123456: the key is 52 bytes long; at most 49 "
                  "are "
                  "read\n" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_diags(cases[i].text, cases[i].diags);
}

/* The right name in the wrong place is not a misspelling of another one. */
static void key_of_another_kind(void **unused)
{
        (void) unused;
        assert_diags("[device d]\naddress = 01:00.0\nuuid = x\n", "c:3: uuid: not a key of [device], but of [mdev]\n");
}

/* inih takes a colon for an equal sign, so an address or an id without its = becomes half a key. */
static void missing_equal_sign(void **unused)
{
        (void) unused;
        assert_diags("[device d]\naddress 01:00.0\n", "c:2: address 01: expected key = value; is a = missing?\n");
        assert_diags("[device d]\nid 10de:2487\n", "c:2: id 10de: expected key = value; is a = missing?\n");
        assert_diags("[mdev m]\nattr assign_adapter=5\n",
                     "c:2: attr assign_adapter: expected key = value; is a = missing?\n");
        assert_diags("[device d]\naddress : 01:00.0\n", ""); /* meant as it is read */
}

/* What a section lacks; but not when a line of it was refused, which may be what is missing. */
static void missing_keys(void **unused)
{
        static const struct {
                const char *text, *diags;
        } cases[] = {
                { "[device d]\n",
                  "c:1: [device d]: no device is named; expected address, id, path, interface, mac, serial or slot\n" },
                { "\n[sriov s]\n",
                  "c:2: [sriov s]: no device is named; expected address, id, path, interface, mac, serial or slot\n"
                  "c:2: [sriov s]: vfs is missing; expected the number of VFs, or max\n" },
                { "[sriov s]\ninterface = eth0\n",
                  "c:1: [sriov s]: vfs is missing; expected the number of VFs, or max\n" },
                { "[mdev m]\n",
                  "c:1: [mdev m]: no parent is named; expected parent = a name under /sys/class/mdev_bus, "
                  "or address, id, path, interface, mac, serial or slot\n"
                  "c:1: [mdev m]: type is missing; expected a type's id or its name\n" },
                { "[mdev m]\nparent = mtty\n", "c:1: [mdev m]: type is missing; expected a type's id or its name\n" },
                { "[device d]\nadress = 01:00.0\n", "c:2: adress: unknown key in [device]; did you mean address?\n" },
                { "[sriov s]\ninterface = eth0\nvsf = 8\n", "c:3: vsf: unknown key in [sriov]; did you mean vfs?\n" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_diags(cases[i].text, cases[i].diags);
}

static void all_of_them(void **unused)
{
        static const char text[] = "drive = vfio-pci\n"            /* 1 */
                                   "[passthru]\n"                  /* 2 */
                                   "group = loose\n"               /* 3 */
                                   "\n"                            /* 4 */
                                   "[device gpu]\n"                /* 5 */
                                   "  addres = 0000:01:00.0\n"     /* 6 */
                                   "expect = RTX\n"                /* 7 */
                                   "functions = every\n"           /* 8 */
                                   "[device gpu]\n"                /* 9 */
                                   "id = 10de\n"                   /* 10 */
                                   "[devise hba]\n"                /* 11 */
                                   "[sriov up]\n"                  /* 12 */
                                   "interface = enp94s0f0np0x16\n" /* 13 */
                                   "vfs = many ; a comment\n"      /* 14 */
                                   "\x01\n"                        /* 15 */
                                   "[mdev m]\n"                    /* 16 */
                                   "uuid = 1\n"                    /* 17 */
                                   "nonsense";                     /* 18 */

        (void) unused;
        assert_diags(
                text,
                "c:1: drive: expected a [section] before the first key\n"
                "c:3: group = loose: expected strict, whole or ignore\n"
                "c:6: addres: unknown key in [device]; did you mean address?\n"
                "c:7: expect = RTX: expected vendor:device or vendor:device:subvendor:subdevice in hex, such as "
                "10de:2487\n"
                "c:8: functions = every: expected all or named\n"
                "c:9: [device gpu]: the section exists already, in line 5\n"
                "c:10: id = 10de: expected vendor:device or vendor:device:subvendor:subdevice in hex, * for any, such "
                "as 10de:2487\n"
                "c:11: [devise]: unknown kind of section; did you mean [device hba]?\n"
                "c:14: vfs = many: expected a number up to 65535, or max\n"
                "c:15: the line has the control character 0x01; expected plain text\n"
                "c:17: uuid = 1: expected a UUID, such as 4b20d080-1b54-4048-85b3-a6a62d165c01\n"
                "c:18: expected [section] or key = value\n");
}

/* More than a person reads: the first thousand, and how many more there are. */
static void too_many(void **unused)
{
        enum { MISTAKES = 3000, TOLD = 1000 };
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP(config_freep) struct config *config = NULL;
        char text[MISTAKES * 2 + 1];

        (void) unused;
        for (size_t i = 0; i < MISTAKES; i++)
                memcpy(text + i * 2, "x\n", 3);
        config = parse_text(text, &diags);
        assert_int_equal(diags.n, TOLD + 1);
        assert_int_equal(diags.items[0].line, 1);
        assert_int_equal(diags.items[TOLD - 1].line, TOLD);
        assert_string_equal(diags.items[TOLD].text, "2000 more mistakes are not shown");
}

/* Of so many sections none looks for names like its own among all others. */
static void too_many_vfs(void **unused)
{
        enum { MISTAKES = 1500 };
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP(config_freep) struct config *config = NULL;
        CLEANUP_STRBUF struct strbuf text = { 0 };

        (void) unused;
        for (size_t i = 0; i < MISTAKES; i++)
                strbuf_addf(&text, "[device d%zu]\naddress = up/%zu\n", i, i);
        config = parse_text(text.text, &diags);
        assert_int_equal(diags.n_errors, MISTAKES);
        assert_int_equal(diags.n, CONFIG_ERRORS_MAX + 1);
}

/* A module's parameters are read up to a number that no module has. */
static void too_many_parameters(void **unused)
{
        enum { READ = 1000 };
        CLEANUP_DIAGS struct diag_list diags = { 0 };
        CLEANUP(config_freep) struct config *config = NULL;
        CLEANUP_STRBUF struct strbuf text = { 0 };

        (void) unused;
        strbuf_add(&text, "[module m]\n");
        for (size_t i = 0; i <= READ; i++)
                strbuf_addf(&text, "p%zu = 1\n", i);
        config = parse_text(text.text, &diags);
        assert_int_equal(config_find(config, SECTION_MODULE, "m")->n_pairs, READ);
        assert_int_equal(diags.n, 1);
        assert_string_equal(diags.items[0].text, "p1000: the module has 1000 parameters already; no more are read");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sections),
                cmocka_unit_test(lines_and_keys),
                cmocka_unit_test(missing_keys),
                cmocka_unit_test(all_of_them),
                cmocka_unit_test(too_many),
                cmocka_unit_test(too_many_vfs),
                cmocka_unit_test(too_many_parameters),
                cmocka_unit_test(missing_equal_sign),
                cmocka_unit_test(key_of_another_kind),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
