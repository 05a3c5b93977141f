# SPDX-License-Identifier: LGPL-2.1-or-later
"""An s390x host: no PCI bus, and vfio_ap's matrix as the only mdev parent."""
from host import Host

MATRIX = "sys/devices/vfio_ap/matrix"


def host(about):
    h = Host("6.12.48+deb13-s390x", "root=/dev/dasda1 ro BOOT_IMAGE=0")
    h.file("proc/cpuinfo", "vendor_id       : IBM/S390\nfeatures\t: esan3 zarch stfle msa ldisp eimm dfp edat etf3eh highgprs te vx sie")
    h.mdev_type(MATRIX, "vfio_ap-passthrough", 65536, "VFIO AP Passthrough Device", api="vfio-ap")
    h.mdev_parent(MATRIX)
    h.link(f"{MATRIX}/62177883-f1bb-47f0-914d-32a22e3a8804/mdev_type", f"{MATRIX}/mdev_supported_types/vfio_ap-passthrough")
    h.link("sys/bus/mdev/devices/62177883-f1bb-47f0-914d-32a22e3a8804", f"{MATRIX}/62177883-f1bb-47f0-914d-32a22e3a8804")
    disk = "sys/devices/css0/0.0.0001/0.0.0100/block"
    h.block(disk, "dasda", "94:0")
    h.block(disk, "dasda/dasda1", "94:1")
    h.mount("94:1", "/", "ext4", "/dev/dasda1")
    h.module("vfio_ap")
    h.module("mdev")
    h.modules([])
    h.file("etc/zipl.conf", "[defaultboot]\ndefault=linux")
    return h.tree(about)
