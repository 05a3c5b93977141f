# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What is cleared never meets the drivers that the initramfs has; the twin does there. Boot 2: the clearance of the drive is
# withdrawn, the image does not know yet, and the host gets its drive all the same. Boot 3: the service is disabled.
. ./lib.sh
pci=/sys/bus/pci/devices
nic=0000:01:00.0 twin=0000:02:00.0 disk=0000:03:00.0
directory=/var/lib/passthru-setup
record=$directory/cleared
copy=$directory/initramfs/$(uname -r)

# The lines of the journal at least as loud as a warning.
loud() {
        journalctl --sync
        journalctl -b -q -o cat --no-pager -p warning -u passthru-setup -u passthru-setup-early -u passthru-setup-claim
}

cleared() {
        awk '!/^#/ { print $1 }' "$1" | xargs
}

cleared_there() {
        said_in_initramfs
        ok "the driver is in the initramfs: it has the twin before the real root" in_initramfs $twin
        is "the twin stays on it" "$(driver_of $twin)" e1000e
        is "what is cleared ends on vfio-pci" "$(driver_of $nic) $(driver_of $disk)" "vfio-pci vfio-pci"
        is "the drivers never had it" "$(dmesg | grep -E "e1000e $nic|nvme.* $disk")" ""
        ok "/var is mounted from its own disk" mountpoint -q /var
        like "the journal has what the helper said in the initramfs" "$(said_in_initramfs)" "2 functions kept"
        is "what the initramfs had is on record" "$(cleared /run/passthru-setup/cleared.initramfs)" "$nic $disk"
        is "the service has done its part" "$(systemctl is-active passthru-setup)" active
        is "every unit has started" "$(systemctl --failed --no-legend)" ""
        is "it has cleared the same again" "$(diff $record $copy)" ""
        is "the initramfs is fresh" "$(passthru-setup status 2>&1 >/dev/null)" ""
        is "nothing is loud" "$(loud)" ""
}

# What the hooks of both tools go by, without the minutes that an initramfs takes to make here.
check_hook() {
        local hook=/usr/lib/passthru-setup/initramfs-copy into=/root/into kernel
        kernel=$(uname -r)
        ok "an initramfs with the record is wanted" $hook check "$kernel" || return
        ok "it can be copied" $hook copy "$kernel" $into
        is "it is all that the initramfs gets" "$(cd $into && find . -type f)" ".$record"
        is "as it is" "$(diff $into$record $record)" ""
        mv $record /root/record
        exits "without a record nothing is wanted" 1 $hook check "$kernel"
        is "without a word" "$($hook check "$kernel" 2>&1)" ""
        ok "and the copy is gone" test ! -e "$copy"
        mv /root/record $record
        ok "once there is one it is" $hook copy "$kernel" $into
}

# The drive goes back to the host, which uses it from now on; the initramfs is not made again.
withdraw() {
        sed -i '/^\[device disk\]/,$d' /etc/passthru.conf
        ok "the drive is released" passthru-setup release disk
        ok "the host has it" wait_for 30 test -e /dev/disk/by-label/data
        is "it is not cleared any more" "$(cleared $record)" $nic
        mkdir -p /data
        echo 'LABEL=data /data ext4 x-systemd.device-timeout=15min 0 0' >>/etc/fstab
        ok "the service can be reloaded" systemctl reload passthru-setup
        stale "before the next boot"
}

stale() { # WHEN
        local text
        like "$1: the journal says loudly what the initramfs still takes" "$(loud)" "$disk.*$renew"
        text=$(passthru-setup status 2>&1)
        like "$1: status says that it is stale" "$text" "outdated"
        like "$1: with the device and the command" "$text" "$disk.*$renew"
        exits "$1: for doctor it is an error" 1 passthru-setup doctor
        like "$1: it names the device" "$(passthru-setup doctor)" "error .*(initramfs|outdated).*$disk"
}

given_back() {
        said_in_initramfs
        ok "/data is mounted all the same" mountpoint -q /data
        is "the drive is on its own driver" "$(driver_of $disk) $(<$pci/$disk/driver_override)" "nvme (null)"
        is "the NIC on vfio-pci" "$(driver_of $nic)" vfio-pci
        is "whose driver never had it" "$(dmesg | grep "e1000e $nic")" ""
        is "the service has done its part" "$(systemctl is-active passthru-setup)" active
        is "every unit has started" "$(systemctl --failed --no-legend)" ""
        like "that the drive was given back is said" "$(journalctl -b -q -o cat --no-pager -u passthru-setup -u passthru-setup-claim)" "$disk"
        stale "after it"
}

on_its_own() {
        [ "$(driver_of "$1")" = "$2" ] && [ "$(<"$pci/$1/driver_override")" = "(null)" ]
}

renew='update-initramfs -u'
[ -x /usr/sbin/update-initramfs ] || renew='dracut --force'
settle
case $BOOT in
1)
        cleared_there
        check_hook
        withdraw
        reboot_guest
        ;;
2)
        given_back
        systemctl --quiet disable passthru-setup
        reboot_guest
        ;;
3)
        ok "with the service disabled the NIC is given back to its driver" wait_for 60 on_its_own $nic e1000e
        ok "and the drive" wait_for 60 on_its_own $disk nvme
        ok "/data is mounted" mountpoint -q /data
        ok "nothing of ours has run" test ! -e /run/passthru-setup/cleared
        done_guest
        ;;
esac
