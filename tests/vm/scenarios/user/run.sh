# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Three people's ways, with nothing but the package. What each command shows is shown (tests/vm/run --show). A command must be
# made of words that the product has told before: in README, its manual pages, or what it said to this person.
set -o pipefail
export DEBIAN_FRONTEND=noninteractive TERM=xterm SYSTEMD_PAGER=cat
pci=/sys/bus/pci/devices
told=/var/tmp/told
typed=0

# What was said, without colours.
plain() {
        printf '%s\n' "$said" | sed 's/\x1b\[[0-9;]*m//g'
}

# try COMMAND: shows it as a terminal would, and keeps what it said in $said.
try() {
        local status=0
        said=$(script -qec "$1" /dev/null </dev/null | tr -d '\r') || status=$?
        show "$ $1" printf '%s\n' "$said"
        plain >>$told
        [ "$status" = 0 ] || note "exit $status of: $1"
}

# Says which words of a command nobody has told the person; of --key=value the key.
untold() {
        local word
        for word in $1; do
                case $word in
                --*=*) word=${word%%=*} ;;
                esac
                grep -qF -- "$word" $told || echo "$word"
        done
}

# types COMMAND: what a person does next.
types() {
        typed=$((typed + 1))
        is "told before: $1" "$(untold "$1")" ""
        try "$1"
}

# at_most N WHAT: that it took no more commands; the next person begins.
at_most() {
        note "$2: $typed commands"
        ok "$2 takes at most $1 commands" [ "$typed" -le "$1" ]
        typed=0
}

driver_of_all() {
        local device
        for device; do
                driver_of "$device"
        done | xargs
}

