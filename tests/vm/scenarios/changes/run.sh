# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# One config after another on a running host; each is applied by hand, as root at a terminal would.
pci=/sys/bus/pci/devices
nvme=0000:01:00.0 igb=0000:02:00.0 card=0000:03:00.0 first=0000:04:00.0 second=0000:04:00.1
settle

no_driver() {
        [ -z "$(driver_of "$1")" ]
}

groups() {
        config <<<$'[device one]\naddress = '$first
        exits "plan of a shared group" 0 passthru-setup plan
        applies "a shared group, strict" 1 "one: refused: IOMMU group [0-9]+ also contains $second \(e1000e\)"
        is "nothing was written" "$(driver_of $first) $(cat $pci/$first/driver_override)" "e1000e (null)"
        config <<<$'[device one]\ngroup = whole\naddress = '$first
        applies "a shared group, whole" 0 "1 of 1 sections are as configured: .*2 functions bound"
        is "both are on vfio-pci" "$(driver_of $first) $(driver_of $second)" "vfio-pci vfio-pci"
        config <<<$'[device one]\naddress = 04:00'
        applies "the slot, already there" 0 'nothing to change'
}

card() {
        config <<<$'[device nic]\naddress = '$card$'\nexpect = 8086:ffff'
        applies "another card than expected" 1 "nic: refused: $card is 8086:10d3 .*, expected 8086:ffff"
        config <<<$'[device nic]\naddress = 0000:06:00.0\nexpect = 8086:10d3\n'
        applies "a card that has moved" 1 "nic: absent: no device at 0000:06:00.0; 8086:10d3 is at $card"
        config <<<$'[device nic]\nid = 8086:10d3'
        applies "three equal cards" 1 "nic: refused: 3 devices are 8086:10d3 \($card, $first, $second\), expected 1"
        is "nothing was written" "$(cat $pci/$card/driver_override)" "(null)"
        config <<<$'[sriov uplink]\ninterface = '"$(basename $pci/$igb/net/*)"$'\nvfs = 1\nvf-driver = none'
        applies "a NIC by its interface" 0 "uplink: $igb: 1 VF made"
        config <<<$'[sriov uplink]\ninterface = '"$(basename $pci/$igb/net/*)"$'\nvfs = 0'
        applies "and no VFs again" 0 "uplink: $igb: 1 VF removed"
        mac=$(cat $pci/$card/net/*/address)
        config <<<$'[device nic]\nmac = '"$mac"
        applies "by its MAC" 0 "nic: $card bound to vfio-pci \(was on e1000e\)"
        applies "again, though the interface is gone" 0 'nothing to change'
        config <<<$'[device nic]\naddress = '$card$'\n[device twin]\npath = 0000:00:12.0/00.0'
        applies "two sections for one card" 1 'is also claimed by \[device twin\] \(passthru.conf:5\)'
        config <<<$'[device nic]\naddress = '$card$'\ndriver = no-such-driver'
        applies "a driver that is not there" 1 'nic: .*no-such-driver'
        is "the card stays where it was" "$(driver_of $card)" vfio-pci
}

open_device() {
        config <<<$'[device nic]\naddress = '$card$'\ndriver = e1000e'
        vfio-hold $card passthru-setup apply >/run/said 2>&1 && note "apply succeeded"
        like "an open device is refused" "$(</run/said)" "nic: refused: $card is open: vfio-hold \(pid [0-9]+\) uses it"
        is "and stays" "$(driver_of $card)" vfio-pci
        is "nothing sleeps in the kernel" "$(ps -eo stat= | grep -c ^D)" 0
        applies "once closed" 0 "nic: $card bound to e1000e \(was on vfio-pci\)"
}

numbers() {
        config <<<$'[sriov storage]\naddress = '$nvme$'\nvfs = 8'
        applies "8 VFs" 0 'storage: 8 VFs .* bound to vfio-pci'
        config <<<$'[sriov storage]\naddress = '$nvme$'\nvfs = 4'
        vfio-hold 0000:01:00.3 passthru-setup apply >/run/said 2>&1 && note "apply succeeded"
        like "fewer are refused while one is open" "$(</run/said)" 'storage: refused: VF 2 \(0000:01:00.3\) is open'
        is "all 8 stay" "$(vfs_on $nvme vfio-pci)" 8
        like "plan says that it is disruptive" "$(passthru-setup plan)" '8 (→|->) 4 VFs .*disruptive: the 8 existing VFs are removed first'
        applies "4 VFs once it is closed" 0 'storage: 4 VFs .* bound to vfio-pci'
        is "and 4 there are" "$(<$pci/$nvme/sriov_numvfs) $(vfs_on $nvme vfio-pci)" "4 4"
        config <<<$'[sriov storage]\naddress = '$nvme$'\nvfs = 4\nvf-driver = none'
        applies "no driver" 0 '4 VFs .* unbound from vfio-pci'
        ok "they have none" no_driver 0000:01:00.1
        config <<<$'[sriov storage]\naddress = '$nvme$'\nvfs = 500'
        applies "too many VFs" 1 'storage: refused: 0000:01:00.0 supports at most [0-9]+ VFs, not 500'
        config <<<$'[sriov storage]\naddress = '$card$'\nvfs = 1'
        applies "a device without SR-IOV" 1 'storage: refused: 0000:03:00.0 offers no SR-IOV'
        config <<<$'[sriov storage]\naddress = '$nvme$'\nvfs = 0'
        applies "no VFs" 0 'storage: 0000:01:00.0: 4 VFs removed'
}

hosts() {
        config <<<$'[sriov uplink]\naddress = '$igb$'\nvfs = 3\nvf-driver = host\n[device one]\naddress = uplink/1'
        applies "VFs for the host and one for a VM" 0 '2 of 2 sections are as configured'
        is "two are on igbvf, one on vfio-pci" "$(vfs_on $igb igbvf) $(vfs_on $igb vfio-pci)" "2 1"
        is "which is VF 1" "$(driver_of "$(basename "$(readlink $pci/$igb/virtfn1)")")" vfio-pci
        applies "the same again" 0 'nothing to change'
        config <<<$'[sriov uplink]\naddress = '$igb$'\nvfs = 3'
        applies "all for VMs" 0 'uplink: 2 VFs .* bound to vfio-pci \(was on igbvf\)'
        config <<<$'[sriov uplink]\naddress = '$igb$'\nvfs = 3\nvf-driver = host'
        applies "and back" 0 'uplink: 3 VFs .* on their own driver \(was on vfio-pci\)'
}

mdevs() {
        config <<<$'[module mtty]\n[mdev serial]\nparent = mtty\ntype = Triple port serial'
        applies "a type that is not there" 1 'mtty has no type Triple port serial; it has: mtty-1 \(Single port serial\), mtty-2 \(Dual port serial\)'
        config <<<$'[mdev serial]\nparent = mtty\ntype = mtty-1\ncount = 3'
        applies "three mdevs" 0 '3 mdevs made'
        config <<<$'[mdev serial]\nparent = mtty\ntype = mtty-1\nattr = no_such=1\nuuid = 4b20d080-1b54-4048-85b3-a6a62d165c01'
        applies "an attribute that is not there" 1 'no_such = 1 was rejected by mdev 4b20d080-.*; the mdev was removed again'
        ok "and it is gone" test ! -e /sys/bus/mdev/devices/4b20d080-1b54-4048-85b3-a6a62d165c01
        config <<<$'[mdev ports]\nparent = mtty\ntype = mtty-2\ncount = 40'
        applies "more than there is room for" 1 'mtty has room for [0-9]+ more of type mtty-2, not for 40'
        is "none of them was made" "$(find /sys/bus/mdev/devices -type l | wc -l)" 3
}

modules() {
        config <<<$'[module vfio_iommu_type1]\nallow_unsafe_interrupts = 1'
        applies "a parameter that can be set" 0 'as configured'
        is "is set" "$(</sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts)" Y
        config <<<$'[module no_such_module]'
        applies "a module that is not there" 1 'failed to load module no_such_module: No such file'
        config <<<$'[module vfio_pci]\ndisable_vga = 1'
        applies "a parameter that only loading sets" 1 'vfio_pci is loaded already with disable_vga = N'
}

privilege() {
        config <<<$'[device nic]\naddress = '$card
        exits "apply needs root" 77 setpriv --reuid 65534 --clear-groups passthru-setup apply
        chmod 666 /etc/passthru.conf
        applies "a config that others can write" 78 '/etc/passthru.conf: can be written by others than root'
        chmod 644 /etc/passthru.conf
        rm /etc/passthru.conf
        mkfifo /etc/passthru.conf
        applies "a FIFO for a config" 78 '/etc/passthru.conf: is a FIFO; expected a regular file'
        rm /etc/passthru.conf
        applies "no config" 0 'nothing to hand over'
}

groups
card
open_device
numbers
hosts
mdevs
modules
privilege
done_guest
