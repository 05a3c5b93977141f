# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Many events of one slot; 50 helpers and apply side by side, many times: no wrong binding, no deadlock, no failed unit, no
# event that timed out. The whole of it, 1,000 events and 100 rounds, is
# STORM_EVENTS=1000 STORM_ROUNDS=100 tests/vm/run trixie storm; among the other scenarios it is a tenth of that.
events=${STORM_EVENTS:-100} rounds=${STORM_ROUNDS:-10}
pci=/sys/bus/pci/devices
card=0000:01:00.0 twin=0000:02:00.0 nvme=0000:03:00.0
helper=/usr/lib/udev/passthru-setup-helper

on() {
        [ "$(driver_of "$1")" = "$2" ]
}

quiet() {
        udevadm settle --timeout=120 && [ -z "$(systemctl list-jobs --no-legend --plain)" ] &&
                [ -z "$(systemctl list-units --no-legend --plain --state=activating,deactivating 'passthru-setup@*')" ]
}

check_all() { # WHEN
        ok "$1: the card is on vfio-pci" wait_for 120 on $card vfio-pci
        ok "$1: nothing is left to do" wait_for 120 quiet
        is "$1: it stays there" "$(driver_of $card)" vfio-pci
        is "$1: its twin is on e1000e" "$(driver_of $twin)" e1000e
        is "$1: 30 VFs are on vfio-pci" "$(vfs_on $nvme vfio-pci)" 30
        is "$1: the NVMe's VFs may be probed" "$(<$pci/$nvme/sriov_drivers_autoprobe)" 1
        is "$1: no unit has failed" "$(systemctl --failed --no-legend --plain)" ""
        is "$1: no event has timed out" "$(journalctl -b -q --no-pager -o cat -u systemd-udevd | grep -ciE 'timeout|timed out|killed')" 0
        exits "$1: status is good" 0 passthru-setup status
}

# Removed and found again by the bus, as a slot whose contact is loose: half of the events are removals.
slot() {
        local i bound=0
        for i in $(seq 1 $((events / 2))); do
                echo 1 >$pci/$card/remove
                echo 1 >/sys/bus/pci/rescan
                # Every tenth is given the time to be handed over; the others go while it is being done.
                if [ $((i % 10)) = 0 ]; then
                        wait_for 60 on $card vfio-pci && bound=$((bound + 1))
                fi
                on $twin e1000e || note "round $i: the twin is on $(driver_of $twin)"
        done
        is "each of those that stayed was handed over" "$bound" $((events / 20))
}

helpers() {
        local i n bad=0
        for i in $(seq 1 "$rounds"); do
                local pids=()
                for n in $(seq 1 50); do
                        case $((n % 5)) in
                        0) $helper claim >/dev/null & ;;
                        1) $helper add $card >/dev/null & ;;
                        2) $helper add $twin >/dev/null & ;;
                        3) $helper bind $nvme >/dev/null & ;;
                        4) $helper add 0000:03:00.1 >/dev/null & ;;
                        esac
                        pids+=($!)
                done
                # Something to do for apply, and something that has an event.
                if [ $((i % 10)) = 0 ]; then
                        echo 1 >$pci/$card/remove
                        echo 1 >/sys/bus/pci/rescan
                fi
                passthru-setup apply >/run/apply.log 2>&1 || bad=$((bad + 1))
                for n in "${pids[@]}"; do wait "$n" || bad=$((bad + 1)); done
        done
        is "$rounds rounds of 50 helpers and apply, and none failed" "$bad" 0
        [ "$bad" = 0 ] || note "$(tail -n 3 /run/apply.log)"
        ok "the state is whole" grep -q '^\[device 0000:03:00.0\]' /run/passthru-setup/state
        is "nothing half written is left" "$(find /run/passthru-setup -name '.*.new')" ""
}

check_all "at boot"
slot
check_all "after $events events of one slot"
helpers
check_all "after $rounds rounds"
note "instances: $(journalctl -b -q -o cat --no-pager | grep -c 'Starting passthru-setup@')"
done_guest
