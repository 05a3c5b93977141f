/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What to do about a step that failed (facts: drivers/pci/iov.c, drivers/vfio, drivers/vfio/mdev, kmod). */
#include "plan/advice.h"

#include <errno.h>

#include "base/macro.h"
#include "plan/step-setting.h"

#define SET(transport) STEP_SET, TRANSPORT_##transport

static const struct {
        enum step_kind kind;
        enum property_transport transport; /* of a STEP_SET */
        int error;
        const char *text;
} advice[] = {
        { STEP_MODULE_LOAD, TRANSPORT_MAX, ENOENT,
          "Is the name right, and is the module there for this kernel (modinfo)?" },
        { STEP_MODULE_LOAD, TRANSPORT_MAX, ELIBACC, "failed to load libkmod.so.2: is libkmod2 installed?" },
        { STEP_MODULE_LOAD, TRANSPORT_MAX, EINVAL,
          "A parameter may be unknown to the module or its value wrong: see dmesg." },
        { STEP_MODULE_LOAD, TRANSPORT_MAX, EPERM,
          "Is module loading locked down (Secure Boot, kernel.modules_disabled)?" },
        { STEP_MODULE_LOAD, TRANSPORT_MAX, EKEYREJECTED,
          "The module is not signed by a key that this kernel trusts (Secure Boot)." },
        { STEP_BIND, TRANSPORT_MAX, EINVAL,
          "vfio-pci binds no device without an IOMMU group, and no bridge: is the IOMMU on (intel_iommu=on)?" },
        { STEP_BIND, TRANSPORT_MAX, EBUSY,
          "Another driver is bound to it, or its group is in use by VFIO: see lspci -k and "
          "/sys/kernel/iommu_groups." },
        { STEP_BIND, TRANSPORT_MAX, ENODEV, "The device is gone, or the driver does not match it." },
        { STEP_BIND, TRANSPORT_MAX, 0, "See dmesg for what the driver said." },
        { STEP_UNBIND, TRANSPORT_MAX, EBUSY, "Shut down the VM that has it, then run: " HOW_TO_APPLY },
        { STEP_NUMVFS, TRANSPORT_MAX, ENOMEM,
          "No MMIO space or no bus number is left for the VFs: turn on SR-IOV and Above 4G "
          "decoding in the firmware, or boot with pci=realloc." },
        { STEP_NUMVFS, TRANSPORT_MAX, ENOENT,
          "The PF's driver has no SR-IOV support, or the PF has no driver. For NVIDIA's see NVIDIA VGPUS "
          "in passthru.conf(5)." },
        { STEP_NUMVFS, TRANSPORT_MAX, EBUSY,
          "The existing VFs are in use: shut down their VMs, then run: " HOW_TO_APPLY },
        { STEP_NUMVFS, TRANSPORT_MAX, ERANGE, "The driver offers fewer VFs than that." },
        { STEP_NUMVFS, TRANSPORT_MAX, EIO, "The device did not answer: see dmesg." },
        { STEP_NUMVFS, TRANSPORT_MAX, 0, "Some drivers create VFs only while the PF's interface is up; see dmesg." },
        { SET(NETDEV), EINVAL, "The driver rejects this value: see ip -d link for its bounds." },
        { SET(DEVLINK), EBUSY,
          "Its VFs or what is set by tc or devlink may be in use: stop what uses it, then run: " HOW_TO_APPLY },
        { SET(DEVLINK), EOPNOTSUPP, "The driver can't change it in its current state: see dmesg." },
        { SET(DEVLINK), EPERM, "It needs CAP_NET_ADMIN, or the driver can't do it in its current state: see dmesg." },
        { SET(DEVLINK), EINVAL, "The driver does not have this mode, or its firmware is too old for it: see dmesg." },
        { SET(DEVLINK), 0, "The driver reported success without doing it: see dmesg." },
        { SET(VF), EINVAL,
          "The driver rejects this value. Some accept rates only while the PF has a link (pf-up = yes)." },
        { SET(VF), ENETDOWN, "The driver needs the PF's interface up: set pf-up = yes in its [sriov] section." },
        { SET(VF), EPERM, "It needs CAP_NET_ADMIN, or the driver does not allow it: see dmesg." },
        { SET(VF), EBUSY, "Shut down the VM that has it, then run: " HOW_TO_APPLY },
        { SET(VF), 0, "The driver chose another value: see dmesg." },
        { STEP_PROBE, TRANSPORT_MAX, 0, "See dmesg for what the driver said; is its module there for this kernel?" },
        { STEP_PROBE, TRANSPORT_MAX, ENOENT, "No module of this kernel is for the device." },
        { STEP_MDEV_CREATE, TRANSPORT_MAX, ENOSPC, "The parent has no room for another mdev of this type." },
        { STEP_MDEV_CREATE, TRANSPORT_MAX, EUSERS, "The parent has no room for another mdev of this type." },
        { STEP_MDEV_CREATE, TRANSPORT_MAX, EEXIST, "Another mdev has this UUID." },
        { STEP_MDEV_CREATE, TRANSPORT_MAX, ENODEV,
          "The parent or its type is missing: is the parent bound to its host driver?" },
        { STEP_MDEV_ATTR, TRANSPORT_MAX, EINVAL, "The mdev rejects this value." },
        { STEP_MDEV_REMOVE, TRANSPORT_MAX, EPERM,
          "NVIDIA's driver keeps the type of a vGPU that a VM has: shut it down, then run: " HOW_TO_APPLY },
        { STEP_MDEV_ATTR, TRANSPORT_MAX, ENOENT,
          "No such attribute: see /sys/bus/mdev/devices/UUID, or the directory nvidia of a VF that is "
          "a vGPU itself." },
        { SET(BAR), ENOSPC,
          "The bridges above it have no room for that: turn on Above 4G decoding and Resizable BAR in the "
          "firmware, or boot with pci=realloc." },
        { SET(BAR), ENOENT, "The kernel offers no sizes for it (Linux before 6.1, or not this BAR)." },
        { SET(BAR), EBUSY,
          "Another function's memory is in the same bridge window, or a driver has the device: see dmesg." },
        { SET(BAR), EOPNOTSUPP, "The firmware does not allow the kernel to move it: see dmesg." },
        { STEP_VF_QUEUES, TRANSPORT_MAX, EIO,
          "If the VFs were created before vf-queues was set, the drive may have kept all queues: release the section, "
          "then apply it again." },
        { STEP_ROM_DUMP, TRANSPORT_MAX, EIO,
          "The device shows no valid ROM: it is switched off in the firmware, or the device sleeps, or it is "
          "the display of the boot, whose ROM the firmware has taken: boot from another display once." },
        { STEP_ROM_DUMP, TRANSPORT_MAX, EROFS,
          "The service may write below /var/lib/passthru-setup only; give a name without a directory, or run "
          "passthru-setup apply by hand once." },
        { STEP_ROM_DUMP, TRANSPORT_MAX, EBUSY, "Shut down the VM that has it, then run: " HOW_TO_APPLY },
};

