# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# The benchmark's words: VFs and mdevs back to where a contestant starts, measuring, counting system calls.
address=0000:01:00.0
pf=/sys/bus/pci/devices/$address
drivers=/sys/bus/pci/drivers/vfio-pci
work=/run/bench

prepare() {
        local n
        mkdir -p $work
        modprobe vfio-pci
        settle
        wait_for 20 test -e $pf/driver
        for n in 60 120; do
                printf '[sriov bench]\naddress = %s\nvfs = %s\n' $address $n >$work/$n.conf
        done
        for n in 10 20; do
                printf '[mdev bench]\nparent = mtty\ntype = mtty-1\ncount = %s\n' $n >$work/mdev-$n.conf
        done
        for n in {1..20}; do
                printf '4b20d080-1b54-4048-85b3-a6a62d1600%02d\n' "$n"
        done >$work/uuids
        note "$(uname -r), $(nproc) CPUs"
        # udev's work on hundreds of events would run on the same CPUs, at the cost of whoever is measured just then.
        # Nothing measured here waits for an event.
        systemctl stop systemd-udevd-kernel.socket systemd-udevd-control.socket systemd-udevd.service
}

# figure NAME VALUE: said at once, so that a guest that dies has told something.
figure() {
        printf 'figure %s\n' "$*" >&3
}

# measure NAME CMD…: notes the time and the peak memory.
measure() {
        local name=$1 time memory status
        shift
        read -r time memory status _ < <(bench-time "$@" 2>"$work/said")
        figure "time.$name" "$time"
        figure "memory.$name" "$memory"
        [ "$status" = 0 ] || is "$name succeeds" "$status, $(tail -n 5 "$work/said")" 0
}

# What apply keeps between runs: a fresh boot has none of it.
forget() {
        rm -rf /run/passthru-setup
}

# The addresses of the first N VFs, in order of their numbers (1 to 127: functions of devices 0 to 15 on the PF's bus).
vf_addresses() {
        local i
        for ((i = 1; i <= $1; i++)); do
                printf '0000:01:%02x.%x\n' $((i >> 3)) $((i & 7))
        done
}

make_vfs() {
        echo 0 >$pf/sriov_drivers_autoprobe
        echo "$1" >$pf/sriov_numvfs
        echo 1 >$pf/sriov_drivers_autoprobe
        is "$1 VFs are there" "$(find $pf/ -name 'virtfn*' | wc -l)" "$1"
        is "the last one is where it is thought to be" "$(basename "$(readlink "$pf/virtfn$(($1 - 1))")")" \
                "$(vf_addresses "$1" | tail -n 1)"
}

# VFs that a driver has are let go one by one before: together it takes the kernel far longer.
remove_vfs() {
        unbind_vfs 120
        echo 0 >$pf/sriov_numvfs
}

# Back to no driver and no override.
unbind_vfs() {
        local vf
        for vf in $(vf_addresses "$1"); do
                [ -e "/sys/bus/pci/devices/$vf" ] || continue
                [ ! -e "/sys/bus/pci/devices/$vf/driver" ] || echo "$vf" >"/sys/bus/pci/devices/$vf/driver/unbind"
                echo >"/sys/bus/pci/devices/$vf/driver_override"
        done
}

# The writes that bind N VFs, as bench-loop reads them: in the order of the plan, which is overrides first.
write_list() {
        local vf
        for vf in $(vf_addresses "$1"); do
                echo "/sys/bus/pci/devices/$vf/driver_override vfio-pci"
        done
        for vf in $(vf_addresses "$1"); do
                echo "$drivers/bind $vf"
        done
}

all_bound() {
        is "$2" "$(find $drivers/ -name '0000:01:*' | wc -l)" "$1"
}

mdev_list() {
        local uuid
        while read -r uuid; do
                echo "/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create $uuid"
        done <$work/uuids
}

remove_mdevs() {
        local mdev
        for mdev in /sys/bus/mdev/devices/*; do
                [ ! -e "$mdev" ] || echo 1 >"$mdev/remove"
        done
}

count_mdevs() {
        find /sys/bus/mdev/devices -type l | wc -l
}

# trace CMD…: runs it under strace, whose words the functions below read.
trace() {
        strace -f -qq -y -s 64 -o $work/trace "$@" 2>$work/said
}

# A call that another thread's call cuts in two lines is one.
count_calls() {
        grep -v -c -e '<\.\.\. ' -e '^[0-9]* *[-+][-+]' $work/trace
}

# Successful calls that write below /sys, be it by an open file or by a change of the tree; and files opened to write.
sys_writes() {
        grep -E '^[0-9]+ +(p?writev?[0-9]*|sendfile|ftruncate)\([0-9]+</sys/' $work/trace
        grep -E '^[0-9]+ +(openat2?|open|creat)\(.*"/?sys/.*O_(WRONLY|RDWR|TRUNC|CREAT)' $work/trace |
                grep -v "O_(WRONLY|RDWR).*= -1"
}

summarize_calls() {
        printf 'calls\n%s\n' "$1"
        sed -E 's/^[0-9]+ +//; s/\(.*//' $work/trace | sort | uniq -c | sort -rn | head -n 12
}
