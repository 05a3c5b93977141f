# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Boot 1: what is ready is handed over while a PF waits for its driver, and all is well once that has come; then an emergency
# shell and back. Boot 2 is a soft-reboot. Boot 3: what is cleared never meets its driver, and its ROM is dumped again.
pci=/sys/bus/pci/devices
card=0000:01:00.0 pf=0000:02:00.0 disk=0000:03:00.0
unit=passthru-setup.service
rom=/var/lib/passthru-setup/rom/card.rom

journal() {
        journalctl --sync
        journalctl -b -q -u passthru-setup -o cat --no-pager
}

# The microseconds since the kernel's start at which the journal has the first line that matches.
at() {
        journalctl -b -q -o json --no-pager | jq -r "select((.MESSAGE | type) == \"string\") |
                select(.MESSAGE | test(\"$1\")) | .__MONOTONIC_TIMESTAMP" | head -n 1
}

all_right() {
        settle
        is "$1: the card is on vfio-pci" "$(driver_of $card)" vfio-pci
        is "$1: 2 VFs are" "$(vfs_on $pf vfio-pci)" 2
        is "$1: the disk is on its own driver" "$(driver_of $disk) $(<$pci/$disk/driver_override)" "nvme (null)"
        ok "$1: /srv is mounted" mountpoint -q /srv
        is "$1: the disk was never on vfio-pci" "$(dmesg | grep "vfio-pci $disk")" ""
        is "$1: no unit has failed" "$(systemctl --failed --no-legend --plain)" ""
        is "$1: the card is cleared, the disk is not" "$(grep -oE "^($card|$disk)" /var/lib/passthru-setup/cleared)" $card
}

is_active() {
        systemctl --quiet is-active $unit && [ "$(vfs_on $pf vfio-pci)" = 2 ]
}

is_off() {
        [ "$(systemctl is-active passthru-setup.service)" = inactive ]
}

not_waited_for() {
        local bound driver
        bound=$(at "card: $card bound to vfio-pci") driver=$(at "igb $pf")
        note "the card is bound at $bound µs, the PF's driver comes at $driver µs"
        ok "$1: the card did not wait for the PF's driver" test "${bound:-0}" -gt 0 -a "$bound" -lt "${driver:-0}"
}

late() {
        ok "once the PF's driver has come, the unit is active" wait_for 120 is_active
        not_waited_for "not cleared yet"
        like "the unit had failed for it" "$(journal)" "1 of 3 sections failed: slow"
        ok "the ROM was dumped" test -s $rom
        all_right "once all is there"
}

emergency() {
        ok "the emergency shell can be entered" systemctl isolate emergency.target
        ok "our units have stopped there" wait_for 60 is_off
        ok "/srv can be unmounted" umount /srv # what isolate leaves mounted
        is "the card stays on vfio-pci there" "$(driver_of $card)" vfio-pci
        is "the VFs too" "$(vfs_on $pf vfio-pci)" 2
        systemctl --no-block default
        ok "back from it the unit is active" wait_for 120 is_active
        ok "/srv comes back" wait_for 60 mountpoint -q /srv
        all_right "after the emergency shell"
}

case $BOOT in
1)
        late
        emergency
        dmesg -C
        _say reboot
        systemctl --no-block --job-mode=replace-irreversibly start soft-reboot.target
        sleep infinity
        ;;
2)
        ok "after a soft-reboot the unit is active" wait_for 120 is_active
        like "it was one" "$(systemctl show -P SoftRebootsCount)" '^1?$'
        all_right "after a soft-reboot"
        is "no driver has lost or got the card" "$(dmesg | grep "$card")" ""
        rm $rom
        # Longer than the limit of the unit; the driver comes between the two.
        sed -i 's/^settle-timeout.*/settle-timeout = 90/' /etc/passthru.conf
        mkdir /etc/systemd/system/passthru-setup.service.d
        printf '[Service]\nTimeoutStartSec=20\n' >/etc/systemd/system/passthru-setup.service.d/limit.conf
        touch /etc/while-waited-for
        reboot_guest
        ;;
3)
        ok "the unit has waited beyond its limit and is active" is_active
        is "it has never failed" "$(journal | grep -i fail)" ""
        not_waited_for "cleared"
        all_right "at the next boot"
        is "e1000e never had the card" "$(dmesg | grep "e1000e $card")" ""
        ok "its ROM was dumped all the same" test -s $rom
        done_guest
        ;;
esac
