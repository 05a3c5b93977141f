/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor's checks of the initramfs: what it takes early, and what makes it. */
#include <stdlib.h>

#include "doctor/doctor-internal.h"
#include "import/foreign-config.h"

void finding_drop(struct examination *e, struct doctor_finding *f, const char *what, const char *file)
{
        const char *command = initramfs_maker_command(e->facts->made.maker);

        if (rivals_is_packaged(e->input->rivals, file))
                finding_remedy(f,
                               "%s belongs to the distribution: leave it as it is, and override it by a file of the "
                               "same name in /etc",
                               file);
        else if (e->facts->made.maker == INITRAMFS_OSTREE)
                finding_remedy(f,
                               "remove %s from %s; the initramfs comes with the image and does not have it, unless "
                               "this was run: %s",
                               what, file, command);
        else if (command)
                finding_remedy(f, "remove %s from %s, and run: %s", what, file, command);
        else
                finding_remedy(f,
                               "remove %s from %s, and rebuild the initramfs with this host's own tool, which "
                               "passthru-setup does not know",
                               what, file);
}

/* "run: [before]update-initramfs -u"; when: "run before the next boot" */
static void remedy_renew(struct examination *e, struct doctor_finding *f, const char *when, const char *before)
{
        const char *command = initramfs_maker_command(e->facts->made.maker);

        if (command)
                finding_remedy(f, "%s: %s%s%s", when, before ? before : "", before ? " && " : "", command);
        else
                finding_remedy(
                        f, "%s%s%srebuild the initramfs with this host's own tool, which passthru-setup does not know",
                        before ? "run: " : "", before ? before : "", before ? ", and " : "");
}

/* The driver that the hook kms puts into the initramfs for a graphics card. */
static const char *graphics_driver(const struct pci_function *gpu)
{
        switch (gpu->vendor) {
        case 0x1002:
                return "amdgpu";
        case 0x10de:
                return "nouveau";
        case 0x8086:
                return "i915 or xe";
        default:
                return "its driver";
        }
}

static void say_mkinitcpio(struct examination *e)
{
        const struct plan_item *item = NULL;
        const struct pci_function *gpu = e->facts->made.kms ? doctor_find_gpu(e, &item) : NULL;
        char address[PCI_ADDRESS_MAX];
        struct doctor_finding *f;

        if (gpu)
                f = finding_add(
                        e, DOCTOR_WARNING, "initramfs",
                        "mkinitcpio makes it, without passthru-setup; its hook kms adds %s, which binds %s (%s) first",
                        graphics_driver(gpu), item->section->name, pci_address_format(&gpu->address, address));
        else
                f = finding_add(e, DOCTOR_NOTE, "initramfs",
                                "mkinitcpio makes it, without passthru-setup: a driver in it binds its devices first");
        finding_at(f, "/etc/mkinitcpio.conf", 0);
        if (e->facts->made.hook)
                finding_remedy(f, "add passthru-setup to HOOKS, before udev or after systemd, and run: mkinitcpio -P");
        else
                finding_remedy(f, "keep vfio-pci's ids=, and vfio_pci in MODULES%s, and run: mkinitcpio -P",
                               gpu ? ", or remove kms from HOOKS" : "");
}

/* One that has nothing of ours in it. */
static void say_no_claim(struct examination *e)
{
        struct doctor_finding *f;

        if (e->facts->made.maker == INITRAMFS_MKINITCPIO) {
                say_mkinitcpio(e);
                return;
        }
        f = finding_add(
                e, DOCTOR_NOTE, "initramfs",
                e->facts->made.maker == INITRAMFS_OSTREE
                        ? "it comes with the image, without passthru-setup: a driver in it binds its devices first"
                        : "booster makes it, without passthru-setup: a driver in it binds its devices first");
        if (e->facts->made.maker == INITRAMFS_OSTREE)
                finding_remedy(f, "where that is in the way, run: %s", initramfs_maker_command(INITRAMFS_OSTREE));
        else
                finding_remedy(f,
                               "keep vfio-pci's ids= in /etc/modprobe.d and vfio_pci in modules_force_load of "
                               "/etc/booster.yaml, and run: %s",
                               initramfs_maker_command(e->facts->made.maker));
}

static void say_state(struct examination *e, const char *kernel)
{
        char address[PCI_ADDRESS_MAX];
        struct doctor_finding *f;

        switch (e->facts->initramfs) {
        case DOCTOR_INITRAMFS_NOT_ASKED:
                break;
        case DOCTOR_INITRAMFS_CURRENT:
                finding_add(e, DOCTOR_OK, "initramfs", "the initramfs of %s claims early what is cleared for that",
                            kernel);
                break;
        case DOCTOR_INITRAMFS_STALE:
                f = finding_add(e, DOCTOR_WARNING, "initramfs",
                                "the initramfs of %s is outdated: a driver in it may bind a device first, which is "
                                "then handed over only later in the boot",
                                kernel);
                remedy_renew(e, f, "run", NULL);
                break;
        case DOCTOR_INITRAMFS_WITHDRAWN:
                f = finding_add(e, DOCTOR_ERROR, "initramfs",
                                "the initramfs of %s is outdated: it claims %s early, which is no longer allowed",
                                kernel, pci_address_format(&e->facts->withdrawn, address));
                remedy_renew(e, f, "run before the next boot", NULL);
                break;
        case DOCTOR_INITRAMFS_NONE:
                f = finding_add(e, DOCTOR_NOTE, "initramfs",
                                "the initramfs of %s claims nothing early: a driver in it binds its devices first, "
                                "and they are handed over later in the boot",
                                kernel);
                remedy_renew(e, f, "run", "systemctl enable --now passthru-setup");
                break;
        case DOCTOR_INITRAMFS_NOT_KNOWN:
                finding_add(e, DOCTOR_NOTE, "initramfs", "can't tell what the initramfs of %s claims early", kernel);
                break;
        }
}

void examine_initramfs(struct examination *e)
{
        CLEANUP_STRBUF struct strbuf kernel = { 0 };

        if (!any_wants_vfio(e))
                return;
        doctor_add_kernel(&kernel, e);
        if (e->facts->made.claims || e->facts->initramfs == DOCTOR_INITRAMFS_CURRENT ||
            e->facts->initramfs == DOCTOR_INITRAMFS_STALE || e->facts->initramfs == DOCTOR_INITRAMFS_WITHDRAWN)
                say_state(e, kernel.text);
        else
                say_no_claim(e);
}
