# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Four PFs with 127 VFs each, made, bound, and taken away again: apply against bare loops of the same writes, by as many threads
# as apply has steps under way, and by one. Prints "figure NAME VALUE" as bench does. BENCH_ROUNDS is 3 for `make bench`.
rounds=${BENCH_ROUNDS:-1}
devices=/sys/bus/pci/devices drivers=/sys/bus/pci/drivers/vfio-pci
pfs="0000:01:00.0 0000:02:00.0 0000:03:00.0 0000:04:00.0"
cd /run || exit

figure() {
        printf 'figure %s\n' "$*" >&3
}

# measure NAME CMD…: notes the time, the peak memory, the user CPU time.
measure() {
        local name=$1 time memory status user
        shift
        read -r time memory status user < <(bench-time "$@" 2>said)
        figure "time.$name" "$time"
        figure "memory.$name" "$memory"
        figure "user.$name" "$user"
        [ "$status" = 0 ] || is "$name succeeds" "$status, $(tail -n 5 said)" 0
}

# config FILE VFS…: a section for each PF.
config() {
        local file=$1 pf
        shift
        for pf in $pfs; do
                printf '[sriov pf%s]\naddress = %s\nvfs = %s\n' "${pf:5:2}" "$pf" "$1"
                shift
        done >"$file"
}

# The addresses of all VFs: functions 1 to 127 of each PF's bus.
vfs() {
        local pf i
        for pf in $pfs; do
                for ((i = 1; i <= 127; i++)); do
                        printf '%s%02x.%x\n' "${pf%00.0}" $((i >> 3)) $((i & 7))
                done
        done
}

# numbers VALUE [AUTOPROBE]: the writes of every PF's number, and of autoprobe before.
numbers() {
        local pf
        for pf in $pfs; do
                [ -z "${2:-}" ] || printf '%s/sriov_drivers_autoprobe %s\n' "$devices/$pf" "$2"
        done
        echo
        for pf in $pfs; do
                printf '%s/sriov_numvfs %s\n' "$devices/$pf" "$1"
        done
        echo
}

bound() {
        is "$1" "$(find $drivers/ -name '0000:0[1-4]:*' | wc -l)" "$2"
}

modprobe vfio-pci
settle
wait_for 20 test -e $devices/0000:04:00.0/driver
systemctl stop systemd-udevd-kernel.socket systemd-udevd-control.socket systemd-udevd.service
config all.conf 127 127 127 127
config some.conf 30 30 30 30
config none.conf 0 0 0 0
{ numbers 127 0 && vfs | sed "s|.*|$devices/&/driver_override vfio-pci|" && echo && vfs | sed "s|^|$drivers/bind |"; } >make.list
{ vfs | sed "s|^|$drivers/unbind |" && numbers 0; } >remove.list

for ((i = 0; i < rounds; i++)); do
        rm -rf /run/passthru-setup
        measure many.apply passthru-setup apply --config=all.conf
        bound "apply has made and bound all" 508
        measure many-rerun.apply passthru-setup apply --config=all.conf
        measure many-remove.apply passthru-setup apply --config=none.conf
        bound "apply has taken all away" 0
        measure many.bare bench-threads 8 make.list
        bound "8 threads have made and bound all" 508
        measure many-remove.bare bench-threads 8 remove.list
        bound "8 threads have taken all away" 0
        measure many.single bench-threads 1 make.list
        bound "one has made and bound all" 508
        measure many-remove.single bench-threads 1 remove.list
        bound "one has taken all away" 0
        rm -rf /run/passthru-setup
        measure some.apply passthru-setup apply --config=some.conf
        bound "apply has made and bound 120" 120
        measure some-remove.apply passthru-setup apply --config=none.conf
done
done_guest
