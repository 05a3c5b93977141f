# SPDX-License-Identifier: LGPL-2.1-or-later
"""A GPU and a NIC of two ports, of which a recipe has taken one; and the places where such things live."""
from host import Host

NUMVFS = "/sys/class/net/ens1f0np0/device/sriov_numvfs"


def host(about):
    h = Host("6.12.0-1-amd64", "root=/dev/nvme0n1p2 ro intel_iommu=on iommu=pt pci-stub.ids=10de:2484 ice.max_vfs=4")
    h.cpu("GenuineIntel", "vmx", "Intel Xeon")
    h.iommu("DMAR", ["dmar0"])
    h.pci("0000:00:01.0", "8086:1901", "060400", "pcieport", 4)
    h.pci("0000:01:00.0", "10de:2484", "030000", "nouveau", 14, ["0000:00:01.0"])
    h.pci("0000:00:1d.0", "8086:7ab0", "060400", "pcieport", 7)
    for port, driver in ((0, "ice"), (1, "vfio-pci")):
        nic = h.pci(f"0000:5e:00.{port}", "8086:1592", "020000", driver, 41 + port, ["0000:00:1d.0"],
                    attributes=Host.sriov(128, "1889") | ({"driver_override": "vfio-pci"} if port else {}))
        if driver == "ice":
            h.net(nic, "ens1f0np0", "52:54:00:5e:00:00")
    h.pci("0000:00:1f.6", "8086:15bc", "020000", "e1000e", 11)
    h.modules([("pci:v000010DEd*sv*sd*bc03sc*i*", "nouveau")])
    h.programs("update-initramfs", "update-grub")
    h.file("etc/modprobe.d/vfio.conf", "install vfio-pci /usr/local/sbin/override.sh; /sbin/modprobe -i vfio-pci\n")
    h.file("etc/modprobe.d/nic.conf", "options ice max_vfs=4\n")
    h.file("etc/modprobe.d/blacklist-framebuffer.conf", "blacklist nvidiafb\n")
    h.file("var/lib/dpkg/status", "Package: kmod\nConffiles:\n /etc/modprobe.d/blacklist-framebuffer.conf 00\n")
    h.file("usr/local/sbin/override.sh", '#!/bin/sh\nDEVS="0000:01:00.0 0000:00:1f.6"\n'
           "for d in $DEVS; do echo vfio-pci >/sys/bus/pci/devices/$d/driver_override; done\n")
    h.file("etc/modules-load.d/vfio.conf", "vfio_pci\n")
    h.file("etc/initramfs-tools/scripts/init-top/bind", "#!/bin/sh\necho 0000:01:00.0 >/sys/bus/pci/drivers/vfio-pci/bind\n")
    h.file("etc/initramfs-tools/modules", "vfio_pci ids=8086:1592\n")
    h.file("etc/dracut.conf.d/vfio.conf", 'force_drivers+=" vfio_pci "\n')
    h.file("etc/default/grub", 'GRUB_CMDLINE_LINUX="vfio-pci.ids=8086:15bc"\n')
    h.file("etc/tmpfiles.d/vfs.conf", f"w {NUMVFS} - - - - 4\n")
    h.file("etc/udev/rules.d/10-vfio.rules", 'ACTION=="add", KERNEL=="0000:00:1f.6", ATTR{driver_override}="vfio-pci"\n')
    h.file("etc/systemd/system/vfs.service", "[Service]\nExecStart=/usr/local/bin/vfs.sh\n")
    h.file("etc/systemd/system/vfs.timer", "[Timer]\nOnBootSec=1\n")
    h.file("usr/local/bin/vfs.sh", f"#!/bin/sh\necho 4 >{NUMVFS}\n")
    h.file("var/spool/cron/crontabs/root", f"@reboot echo 4 >{NUMVFS}\n")
    h.file("etc/NetworkManager/dispatcher.d/50-vfs", "#!/bin/sh\necho 4 >/sys/class/net/$1/device/sriov_numvfs\n")
    h.file("etc/systemd/network/10-up.network.d/vfs.conf", "[Match]\nName=ens1f0np0\n\n[SR-IOV]\nVirtualFunction=0\n")
    h.file("etc/os-net-config/config.yaml", "network_config:\n- type: sriov_pf\n  name: ens1f0np0\n  numvfs: 4\n")
    h.file("usr/lib/systemd/network/80-vendor.link", "[Match]\nOriginalName=*\n[Link]\nSR-IOVVirtualFunctions=2\n")
    return h.tree(about)
