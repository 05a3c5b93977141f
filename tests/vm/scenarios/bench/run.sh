# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Measures what `make bench` tells: it prints "figure NAME VALUE", times in microseconds, one for each round.
# Contestants take turns within a round, so that what else the machine does falls on all of them.
# BENCH_PARTS names the parts to do. BENCH_ROUNDS is 5 for `make bench`; among the other scenarios one round shows that the benchmark itself works.
. ./lib.sh
rounds=${BENCH_ROUNDS:-1}
parts=${BENCH_PARTS:-mdevs bind_existing make_and_bind rerun calls early helper}

# What the units before the network do at boot, against the bare writes.
measure_early() {
        local i
        printf '[sriov bench]\naddress = %s\nvfs = 120\n' $address >/etc/passthru.conf
        { echo "$pf/sriov_drivers_autoprobe 0" && echo "$pf/sriov_numvfs 120" && write_list 120 &&
                echo "$pf/sriov_drivers_autoprobe 1"; } >"$work/make.list"
        passthru-setup apply 2>/dev/null
        for ((i = 0; i < rounds; i++)); do
                remove_vfs
                forget
                measure early.claim /usr/lib/udev/passthru-setup-helper claim
                measure early.apply passthru-setup apply --early
                all_bound 120 "the early units have made and bound all"
                remove_vfs
                measure early.bare bench-loop write "$work/make.list"
                all_bound 120 "the bare loop has made and bound all"
        done
        remove_vfs
        forget
        rm /etc/passthru.conf
}

# 120 VFs that are there and have no driver, to vfio-pci. Two loops in C: one does the bare writes, the other the same
# steps as apply: it looks at all functions first and reads back what it has written.
measure_bind_existing() {
        local i
        make_vfs 120
        unbind_vfs 120
        write_list 120 >"$work/bind.list"
        for ((i = 0; i < rounds * 3; i++)); do # they are short
                forget && measure bind.apply passthru-setup apply --config="$work/120.conf"
                all_bound 120 "apply has bound all" && unbind_vfs 120
                measure bind.bare bench-loop write "$work/bind.list"
                all_bound 120 "the bare loop has bound all" && unbind_vfs 120
                measure bind.steps bench-loop steps "$work/bind.list"
                all_bound 120 "the loop that looks and verifies has bound all" && unbind_vfs 120
                measure bind.bash bash "$SCENARIO/bind.bash" 120
                all_bound 120 "the bash loop has bound all" && unbind_vfs 120
        done
}

# The whole of it: VFs made and bound.
measure_make_and_bind() {
        local i
        { echo "$pf/sriov_drivers_autoprobe 0" && echo "$pf/sriov_numvfs 120" && write_list 120 &&
                echo "$pf/sriov_drivers_autoprobe 1"; } >"$work/make.list"
        for ((i = 0; i < rounds; i++)); do
                remove_vfs
                forget && measure make.apply passthru-setup apply --config="$work/120.conf"
                all_bound 120 "apply has made and bound all" && unbind_vfs 120
                remove_vfs
                measure make.bare bench-loop write "$work/make.list"
                all_bound 120 "the bare loop has made and bound all" && unbind_vfs 120
                remove_vfs
                measure make.steps bench-loop steps "$work/make.list"
                all_bound 120 "the loop that looks and verifies has made and bound all" && unbind_vfs 120
        done
}

# All is right already: what it costs to find that out.
measure_rerun() {
        local i
        make_vfs 120
        passthru-setup apply --config="$work/120.conf" 2>/dev/null
        for ((i = 0; i < rounds * 3; i++)); do
                measure rerun.apply passthru-setup apply --config="$work/120.conf"
                measure rerun.read bench-loop read
                measure rerun.plan passthru-setup plan --config="$work/120.conf"
                measure rerun.status passthru-setup status --config="$work/120.conf"
                measure rerun.version passthru-setup --version
        done
        trace passthru-setup apply --config="$work/120.conf"
        is "apply writes nothing to /sys when all is right" "$(sys_writes)" ""
}

