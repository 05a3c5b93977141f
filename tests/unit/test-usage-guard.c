/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan against what the host uses: which sections are refused, and what that means for the others. */
#include "unit/kit.h"

#include <stdlib.h>

#include "base/array.h"
#include "unit/facts.h"
#include "unit/machine.h"
#include "usage/usage.h"

#define USB "pci0000:00/0000:00:14.0"
#define CARD "pci0000:00/0000:00:01.0/0000:01:00"

static struct inventory *machine(void)
{
        static const struct fn functions[] = {
                { "0000:00:02.0", "8086:3e92", 0x030000, "i915", NULL, 0, "pci0000:00/0000:00:02.0" },
                { "0000:00:14.0", "8086:a36d", 0x0c0330, "xhci_hcd", NULL, 1, USB },
                { "0000:01:00.0", "10de:2484", 0x030000, "nouveau", NULL, 3, CARD ".0" },
                { "0000:01:00.1", "10de:228b", 0x040300, "snd_hda_intel", NULL, 3, CARD ".1" },
                { "0000:01:00.2", "10de:1ada", 0x0c0330, "xhci_hcd", NULL, 3, CARD ".2" },
                { "0000:02:00.0", "10de:2484", 0x030000, "vfio-pci", "vfio-pci", 4, NULL },
                { "0000:03:00.0", "8086:10c9", 0x020000, "igb", NULL, 5, "pci0000:00/0000:03:00.0" },
                { "0000:03:10.0", "8086:10ca", 0x020000, "igbvf", NULL, 7, "pci0000:00/0000:03:10.0" },
                { "0000:03:10.2", "8086:10ca", 0x030000, "igbvf", NULL, 8, "pci0000:00/0000:03:10.2" },
        };
        static const char *const drivers[] = { "vfio-pci" };
        struct inventory *inv = calloc(1, sizeof(*inv));

        assert_non_null(inv);
        inv_add(inv, functions, ARRAY_SIZE(functions));
        inv_pf(inv, "0000:03:00.0", 7, "0000:03:10.0", 2, 0x10ca);
        inv_drivers(inv, drivers, ARRAY_SIZE(drivers));
        inv->iommu = true;
        return inv;
}

static void keyboard(struct usage *u, const char *name, const char *place)
{
        struct usage_keyboard *k = ARRAY_APPEND(u->keyboards, u->n_keyboards, u->alloc_keyboards);

        assert_non_null(k);
        k->name = strdup(name);
        k->place = strdup(place);
        assert_true(k->name && k->place);
}

static void nothing(struct usage *u)
{
        (void) u;
}

static void card_keyboard(struct usage *u)
{
        keyboard(u, "K\033120", CARD ".2/usb5/5-1/input/input4");
}

static void two_keyboards(struct usage *u)
{
        keyboard(u, "A", USB "/usb1/input/input3");
        keyboard(u, "B", CARD ".2/usb5/5-1/input/input4");
}

static void ps2_keyboard(struct usage *u)
{
        keyboard(u, "A", USB "/usb1/input/input3");
        keyboard(u, "AT", "platform/i8042/serio0/input/input1");
}

static void console_on_card(struct usage *u)
{
        u->console_on_vt = true;
        u->framebuffer = strdup(CARD ".0/graphics/fb0");
}

/* The firmware's framebuffer, on the card that it used. */
static void console_on_boot_vga(struct usage *u)
{
        u->console_on_vt = true;
        u->framebuffer = strdup("platform/efi-framebuffer.0/graphics/fb0");
        u->boot_vga = 2;
}

static void serial_console(struct usage *u)
{
        console_on_boot_vga(u);
        u->console_on_vt = false;
}

static void fb_of_the_other(struct usage *u)
{
        console_on_boot_vga(u);
        free(u->framebuffer);
        u->framebuffer = strdup("pci0000:00/0000:00:02.0/drm/card0/graphics/fb0");
}

static void vf_route(struct usage *u)
{
        struct usage_link *l = ARRAY_APPEND(u->links, u->n_links, u->alloc_links);

        assert_non_null(l);
        l->name = strdup("enp3s0v0");
        l->place = strdup("pci0000:00/0000:03:10.0/net/enp3s0v0");
        l->default_route = true;
}

