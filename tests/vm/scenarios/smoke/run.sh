# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Checks the machine itself: devices, IOMMU groups, VFs, vfio-pci, mtty, hotplug, and that the disk outlives a reboot.
pci=/sys/bus/pci/devices
nvme=0000:01:00.0 igb=0000:02:00.0 e1000e=0000:03:00.0 plugged=0000:05:00.0

group_of() {
        basename "$(readlink "$pci/$1/iommu_group")"
}

group_size() {
        find "$pci/$1/iommu_group/devices/" -type l | wc -l
}

write() {
        printf '%s\n' "$2" >"$1"
}

to_vfio() {
        write "$pci/$1/driver_override" vfio-pci
        [ -z "$(driver_of "$1")" ] || write "$pci/$1/driver/unbind" "$1"
        write /sys/bus/pci/drivers/vfio-pci/bind "$1"
}

check_devices() {
        settle
        lspci -nn
        note "$(uname -r), $(systemctl --version | head -n 1)"
        note "$(systemd-analyze | head -n 1)"
        is "every unit has started" "$(systemctl --failed --no-legend)" ""
        is "the NVMe is on its driver" "$(driver_of $nvme)" nvme
        is "the NVMe has a disk" "$(lsblk -dno SIZE /dev/nvme0n1 | tr -d ' ')" 64M
        is "the igb is on its driver" "$(driver_of $igb)" igb
        is "the e1000e is on its driver" "$(driver_of $e1000e)" e1000e
        is "the e1000e is alone in its group" "$(group_size $e1000e)" 1
        is "functions of the slot without ACS share a group" "$(group_of 0000:04:00.0)" "$(group_of 0000:04:00.1)"
        is "interrupts are remapped" "$(grep -l '^IR-' /sys/kernel/irq/*/chip_name | wc -l | sed 's/^[1-9].*/some/')" some
}

check_nvme_vfs() {
        local vf
        ok "vfio-pci can be loaded" modprobe vfio-pci
        ok "autoprobe can be switched off" write $pci/$nvme/sriov_drivers_autoprobe 0
        ok "the NVMe makes 4 VFs" write $pci/$nvme/sriov_numvfs 4
        vf=$(basename "$(readlink $pci/$nvme/virtfn3)")
        is "the fourth VF is where the machine file says" "$vf" 0000:01:00.4
        is "the VF has no driver" "$(driver_of "$vf")" ""
        is "the VF is alone in its group" "$(group_size "$vf")" 1
        ok "the VF can be bound to vfio-pci" to_vfio "$vf"
        is "the VF is on vfio-pci" "$(driver_of "$vf")" vfio-pci
        is "the VF is not open" "$(<"$pci/$vf/enable")" 0
        ok "the VF can be opened, and then shows it" vfio-hold "$vf" grep -q 1 "$pci/$vf/enable"
        ok "the VFs go away" write $pci/$nvme/sriov_numvfs 0
        ok "the NVMe makes 120 VFs" write $pci/$nvme/sriov_numvfs 120
        is "and 120 there are" "$(find $pci/$nvme/ -name 'virtfn*' | wc -l)" 120
        ok "the VFs go away again" write $pci/$nvme/sriov_numvfs 0
}

check_igb_vfs() {
        ok "the igb makes 7 VFs" write $pci/$igb/sriov_numvfs 7
        is "the first VF is where the machine file says" "$(basename "$(readlink $pci/$igb/virtfn0)")" 0000:02:10.0
        ok "its driver takes it" wait_for 20 test -e $pci/$igb/virtfn6/driver
        is "which is igbvf" "$(driver_of 0000:02:10.0)" igbvf
}

check_mtty() {
        local parent=/sys/class/mdev_bus/mtty uuid=4b20d080-1b54-4048-85b3-a6a62d165c01
        ok "mtty can be loaded" modprobe mtty || return
        is "it has its types" "$(cat $parent/mdev_supported_types/*/name)" $'Single port serial\nDual port serial'
        ok "an mdev can be made" write $parent/mdev_supported_types/mtty-2/create $uuid
        ok "the mdev can be opened" vfio-hold $uuid true
        ok "and removed" write /sys/bus/mdev/devices/$uuid/remove 1
}

check_hotplug() {
        ok "a device can be plugged in" host device_add e1000e id=new bus=hp1 mac=52:54:00:00:05:00 || return
        ok "and comes" wait_for 30 test -e $pci/$plugged
        ok "its driver takes it" wait_for 30 test -e $pci/$plugged/driver
        ok "it can be pulled out" host device_del new
        ok "and goes" wait_for 30 test ! -e $pci/$plugged
        not_ok "what the host refuses fails" host device_add no-such-device id=x
}

case $BOOT in
1)
        check_devices
        check_nvme_vfs
        check_igb_vfs
        [[ $(uname -r) != 6.12.* ]] || check_mtty
        check_hotplug
        cat /etc/machine-id /proc/sys/kernel/random/boot_id >/root/first-boot
        reboot_guest
        ;;
2)
        ok "the disk has outlived the reboot" test -s /root/first-boot
        is "the machine-id too" "$(head -n 1 /root/first-boot)" "$(</etc/machine-id)"
        is "the journal has both boots" "$(journalctl --list-boots -q --no-pager | grep -c '^ *\(-1\|0\) ')" 2
        is "the VFs are gone" "$(<$pci/$nvme/sriov_numvfs)" 0
        done_guest
        ;;
esac
