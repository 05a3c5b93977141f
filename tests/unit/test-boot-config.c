/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words that a configuration needs on a host, what is written for them, and how it is taken back: read in trees as a
 * host has them, and written there, with another in the place of the loader's command. */
#include "unit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/boot-edit.h"
#include "host/boot-host.h"
#include "host/boot-write.h"
#include "unit/tree.h"
#include "util/strbuf.h"

#define DEVICE "[device gpu]\naddress = 01:00.0\n"
#define GVT "[mdev d]\nparent = 00:02.0\ntype = i915-GVTg_V5_4\n"
#define DROP_IN "etc/default/grub.d/passthru-setup.cfg"

/* An Intel host that has its IOMMU off; its command line is what `running` says. */
static char *intel(const char *running)
{
        char *root = tree_new();

        tree_file(root, "sys/firmware/acpi/tables/DMAR", "");
        tree_file(root, "proc/cpuinfo", "vendor_id\t: GenuineIntel\n");
        tree_file(root, "proc/cmdline", running);
        return root;
}

static void add_grub(const char *root, const char *defaults)
{
        tree_file(root, "etc/default/grub", defaults);
        tree_file(root, "usr/sbin/grub-mkconfig", "/default/grub.d/");
        tree_file(root, "usr/sbin/update-grub", "");
}

static void add_systemd_boot(const char *root, const char *cmdline)
{
        tree_dir(root, "boot/loader/entries");
        tree_file(root, "usr/bin/kernel-install", "");
        tree_file(root, "usr/lib/modules/6.1/x", "");
        tree_file(root, "boot/vmlinuz-6.1", "");
        if (cmdline)
                tree_file(root, "etc/kernel/cmdline", cmdline);
}

/* All that there is to know before writing. */
struct look {
        struct config *config;
        struct sys *sys;
        struct boot_host host;
        struct boot_needs needs;
        struct boot_edit edit;
        char *hindrance;
};

static void look_clear(struct look *l)
{
        free(l->hindrance);
        boot_edit_clear(&l->edit);
        boot_needs_clear(&l->needs);
        boot_host_clear(&l->host);
        sys_free(l->sys);
        config_free(l->config);
}
#define CLEANUP_LOOK CLEANUP(look_clear)

/* config NULL: what --undo does. */
static void look_at(struct look *l, const char *root, const char *config)
{
        l->sys = tree_running(root);
        assert_int_equal(boot_host_read(l->sys, &l->host), 0);
        if (config) {
                l->config = parse_good(config);
                assert_int_equal(boot_needs_build(l->config, NULL, NULL, &l->host, &l->needs), 0);
        } else
                assert_int_equal(boot_needs_nothing(&l->host, &l->needs), 0);
        if (l->host.loader.why_not)
                return;
        assert_int_equal(boot_edit_build(&l->host, &l->needs, &l->edit), 0);
        assert_int_equal(boot_edit_hindrance(&l->host, &l->needs, &l->edit, &l->hindrance), 0);
}

/* "word state; …", a * behind what is ours. */
static char *needs_text(const struct boot_needs *needs)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };
        char *ret = NULL;

        for (size_t i = 0; i < needs->n; i++)
                strbuf_addf(&b, "%s%s %s%s", i > 0 ? "; " : "", needs->items[i].word,
                            boot_word_state_name(needs->items[i].state), needs->items[i].ours ? "*" : "");
        assert_int_equal(strbuf_steal(&b, &ret), 0);
        return ret;
}

