# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Devices that come and go: each ends where the configuration says, and an equal card that it does not name stays.
pci=/sys/bus/pci/devices
fixed=0000:01:00.0 fixed_twin=0000:02:00.0 card=0000:03:00.0 twin=0000:04:00.0 pf=0000:05:00.0

journal() {
        journalctl -b -q -u passthru-setup -o cat --no-pager
}

on() {
        [ "$(driver_of "$1")" = "$2" ]
}

gone() {
        [ ! -e "$pci/$1" ]
}

# No run of ours is left, and none is to come.
quiet() {
        settle && [ -z "$(systemctl list-jobs --no-legend --plain 'passthru-setup@*')" ] &&
                [ -z "$(systemctl list-units --no-legend --plain --state=activating 'passthru-setup@*')" ]
}

# The milliseconds from the kernel's "add" of a device to its last "bind", in the monitor's log.
latency() {
        awk -v device="/$1 (" -F'[][]' 'index($0, device) {
                if ($3 ~ / add /) { start = $2; end = "" }
                if ($3 ~ / bind /) end = $2
        } END { if (start == "" || end == "") exit 1; printf "%.0f\n", (end - start) * 1000 }' /run/monitor
}

watch_events() {
        udevadm monitor --kernel --subsystem-match=pci >/run/monitor 2>&1 &
        monitor=$!
        wait_for 10 grep -q 'KERNEL - ' /run/monitor
}

told() { # WHAT ADDRESS
        kill "$monitor"
        wait "$monitor" 2>/dev/null
        note "$1: $(latency "$2") ms from its uevent to its driver (software emulation)"
}

check_pair() { # WHAT
        ok "$1: the claimed card ends on vfio-pci" wait_for 60 on $card vfio-pci
        ok "$1: its twin on e1000e" wait_for 60 on $twin e1000e
        ok "$1: no run is left over" wait_for 60 quiet
        is "$1: none at all" "$(systemctl --failed --no-legend --plain)" ""
}

unplug() {
        local device
        for device in "$@"; do host device_del "$device"; done
        for device in $card $twin $pf; do wait_for 60 gone "$device"; done
        settle
}

at_boot() {
        ok "the unit is active" systemctl is-active passthru-setup.service
        is "at boot: the claimed card is on vfio-pci" "$(driver_of $fixed)" vfio-pci
        is "at boot: its twin on e1000e" "$(driver_of $fixed_twin)" e1000e
        is "at boot: e1000e never had the claimed card" "$(dmesg | grep -c "e1000e $fixed")" 0
        ok "at boot: it had the twin" test "$(dmesg | grep -c "e1000e $fixed_twin")" -gt 0
        ok "at boot: the earliest claim was in time" test \
                "$(systemctl show -P ActiveEnterTimestampMonotonic passthru-setup-claim.service)" -le \
                "$(systemctl show -P ExecMainStartTimestampMonotonic systemd-udev-trigger.service)"
        note "the earliest claim: $(systemd-analyze blame --no-pager | awk '/passthru-setup-claim/ { print $1 }') in software emulation"
        like "at boot: it is in the journal of passthru-setup" "$(journal)" '1 function kept for'
        is "at boot: no instance was started" "$(journalctl -b -q -o cat --no-pager | grep -c 'Starting passthru-setup@')" 0
        # The guest has no man; that the pages are there is for the package tier.
        ok "the units are sound" systemd-analyze verify --man=no /usr/lib/systemd/system/passthru-setup{,-claim,-early,@}.service
        if udevadm verify --help >/dev/null 2>&1; then
                ok "the rules are sound" udevadm verify /usr/lib/udev/rules.d/60-passthru-setup.rules
        fi
        is "udev knows whose it is" "$(udevadm info -q property --property=PASSTHRU_SECTION --value $pci/$fixed)" fixed
}

# Both cards are there before either's event is handled: the twin's loads the driver, which finds the claimed one too.
not_loaded() {
        ok "e1000e can be unloaded" modprobe -r e1000e
        udevadm control --stop-exec-queue
        watch_events
        host device_add e1000e bus=hp2 id=twin
        ok "the twin is there" wait_for 30 test -e $pci/$twin
        host device_add e1000e bus=hp1 id=card
        ok "the card is there" wait_for 30 test -e $pci/$card
        udevadm control --start-exec-queue
        check_pair "driver not loaded"
        # Nothing is taken early that was not cleared: the twin's driver has it first, and from now on it is cleared.
        ok "driver not loaded: it is cleared from now on" grep -q "^$card" /var/lib/passthru-setup/cleared
        told "driver not loaded" $card
        like "the journal tells" "$(journal)" "nic: $card bound to vfio-pci"
        is "udev knows whose it is" "$(udevadm info -q property --property=PASSTHRU_SECTION --value $pci/$card)" nic
        is "and for which driver" "$(udevadm info -q property --property=PASSTHRU_DRIVER --value $pci/$card)" vfio-pci
        is "of the twin it knows nothing" "$(udevadm info -q property $pci/$twin | grep -c PASSTHRU)" 0
        exits "status is good" 0 passthru-setup status
}

