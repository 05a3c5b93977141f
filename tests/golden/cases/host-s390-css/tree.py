# SPDX-License-Identifier: LGPL-2.1-or-later
"""Subchannels: a DASD that is mounted and one that is free, and the three of a qeth, whose interface is their group's."""
from host import Host


def subchannel(h, number, device, driver, group=None):
    path = f"sys/devices/css0/0.0.{number:04x}"
    h.link(f"{path}/subsystem", "sys/bus/css")
    h.link(f"{path}/driver", "sys/bus/css/drivers/io_subchannel")
    h.file(f"{path}/driver_override", "(null)", writable=True)
    h.link(f"{path}/{device}/driver", f"sys/bus/ccw/drivers/{driver}")
    if group:
        h.link(f"{path}/{device}/group_device", group)
    h.link(f"sys/bus/css/devices/0.0.{number:04x}", path)
    return f"{path}/{device}"


def host(about):
    h = Host("6.12.48+deb13-s390x", "root=/dev/dasda1 ro BOOT_IMAGE=0")
    h.file("proc/cpuinfo", "vendor_id       : IBM/S390\nfeatures\t: esan3 zarch stfle sie")
    h.directory("sys/class/iommu")
    disk = subchannel(h, 1, "0.0.0100", "dasd-eckd")
    h.block(f"{disk}/block", "dasda", "94:0")
    h.block(f"{disk}/block", "dasda/dasda1", "94:1")
    h.mount("94:1", "/", "ext4", "/dev/dasda1")
    subchannel(h, 2, "0.0.0200", "dasd-eckd")
    h.directory("sys/bus/css/drivers/io_subchannel")
    h.directory("sys/bus/css/drivers/vfio_ccw")
    nic = "sys/devices/qeth/0.0.0600"
    for n in range(3):
        subchannel(h, 10 + n, f"0.0.060{n}", "qeth", nic)
    h.net(nic, "enc600", "52:54:00:00:06:00")
    h.link("sys/bus/ccwgroup/devices/0.0.0600", nic)
    h.default_route("enc600")
    h.modules([])
    h.file("etc/zipl.conf", "[defaultboot]\ndefault=linux")
    return h.tree(about)