/* The drive with the root file system, as a neighbour of the only console and keyboard. */
static void root_beside_gpu(struct usage *u)
{
        console_on_card(u);
        card_keyboard(u);
        facts_block(u, "nvme0n1p3", CARD ".1/nvme/nvme0/nvme0n1/nvme0n1p3", 3);
        facts_mounts(u, "22 1 8:3 / / rw - ext4 /dev/nvme0n1p3 rw\n");
}

#define WHOLE "[device gpu]\naddress = 01:00.0\ngroup = whole\n"
#define GPU "[device gpu]\naddress = 01:00.0\nfunctions = all\n"
#define STEPS                                                                                                         \
        "override 0000:01:00.0 '' > vfio-pci\noverride 0000:01:00.1 '' > vfio-pci\noverride 0000:01:00.2 '' > "       \
        "vfio-pci\n"                                                                                                  \
        "unbind 0000:01:00.0 nouveau > vfio-pci\nbind 0000:01:00.0 nouveau > vfio-pci\n"                              \
        "unbind 0000:01:00.1 snd_hda_intel > vfio-pci\nbind 0000:01:00.1 snd_hda_intel > vfio-pci\n"                  \
        "unbind 0000:01:00.2 xhci_hcd > vfio-pci\nbind 0000:01:00.2 xhci_hcd > vfio-pci\n"
#define FORCE(guards) "; force = " guards " @"
#define TWIN "0000:02:00.0 is an equal card"
#define ALONE "[IOMMU group 3, with its audio, USB; " TWIN "]"

