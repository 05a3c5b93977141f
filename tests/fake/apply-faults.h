/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the sweep over apply's operations configures, what comes of it, and which sections an operation concerns. */
#pragma once

#include <stddef.h>

#include "fake/machine.h"

#define UUID "4b20d080-1b54-4048-85b3-a6a62d165c01"
#define MDEV "sys/bus/mdev/devices/"

static const char text[] = "[module vfio_iommu_type1]\nallow_unsafe_interrupts = 1\n"
                           "[module kvm]\nignore_msrs = 1\n"
                           "[device gpu]\naddress = 01:00.0\nfunctions = all\n"
                           "[device hba]\naddress = " HBA "\nexpect = 1000:0097\n"
                           "[device disk]\nserial = S4EVNX0\n"
                           "[sriov uplink]\ninterface = enp5s0\nvfs = 3\nvf-mac = stable\npf-up = yes\n"
                           "[vf uplink/0]\nvlan = 100\nqos = 2\ntrust = yes\n"
                           "[vf uplink/2]\ndriver = host\nmac = 52:54:00:00:00:02\n"
                           "[sriov fast]\naddress = " FAST "\nvfs = 2\neswitch = switchdev\nvf-driver = host\n"
                           "[sriov accel]\naddress = " VGPU "\nvfs = 2\nvf-driver = host\n"
                           "[mdev serial]\nparent = mtty\ntype = Dual port serial\nuuid = " UUID "\nattr = level=5\n"
                           "[mdev desktop]\nparent = accel/0\ntype = GRID A\nattr = vgpu_params=frl=0\n"
                           "[device spare]\naddress = 77:00.0\nrequired = no\n";

/* What each section comes to. A path that ends in /driver is a device whose driver is meant. */
static const struct {
        const char *section, *path, *value;
} expectations[] = {
        { "vfio_iommu_type1", "sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "Y" },
        { "kvm", "sys/module/kvm/parameters/ignore_msrs", "Y" },
        { "gpu", GPU "/driver", "vfio-pci" },
        { "gpu", GPU_AUDIO "/driver", "vfio-pci" },
        { "gpu", DEV GPU "/driver_override", "vfio-pci" },
        { "gpu", DEV GPU_AUDIO "/driver_override", "vfio-pci" },
        { "hba", HBA "/driver", "vfio-pci" },
        { "hba", DEV HBA "/driver_override", "vfio-pci" },
        { "disk", NVME "/driver", "vfio-pci" },
        { "disk", DEV NVME "/driver_override", "vfio-pci" },
        { "uplink", NIC "/driver", "igb" },
        { "uplink", DEV NIC "/sriov_numvfs", "3" },
        { "uplink", DEV NIC "/sriov_drivers_autoprobe", "1" },
        { "uplink", "sys/class/net/enp5s0/flags", "0x1003" },
        { "uplink/0", NIC_VF0 "/driver", "vfio-pci" },
        { "uplink/0", NIC_VF0 "/set", "vlan=100 qos=2 vlan-protocol=802.1q spoofchk=yes trust=yes" },
        { "uplink/2", NIC_VF2 "/driver", "igbvf" },
        { "uplink/2", NIC_VF2 "/set", "mac=52:54:00:00:00:02" },
        { "uplink/2", NIC_VF2 "/seen", "52:54:00:00:00:02" },
        { "uplink", NIC_VF1 "/driver", "vfio-pci" },
        { "uplink", DEV NIC_VF1 "/driver_override", "vfio-pci" },
        { "fast", DEV FAST "/sriov_numvfs", "2" },
        { "fast", DEV FAST "/sriov_drivers_autoprobe", "1" },
        { "fast", FAST "/eswitch", "switchdev" },
        { "fast", FAST_VF0 "/driver", "fastvf" },
        { "accel", DEV VGPU "/sriov_numvfs", "2" },
        { "accel", DEV VGPU "/sriov_drivers_autoprobe", "1" },
        { "accel", VGPU_VF0 "/driver", "vgpu" },
        { "serial", MDEV UUID "/mdev_type/name", "Dual port serial" },
        { "serial", MDEV UUID "/level", "5" },
        { "desktop", DEV VGPU_VF0 "/mdev_supported_types/vgpu-35/available_instances", "0" },
        { "desktop", NULL, "frl=0" }, /* of the mdev whose UUID is derived */
        { NULL, HBA_TWIN "/driver", "mpt3sas" },
        { NULL, DEV HBA_TWIN "/driver_override", "(null)" },
        { NULL, BRIDGE "/driver", "pcieport" },
};

/* Operations on this concern these sections and no other. */
static const struct {
        const char *part, *sections;
} scopes[] = {
        { GPU, "gpu" },
        { GPU_AUDIO, "gpu" },
        { HBA, "hba" },
        { HBA_TWIN, "" },
        { BRIDGE, "gpu" }, /* of its group: what cannot be read cannot be judged */
        { NVME, "disk" },
        { "nvme7", "disk" },
#define UPLINK "uplink uplink/0 uplink/2"
        { "0000:05:", UPLINK }, /* NIC and its VFs */
        { "0000:09:", "fast" }, { "enp9s0", "fast" },
        { "derive_uuid vf-mac", UPLINK },
        { VGPU, "accel desktop gpu" }, /* the other display: without it the GPU is the only one, and stays */
        { "0000:06:02.", "accel desktop" },
        { "enp5s0", UPLINK },
        { "mtty", "serial" },
        { UUID, "serial" },
        { "derive_uuid desktop", "desktop" },
        { "vfio_iommu_type1", "vfio_iommu_type1" },
        { "kvm", "kvm" },
};