const char *advice_for(const struct plan_step *step, int error)
{
        const struct property_row *row = step_row(step);
        /* A number of vectors is refused by the same driver. */
        enum property_transport transport = !row                               ? TRANSPORT_MAX
                                            : row->transport == TRANSPORT_MSIX ? TRANSPORT_VF
                                                                               : row->transport;

        for (size_t i = 0; i < ARRAY_SIZE(advice); i++)
                if (advice[i].kind == step->kind && advice[i].transport == transport && advice[i].error == error)
                        return advice[i].text;
        switch (error) {
        case EACCES:
        case EPERM:
                return "Is it run as root, and is /sys writable here (no container, no lockdown)?";
        case EROFS:
                return "/sys is read-only here: is this a container, or a unit with ProtectKernelTunables?";
        case ENODEV:
                return "The device is gone: see lspci.";
        default:
                return NULL;
        }
}

const char *advice_for_bus_driver(const char *driver, int error)
{
        if (streq(driver, "vfio-platform") && error == ENOENT)
                return "VFIO has no reset for such a device: a section [module vfio_platform] with reset_required = 0 "
                       "binds it without one (see dmesg).";
        if (error == EINVAL && !streq(driver, "vfio_ccw") && !streq(driver, "vfio_ap"))
                return "VFIO binds no device without an IOMMU group: is the device behind an IOMMU? See dmesg.";
        return advice_for(&(struct plan_step){ .kind = STEP_BIND }, error == EINVAL ? 0 : error);
}