static const struct guard_case {
        void (*facts)(struct usage *u);
        const char *config, *expected;
        const char *guarded; /* the sections that are marked, in their order */
} cases[] = {
        /* The integrated one stays. */
        { nothing, GPU, "gpu change " ALONE "\n" STEPS, "" },
        { nothing, GPU "[device igpu]\naddress = 00:02.0\n",
          "gpu refused: the host would have no display left" FORCE(
                  "display") "1\nigpu change [IOMMU group 0, alone]\noverride 0000:00:02.0 '' > vfio-pci\nunbind "
                             "0000:00:02.0 i915 > vfio-pci\nbind 0000:00:02.0 i915 > vfio-pci\n",
          "gpu" },
        /* By force the one goes, and the other is the last. */
        { nothing, GPU "force = display\n[device igpu]\naddress = 00:02.0\n",
          "gpu change " ALONE "\nigpu refused: the host would have no display left" FORCE("display") "5\n" STEPS,
          "igpu" },
        { card_keyboard, GPU, "gpu refused: 0000:01:00.2 has the only keyboard (K?120)" FORCE("keyboard") "1\n",
          "gpu" },
        { card_keyboard, GPU "force = keyboard\n",
          "gpu change [IOMMU group 3, with its audio, USB; " TWIN
          "; forced: 0000:01:00.2 has the only keyboard (K?120)]\n" STEPS,
          "" },
        { card_keyboard, "\n[device usb]\naddress = 01:00.2\ngroup = ignore\n",
          "usb refused: it has the only keyboard (K?120)" FORCE("keyboard") "2\n", "usb" },
        { two_keyboards, GPU, "gpu change " ALONE "\n" STEPS, "" },
        { two_keyboards, "[device usb]\naddress = 00:14.0\n" GPU,
          "usb refused: the host would have no keyboard left (A)" FORCE("keyboard") "1\ngpu change " ALONE "\n" STEPS,
          "usb" },
        { ps2_keyboard, "[device usb]\naddress = 00:14.0\n",
          "usb change [IOMMU group 1, alone]\noverride 0000:00:14.0 '' > vfio-pci\nunbind 0000:00:14.0 xhci_hcd > "
          "vfio-pci\nbind 0000:00:14.0 xhci_hcd > vfio-pci\n",
          "" },
        { console_on_card, GPU, "gpu refused: the console is on it" FORCE("display") "1\n", "gpu" },
        { console_on_card, "[device slot]\naddress = 01:00\n",
          "slot refused: 0000:01:00.0: the console is on it" FORCE("display") "1\n", "slot" },
        { console_on_boot_vga, GPU, "gpu refused: the console is on it" FORCE("display") "1\n", "gpu" },
        { serial_console, GPU, "gpu change " ALONE "\n" STEPS, "" },
        { fb_of_the_other, GPU, "gpu change " ALONE "\n" STEPS, "" },
        /* A function that stays leaves its group unfit for the others. */
        { card_keyboard,
          "[device usb]\naddress = 01:00.2\n[device rest]\naddress = 01:00.0\n[device audio]\n"
          "address = 01:00.1\n",
          "usb refused: it has the only keyboard (K?120)" FORCE(
                  "keyboard") "1\nrest refused: IOMMU group 3 also contains 0000:01:00.2 (xhci_hcd), which stays with "
                              "the host because [device usb] is refused @3\naudio refused: IOMMU group 3 also "
                              "contains 0000:01:00.2 (xhci_hcd), which stays with the host because [device usb] is "
                              "refused @5\n",
          "usb rest audio" },
        /* A VF that a new number removes is taken too; one of class 03 is no display. */
        { vf_route, "[sriov up]\naddress = 03:00.0\nvfs = 3\n[device vm]\naddress = up/1\n",
          "up refused: 0000:03:10.0: enp3s0v0 carries the default route" FORCE(
                  "network") "1\n"
                             "vm refused: 0000:03:10.0: enp3s0v0 carries the default route @4\n",
          "up vm" },
        { vf_route, "[sriov up]\naddress = 03:00.0\nvfs = 0\nforce = network\n",
          "up change [disruptive: the 2 existing VFs are removed first; forced: 0000:03:10.0: enp3s0v0 carries the "
          "default "
          "route]\nunbind 0000:03:10.0 igbvf >\n"
          "unbind 0000:03:10.2 igbvf >\nnumvfs 0000:03:00.0 2 > 0 (guarded)\n",
          "" },
        { nothing, "[device vf]\naddress = 03:10.2\n",
          "vf change [IOMMU group 8, alone]\noverride 0000:03:10.2 '' > vfio-pci\nunbind 0000:03:10.2 igbvf > "
          "vfio-pci\nbind 0000:03:10.2 igbvf > vfio-pci\n",
          "" },
        /* What is on a VFIO driver is not taken from the host. */
        { nothing, "[device gpu]\naddress = 02:00.0\ndriver = pci-stub\n",
          "gpu change [IOMMU group 4, alone; 0000:01:00.0 is an equal card]\nmodule-load on pci_stub .pci-stub "
          ">\noverride 0000:02:00.0 vfio-pci > pci-stub\nunbind 0000:02:00.0 vfio-pci > pci-stub (guarded)\nbind "
          "0000:02:00.0 vfio-pci > pci-stub\n",
          "" },
        /* A guard that force does not name refuses, and all that it would take is told: of what is taken along too. */
        { root_beside_gpu, WHOLE "force = display\n",
          "gpu refused: 0000:01:00.1: nvme0n1p3 on it is mounted at /; 0000:01:00.2 has the only keyboard (K?120); "
          "force = disk "
          "display keyboard @1\n",
          "gpu" },
        { root_beside_gpu, WHOLE,
          "gpu refused: 0000:01:00.1: nvme0n1p3 on it is mounted at /; the console is on it; 0000:01:00.2 has the "
          "only keyboard "
          "(K?120); force = disk display keyboard @1\n",
          "gpu" },
        { root_beside_gpu, WHOLE "force = disk display\n",
          "gpu refused: 0000:01:00.2 has the only keyboard (K?120); force = disk display keyboard @1\n", "gpu" },
        { root_beside_gpu, WHOLE "force = keyboard, disk, display\n",
          "gpu change [IOMMU group 3, with its audio, USB; " TWIN
          "; forced: 0000:01:00.1: nvme0n1p3 on it is mounted at /; the console is "
          "on it; 0000:01:00.2 has the only keyboard (K?120)]\n" STEPS,
          "" },
        /* What is refused for its disk leaves the display to the host; were it taken, it would not be there. */
        { root_beside_gpu, WHOLE "force = display\n[device igpu]\naddress = 00:02.0\n",
          "gpu refused: 0000:01:00.1: nvme0n1p3 on it is mounted at /; 0000:01:00.2 has the only keyboard (K?120); "
          "force = disk display keyboard @1\nigpu change [IOMMU group 0, alone]\noverride 0000:00:02.0 '' > "
          "vfio-pci\nunbind 0000:00:02.0 i915 > vfio-pci\nbind 0000:00:02.0 i915 > vfio-pci\n",
          "gpu" },
        /* A PF keeps its VFs, or by force loses them. */
        { nothing, "[device pf]\naddress = 03:00.0\n",
          "pf refused: 0000:03:00.0 has 2 VFs, which are lost with its driver" FORCE("vfs") "1\n", "" },
        { nothing, "[device pf]\naddress = 03:00.0\ndriver = pci-stub\nforce = disk network display keyboard\n",
          "pf refused: 0000:03:00.0 has 2 VFs, which are lost with its driver; force = disk network display keyboard "
          "vfs @1\n",
          "" },
        { vf_route, "[device pf]\naddress = 03:00.0\nforce = vfs\n",
          "pf refused: 0000:03:10.0: enp3s0v0 carries the default route; force = network vfs @1\n", "pf" },
        { vf_route, "[device pf]\naddress = 03:00.0\n",
          "pf refused: 0000:03:10.0: enp3s0v0 carries the default route; 0000:03:00.0 has 2 VFs, which are lost with "
          "its "
          "driver; force = network vfs @1\n",
          "pf" },
        { nothing, "[device pf]\naddress = 03:00.0\nforce = vfs\n",
          "pf change [IOMMU group 5, alone; forced: 0000:03:00.0 has 2 VFs, which are lost with its driver]\noverride "
          "0000:03:00.0 '' > vfio-pci\nunbind 0000:03:00.0 igb > vfio-pci\nbind 0000:03:00.0 igb > vfio-pci\n",
          "" },
};