# As a person's apt does, with what most systems keep: README and manual pages.
install_package() {
        rm -f /etc/dpkg/dpkg.cfg.d/*mmdebstrap* "/boot/initrd.img-$(uname -r)"
        apt-get -q -y --no-install-recommends install "$DEBS/this.deb" || return
        { cat /usr/share/doc/passthru-setup/README.md; zcat /usr/share/man/man[58]/passthru* | sed 's/Fl -/--/g'; } >$told
}

# The homelab owner: a card for a VM.
card_for_a_vm() {
        ok "the package is installed" install_package || return
        typed=0
        types "passthru-setup list gpu"
        like "list shows the card" "$(plain)" '0000:01:00\.0'
        types "passthru-setup add gpu 01:00 --now"
        is "the card and its audio are handed over" "$(driver_of_all 0000:01:00.0 0000:01:00.1)" "vfio-pci vfio-pci"
        types "systemctl enable passthru-setup"
        types "passthru-setup export qemu gpu"
        like "export has the card" "$said" 'host=0000:01:00\.0'
        like "and its audio" "$said" 'host=0000:01:00\.1'
        at_most 4 "a card for a VM"
}

# After the reboot: how is it, why, and back.
card_back() {
        is "after a reboot the card is handed over" "$(driver_of_all 0000:01:00.0 0000:01:00.1)" "vfio-pci vfio-pci"
        journalctl --sync
        try "passthru-setup status"
        is "status is ok" "$(plain | grep -c '^gpu .* ok ')" 1
        try "passthru-setup explain gpu"
        like "explain names the file" "$(plain)" 'gpu\.conf:[0-9]+'
        like "and has nothing to do" "$(plain)" 'next +nothing to do'
        typed=0
        types "passthru-setup remove gpu --now"
        at_most 2 "undoing it"
        is "the card is the host's" "$(driver_of_all 0000:01:00.0 0000:01:00.1)" "bochs-drm snd_hda_intel"
        is "and no file is left" "$(ls -A /etc/passthru.conf.d 2>/dev/null)" ""
}

# What a forum's recipe makes of a host: a card of an id, its twin with it, and VFs by a unit.
recipe() {
        printf 'vfio\nvfio_iommu_type1\nvfio_pci\n' >/etc/modules
        printf 'options vfio-pci ids=8086:10d3\nsoftdep e1000e pre: vfio-pci\n' >/etc/modprobe.d/vfio.conf
        printf 'blacklist nouveau\n' >/etc/modprobe.d/blacklist-gpu.conf
        cat >/etc/systemd/system/sriov.service <<'END'
[Unit]
Wants=systemd-udev-settle.service
After=systemd-udev-settle.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo 2 >/sys/bus/pci/devices/0000:04:00.0/sriov_numvfs'
[Install]
WantedBy=multi-user.target
END
        ok "the recipe's unit is enabled" systemctl enable sriov.service
        rm -f /etc/systemd/system/multi-user.target.wants/passthru-setup.service
}

by_recipe() {
        is "$1" "$(driver_of_all 0000:02:00.0 0000:03:00.0) $(cat $pci/0000:04:00.0/sriov_numvfs)" "vfio-pci vfio-pci 2"
}

migrate() {
        ok "the recipe's unit is done" wait_for 60 grep -qx 2 $pci/0000:04:00.0/sriov_numvfs
        by_recipe "the recipe is in force"
        typed=0
        types "passthru-setup generate --output=/etc/passthru.conf"
        show /etc/passthru.conf cat /etc/passthru.conf
        cat /etc/passthru.conf >>$told
        for file in /etc/modules /etc/modprobe.d/vfio.conf /etc/modprobe.d/blacklist-gpu.conf \
                /etc/systemd/system/sriov.service; do
                ok "it lists $file" grep -qF "# $file" /etc/passthru.conf
        done
        types "passthru-setup doctor"
        like "doctor names the unit that makes VFs" "$(plain)" 'sriov\.service'
        # The person removes these.
        rm -f /etc/modules /etc/modprobe.d/vfio.conf /etc/modprobe.d/blacklist-gpu.conf /etc/systemd/system/sriov.service \
                /etc/systemd/system/multi-user.target.wants/sriov.service
        typed=$((typed + 1))
        types "systemctl enable passthru-setup"
        types "update-initramfs -u"
        at_most 5 "coming from the recipe"
}

migrated() {
        by_recipe "all is as it was, without the recipe"
        is "by the service" "$(systemctl is-active passthru-setup.service)" active
        try "passthru-setup doctor"
        not_ok "doctor finds nothing left of it" grep -E 'vfio\.conf|sriov\.service|/etc/modules' <(plain)
}

# An editor that does what a person would; what it saves is checked, shown and in force after an apply.
change_vlan() {
        printf '#!/bin/sh\nexec sed -i "s/^vlan = 100/vlan = 200/" "$1"\n' >/var/tmp/editor
        chmod +x /var/tmp/editor
        try "EDITOR=/var/tmp/editor passthru-setup edit lan"
        is "the edited file is installed" "$(grep -x 'vlan = 200' /etc/passthru.conf.d/lan.conf)" "vlan = 200"
        like "edit shows what it changes" "$(plain)" 'lan .*vlan'
        try "passthru-setup apply lan"
        is "its VFs are in VLAN 200" "$(ip -d link show "$(ls $pci/0000:05:00.0/net)" | grep -c 'vf [0-3] .* vlan 200')" 4
        is "the others stay in theirs" "$(ip -d link show "$(ls $pci/0000:06:00.0/net)" | grep -c 'vf [0-3] .* vlan 100')" 4
}

# The NFV engineer: eight VFs with MACs and a VLAN.
nfv() {
        local pf vf
        typed=0
        types "passthru-setup list nic"
        types "passthru-setup add lan 05:00.0 --vfs=4 --vf-mac=stable --vlan=100 --now"
        types "passthru-setup add uplink 06:00.0 --vfs=4 --vf-mac=stable --vlan=100 --now"
        at_most 3 "eight VFs with MACs and a VLAN"
        for pf in 0000:05:00.0 0000:06:00.0; do
                is "$pf has 4 VFs for VMs" "$(vfs_on $pf vfio-pci)" 4
                vf=$(ip -d link show "$(ls $pci/$pf/net)" | grep -c 'vf [0-3] .*link/ether [0-9a-f]*[26ae]:.* vlan 100')
                is "each with a MAC of its own, in VLAN 100" "$vf" 4
        done
        change_vlan
        # On a copy: an instance that udev starts meanwhile must not find the mistake.
        sed 's/^vfs = /vsf = /' /etc/passthru.conf.d/lan.conf >/var/tmp/lan.conf
        try "passthru-setup check --as-dropin /var/tmp/lan.conf"
        like "a mistyped key is reported with its line and the right name" "$(plain)" 'lan\.conf:[0-9]+: vsf: unknown key in \[sriov\]; did you mean vfs\?'
}

# The reviewer: are its units sound, and does it leave without a trace?
review() {
        ok "systemd finds no fault with the units" systemd-analyze verify --man=no passthru-setup.service passthru-setup-claim.service
        is "no unit has failed" "$(systemctl --failed --no-legend)" ""
        types "passthru-setup-capture --with-config"
        like "a capture has the host" "$said" '@ sys/devices/pci0000:00'
        not_ok "but no MAC of its" grep -F "52:54:00:00:05:00" <(plain)
        try "passthru-setup tree"
        types "passthru-setup release"
        is "all is the host's again" "$(driver_of_all 0000:02:00.0 0000:03:00.0) $(cat $pci/0000:0[456]:00.0/sriov_numvfs | xargs)" "e1000e e1000e 0 0 0"
        # What the person answers.
        echo 'APT::Get::Assume-Yes "true";' >/etc/apt/apt.conf.d/yes
        types "apt purge passthru-setup"
        is "nothing of it is left" "$(find / -xdev -name '*passthru[-.]*' -not -path '*/passthru-tests*' -not -path '*/systemd-private-*')" ""
}

settle
case $BOOT in
1) card_for_a_vm && reboot_guest ;;
2)
        card_back
        recipe
        reboot_guest
        ;;
3) migrate && reboot_guest ;;
*)
        migrated
        nfv
        review
        done_guest
        ;;
esac