static void needs(void **unused)
{
        static const struct {
                const char *what, *config, *running, *files[2]; /* "path=text" in the place of what is there */
                const char *gone; /* a file that is not there */
                const char *expected;
        } cases[] = {
                { "a device", DEVICE, "", { NULL }, NULL, "intel_iommu=on add*; iommu=pt optional" },
                { "no section", "[passthru]\ndriver = vfio-pci\n", "", { NULL }, NULL, "" },
                { "a driver that is not VFIO's", DEVICE "driver = pci-stub\n", "", { NULL }, NULL, "" },
                { "disabled", DEVICE "enabled = no\n", "", { NULL }, NULL, "" },
                { "VFs for the host", "[sriov n]\naddress = 1:00.0\nvfs = 1\nvf-driver = host\n", "", { NULL }, NULL, "" },
                { "VFs", "[sriov n]\naddress = 1:00.0\nvfs = 1\n", "iommu=pt", { "etc/default/grub=GRUB_CMDLINE_LINUX=iommu=pt\n" },
                  NULL, "intel_iommu=on add*" },
                { "an mdev of another kind", "[mdev m]\nparent = mtty\ntype = mtty-1\n", "", { NULL }, NULL, "" },
                { "GVT-g", GVT, "", { NULL }, NULL, "i915.enable_gvt=1 add*" },
                { "GVT-g by a type's name", "[mdev d]\nparent = 00:02.0\ntype = GVTg_V5_4\n", "", { NULL }, NULL,
                  "i915.enable_gvt=1 add*" },
                { "GVT-g by modprobe.d", GVT, "", { "sys/module/i915/parameters/enable_gvt=Y\n" }, NULL, "" },
                { "it is on by itself", DEVICE, "", { "sys/class/iommu/dmar0/x=" }, NULL, "iommu=pt optional" },
                { "it is on by the word", DEVICE, "intel_iommu=on", { "sys/class/iommu/dmar0/x=",
                  "etc/default/grub=GRUB_CMDLINE_LINUX_DEFAULT='quiet intel_iommu=on'\n" }, NULL,
                  "intel_iommu=on there; iommu=pt optional" },
                { "it is on by a word that was typed at boot", DEVICE, "intel_iommu=on", { "sys/class/iommu/dmar0/x=" }, NULL,
                  "intel_iommu=on add*; iommu=pt optional" },
                { "it is in the files, and not there yet", DEVICE, "", { "etc/default/grub=GRUB_CMDLINE_LINUX=intel_iommu=on,sm_on\n" },
                  NULL, "intel_iommu=on reboot; iommu=pt optional" },
                { "it is in our drop-in", DEVICE, "", { DROP_IN "=GRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=on\"\n" }, NULL,
                  "intel_iommu=on reboot*; iommu=pt optional" },
                { "our drop-in, needed no more", "", "", { DROP_IN "=GRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=on\"\n" }, NULL,
                  "intel_iommu=on stale*" },
                { "off by firmware, kernel unknown", DEVICE, "", { NULL }, "sys/firmware/acpi/tables/DMAR", "iommu=pt optional" },
                { "off by firmware, and by the kernel's default", DEVICE, "",
                  { "proc/sys/kernel/osrelease=6.1\n", "boot/config-6.1=# x\n# CONFIG_INTEL_IOMMU_DEFAULT_ON is not set\n" },
                  "sys/firmware/acpi/tables/DMAR", "intel_iommu=on add*; iommu=pt optional" },
                { "off by firmware, on by the kernel's default", DEVICE, "",
                  { "proc/sys/kernel/osrelease=6.1\n", "boot/config-6.1=# x\nCONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y\n" },
                  "sys/firmware/acpi/tables/DMAR", "iommu=pt optional" },
                { "what is in the way", DEVICE, "intel_iommu=off iommu=soft,off amd_iommu=off vfio-pci.ids=1:2 pci-stub.ids=3:4",
                  { NULL }, NULL,
                  "intel_iommu=on add*; iommu=pt optional; intel_iommu=off harmful; iommu=soft,off harmful; vfio-pci.ids=1:2 "
                  "needless; pci-stub.ids=3:4 needless" },
                { "AMD", DEVICE, "amd_iommu=off intel_iommu=off", { "proc/cpuinfo=vendor_id\t: AuthenticAMD\n" },
                  "sys/firmware/acpi/tables/DMAR", "iommu=pt optional; amd_iommu=off harmful" },
                { "another CPU", DEVICE, "iommu=off", { "proc/cpuinfo=CPU implementer\t: 0x41\n" },
                  "sys/firmware/acpi/tables/DMAR", "" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_TREE char *root = intel(cases[i].running);
                CLEANUP_LOOK struct look l = { 0 };
                CLEANUP_FREE char *found = NULL;

                add_grub(root, "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n");
                for (size_t k = 0; k < ARRAY_SIZE(cases[i].files) && cases[i].files[k]; k++) {
                        const char *text = strchr(cases[i].files[k], '=');
                        CLEANUP_FREE char *path = strndup(cases[i].files[k], (size_t) (text - cases[i].files[k]));

                        tree_file(root, path, text + 1);
                }
                if (cases[i].gone)
                        assert_int_equal(unlink(tree_path(root, cases[i].gone)), 0);
                look_at(&l, root, cases[i].config);
                found = needs_text(&l.needs);
                assert_text_of(cases[i].what, found, cases[i].expected);
                assert_int_equal(l.needs.hint != NULL, cases[i].gone && streq(cases[i].gone, "sys/firmware/acpi/tables/DMAR") &&
                                                               l.host.intel);
        }
}

/* In the place of update-grub and kernel-install: writes what they would. */
struct loader {
        const char *root;
        int status;    /* what it ends with */
        bool idle;     /* it does nothing, and says that all is well */
        unsigned runs;
};

static char *file_text(const char *root, const char *path)
{
        CLEANUP(sys_freep) struct sys *sys = tree_running(root);
        char *text = NULL;

        return sys_read_text(sys, path, &text) == 0 ? text : NULL;
}

static int run(void *userdata, char *const argv[])
{
        struct loader *l = userdata;
        CLEANUP_FREE char *cmdline = file_text(l->root, "etc/kernel/cmdline"), *drop_in = file_text(l->root, DROP_IN);
        CLEANUP_STRBUF struct strbuf b = { 0 };

        l->runs++;
        if (l->status != 0 || l->idle)
                return l->status;
        if (strstr(argv[0], "kernel-install")) {
                strbuf_addf(&b, "options %s\n", cmdline ? cmdline : "");
                tree_file(l->root, "boot/loader/entries/t-6.1.conf", b.text);
        } else {
                strbuf_addf(&b, "linux /vmlinuz quiet%s\n", drop_in && strstr(drop_in, "intel_iommu=on") ? " intel_iommu=on" : "");
                tree_file(l->root, "boot/grub/grub.cfg", b.text);
        }
        return 0;
}

static void assert_file(const char *root, const char *path, const char *expected)
{
        CLEANUP_FREE char *text = file_text(root, path);

        if (!expected)
                assert_null(text);
        else {
                assert_non_null(text);
                assert_text_of(path, text, expected);
        }
}

/* Looks, writes, and returns how it came out. */
static enum boot_result write_it(struct loader *loader, const char *config, struct boot_report *report)
{
        CLEANUP_LOOK struct look l = { 0 };
        const struct boot_runner runner = { run, loader };

        loader->runs = 0;
        look_at(&l, loader->root, config);
        assert_null(l.hindrance);
        assert_int_equal(boot_write(l.sys, &l.host, &l.needs, &l.edit, &runner, report), 0);
        return report->result;
}

static enum boot_result written(struct loader *loader, const char *config)
{
        CLEANUP_BOOT_REPORT struct boot_report report = { 0 };

        return write_it(loader, config, &report);
}

static void grub(void **unused)
{
        CLEANUP_TREE char *root = intel("");
        struct loader loader = { root, 0, false, 0 };

        (void) unused;
        add_grub(root, "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n");
        assert_int_equal(written(&loader, DEVICE), BOOT_WRITTEN);
        assert_int_equal(loader.runs, 1);
        assert_file(root, DROP_IN, "# Written by passthru-setup boot-config --write; passthru-setup boot-config --undo takes it away.\n"
                                   "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT intel_iommu=on\"\n");
        assert_int_equal(written(&loader, DEVICE), BOOT_ALREADY);
        assert_int_equal(loader.runs, 0);
        /* GRUB was not told: only that is made up for. */
        tree_file(root, "boot/grub/grub.cfg", "linux /vmlinuz quiet\n");
        assert_int_equal(written(&loader, DEVICE), BOOT_WRITTEN);
        assert_int_equal(loader.runs, 1);
        assert_int_equal(written(&loader, NULL), BOOT_WRITTEN);
        assert_file(root, DROP_IN, NULL);
        assert_file(root, "boot/grub/grub.cfg", "linux /vmlinuz quiet\n");
        assert_int_equal(unlink(tree_path(root, "boot/grub/grub.cfg")), 0); /* which is none of our business then */
        assert_int_equal(written(&loader, NULL), BOOT_ALREADY);
        assert_int_equal(written(&loader, "[passthru]\ndriver = vfio-pci\n"), BOOT_ALREADY);
        assert_int_equal(loader.runs, 0);
        assert_file(root, "etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n");
        assert_file(root, "var/lib/passthru-setup/boot-config", NULL);
}

static void assert_back(const char *root, const char *text)
{
        assert_file(root, "etc/kernel/cmdline", text);
        assert_file(root, "var/lib/passthru-setup/boot-config", NULL);
        assert_file(root, "var/lib/passthru-setup/kernel-cmdline.before", NULL);
}

static void systemd_boot(void **unused)
{
        CLEANUP_TREE char *root = intel("initrd=x root=1\n");
        struct loader loader = { root, 0, false, 0 };
        struct stat st;

        (void) unused;
        add_systemd_boot(root, "root=1  quiet");
        tree_mode(root, "etc/kernel/cmdline", 0640);
        assert_int_equal(written(&loader, DEVICE), BOOT_WRITTEN);
        assert_file(root, "etc/kernel/cmdline", "root=1  quiet intel_iommu=on");
        assert_file(root, "var/lib/passthru-setup/kernel-cmdline.before", "root=1  quiet");
        assert_int_equal(stat(tree_path(root, "etc/kernel/cmdline"), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0640);
        assert_int_equal(written(&loader, DEVICE), BOOT_ALREADY);
        /* One more need comes, and both go one after the other. */
        assert_int_equal(written(&loader, DEVICE GVT), BOOT_WRITTEN);
        assert_file(root, "etc/kernel/cmdline", "root=1  quiet intel_iommu=on i915.enable_gvt=1");
        assert_int_equal(written(&loader, GVT), BOOT_WRITTEN);
        assert_file(root, "etc/kernel/cmdline", "root=1  quiet i915.enable_gvt=1");
        assert_file(root, "boot/loader/entries/t-6.1.conf", "options root=1  quiet i915.enable_gvt=1\n");
        assert_int_equal(written(&loader, NULL), BOOT_WRITTEN);
        assert_back(root, "root=1  quiet");
        assert_int_equal(written(&loader, NULL), BOOT_ALREADY);
        /* A word of the administrator's own is not ours to take. */
        tree_file(root, "etc/kernel/cmdline", "root=1 intel_iommu=on\n");
        assert_int_equal(written(&loader, DEVICE), BOOT_ALREADY);
        assert_int_equal(written(&loader, NULL), BOOT_ALREADY);
        assert_back(root, "root=1 intel_iommu=on\n");
        /* What he has changed since stays. */
        tree_file(root, "etc/kernel/cmdline", "root=1\n");
        assert_int_equal(written(&loader, DEVICE), BOOT_WRITTEN);
        tree_file(root, "etc/kernel/cmdline", "a root=2 intel_iommu=on z\n");
        assert_int_equal(written(&loader, NULL), BOOT_WRITTEN);
        assert_back(root, "a root=2 z\n");
}

static void no_file(void **unused)
{
        CLEANUP_TREE char *root = intel("initrd=x root=1 quiet\n");
        struct loader loader = { root, 0, false, 0 };

        (void) unused;
        add_systemd_boot(root, NULL);
        assert_int_equal(written(&loader, DEVICE), BOOT_WRITTEN);
        assert_file(root, "etc/kernel/cmdline", "root=1 quiet intel_iommu=on\n");
        assert_int_equal(written(&loader, DEVICE), BOOT_ALREADY);
        assert_int_equal(written(&loader, NULL), BOOT_WRITTEN);
        assert_back(root, NULL);
        /* The distribution's file is what would count; it is copied, and stays. */
        tree_file(root, "usr/lib/kernel/cmdline", "# theirs\nroot=3\nro\n");
        assert_int_equal(written(&loader, DEVICE), BOOT_WRITTEN);
        assert_file(root, "etc/kernel/cmdline", "root=3 ro intel_iommu=on\n");
        /* One that he has made his own meanwhile is not removed. */
        tree_file(root, "etc/kernel/cmdline", "root=4 intel_iommu=on\n");
        assert_int_equal(written(&loader, NULL), BOOT_WRITTEN);
        assert_back(root, "root=4\n");
}

static void failures(void **unused)
{
        CLEANUP_TREE char *root = intel("");
        struct loader loader = { root, 0, false, 0 };
        CLEANUP_BOOT_REPORT struct boot_report command = { 0 }, idle = { 0 }, link = { 0 };

        (void) unused;
        add_systemd_boot(root, "root=1\n");
        loader.status = 7;
        assert_int_equal(write_it(&loader, DEVICE, &command), BOOT_COMMAND_FAILED);
        assert_int_equal(command.status, 7);
        assert_int_equal(command.restore_error, 0);
        assert_back(root, "root=1\n");
        loader.status = 0;
        loader.idle = true;
        assert_int_equal(write_it(&loader, DEVICE, &idle), BOOT_NOT_GENERATED);
        assert_string_equal(idle.where, "the entry of Linux 6.1");
        assert_int_equal(loader.runs, 2); /* once more, with the file as it was */
        assert_file(root, "etc/kernel/cmdline", "root=1\n");
        loader.idle = false;
        tree_file(root, "elsewhere", "root=1\n");
        assert_int_equal(unlink(tree_path(root, "etc/kernel/cmdline")), 0);
        tree_link(root, "etc/kernel/cmdline", "../../elsewhere");
        assert_int_equal(write_it(&loader, DEVICE, &link), BOOT_NOT_WRITTEN);
        assert_int_equal(link.error, -ELOOP);
        assert_int_equal(loader.runs, 0);
        assert_file(root, "elsewhere", "root=1\n");
        assert_file(root, "var/lib/passthru-setup/boot-config", NULL);
}

static void hindrances(void **unused)
{
        static const struct {
                const char *cmdline, *grub, *later; /* of systemd-boot; of GRUB, and a drop-in behind ours */
                const char *expected;
        } cases[] = {
                { "root=1 -- single\n", NULL, NULL, NULL },
                { "root=1 --\nquiet\n", NULL, NULL, "intel_iommu=on would not count: a \"--\" before it leaves" },
                { "root=1 intel_iommu=off\n", NULL, NULL, NULL }, /* the later one wins */
                { NULL, "GRUB_CMDLINE_LINUX_DEFAULT='quiet intel_iommu=off'\n", NULL, NULL },
                { NULL, "GRUB_CMDLINE_LINUX=\"a -- b\"\n", NULL, "intel_iommu=on would not count: a \"--\" before it" },
                { NULL, "", "\nGRUB_CMDLINE_LINUX_DEFAULT=quiet\n",
                  "intel_iommu=on would not count: /etc/default/grub.d/zz.cfg:2 sets GRUB_CMDLINE_LINUX_DEFAULT anew" },
                { NULL, "", "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT x\"\n", NULL },
                { NULL, "", "GRUB_CMDLINE_LINUX_DEFAULT+=' intel_iommu=off'\n",
                  "intel_iommu=on would not count: another word behind it says the contrary" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_TREE char *root = intel("");
                CLEANUP_LOOK struct look l = { 0 };

                if (cases[i].cmdline)
                        add_systemd_boot(root, cases[i].cmdline);
                else
                        add_grub(root, cases[i].grub);
                if (cases[i].later)
                        tree_file(root, "etc/default/grub.d/zz.cfg", cases[i].later);
                tree_file(root, "etc/default/grub.d/README", "GRUB_CMDLINE_LINUX_DEFAULT=no\n"); /* no *.cfg */
                look_at(&l, root, DEVICE);
                if (!cases[i].expected)
                        assert_null(l.hindrance);
                else {
                        assert_non_null(l.hindrance);
                        assert_memory_equal(l.hindrance, cases[i].expected, strlen(cases[i].expected));
                }
        }
}

static void proxmox(void **unused)
{
        CLEANUP_TREE char *root = intel("root=1");
        struct loader loader = { root, 0, false, 0 };
        CLEANUP_LOOK struct look l = { 0 };
        CLEANUP_BOOT_REPORT struct boot_report report = { 0 };

        (void) unused;
        tree_file(root, "usr/sbin/proxmox-boot-tool", "");
        tree_file(root, "etc/kernel/proxmox-boot-uuids", "A1B2-C3D4\n");
        tree_dir(root, "sys/firmware/efi");
        tree_file(root, "etc/kernel/cmdline", "root=1\n");
        assert_int_equal(write_it(&loader, DEVICE, &report), BOOT_WRITTEN);
        assert_true(report.unseen);
        assert_file(root, "etc/kernel/cmdline", "root=1 intel_iommu=on\n");
        assert_int_equal(written(&loader, NULL), BOOT_WRITTEN);
        assert_back(root, "root=1\n");
        tree_file(root, "etc/kernel/cmdline", "root=1\nquiet\n");
        look_at(&l, root, DEVICE);
        assert_string_equal(l.hindrance, "/etc/kernel/cmdline has more than one line: proxmox-boot-tool takes only one; join them "
                                         "first");
}

static void the_running_system(void **unused)
{
        char *const good[] = { (char *) "/bin/sh", (char *) "-c", (char *) "read x; [ -z \"$PASSTHRU_TEST\" ] && exit 3", NULL };
        char *const killed[] = { (char *) "/bin/sh", (char *) "-c", (char *) "kill -9 $$", NULL };
        char *const missing[] = { (char *) "/nonexistent/update-grub", NULL };

        (void) unused;
        assert_int_equal(setenv("PASSTHRU_TEST", "1", 1), 0);
        assert_int_equal(boot_runner_live.run(NULL, good), 3);
        assert_int_equal(boot_runner_live.run(NULL, killed), 128 + 9);
        assert_int_equal(boot_runner_live.run(NULL, missing), -ENOENT);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(needs),      cmocka_unit_test(grub),    cmocka_unit_test(systemd_boot),
                cmocka_unit_test(no_file),    cmocka_unit_test(failures), cmocka_unit_test(hindrances),
                cmocka_unit_test(proxmox),    cmocka_unit_test(the_running_system),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
