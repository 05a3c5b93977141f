# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Boot 1 and 2: all is as configured, twice the same. Boot 3: one section's device is absent. Boot 4: a broken config.
pci=/sys/bus/pci/devices
nvme=0000:01:00.0 igb=0000:02:00.0 card=0000:03:00.0
unit=passthru-setup.service

journal() {
        journalctl -b -q -u passthru-setup -o cat --no-pager
}

# Prints what a command opened for writing below /sys.
sys_writes() {
        strace -f -e trace=open,openat,openat2 -o /run/trace "$@" >/dev/null 2>&1
        grep -E 'sys/' /run/trace | grep -E 'O_WRONLY|O_RDWR' || :
}

check_applied() {
        is "7 VFs of the NIC are on the host's driver" "$(vfs_on $igb igbvf)" 7
        is "$1 VFs of the NVMe are on vfio-pci" "$(vfs_on $nvme vfio-pci)" "$1"
        is "the card is on vfio-pci" "$(driver_of $card)" vfio-pci
        is "autoprobe is back" "$(<$pci/$nvme/sriov_drivers_autoprobe)" 1
        is "equal cards that are not named stay" "$(driver_of 0000:04:00.0) $(driver_of 0000:04:00.1)" "e1000e e1000e"
        is "there is one mdev" "$(find /sys/bus/mdev/devices -type l | wc -l)" 1
        is "of the right type" "$(basename "$(readlink /sys/bus/mdev/devices/*/mdev_type)")" mtty-2
}

check_journal() {
        local text
        text=$(journal)
        like "the journal tells of the module" "$text" 'mtty: module mtty loaded'
        like "of the NIC's VFs" "$text" "uplink: $igb: 7 VFs made"
        like "of their driver" "$text" 'uplink: 7 VFs \(.*\) on their own driver'
        like "of the NVMe's VFs" "$text" "storage: 120 VFs \(0000:01:00.1 to 0000:01:0f.0\) bound to vfio-pci"
        like "of the card" "$text" "nic: $card bound to vfio-pci"
        like "of the mdev" "$text" 'serial: mdev [0-9a-f-]{36} created on mtty, type mtty-2 \(Dual port serial\)'
        like "it sums up what is done before the host is up" "$text" \
                'Before the host is up: 2 modules set up, 127 VFs made, 127 functions bound, 1 mdev made; 1 section is left for later'
        like "and the whole" "$text" '5 of 5 sections are as configured: 1 function bound\.'
        is "each VF finds its line" "$(journalctl -b -q -o cat --no-pager PASSTHRU_DEVICE=0000:01:05.3 | wc -l)" 1
        like "the catalog explains it" "$(journalctl -b -x -q --no-pager -u passthru-setup)" 'Subject: Device bound to its driver'
        like "fields name the config" "$(journalctl -b -q -o verbose --no-pager PASSTHRU_SECTION=nic)" 'CONFIG_FILE=/etc/passthru.conf'
}

# What there is to tell of a section, a VF, an mdev, a device that is free; and by whom the journal may be written.
check_explain() {
        local text
        text=$(passthru-setup explain nic)
        note "$(printf '%s' "$text" | tr '\n' '|')"
        like "explain names the section and its line" "$text" 'wanted +vfio-pci, by \[device nic\] \(passthru\.conf:18: path = 0000:00:12\.0/00\.0\)'
        like "the driver and the override" "$text" 'now +vfio-pci; driver_override is vfio-pci'
        like "the module that fits it too, by libkmod" "$text" 'drivers +e1000e fits it by modules\.alias; vfio-pci binds it only by driver_override'
        like "the group" "$text" "group +$(basename "$(readlink $pci/$card/iommu_group)"): alone"
        like "what has it open" "$text" 'held by +nobody'
        like "the line of the journal" "$text" "last run .*[0-9]+ (s|min) ago: nic: $card bound to vfio-pci"
        like "and that nothing is to be done" "$text" 'next +nothing to do'
        like "a VF is explained by its number" "$(passthru-setup explain storage/7)" 'storage: 0000:01:[0-9a-f.]+ .*, VF 7 of 0000:01:00.0.*last run +.*storage: 120 VFs'
        like "an mdev by its UUID" "$(passthru-setup explain "$(basename /sys/bus/mdev/devices/*)")" 'serial: mdev .*last run +.*serial: mdev [0-9a-f-]{36} created on mtty'
        like "what no section claims, with the lines for it" "$(passthru-setup explain 0000:04:00.0)" \
                'nothing: no section claims it.*now +e1000e, its own driver.*to claim +\[device NAME\]'
        like "who may not read the journal is told so" "$(setpriv --reuid 65534 --clear-groups passthru-setup explain nic)" \
                'last run +no permission to read the journal'
        logger --journald <<END
MESSAGE=nic: a lie
OBJECT_SYSTEMD_UNIT=passthru-setup.service
PASSTHRU_DEVICE=$card
END
        setpriv --reuid 65534 --clear-groups logger --journald <<END
MESSAGE=nic: forged
OBJECT_SYSTEMD_UNIT=passthru-setup.service
PASSTHRU_DEVICE=$card
END
        journalctl --sync
        like "root's words count" "$(passthru-setup explain nic)" 'ago: nic: a lie'
        not_ok "and no other's" grep -q forged <(passthru-setup explain nic)
}

# What systemd-analyze security makes of a unit may be at most this; it knows no units that load modules, configure VFs by
# netlink and see who has a device open.
exposure() { # UNIT LIMIT
        local score
        score=$(systemd-analyze security --no-pager "$1" | sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p')
        note "exposure of $1: $score"
        ok "$1 is hardened" awk "BEGIN { exit !(\"$score\" != \"\" && $score <= $2) }"
}

check_unit() {
        ok "the unit is sound" systemd-analyze verify --man=no $unit
        exposure passthru-setup-claim.service 2.5
        exposure passthru-setup-early.service 2.5
        exposure passthru-setup-ready@nic.service 2.5
        exposure $unit 2.7
        exposure passthru-setup@0000:7f:00.0.service 2.7
        ok "it comes before guests are started" test "$(systemctl show -P InactiveExitTimestampMonotonic $unit)" -lt \
                "$(systemctl show -P ActiveEnterTimestampMonotonic multi-user.target)"
        like "what is cleared is done before network-pre.target" "$(systemctl show -P Before passthru-setup-early.service)" \
                'network-pre.target'
}

check_rerun() {
        local lines
        is "apply again writes nothing to /sys" "$(sys_writes passthru-setup apply)" ""
        lines=$(journal | wc -l)
        ok "the unit can be started again" systemctl restart $unit
        like "and says in one line that nothing changed" "$(journal | tail -n +$((lines + 1)))" \
                '5 of 5 sections are as configured: nothing to change\.'
        not_ok "with no line for a section" grep -qE '^(uplink|storage|nic|serial): ' <(journal | tail -n +$((lines + 1)))
        ok "it can be reloaded" systemctl reload $unit
        exits "plan has nothing to do" 0 passthru-setup plan --detailed-exitcode
        exits "status is good" 0 passthru-setup status
        like "plan says so" "$(passthru-setup plan)" 'Plan: nothing to do, 5 sections are as configured\.'
        like "status works for any user" "$(setpriv --reuid 65534 --clear-groups passthru-setup status)" 'storage .* ok '
}

# Without a mistake, and then with others' hands on the same devices.
check_doctor() {
        local text
        exits "doctor finds no error" 0 passthru-setup doctor
        text=$(passthru-setup doctor)
        like "it sees the IOMMU" "$text" 'ok +IOMMU +on \(dmar0\)'
        like "the interrupts" "$text" 'ok +interrupts +remapped by the IOMMU'
        like "the command line" "$text" 'ok +iommu=pt '
        like "the modules" "$text" 'ok +modules +there: vfio_pci, mtty'
        like "the group" "$text" 'ok +groups +fit for VFIO: [0-9]+ \(nic\)'
        like "and nobody else" "$text" 'ok +rivals .*ok +VFs '
        is "it writes nothing to /sys" "$(sys_writes passthru-setup doctor)" ""
        ok "it is JSON for programs" sh -c 'passthru-setup doctor --json | grep -q "\"id\": \"iommu\""'
        like "it works for any user" "$(setpriv --reuid 65534 --clear-groups passthru-setup doctor)" 'ok +IOMMU +on'
        mkdir -p /etc/driverctl.d /etc/systemd/network
        echo e1000e >/etc/driverctl.d/pci-$card
        printf '[Match]\nPath=pci-*\n[Link]\nSR-IOVVirtualFunctions=3\n' >/etc/systemd/network/10-vfs.link
        echo 'blacklist e1000e' >/etc/modprobe.d/recipe.conf
        text=$(passthru-setup doctor)
        like "driverctl is a rival" "$text" "warning +nic +driverctl binds $card to e1000e .*\(driverctl.d/pci-$card\)"
        like "a .link file makes VFs too" "$text" 'warning +VFs +this .link or .network file .*\(systemd/network/10-vfs.link:4\)'
        not_ok "a blacklist that decides for other cards is left alone" grep -q recipe.conf <<<"$text"
        rm /etc/driverctl.d/* /etc/systemd/network/10-vfs.link /etc/modprobe.d/recipe.conf
}

# What generate makes of the host says the same as the file that made it so; and of other programs' own files, what they do.
check_generate() {
        local uuid=83c32df7-d52e-4ec1-9668-1f3c7e4df107 text
        ok "generate prints a configuration" sh -c 'passthru-setup generate >/run/generated.conf'
        ok "in which there is no mistake" passthru-setup check /run/generated.conf
        exits "with it there is nothing to do" 0 passthru-setup plan --detailed-exitcode --config=/run/generated.conf
        like "for the same things" "$(passthru-setup plan --config=/run/generated.conf)" \
                'Plan: nothing to do, 5 sections are as configured\.'
        # Not vfio-pci: since 0.115 driverctl writes its new_id too, which takes all equal cards.
        ok "driverctl takes a card" driverctl set-override 0000:04:00.0 pci-stub
        ok "mdevctl defines an mdev" mdevctl define --auto --uuid $uuid --parent mtty --type mtty-1
        text=$(passthru-setup generate --from=driverctl,mdevctl)
        like "generate reads driverctl's file" "$text" $'\nexpect = 8086:10d3\ndriver = pci-stub\n'
        like "and mdevctl's" "$text" $'\n'"parent = mtty"$'\n'"type = mtty-1"$'\n'"uuid = $uuid"$'\n'
        like "and names both" "$text" "driverctl.d/pci-0000:04:00.0: the file.*mdevctl.d/mtty/$uuid: the file"
        ok "mdevctl forgets it" mdevctl undefine --uuid $uuid
        ok "driverctl gives the card back" driverctl unset-override 0000:04:00.0
        is "to its driver" "$(driver_of 0000:04:00.0)" e1000e
}

metric() {
        passthru-setup status --prometheus 2>/dev/null | sed -n "s/^passthru_$1 //p"
}

# What others read: the lines for a VM, metrics, and when the last run was.
check_told() {
        local mdev age
        mdev=/sys/bus/mdev/devices/$(basename /sys/bus/mdev/devices/*)
        is "QEMU is given the mdev that is there" "$(passthru-setup export qemu serial)" "-device vfio-pci,sysfsdev=$mdev"
        like "and the last VF" "$(passthru-setup export qemu storage/119)" ' -device vfio-pci,host=0000:01:0f.0,bus='
        like "libvirt the card" "$(passthru-setup export libvirt nic)" "<address domain='0x0000' bus='0x03' slot='0x00' function='0x0'/>"
        is "Proxmox VE too" "$(passthru-setup export proxmox --vmid=100 nic | grep -v '^#')" "qm set 100 -hostpci0 $card,pcie=1"
        exits "it takes no 120 VFs" 1 passthru-setup export proxmox storage
        exits "what stays with the host is nothing for a VM" 1 passthru-setup export qemu uplink
        is "the metrics have no section that is off" "$(metric required_sections_off)" 0
        is "the last run was a success" "$(metric last_run_success)" 1
        age=$(($(date +%s) - $(metric last_run_timestamp_seconds)))
        ok "and not long ago" test "$age" -ge 0 -a "$age" -lt 1200
        like "any user is told" "$(setpriv --reuid 65534 --clear-groups passthru-setup status --json)" '"exit_status": 0'
}

case $BOOT in
1)
        ok "the unit is active" systemctl is-active $unit
        passthru-setup status || :
        check_applied 120
        check_journal
        check_explain
        check_unit
        check_rerun
        check_doctor
        check_generate
        check_told
        basename /sys/bus/mdev/devices/* >/root/uuid
        reboot_guest
        ;;
2)
        ok "after a reboot the unit is active" systemctl is-active $unit
        check_applied 120
        is "the mdev has the same UUID" "$(basename /sys/bus/mdev/devices/*)" "$(</root/uuid)"
        # Each of a hundred takes time in software emulation, and they are seen by now.
        sed -i 's/^vfs = max/vfs = 8/' /etc/passthru.conf
        mkdir -p /etc/passthru.conf.d
        cat >/etc/passthru.conf.d/ghost.conf <<'END'
[passthru]
settle-timeout = 60
[device ghost]
address = 0000:7f:00.0
[device maybe]
address = 0000:7e:00.0
required = no
END
        reboot_guest
        ;;
3)
        ok "with a device that is absent the unit has failed" systemctl is-failed $unit
        check_applied 8
        like "the journal names it" "$(journal)" 'ghost: absent: no device at 0000:7f:00.0 \(passthru.conf.d/ghost.conf:3\)'
        like "an optional one is a notice" "$(journal)" 'maybe: absent, not required: no device at 0000:7e:00.0'
        like "the summary names it" "$(journal)" '1 of 7 sections failed: ghost\.'
        exits "status says so" 1 passthru-setup status
        is "metrics too" "$(metric required_sections_off) $(metric last_run_success)" "1 0"
        exits "which are no failure themselves" 0 passthru-setup status --prometheus
        rm /etc/passthru.conf.d/ghost.conf
        cat >/etc/passthru.conf.d/broken.conf <<'END'
[devcie oops]
[device wrong]
adress = 03:00.0
[sriov storage]
vfs = lots
END
        reboot_guest
        ;;
4)
        ok "with a broken config the unit has failed" systemctl is-failed $unit
        is "with the status for that" "$(systemctl show -P ExecMainStatus $unit)" 78
        like "the journal names each mistake" "$(journal)" 'broken.conf:1: \[devcie\]: unknown kind of section; did you mean \[device oops\]\?.*broken.conf:3: adress: unknown key in \[device\]; did you mean address\?.*broken.conf:5: vfs = lots: expected a number up to 65535, or max'
        is "nothing was written" "$(<$pci/$nvme/sriov_numvfs) $(<$pci/$igb/sriov_numvfs) $(cat $pci/$card/driver_override)" "0 0 (null)"
        settle
        is "the card is on its driver" "$(driver_of $card)" e1000e
        exits "check says the same" 78 passthru-setup check
        is "metrics say that it has mistakes" "$(metric config_valid) $(metric last_run_success)" "0 0"
        rm /etc/passthru.conf.d/broken.conf
        ok "once it is mended, the unit starts" systemctl restart $unit
        check_applied 8
        done_guest
        ;;
esac