# driverctl's set-override for each VF; its saved overrides as udev has them loaded at boot, one unit for each; and the
# same when all is right already (it lets go of every device and binds it again).
measure_driverctl() {
        local i
        make_vfs 120
        for ((i = 0; i < rounds; i++)); do
                unbind_vfs 120
                forget && measure driverctl.apply passthru-setup apply --config="$work/120.conf"
                unbind_vfs 120
                measure driverctl.set bash "$SCENARIO/driverctl.bash" set-override 120 vfio-pci
                all_bound 120 "driverctl has bound all"
                unbind_vfs 120
                measure driverctl.load bash "$SCENARIO/driverctl.bash" load-override 120
                all_bound 120 "driverctl has bound all that it had saved"
                ((i < 3)) || continue # it takes the longest, and is the farthest from its goal
                measure driverctl.reload bash "$SCENARIO/driverctl.bash" load-override 120
                measure driverctl.rerun passthru-setup apply --config="$work/120.conf"
        done
        rm -rf /etc/driverctl.d
        echo "1b36 0010" >/sys/bus/pci/drivers/vfio-pci/remove_id
}

measure_mdevs() {
        local i
        modprobe mtty
        mdev_list >"$work/mdev.list"
        for ((i = 0; i < rounds; i++)); do
                remove_mdevs
                forget && measure mdev.apply passthru-setup apply --config="$work/mdev-20.conf"
                is "apply has made 20 mdevs" "$(count_mdevs)" 20
                remove_mdevs
                measure mdev.bare bench-loop write "$work/mdev.list"
                is "the bare loop has made 20 mdevs" "$(count_mdevs)" 20
                remove_mdevs
                rm -rf /etc/mdevctl.d/mtty
                measure mdev.define bash "$SCENARIO/mdevctl.bash" define start
                is "mdevctl has defined and started 20 mdevs" "$(count_mdevs)" 20
                remove_mdevs
                measure mdev.start bash "$SCENARIO/mdevctl.bash" start
                is "mdevctl has started 20 mdevs" "$(count_mdevs)" 20
                remove_mdevs
                measure mdev.parent mdevctl start-parent-mdevs mtty
                is "mdevctl has started the parent's 20 mdevs" "$(count_mdevs)" 20
        done
        remove_mdevs
        rm -rf /etc/mdevctl.d/mtty
}

# at_most WHAT KIND FEW MANY BOUND: system calls for one more, by figures of few and of many. They are not noisy, so what
# raises one has to raise the bound here.
at_most() {
        local each=$(((calls[$2.$4] - calls[$2.$3] + ($4 - $3) / 2) / ($4 - $3)))
        ok "system calls for $1: $each, at most $5" test "$each" -le "$5"
}

# count KIND NUMBER: what the last command made of them.
count() {
        calls[$1.$2]=$(count_calls)
        figure "calls.$1.$2" "${calls[$1.$2]}"
}

# System calls by 60 and by 120 VFs; the difference is what 60 VFs cost.
measure_calls() {
        local n config
        declare -A calls
        modprobe mtty
        for n in 10 20; do
                remove_mdevs
                forget
                trace passthru-setup apply --config="$work/mdev-$n.conf"
                count mdev $n
                trace passthru-setup apply --config="$work/mdev-$n.conf"
                count mdev-rerun $n
        done
        remove_mdevs
        for n in 60 120; do
                config=$work/$n.conf
                remove_vfs
                forget
                trace passthru-setup apply --config="$config"
                all_bound $n "apply has made and bound $n under strace"
                count made $n
                summarize_calls "calls of apply that makes and binds $n VFs"
                trace passthru-setup apply --config="$config"
                count rerun $n
                summarize_calls "calls of apply that finds $n VFs as they should be"
                trace passthru-setup status --config="$config"
                count status $n
                unbind_vfs $n
                forget
                trace passthru-setup apply --config="$config"
                all_bound $n "apply has bound $n under strace"
                count bound $n
                figure "writes.bound.$n" "$(sys_writes | grep -c write)"
                summarize_calls "calls of apply that binds $n VFs"
                trace passthru-setup release --config="$config"
                count released $n
                unbind_vfs $n
        done
        at_most "a VF made and bound" made 60 120 21
        at_most "a VF that was there and is bound" bound 60 120 23
        at_most "a VF that is right already" rerun 60 120 8
        at_most "a VF in status" status 60 120 18
        at_most "a VF given back" released 60 120 35
        at_most "an mdev made" mdev 10 20 8
        at_most "an mdev that is right already" mdev-rerun 10 20 2
}

