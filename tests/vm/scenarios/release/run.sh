# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What is given back is as before, to the byte; what is in use stays and is named; what the kernel keeps is left behind.
pci=/sys/bus/pci/devices
nvme=0000:01:00.0 igb=0000:02:00.0 card=0000:03:00.0 left=0000:04:00.0

# Drivers, overrides, numbers of VFs, autoprobe, mdevs: of every device.
host_text() {
        local device
        for device in $pci/* /sys/bus/mdev/devices/*; do
                [ -e "$device" ] || continue
                printf '%s: %s' "$device" "$(driver_of "${device##*/}")"
                cat "$device"/{driver_override,sriov_numvfs,sriov_drivers_autoprobe} 2>/dev/null | tr '\n' ' '
                printf '\n'
        done
}

journal() {
        journalctl --sync
        journalctl -b -q -u passthru-setup -o cat --no-pager
}

no_writer_left() {
        ! pgrep -x passthru-write >/dev/null
}

# says DESC STATUS REGEX CMD…: exit status, words, and an end within 5 s.
says() {
        local what=$1 want=$2 words=$3 status=0
        shift 3
        timeout 5 "$@" >/run/said 2>&1 || status=$?
        is "$what: exit status" "$status" "$want" && like "$what: what it says" "$(</run/said)" "$words"
}

skipped() {
        ok "the unit is active" systemctl is-active passthru-setup
        is "a section that the command line skips is left alone" "$(driver_of $left)" e1000e
        like "status says so" "$(passthru-setup status)" 'left .* disabled .*passthru.skip= on the kernel command line'
}

in_use() {
        local i vf holder bad=0
        vf=$(basename "$(readlink $pci/$igb/virtfn1)")
        vfio-hold "$vf" sleep 600 &
        holder=$!
        ok "a VF is open" wait_for 30 grep -q 1 "$pci/$vf/enable"
        like "explain names who has it open" "$(passthru-setup explain uplink/1)" "held by +/dev/vfio/[0-9]+: vfio-hold \(pid $holder\)"
        like "and of its PF" "$(passthru-setup explain uplink)" "held by +/dev/vfio/[0-9]+: vfio-hold \(pid $holder\)"
        like "another user is told who sees it" "$(setpriv --reuid 65534 --clear-groups passthru-setup explain uplink/1)" \
                'held by +a VM or another program; root sees which'
        for i in $(seq 1 100); do
                timeout 5 passthru-setup release uplink >/run/said 2>&1
                [ $? = 1 ] && grep -q "uplink: refused: VF 1 ($vf) is open: vfio-hold (pid $holder) uses it" /run/said ||
                        bad=$((bad + 1))
        done
        is "100 releases refused within 5 s, each naming the process" "$bad" 0
        [ "$bad" = 0 ] || note "$(</run/said)"
        is "no process waits in the kernel" "$(ps -eo stat=,comm= | grep -c '^D.*passthru')" 0
        sed -i 's/^vfs = 4/vfs = 2/' /etc/passthru.conf
        says "fewer VFs" 1 "uplink: refused: VF 1 \($vf\) is open: vfio-hold \(pid $holder\) uses it" passthru-setup apply
        sed -i 's/^vfs = 2$/vfs = 4\nvf-driver = host/' /etc/passthru.conf
        says "another driver for the VFs" 1 "uplink: refused: VF 1 \($vf\) is open: vfio-hold" passthru-setup apply
        sed -i '/^vf-driver/d' /etc/passthru.conf
        is "all 4 are there" "$(<$pci/$igb/sriov_numvfs)" 4
        pkill -P $holder
        wait $holder
}