static void assert_guarded(const struct plan *plan, const char *config, const char *expected)
{
        CLEANUP_STRBUF struct strbuf found = { 0 };

        strbuf_add(&found, "");
        for (size_t i = 0; i < plan->n_items; i++)
                if (plan->items[i].guarded)
                        strbuf_addf(&found, "%s%s", found.len > 0 ? " " : "", plan->items[i].section->name);
        assert_text_of(config, found.text, expected);
}

static void guards(void **unused)
{
        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(usage_freep) struct usage *u = usage_new();
                CLEANUP_PLANNED struct planned p = { 0 };
                CLEANUP_FREE char *text = NULL;

                assert_non_null(u);
                cases[i].facts(u);
                plan_for(&p, machine, cases[i].config);
                usage_guard(u, p.inv, p.plan);
                text = plan_text(p.plan);
                assert_text_of(cases[i].config, text, cases[i].expected);
                assert_guarded(p.plan, cases[i].config, cases[i].guarded);
        }
}

#define MDEV_UUID "4b20d080-1b54-4048-85b3-a6a62d165c01"
#define PF_FORCED "[device pf]\naddress = 03:00.0\nforce = vfs\n"

static struct inventory *machine_unseen(void)
{
        struct inventory *inv = machine();

        inv_at(inv, "0000:03:00.0")->vfs[1] = NO_INDEX;
        return inv;
}

static struct inventory *machine_mdev(void)
{
        struct inventory *inv = machine();

        (void) inv_parent(inv, "0000:03:10.2", "0000:03:10.2");
        inv_mdev(inv, MDEV_UUID, "0000:03:10.2", "t");
        return inv;
}

static struct inventory *machine_unbound(void)
{
        struct inventory *inv = machine();
        struct pci_function *pf = inv_at(inv, "0000:03:00.0");

        free(pf->driver);
        pf->driver = NULL;
        return inv;
}

/* What force does not help against: VFs that are in use or may be, and a kernel that would refuse. */
static void forced_pf(void **unused)
{
        static const struct plan_case unseen[] = {
                { PF_FORCED, "pf refused: 0000:03:00.0 has 2 VFs, which would be lost with its driver, and VF 1 can't "
                             "be found: it may be in use @1\n" },
        };
        static const struct plan_case mdev[] = {
                { PF_FORCED,
                  "pf refused: 0000:03:10.2 is the parent of mdev " MDEV_UUID ", which would be lost: remove "
                  "it first (echo 1 >/sys/bus/mdev/devices/" MDEV_UUID "/remove) @1\n" },
        };
        static const struct plan_case unbound[] = {
                { PF_FORCED, "pf refused: 0000:03:00.0 has 2 VFs, and vfio-pci takes no PF that has VFs @1\n" },
        };

        (void) unused;
        assert_plans(machine_unseen, unseen, ARRAY_SIZE(unseen));
        assert_plans(machine_mdev, mdev, ARRAY_SIZE(mdev));
        assert_plans(machine_unbound, unbound, ARRAY_SIZE(unbound));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(guards),
                cmocka_unit_test(forced_pf),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