# 1,000 sections that go by a selector, and a record of 5,000 devices that may be taken early.
many_sections() { # SELECTOR
        local i value
        printf '[passthru]\nsettle-timeout = 0\nrequired = no\n' >/etc/passthru.conf
        for ((i = 0; i < 1000; i++)); do
                case $1 in
                address) value=$(printf '1000:%02x:%02x.0' $((i >> 5)) $((i & 31))) ;;
                id) value=$(printf '10de:%04x' $((i + 4096))) ;;
                path) value=$(printf '0000:00:1e.0/%02x.%x' $((i >> 3 & 31)) $((i & 7))) ;;
                interface) value=nic$i ;;
                mac) value=$(printf '52:54:01:00:%02x:%02x' $((i >> 8)) $((i & 255))) ;;
                serial) value=SERIAL$i ;;
                esac
                printf '[device d%d]\n%s = %s\n' $i "$1" "$value"
        done >>/etc/passthru.conf
        forget
        passthru-setup apply 2>/dev/null
        is "apply has written what events go by ($1)" "$(test -e /run/passthru-setup/cleared && echo yes)" yes
        for ((i = 0; i < 5000; i++)); do
                printf '2000:%02x:%02x.%x\tvfio-pci\t-\tdevice d%d\t-\tid=10DE:2484:10DE:147D path=pci2000:00/2000:00:00.0\n' \
                        $((i >> 8)) $((i >> 3 & 31)) $((i & 7)) $i
        done >>/run/passthru-setup/cleared
}

# What an event of a device of others costs, against a static program that does nothing; and how many processes 120 VFs cost
# whose overrides are set, udev's workers included.
measure_helper() {
        local i selector helper=/usr/lib/udev/passthru-setup-helper before
        trace $helper
        before=$(count_calls)
        for selector in address id path interface mac serial; do
                many_sections $selector
                trace $helper add 0000:00:00.0
                figure calls.helper.$selector $(($(count_calls) - before))
                for ((i = 0; i < rounds; i++)); do
                        measure helper.$selector bench-exec 20 $helper add 0000:00:00.0
                        measure helper.nothing bench-exec 20 "$(command -v nothing-static)"
                done
        done
        printf '[sriov bench]\naddress = %s\nvfs = 120\n' $address >/etc/passthru.conf
        remove_vfs
        forget
        passthru-setup apply 2>/dev/null
        all_bound 120 "apply has made and bound all for the events"
        systemctl start systemd-udevd.service
        udevadm settle
        before=$(awk '/^processes/ { print $2 }' /proc/stat)
        udevadm trigger --action=add --subsystem-match=pci --attr-match=device=0x0010 --settle
        figure helper.processes $(($(awk '/^processes/ { print $2 }' /proc/stat) - before))
        is "their events have changed nothing" "$(passthru-setup plan --detailed-exitcode >/dev/null; echo $?)" 0
        systemctl stop systemd-udevd-kernel.socket systemd-udevd-control.socket systemd-udevd.service
        rm /etc/passthru.conf
        unbind_vfs 120
}

prepare
for part in $parts; do
        note "$part"
        "measure_$part"
done
done_guest
