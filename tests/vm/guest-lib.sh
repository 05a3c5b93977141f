# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What a scenario's run.sh can say: results and requests to the host over the virtio port that is open as fd 3.
# Standard output and error are that port too; what is not for the eyes only begins with \001.

TOOLS=/usr/lib/passthru-tests/bin
export SCENARIO=/usr/lib/passthru-tests/scenario
export DEBS=/usr/lib/passthru-tests/debs
export PATH=$TOOLS:$PATH
export LC_ALL=C.UTF-8
_out=/run/passthru-tests.out
# shellcheck source=/dev/null
. /usr/lib/passthru-tests/environment

_say() {
        printf '\001%s\n' "$*" >&3
}

# A file's lines as notes, at most the last 30 of them.
_notes() {
        tail -n 30 "$1" | while IFS= read -r _line; do
                _say "note     $_line"
        done
}

note() {
        _say "note $*"
}

_result() {
        local good=$1 what=$2
        if [ "$good" = 0 ]; then
                _say "ok $what"
        else
                _say "not ok $what"
        fi
        return "$good"
}

# ok DESC CMD…: the command (a function will do) must succeed; its output is shown when it doesn't.
# Like all checks it returns 0 after a success only, so that `ok … || return` can stop what depends on it.
ok() {
        local what=$1 status=0
        shift
        "$@" >"$_out" 2>&1 || status=$?
        if [ "$status" = 0 ]; then
                _result 0 "$what"
                return
        fi
        _result 1 "$what" || :
        note "   exit $status of: $*"
        _notes "$_out"
        return 1
}

# not_ok DESC CMD…: the command must fail.
not_ok() {
        local what=$1
        shift
        if "$@" >"$_out" 2>&1; then
                _result 1 "$what" || :
                note "   succeeded: $*"
                _notes "$_out"
                return 1
        fi
        _result 0 "$what"
}

# exits DESC STATUS CMD…: the command must end with this exit status.
exits() {
        local what=$1 want=$2 status=0
        shift 2
        "$@" >"$_out" 2>&1 || status=$?
        if [ "$status" = "$want" ]; then
                _result 0 "$what"
                return
        fi
        _result 1 "$what" || :
        note "   exit $status, wanted $want, of: $*"
        _notes "$_out"
        return 1
}

# is DESC GOT WANT: two strings must be equal.
is() {
        if [ "$2" = "$3" ]; then
                _result 0 "$1"
                return
        fi
        _result 1 "$1" || :
        printf '%s\n' "$2" | while IFS= read -r _line; do note "   got:    $_line"; done
        printf '%s\n' "$3" | while IFS= read -r _line; do note "   wanted: $_line"; done
        return 1
}

# like DESC GOT REGEX: a text must match an extended regular expression (bash's =~, over all lines).
like() {
        if [[ $2 =~ $3 ]]; then
                _result 0 "$1"
                return
        fi
        _result 1 "$1" || :
        note "   wanted to match: $3"
        printf '%s\n' "$2" >"$_out"
        _notes "$_out"
        return 1
}

# config: standard input becomes the configuration, with little to wait for what is absent.
config() {
        { printf '[passthru]\nsettle-timeout = 3\n'; cat; } >/etc/passthru.conf
}

# applies DESC STATUS REGEX: apply must end so and say so; its words are in /run/said.
applies() {
        local status=0
        passthru-setup apply >/run/said 2>&1 || status=$?
        is "$1: exit status" "$status" "$2"
        like "$1: what it says" "$(</run/said)" "$3"
}

# wait_for SECONDS CMD…: tries the command until it succeeds.
wait_for() {
        local limit=$((SECONDS + $1))
        shift
        until "$@"; do
                [ "$SECONDS" -lt "$limit" ] || return 1
                sleep 0.2
        done
}

# settle: waits until udev has handled what came up to now; a boot can end before that.
settle() {
        udevadm settle --timeout=60
}

# host WORD…: asks the host (device_add DRIVER KEY=VALUE…, device_del ID, or what the scenario's host.py answers),
# prints the answer and fails when the host could not.
host() {
        local answer
        _say "HOST: $*"
        IFS= read -r -t 120 answer <&3 || {
                echo "no answer from the host"
                return 1
        }
        printf '%s\n' "${answer#* }"
        [ "${answer%% *}" = ok ]
}

# show TITLE CMD…: the command's output goes verbatim to the user's terminal.
show() {
        _say "show-begin $1"
        shift
        "$@" || :
        _say "show-end"
}

# The driver of a PCI device, or nothing.
driver_of() {
        local link
        link=$(readlink "/sys/bus/pci/devices/$1/driver") && printf '%s\n' "${link##*/}"
}

# How many VFs of a PF are on a driver: vfs_on PF DRIVER.
vfs_on() {
        find "/sys/bus/pci/devices/$1"/virtfn*/driver -maxdepth 0 -lname "*/$2" 2>/dev/null | wc -l
}

# The addresses of the devices with this vendor:device, in order; VFs have an id of their own or the PF's (NVMe).
devices_with_id() {
        local device
        for device in /sys/bus/pci/devices/*; do
                [ "$(<"$device/vendor"):$(<"$device/device")" = "0x${1%:*}:0x${1#*:}" ] && printf '%s\n' "${device##*/}"
        done
}

reboot_guest() {
        _say "reboot"
        systemctl reboot >/dev/null 2>&1
        sleep infinity
}

done_guest() {
        journalctl --sync
        sync
        _say "done"
        sleep infinity
}
