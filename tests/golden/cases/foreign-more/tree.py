# SPDX-License-Identifier: LGPL-2.1-or-later
"""A GPU, the CPU's graphics with VFs by i915's DKMS module, and a NIC whose VFs are made by whatever may do that."""
from host import Host

NUMVFS = "/sys/bus/pci/devices/0000:03:00.0/sriov_numvfs"


def host(about):
    h = Host("6.12.0-1-amd64", "root=/dev/nvme0n1p2 ro intel_iommu=on iommu=pt i915.enable_guc=3 i915.max_vfs=7")
    h.cpu("GenuineIntel", "vmx", "Intel Core")
    h.iommu("DMAR", ["dmar0"])
    h.pci("0000:00:02.0", "8086:46a6", "030000", "i915", 0, attributes=Host.sriov(7, "46a6"))
    h.pci("0000:00:01.0", "8086:1901", "060400", "pcieport", 1)
    h.pci("0000:01:00.0", "10de:2484", "030000", None, 2, ["0000:00:01.0"])
    h.pci("0000:00:1d.0", "8086:7ab0", "060400", "pcieport", 3)
    nic = h.pci("0000:03:00.0", "8086:10c9", "020000", "igb", 4, ["0000:00:1d.0"], attributes=Host.sriov(7, "10ca"))
    h.net(nic, "lan0", "52:54:00:5e:00:00")
    h.pci("0000:00:1f.6", "8086:15bc", "020000", "e1000e", 5)
    h.module("i915", max_vfs="7")
    h.module("kvm", ignore_msrs="N")
    h.modules([("pci:v000010DEd*sv*sd*bc03sc*i*", "nouveau"), ("pci:v00001002d*sv*sd*bc03sc*i*", "radeon")])
    h.programs("update-initramfs", "update-grub")
    h.file("etc/modprobe.d/vfio.conf", "alias pci:v000010DEd00002484sv*sd*bc*sc*i* vfio-pci\noptions vfio-pci disable_vga=1\n"
           "options kvm ignore_msrs=1\n")
    h.file("etc/modprobe.d/igb.conf", f"install igb /sbin/modprobe -i igb; echo 4 >{NUMVFS}\n")
    h.file("etc/init.d/vfs", f"#!/bin/sh\necho 4 >{NUMVFS}\n")
    h.file("etc/init.d/packaged", "#!/bin/sh\n/usr/local/sbin/never-read\n")
    h.file("usr/local/sbin/never-read", f"#!/bin/sh\necho 4 >{NUMVFS}\n")
    h.file("var/lib/dpkg/status", "Package: x\nConffiles:\n /etc/init.d/packaged 00\n")
    h.file("etc/cron.hourly/vfs", f"#!/bin/sh\necho 4 >{NUMVFS}\n")
    h.file("etc/anacrontab", f"1 5 vfs echo 4 >{NUMVFS}\n")
    h.file("etc/sysconfig/network/ifcfg-lan0", f"POST_UP_SCRIPT='echo 4 >{NUMVFS}'\n")
    h.file("usr/lib/systemd/system/vendor.service", f"[Service]\nExecStart=sh -c 'echo 4 >{NUMVFS}'\n")
    h.file("usr/lib/dracut/modules.d/20vfio/vfio-pci-override.sh",
           "#!/bin/sh\necho vfio-pci >/sys/bus/pci/devices/0000:01:00.0/driver_override\n")
    h.file("etc/initcpio/hooks/vfio", "run_hook() {\necho 0000:01:00.0 >/sys/bus/pci/drivers/vfio-pci/bind\n}\n")
    h.file("etc/sysfs.d/vfio.conf", "bus/pci/devices/0000:01:00.0/driver_override = vfio-pci\n"
           "bus/pci/devices/0000:03:00.0/sriov_numvfs = 4\nclass/net/lan0/device/sriov_numvfs = 2\n")
    h.file("etc/driverctl.d/0000:00:1f.6", "vfio-pci\n")
    h.file("etc/udev/rules.d/10-x.rules", 'ACTION=="add", ATTR{vendor}=="0x10de", RUN+="/usr/local/bin/take.sh"\n')
    h.file("usr/local/bin/take.sh", "#!/bin/sh\necho 10de 2484 >/sys/bus/pci/drivers/vfio-pci/new_id\n")
    return h.tree(about)
