# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# apply and release are killed at their system calls, and their calls on sysfs fail: a rerun converges, nothing of others is
# written, the state stays whole. CRASH_EVERY says which calls: each Nth of those that may change something and each 10 × Nth
# of all; CRASH_EVERY=1 with CRASH_ERRNOS=all is the whole of it and takes hours. CRASH_SWEEPS names some of the three, and
# CRASH_DEBUG=1 shows the state where something is wrong.
every=${CRASH_EVERY:-48} errnos=${CRASH_ERRNOS:-one}
pci=/sys/bus/pci/devices
log=/run/fault-log
# ENODEV EBUSY EINVAL EACCES EROFS EIO ENOMEM ENOSPC EINTR
numbers=(19 16 22 13 30 5 12 28 4)
bad=0 points=0
: >$log

host_text() {
        find $pci/*/driver /sys/bus/mdev/devices/* -maxdepth 0 -type l -printf '%p %l\n' 2>/dev/null
        grep -s '' $pci/*/{driver_override,sriov_numvfs,sriov_drivers_autoprobe}
}

# Until udev and the instances that it wants are done with what has changed.
quiet() {
        udevadm settle --timeout=60
        wait_for 60 eval '[ -z "$(systemctl list-jobs --no-legend --plain)" ]'
}

wrong() {
        bad=$((bad + 1))
        [ "$bad" -gt 20 ] && return
        [ -z "${CRASH_DEBUG:-}" ] || _notes /run/passthru-setup/state
        note "$*"
        note "   at: $(grep -h '^hit' $log), and before: $(grep -h '^hit' $log.before)"
        _notes /run/said
}

# All that was opened below /sys for writing is of what the configuration names, or of drivers for it. (modprobe's loading of
# modules is none of it.)
foreign_writes() {
        grep '^open ' $log | grep -vE '^open /sys/(bus/pci/devices/|devices/pci0000:00/.*)0000:0[123]:|^open /sys/bus/pci/(drivers/[a-z0-9-]+/(bind|unbind)|drivers_probe)$|/mtty/|^open /sys/bus/mdev/|mdev_supported_types'
}

# now VERB WANTED-TEXT: without a fault all is as it should be.
converges() {
        local verb=$1 wanted=$2 have
        timeout 60 passthru-setup "$verb" >/run/said 2>&1 || wrong "a plain $verb afterwards ends with $?"
        have=$(host_text)
        if [ "$have" != "$wanted" ]; then
                quiet
                have=$(host_text)
        fi
        if [ "$have" != "$wanted" ]; then
                diff <(echo "$wanted") <(echo "$have") >>/run/said
                wrong "a plain $verb afterwards does not converge"
        fi
}

# killed MODE N VERB WANTED-TEXT
killed() {
        local status=0
        points=$((points + 1))
        mv $log $log.before
        timeout -s KILL 120 syscall-fault "$1" "$2" $log passthru-setup "$3" >/run/said 2>&1 || status=$?
        if [ -n "$(foreign_writes)" ]; then wrong "writes of a $3 that is killed: $(foreign_writes)"; fi
        grep -q ^hit $log || { [ "$status" = 0 ] || wrong "$3 was not hit, and ends with $status"; }
        passthru-setup status >/run/said 2>&1
        grep -qiE 'damaged|not be read' /run/said && wrong "the state is not whole after a $3 that is killed"
        converges "$3" "$4"
}

# failed N ERRNO VERB WANTED-TEXT: the run says so, or does as wanted nevertheless.
failed() {
        local status=0
        points=$((points + 1))
        mv $log $log.before
        timeout -s KILL 120 syscall-fault fail "$1" "$2" $log passthru-setup "$3" >/run/said 2>&1 || status=$?
        if [ -n "$(foreign_writes)" ]; then wrong "writes of a $3: $(foreign_writes)"; fi
        case $status in
        0)
                [ "$(host_text)" = "$4" ] || { quiet; [ "$(host_text)" = "$4" ]; } ||
                        wrong "$3 with errno $2 says that all is well"
                ;;
        77) [ "$2" = 13 ] && grep -q 'Permission denied' /run/said || wrong "$3 with errno $2 ends with $status" ;;
        1) grep -qE 'failed|refused|absent|not |error|cannot|can.t' /run/said || wrong "$3 with errno $2 fails without a word" ;;
        *) wrong "$3 with errno $2 ends with $status" ;;
        esac
        converges "$3" "$4"
}