nodes() {
        local group
        group=$(basename "$(readlink $pci/$card/iommu_group)")
        is "the card's group is its users'" "$(stat -c '%G %a' "/dev/vfio/$group")" "kvm 660"
        group=$(basename "$(readlink $pci/$fixed/iommu_group)")
        is "that of the card from the boot too" "$(stat -c '%G %a' "/dev/vfio/$group")" "kvm 660"
}

loaded() {
        local lines
        unplug card twin
        not_ok "the state has forgotten the card" grep -q "device $card" <(passthru-setup apply >/dev/null 2>&1; cat /run/passthru-setup/state)
        is "and udev" "$(udevadm info -q property $pci/$card 2>/dev/null | grep -c PASSTHRU)" 0
        lines=$(journal | wc -l)
        watch_events
        host device_add e1000e bus=hp1 id=card
        host device_add e1000e bus=hp2 id=twin
        check_pair "driver loaded"
        told "driver loaded" $card
        like "the journal tells what it was on" "$(journal | tail -n +$((lines + 1)))" "nic: $card bound to vfio-pci"
        unplug card
        watch_events
        host device_add e1000e bus=hp1 id=card
        ok "bound already: the card is there" wait_for 30 test -e $pci/$card
        check_pair "bound already"
        told "bound already" $card
        unplug card twin
}

# Another card in the slot of ours.
mistaken() {
        host device_add e1000 bus=hp1 id=other || host device_add nvme bus=hp1 id=other,serial=x
        ok "another card is there" wait_for 30 test -e $pci/$card
        ok "the journal says why it is not taken" wait_for 60 eval 'journal | grep -qE "nic: refused, not required: $card is .*, expected 8086:10d3"'
        ok "no run is left over" wait_for 60 quiet
        is "nothing was written to it" "$(<$pci/$card/driver_override)" "(null)"
        unplug other
}

has_vfs_on() {
        [ "$(vfs_on $pf "$1")" = "$2" ]
}

pf() {
        ok "igb is not loaded" test ! -e /sys/module/igb
        watch_events
        host device_add igb bus=hp3 id=pf
        ok "a PF: its 4 VFs are made and bound" wait_for 120 has_vfs_on vfio-pci 4
        told "the PF" $pf
        is "the PF stays on its driver" "$(driver_of $pf)" igb
        ok "no run is left over" wait_for 60 quiet
        is "no unit has failed" "$(systemctl --failed --no-legend --plain)" ""
        is "the VFs had one run for all" "$(journalctl -b -q -o cat --no-pager | grep -c 'Starting passthru-setup@0000:05:1')" 0
        host device_del pf
        ok "the PF goes with its VFs" wait_for 60 gone $pf
        host device_add igb bus=hp3 id=pf
        ok "a return is an addition" wait_for 120 has_vfs_on vfio-pci 4
}

late_parent() {
        modinfo mtty >/dev/null 2>&1 || return 0
        modprobe mtty
        ok "a late parent: its mdev appears" wait_for 60 compgen -G '/sys/bus/mdev/devices/*/mdev_type' >/dev/null
        like "of its type" "$(readlink /sys/bus/mdev/devices/*/mdev_type)" 'mtty-2'
        ok "no run is left over" wait_for 60 quiet
}

# What the last look has cleared counts for events, not what the file says meanwhile.
replaced() {
        sed "s/^\[device fixed\]/[device other]/" "$SCENARIO/passthru.conf" >/etc/passthru.conf
        is "an edited configuration is none yet" "$(section_after_event)" fixed
        ok "the service is reloaded" systemctl reload passthru-setup
        is "now it is" "$(section_after_event)" other
        echo '[devcie oops]' >/etc/passthru.conf
        not_ok "a broken one is not taken" systemctl reload passthru-setup
        is "nor does it take anything back" "$(driver_of $fixed)" vfio-pci
        is "and events go by the last one that was good" "$(section_after_event)" other
        cp "$SCENARIO/passthru.conf" /etc/passthru.conf
}

section_after_event() {
        udevadm trigger --action=add --settle $pci/$fixed
        udevadm info -q property --property=PASSTHRU_SECTION --value $pci/$fixed
}

at_boot
not_loaded
nodes
loaded
mistaken
pf
late_parent
replaced
done_guest
