# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# A new user's way, with nothing but the package: what each command shows is shown (tests/vm/run --show), and what the next one
# needs of it is taken from it, as a person would.
set -o pipefail
export DEBIAN_FRONTEND=noninteractive TERM=xterm
card=0000:01:00.0 twin=0000:02:00.0 nic=0000:03:00.0
pci=/sys/bus/pci/devices

# try COMMAND: shows it as a terminal would, and keeps what it said in $said.
try() {
        local status=0
        said=$(script -qec "$1" /dev/null </dev/null | tr -d '\r') || status=$?
        show "$ $1" printf '%s\n' "$said"
        [ "$status" = 0 ] || note "exit $status of: $1"
}

# What was said, without colours.
plain() {
        printf '%s\n' "$said" | sed 's/\x1b\[[0-9;]*m//g'
}

# The selector that list offers for an address: its line's last three words.
selector_of() {
        plain | awk -v a="$1" '$1 == a { print $(NF - 2), $(NF - 1), $NF }'
}

first() {
        local selector
        ok "the package is installed" apt-get -q -y --no-install-recommends install "$DEBS/this.deb" || return
        try "passthru-setup list"
        selector=$(selector_of $card)
        like "list has a line to paste for the card, which has a twin" "$selector" '^path = 0000:00:[0-9a-f.]+/00.0$'
        like "and another for the NIC" "$(selector_of $nic)" '^id = 8086:10c9$'
        {
                printf '[device card]\n%s\n\n[sriov uplink]\n%s\nvfs = 2\n' "$selector" "$(selector_of $nic)"
        } >/etc/passthru.conf
        show "/etc/passthru.conf" cat /etc/passthru.conf
        try "passthru-setup check"
        like "check is content" "$(plain)" 'no mistakes'
        try "passthru-setup doctor"
        like "doctor comes to an end, without an error" "$(plain)" 'doctor: [0-9]+ (warning|note|ok)'
        try "passthru-setup plan"
        like "plan tells of both" "$(plain)" 'Plan: 2 VFs to create, 3 to bind\.'
        is "nothing is done yet" "$(driver_of $card) $(<$pci/$nic/sriov_numvfs)" "e1000e 0"
        try "systemctl enable --now passthru-setup"
        is "enabled and started, all is so" "$(driver_of $card) $(driver_of $twin) $(vfs_on $nic vfio-pci)" "vfio-pci e1000e 2"
        # A mistake in the file is told with its place, and takes nothing away.
        cp /etc/passthru.conf /run/good.conf
        sed -i 's/^vfs = 2/vsf = 2/' /etc/passthru.conf
        try "passthru-setup check"
        like "a mistyped key is told with its line and the right name" "$(plain)" 'passthru.conf:6: vsf: unknown key in \[sriov\]; did you mean vfs\?'
        cp /run/good.conf /etc/passthru.conf
}

second() {
        local vf
        is "after a reboot all is so" "$(driver_of $card) $(driver_of $twin) $(vfs_on $nic vfio-pci)" "vfio-pci e1000e 2"
        journalctl --sync
        try "journalctl -b --no-pager -u passthru-setup"
        like "the journal tells of the card" "$said" "card: $card"
        like "and of the end" "$(plain)" '2 of 2 sections are as configured'
        try "passthru-setup status"
        is "status is ok for both" "$(plain | awk '$3 == "ok"' | wc -l)" 2
        try "passthru-setup explain card"
        like "explain names the line" "$(plain)" 'passthru.conf:2: path = '
        like "and has nothing to do" "$(plain)" 'next +nothing to do'
        vf=$(basename "$(readlink $pci/$nic/virtfn1)")
        try "passthru-setup explain $vf"
        like "a VF is its section's" "$(plain)" 'uplink'
        try "passthru-setup export qemu card"
        like "export has the card" "$said" "host=$card"
        try "passthru-setup tree"
        try "passthru-setup release"
        is "all is the host's again" "$(driver_of $card) $(<$pci/$nic/sriov_numvfs)" "e1000e 0"
        try "passthru-setup status"
        like "status says that it was given back" "$(plain)" 'released'
        try "passthru-setup explain card"
        like "explain says how to have it again" "$(plain)" 'next +passthru-setup apply card'
        is "no unit has failed" "$(systemctl --failed --no-legend)" ""
}

settle
case $BOOT in
1) first && reboot_guest ;;
*) second && done_guest ;;
esac