# What is read of sysfs cannot be read: nothing that is in force is changed for it.
unread() { # N ERRNO VERB…
        local status=0 n=$1 error=$2
        shift 2
        points=$((points + 1))
        mv $log $log.before
        timeout -s KILL 120 syscall-fault fail "$n" "$error" $log passthru-setup "$@" >/run/said 2>&1 || status=$?
        if [ -n "$(foreign_writes)" ]; then wrong "writes of $*: $(foreign_writes)"; fi
        [ "$status" -le 1 ] || { [ "$status" = 77 ] && [ "$error" = 13 ] && grep -q ': /sys/.*Permission denied' /run/said; } || wrong "$* with errno $error ends with $status"
        [ "$(host_text)" = "$applied" ] || wrong "$* with errno $error changes what is in force"
        [ "$status" = 0 ] || [ -s /run/said ] || wrong "$* with errno $error fails without a word"
}

# The calls of a run that does all: numbers of each Nth that may change something, of the one after it, and of some others.
points_of() {
        local calls
        calls=$(sed -n 's/^calls \([0-9]*\) .*/\1/p' "$1")
        {
                sed -n 's/^change \([0-9]*\) .*/\1/p' "$1" | awk -v n="$every" 'NR % n == 0 { print; print $1 + 1 }'
                seq $((every * 10)) $((every * 10)) "$calls"
        } | sort -nu
}

# Of the calls on sysfs: those for writing, and some others.
sysfs_of() {
        awk -v n="$every" '$1 == "sysfs" && ($3 ~ /write|writing/ ? ++w % int(n / 6 + 1) == 0 : ++r % (n * 4) == 0) { print $2 }' "$1"
}

sweep_kills() {
        local n a r mode
        mapfile -t a < <(points_of /run/log-apply)
        mapfile -t r < <(points_of /run/log-release)
        note "SIGKILL at ${#a[@]} calls of apply and ${#r[@]} of release"
        for ((n = 0; n < ${#a[@]} || n < ${#r[@]}; n++)); do
                mode=kill
                [ $((n % 3)) = 2 ] && mode=kill-main
                if [ -n "${a[n]:-}" ]; then killed $mode "${a[n]}" apply "$applied"; else converges apply "$applied"; fi
                if [ -n "${r[n]:-}" ]; then killed $mode "${r[n]}" release "$before"; else converges release "$before"; fi
        done
        is "killed at $points points: what was wrong" "$bad" 0
}

sweep_errors() {
        local n a r i error
        mapfile -t a < <(sysfs_of /run/log-apply)
        mapfile -t r < <(sysfs_of /run/log-release)
        note "errors of ${#a[@]} calls on sysfs of apply and ${#r[@]} of release"
        for ((n = 0; n < ${#a[@]} || n < ${#r[@]}; n++)); do
                for ((i = 0; i < ${#numbers[@]}; i++)); do
                        [ "$errnos" = all ] || [ "$i" = $((n % ${#numbers[@]})) ] || continue
                        error=${numbers[i]}
                        if [ -n "${a[n]:-}" ]; then failed "${a[n]}" "$error" apply "$applied"; else converges apply "$applied"; fi
                        if [ -n "${r[n]:-}" ]; then failed "${r[n]}" "$error" release "$before"; else converges release "$before"; fi
                done
        done
        is "$points errors of sysfs: what was wrong" "$bad" 0
}

sweep_reads() {
        local n error verb
        ok "apply, before errors of what is read" passthru-setup apply
        quiet
        for verb in apply "release --dry-run" "status"; do
                # shellcheck disable=SC2086 # words
                syscall-fault count /run/log-read passthru-setup $verb >/run/said 2>&1
                for n in $(awk -v n="$every" '$1 == "sysfs" && ++r % n == 0 { print $2 }' /run/log-read); do
                        for error in "${numbers[@]}"; do
                                [ "$errnos" = all ] || [ "$error" = "${numbers[n % ${#numbers[@]}]}" ] || continue
                                # shellcheck disable=SC2086
                                unread "$n" "$error" $verb
                        done
                done
        done
        is "$points errors of reads where nothing is to be done: what was wrong" "$bad" 0
        ok "apply finds all in force" test "$(host_text)" = "$applied"
        ok "release, after errors of what is read" passthru-setup release
        quiet
}

quiet
[ -e /sys/class/mdev_bus/mtty ] || sed -i '/^\[mdev/,$d' /etc/passthru.conf
before=$(host_text)
ok "apply" passthru-setup apply
quiet
applied=$(host_text)
ok "release" passthru-setup release
quiet
is "what is given back is as before" "$(host_text)" "$before"
ok "apply, counted" syscall-fault count /run/log-apply passthru-setup apply
ok "release, counted" syscall-fault count /run/log-release passthru-setup release
note "apply: $(tail -n 1 /run/log-apply), release: $(tail -n 1 /run/log-release) (all, on sysfs)"
note "writes below /sys: $(grep -c ^open /run/log-apply), $(grep -c ^open /run/log-release)"
for sweep in ${CRASH_SWEEPS:-kills errors reads}; do
        bad=0 points=0
        "sweep_$sweep"
done
ok "nothing of it is left running" eval '! pgrep -x passthru-setup && ! pgrep -x passthru-write'
is "and all is as before" "$(host_text)" "$before"
done_guest
