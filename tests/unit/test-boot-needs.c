/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words that a configuration needs on a host, and what would keep them from counting. */
#include "unit/kit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "unit/boot.h"
#include "unit/tree.h"

/* "word state; …", a * behind what is ours. */
static char *needs_text(const struct boot_needs *needs)
{
        CLEANUP_STRBUF struct strbuf b = { 0 };

        for (size_t i = 0; i < needs->n; i++)
                strbuf_addf(&b, "%s%s %s%s", i > 0 ? "; " : "", needs->items[i].word,
                            boot_word_state_name(needs->items[i].state), needs->items[i].ours ? "*" : "");
        return strbuf_steal(&b);
}

static void needs(void **unused)
{
        static const struct {
                const char *what, *config, *running, *files[2]; /* "path=text" in the place of what is there */
                const char *gone;                               /* a file that is not there */
                const char *expected;
        } cases[] = {
                { "a device", DEVICE, "", { NULL }, NULL, "intel_iommu=on add*; iommu=pt optional" },
                { "no section", "[passthru]\ndriver = vfio-pci\n", "", { NULL }, NULL, "" },
                { "a driver that is not VFIO's", DEVICE "driver = pci-stub\n", "", { NULL }, NULL, "" },
                { "disabled", DEVICE "enabled = no\n", "", { NULL }, NULL, "" },
                { "VFs for the host",
                  "[sriov n]\naddress = 1:00.0\nvfs = 1\nvf-driver = host\n",
                  "",
                  { NULL },
                  NULL,
                  "" },
                { "VFs",
                  "[sriov n]\naddress = 1:00.0\nvfs = 1\n",
                  "iommu=pt",
                  { "etc/default/grub=GRUB_CMDLINE_LINUX=iommu=pt\n" },
                  NULL,
                  "intel_iommu=on add*" },
                { "an mdev of another kind", "[mdev m]\nparent = mtty\ntype = mtty-1\n", "", { NULL }, NULL, "" },
                { "GVT-g", GVT, "", { NULL }, NULL, "i915.enable_gvt=1 add*" },
                { "GVT-g by a type's name",
                  "[mdev d]\nparent = 00:02.0\ntype = GVTg_V5_4\n",
                  "",
                  { NULL },
                  NULL,
                  "i915.enable_gvt=1 add*" },
                { "GVT-g by modprobe.d", GVT, "", { "sys/module/i915/parameters/enable_gvt=Y\n" }, NULL, "" },
                { "it is on by itself", DEVICE, "", { "sys/class/iommu/dmar0/x=" }, NULL, "iommu=pt optional" },
                { "it is on by the word",
                  DEVICE,
                  "intel_iommu=on",
                  { "sys/class/iommu/dmar0/x=",
                    "etc/default/grub=GRUB_CMDLINE_LINUX_DEFAULT='quiet intel_iommu=on'\n" },
                  NULL,
                  "intel_iommu=on there; iommu=pt optional" },
                { "it is on by a word that was typed at boot",
                  DEVICE,
                  "intel_iommu=on",
                  { "sys/class/iommu/dmar0/x=" },
                  NULL,
                  "intel_iommu=on add*; iommu=pt optional" },
                { "it is in the files, and not there yet",
                  DEVICE,
                  "",
                  { "etc/default/grub=GRUB_CMDLINE_LINUX=intel_iommu=on,sm_on\n" },
                  NULL,
                  "intel_iommu=on refresh; iommu=pt optional" },
                { "the loader has it as well",
                  DEVICE,
                  "",
                  { "etc/default/grub=GRUB_CMDLINE_LINUX=intel_iommu=on\n",
                    "boot/grub/grub.cfg=linux /x ro intel_iommu=on\n" },
                  NULL,
                  "intel_iommu=on reboot; iommu=pt optional" },
                { "the loader does not have it",
                  DEVICE,
                  "intel_iommu=on",
                  { "etc/default/grub=GRUB_CMDLINE_LINUX=intel_iommu=on\n",
                    "boot/grub/grub.cfg=linux /x ro\nlinux /y intel_iommu=on\n" },
                  NULL,
                  "intel_iommu=on refresh; iommu=pt optional" },
                { "the loader alone has it",
                  DEVICE,
                  "intel_iommu=on",
                  { "boot/grub/grub.cfg=linux /x intel_iommu=on pci=nomsi\n" },
                  NULL,
                  "intel_iommu=on add*; iommu=pt optional; pci=nomsi harmful" },
                { "it is in our drop-in",
                  DEVICE,
                  "",
                  { DROP_IN "=GRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=on\"\n" },
                  NULL,
                  "intel_iommu=on refresh*; iommu=pt optional" },
                { "our drop-in, needed no more",
                  "",
                  "",
                  { DROP_IN "=GRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=on\"\n" },
                  NULL,
                  "intel_iommu=on stale*" },
                { "off by firmware, kernel unknown",
                  DEVICE,
                  "",
                  { NULL },
                  "sys/firmware/acpi/tables/DMAR",
                  "iommu=pt optional" },
                { "off by firmware, and by the kernel's default",
                  DEVICE,
                  "",
                  { "proc/sys/kernel/osrelease=6.1\n",
                    "boot/config-6.1=# x\n# CONFIG_INTEL_IOMMU_DEFAULT_ON is not set\n" },
                  "sys/firmware/acpi/tables/DMAR",
                  "intel_iommu=on add*; iommu=pt optional" },
                { "off by a parameter, on by the kernel's default",
                  DEVICE,
                  "intel_iommu=off",
                  { "proc/sys/kernel/osrelease=7.1\n",
                    "usr/lib/modules/7.1/config=# x\nCONFIG_INTEL_IOMMU_DEFAULT_ON=y\n" },
                  NULL,
                  "intel_iommu=on add*; iommu=pt optional; intel_iommu=off harmful" },
                { "off by firmware, on by the kernel's default",
                  DEVICE,
                  "",
                  { "proc/sys/kernel/osrelease=6.1\n",
                    "boot/config-6.1=# x\nCONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y\n" },
                  "sys/firmware/acpi/tables/DMAR",
                  "iommu=pt optional" },
                { "what is in the way",
                  DEVICE,
                  "intel_iommu=off iommu=soft,off amd_iommu=off vfio-pci.ids=1:2 pci-stub.ids=3:4",
                  { NULL },
                  NULL,
                  "intel_iommu=on add*; iommu=pt optional; intel_iommu=off harmful; iommu=soft,off harmful; "
                  "vfio-pci.ids=1:2 "
                  "needless; pci-stub.ids=3:4 needless" },
                { "what recipes bring along",
                  DEVICE,
                  "nofb textonly nomodeset video=efifb:off initcall_blacklist=sysfb_init pcie_aspm=off "
                  "pci=noaer,nomsi pci=nommconf pci=assign-busses pcie_acs_override=downstream video=1024x768 "
                  "pci=realloc",
                  { NULL },
                  NULL,
                  "intel_iommu=on add*; iommu=pt optional; nofb needless; textonly needless; nomodeset needless; "
                  "video=efifb:off needless; initcall_blacklist=sysfb_init needless; pcie_aspm=off needless; "
                  "pci=noaer,nomsi harmful; pci=nommconf harmful; pci=assign-busses harmful; "
                  "pcie_acs_override=downstream harmful" },
                { "the same with GVT-g",
                  GVT,
                  "i915.enable_gvt=1 nomodeset i915.modeset=0",
                  { NULL },
                  NULL,
                  "i915.enable_gvt=1 add*; nomodeset harmful; i915.modeset=0 harmful" },
                { "without a configuration",
                  "",
                  "nomodeset nofb pci=nommconf",
                  { NULL },
                  NULL,
                  "nomodeset optional; nofb needless; pci=nommconf harmful" },
                { "without a section that is enabled",
                  "[device a]\naddress = 1:0.0\nenabled = no\n",
                  "nomodeset nofb",
                  { NULL },
                  NULL,
                  "" },
                { "for one boot",
                  DEVICE,
                  "passthru.off intel_iommu=on",
                  { "sys/class/iommu/dmar0/x=",
                    "etc/default/grub=GRUB_CMDLINE_LINUX='intel_iommu=on passthru.skip=gpu'\n" },
                  NULL,
                  "intel_iommu=on there; iommu=pt optional; passthru.skip=gpu harmful" },
                { "ids= where nothing of ours is in the initramfs",
                  DEVICE,
                  "intel_iommu=on vfio-pci.ids=1:2",
                  { "sys/class/iommu/dmar0/x=", "usr/bin/booster=" },
                  NULL,
                  "intel_iommu=on add*; iommu=pt optional" },
                { "AMD",
                  DEVICE,
                  "amd_iommu=off intel_iommu=off",
                  { "proc/cpuinfo=vendor_id\t: AuthenticAMD\n" },
                  "sys/firmware/acpi/tables/DMAR",
                  "iommu=pt optional; amd_iommu=off harmful" },
                { "AMD with words that do nothing",
                  DEVICE,
                  "amd_iommu=on intel_iommu=on",
                  { "proc/cpuinfo=vendor_id\t: AuthenticAMD\n" },
                  "sys/firmware/acpi/tables/DMAR",
                  "iommu=pt optional; amd_iommu=on needless; intel_iommu=on needless" },
                { "another CPU",
                  DEVICE,
                  "iommu=off",
                  { "proc/cpuinfo=CPU implementer\t: 0x41\n" },
                  "sys/firmware/acpi/tables/DMAR",
                  "" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_TREE char *root = intel_host(cases[i].running);
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
                assert_int_equal(l.needs.hint != NULL, cases[i].gone &&
                                                               streq(cases[i].gone, "sys/firmware/acpi/tables/DMAR") &&
                                                               l.host.intel);
        }
}

static void hindrances(void **unused)
{
        static const struct {
                const char *cmdline, *grub, *later; /* of systemd-boot; of GRUB, and a drop-in behind ours */
                const char *expected;
        } cases[] = {
                { "root=1 -- single\n", NULL, NULL, NULL },
                { "root=1 --\nquiet\n", NULL, NULL, "intel_iommu=on would have no effect: it comes after \"--\"" },
                { "root=1 intel_iommu=off\n", NULL, NULL, NULL }, /* the later one wins */
                { NULL, "GRUB_CMDLINE_LINUX_DEFAULT='quiet intel_iommu=off'\n", NULL, NULL },
                { NULL, "GRUB_CMDLINE_LINUX=\"a -- b\"\n", NULL,
                  "intel_iommu=on would have no effect: it comes after \"--\"" },
                { NULL, "", "\nGRUB_CMDLINE_LINUX_DEFAULT=quiet\n",
                  "intel_iommu=on would have no effect: /etc/default/grub.d/zz.cfg:2 sets GRUB_CMDLINE_LINUX_DEFAULT "
                  "again" },
                { NULL, "", "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT x\"\n", NULL },
                { NULL, "", "GRUB_CMDLINE_LINUX_DEFAULT+=' intel_iommu=off'\n",
                  "intel_iommu=on would have no effect: a later parameter says the opposite" },
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP_TREE char *root = intel_host("");
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

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(needs),
                cmocka_unit_test(hindrances),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