# The guards are blindfolded, so that the write meets an open device.
stuck() {
        local group holder began
        # From here on; before, an emulated machine may need longer for what does come back.
        sed -i 's/^write-timeout = .*/write-timeout = 3/' /etc/passthru.conf
        began=$SECONDS
        group=$(basename "$(readlink $pci/$card/iommu_group)")
        vfio-hold $card sleep 600 &
        holder=$!
        ok "the card is open" wait_for 30 grep -q 1 $pci/$card/enable
        echo 0 >/run/zero
        mount --bind /run/zero $pci/$card/enable
        mount --bind /dev/null "/dev/vfio/$group"
        passthru-setup release nic storage >/run/said 2>&1
        is "a write that does not come back: the release fails" "$?" 1
        ok "and ends soon" test $((SECONDS - began)) -lt 60
        like "it says what waits, and where" "$(</run/said)" "nic: $card: the write to /sys/bus/pci/drivers/vfio-pci/unbind is still blocked after 3 s, in [a-z_]+ \(pid [0-9]+\)"
        is "the other section is given back" "$(<$pci/$nvme/sriov_numvfs)" 0
        like "status calls it stuck" "$(passthru-setup status)" "nic .* stuck "
        like "explain says when to try again" "$(passthru-setup explain nic)" 'next +systemctl reload-or-restart passthru-setup +\(once .* has closed it\)'
        says "an apply leaves it alone" 1 "nic: refused: a write for $card is still blocked in the kernel \(pid [0-9]+\)" \
                passthru-setup apply nic
        exits "a restart of the service ends, in failure" 1 timeout 120 systemctl restart passthru-setup
        umount $pci/$card/enable
        umount "/dev/vfio/$group"
        pkill -P $holder
        wait $holder
        ok "once it is closed, the write comes back" wait_for 30 no_writer_left
        ok "and all can be applied" passthru-setup apply
        is "the card is on vfio-pci" "$(driver_of $card)" vfio-pci
}

# The same in the unit: what stays behind in its cgroup must not hold up its end, nor the next start.
stuck_unit() {
        local group holder began=$SECONDS
        group=$(basename "$(readlink $pci/$card/iommu_group)")
        vfio-hold $card sleep 600 &
        holder=$!
        ok "the card is open again" wait_for 30 grep -q 1 $pci/$card/enable
        mount --bind /run/zero $pci/$card/enable
        mount --bind /dev/null "/dev/vfio/$group"
        sed -i 's/^address = 0000:03:00.0$/&\ndriver = e1000e/' /etc/passthru.conf
        exits "a write of the unit does not come back: its start fails" 1 timeout 120 systemctl restart passthru-setup
        ok "and ends soon" test $((SECONDS - began)) -lt 60
        ok "what waits is still there" pgrep -x passthru-write
        umount $pci/$card/enable
        umount "/dev/vfio/$group"
        pkill -P $holder
        wait $holder
        ok "it comes back once the card is closed" wait_for 30 no_writer_left
        # Not before: of a device that the kernel has a message about journald reads uevent, which in Linux 6.1 waits for
        # the lock that is held.
        like "the journal says what waits" "$(journal)" "nic: $card: the write to .* is still blocked after"
        sed -i '/^driver = e1000e$/d' /etc/passthru.conf
        ok "and the unit starts" systemctl restart passthru-setup
        is "with the card on vfio-pci" "$(driver_of $card)" vfio-pci
}

as_before() {
        local before=$1
        says "dry run" 0 'nic +0000:03:00.0 .*vfio-pci (→|->) ' passthru-setup release --dry-run
        is "it writes nothing" "$(driver_of $card)" vfio-pci
        passthru-setup release >/run/said 2>&1
        is "all is given back" "$?" 0
        like "the summary" "$(</run/said)" '3 sections released: 24 VFs removed, 1 function back on its driver'
        settle
        is "the host is as before" "$(host_text)" "$before"
        like "status" "$(passthru-setup status)" 'nic .* released '
        # An event of a device that was given back does not take it again.
        udevadm trigger --action=add --settle $pci/$card
        wait_for 20 eval '[ -z "$(systemctl list-jobs --no-legend)" ]'
        is "an event takes nothing again" "$(driver_of $card)" e1000e
        ok "a restart does" systemctl restart passthru-setup
        is "and all is there" "$(driver_of $card) $(<$pci/$igb/sriov_numvfs) $(<$pci/$nvme/sriov_numvfs)" "vfio-pci 4 20"
}

pruned() {
        sed -i '/^\[device nic\]/,/^$/d' /etc/passthru.conf
        like "what is held is shown" "$(passthru-setup status)" 'nic +0000:03:00.0 +held +vfio-pci +no longer in the configuration; run: passthru-setup release nic'
        says "a plain apply leaves it" 0 'as configured' passthru-setup apply
        is "on its driver" "$(driver_of $card)" vfio-pci
        ok "apply --prune gives it back" passthru-setup apply --prune
        is "the card is on its own driver" "$(driver_of $card)" e1000e
        not_ok "and nothing is held" grep -q held <(passthru-setup status)
}

settle
before=$(host_text)
systemctl enable --now passthru-setup
skipped
as_before "$before"
in_use
stuck
stuck_unit
pruned
done_guest
