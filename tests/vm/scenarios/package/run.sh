# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Boot 1: it is installed, and nothing happens until its owner has enabled it. Boot 2: what is handed over stays so while it
# is upgraded, with a device open, and when it is removed. Boot 3: the host has its devices back; it is purged.
export DEBIAN_FRONTEND=noninteractive
pci=/sys/bus/pci/devices
card=0000:01:00.0 twin=0000:02:00.0 nic=0000:03:00.0
unit=passthru-setup.service
initrd=/boot/initrd.img-$(uname -r)
record=/var/lib/passthru-setup/initramfs/$(uname -r)

host_has_all() {
        is "$1" "$(driver_of $card) $(driver_of $twin) $(driver_of $nic) $(<$pci/$nic/sriov_numvfs)" "e1000e e1000e igb 0"
}

handed_over() {
        local vf vfs=
        for vf in "$pci/$nic"/virtfn*; do
                vfs+=" $(driver_of "$(basename "$(readlink "$vf")")")"
        done
        is "$1" "$(driver_of $card) $(driver_of $twin) $(driver_of $nic)$vfs" "vfio-pci e1000e igb vfio-pci vfio-pci"
}

# apt, without a network: all that the package depends on is here.
apt() {
        apt-get -q -y --no-install-recommends "$@" </dev/null >/run/apt 2>&1 && return
        cat /run/apt
        return 1
}

asked_of_systemd() {
        journalctl --sync
        journalctl -b -q -o cat --no-pager _PID=1 UNIT=$unit + _PID=1 UNIT=passthru-setup-claim.service + \
                _PID=1 UNIT=passthru-setup-early.service
}

# What udev makes of an event for the card.
udev_says() {
        udevadm trigger --action=change $pci/$card
        settle
        udevadm info --query=property --property=PASSTHRU_SECTION --value $pci/$card
}

installed() {
        host_has_all "without the package the devices are the host's"
        # It takes long to make one here: there is none to be made anew until the upgrade.
        rm "$initrd"
        ok "it is installed" apt install "$DEBS/this.deb" || return
        is "the service is not enabled" "$(systemctl is-enabled $unit 2>&1)" disabled
        is "nothing is started" "$(systemctl is-active $unit passthru-setup-claim.service passthru-setup-early.service | xargs)" "inactive inactive inactive"
        is "systemd was asked for nothing" "$(asked_of_systemd)" ""
        is "udev finds nothing to do" "$(udev_says)" ""
        host_has_all "and the devices are the host's"
        not_ok "nor is there a state" test -e /run/passthru-setup
        not_ok "nor a configuration" test -e /etc/passthru.conf
        cat >>/etc/passthru.conf <<'END'
[device card]
address = 0000:01:00.0
[sriov nic]
address = 0000:03:00.0
vfs = 2
END
        ok "the service can be enabled" systemctl enable $unit
        is "which starts nothing" "$(systemctl is-active $unit)" inactive
}

upgraded() {
        local holder mine run status
        is "after a reboot the service has run" "$(systemctl is-active $unit)" active
        handed_over "and the devices are handed over"
        vfio-hold $card sleep infinity &
        holder=$!
        ok "the card is open" wait_for 30 grep -q 1 $pci/$card/enable
        mine=$(</etc/passthru.conf)
        run=$(systemctl show -P InvocationID $unit)
        status=$(asked_of_systemd)
        : >"$initrd"
        ok "it is upgraded" apt install "$DEBS/next.deb" || return
        is "to the higher version" "$(dpkg-query -W -f '${Version}' passthru-setup)" "$(dpkg-deb -f "$DEBS/next.deb" Version)"
        is "the service has not been started again" "$(systemctl show -P InvocationID $unit)" "$run"
        is "nor stopped" "$(systemctl is-active $unit)" active
        is "systemd was asked for nothing" "$(asked_of_systemd)" "$status"
        is "it has read the new unit" "$(systemctl show -P NeedDaemonReload $unit)" no
        ok "the card is open as before" kill -0 $holder
        handed_over "the devices are handed over as before"
        is "the edited configuration is kept" "$(</etc/passthru.conf)" "$mine"
        is "udev goes by the new rules and helper" "$(udev_says)" card
        ok "the initramfs is made anew" lsinitramfs "$initrd"
        like "and claims the devices" "$(lsinitramfs "$initrd")" 'passthru-setup-helper'
        like "that are cleared" "$(<"$record")" "^# [^"$'\n'"]*"$'\n'"$card"
        ok "a restart by hand finds all right" systemctl restart $unit
        exits "there is nothing to do" 0 passthru-setup plan --detailed-exitcode
        removed "$holder" "$mine"
}

removed() { # HOLDER CONFIGURATION
        ok "it is removed, with the card open" apt remove passthru-setup
        not_ok "the unit is gone" systemctl cat $unit
        is "the rules and the helper too" "$(find /usr/lib/udev/ /etc/udev/ -name '*passthru-setup*')" ""
        is "udev has forgotten what the card was for" "$(udev_says)" ""
        ok "the card is open as before" kill -0 "$1"
        handed_over "what was handed over stays so"
        is "the configuration is kept" "$(</etc/passthru.conf)" "$2"
        not_ok "the initramfs is made without it" grep passthru <(lsinitramfs "$initrd")
        kill "$1"
}

purged() {
        host_has_all "after a reboot the devices are the host's"
        is "no unit has failed" "$(systemctl --failed --no-legend)" ""
        is "the configuration is there" "$(dpkg-query -W -f '${db:Status-Status}' passthru-setup)" config-files
        ok "it is purged" apt purge passthru-setup
        not_ok "the configuration is gone too" test -e /etc/passthru.conf
        is "nothing of it is left" "$(find / -xdev -name '*passthru[-.]*' -not -path '*/passthru-tests*')" ""
}

settle
case $BOOT in
1) installed && reboot_guest ;;
2) upgraded && reboot_guest ;;
*) purged ;;
esac
done_guest
