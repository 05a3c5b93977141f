# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# A NIC's VFs as the configuration says, at each of three boots; the last of them with another machine-id.
pci=/sys/bus/pci/devices igb=0000:02:00.0 conf=/etc/passthru.conf kept=/var/tmp/vf-scenario
settle
mkdir -p $kept

pf() {
        basename $pci/$igb/net/*
}

# vf N FILTER: what `ip` says of VF N.
vf() {
        ip -j -d link show dev "$(pf)" | jq -r ".[0].vfinfo_list[$1] | $2"
}

macs() {
        ip -j -d link show dev "$(pf)" | jq -r '.[0].vfinfo_list[] | .address' | sed 2d
}

# The interface that VF 1 has on this host, and its MAC.
host_mac() {
        udevadm settle # it may still be getting its name
        cat "$(readlink -f $pci/$igb/virtfn1)"/net/*/address
}

everything() {
        is "the unit did it" "$(systemctl show -P Result passthru-setup) $(systemctl is-active passthru-setup)" "success active"
        [ "$(systemctl show -P Result passthru-setup)" = success ] || journalctl -b -u passthru-setup --no-pager -o cat | tail -n 20
        is "VF 0: VLAN, priority" "$(vf 0 '.vlan_list[0] | "\(.vlan) \(.qos)"')" "100 3"
        is "VF 0: spoofchk, trust" "$(vf 0 '"\(.spoofchk) \(.trust)"')" "false true"
        is "VF 1: its MAC, of its own" "$(vf 1 .address)" "52:54:00:aa:bb:01"
        is "VF 1: on igbvf, which has seen it" "$(driver_of "$(basename "$(readlink $pci/$igb/virtfn1)")") $(host_mac)" \
                "igbvf 52:54:00:aa:bb:01"
        is "VFs 2 to 4: trust" "$(vf 2 .trust) $(vf 3 .trust) $(vf 4 .trust)" "true true false"
        is "VF 4: on vfio-pci, no VLAN" "$(driver_of "$(basename "$(readlink $pci/$igb/virtfn4)")") $(vf 4 '.vlan_list[0].vlan // "none"')" \
                "vfio-pci none"
        is "the MACs are six, of this host alone" "$(macs | sort -u | grep -c '^.[26ae]:')" 6
        is "autoprobe is as before" "$(<$pci/$igb/sriov_drivers_autoprobe)" 1
        is "the PF's interface: up, mtu" "$(($(<"$pci/$igb/net/$(pf)/flags") & 1)) $(<"$pci/$igb/net/$(pf)/mtu")" "1 1400"
        like "status" "$(passthru-setup status)" 'uplink/0 .* ok +vfio-pci, vlan 100, qos 3, spoofchk no, trust yes'
}

# writes DESC N_NETLINK N_SYS CMD…: how many messages that set something, and writes to /sys, it comes to.
writes() {
        local what=$1 netlink=$2 sys=$3
        shift 3
        strace -f -y -s 256 -e trace=sendmsg,sendto,write,pwrite64 -o /run/trace "$@" >/run/said 2>&1
        is "$what: exit status" $? 0
        is "$what: netlink messages that set, writes to /sys" \
                "$(grep -c RTM_SETLINK /run/trace) $(grep -cE '(write|pwrite64)\([0-9]+</sys' /run/trace)" "$netlink $sys"
}

changes() {
        writes "again" 0 0 passthru-setup apply
        sed -i 's/^vlan = 100/vlan = 200/' $conf
        like "plan of another VLAN" "$(passthru-setup plan)" 'uplink/0 +0000:02:10.0 .* vlan 100 (→|->) 200'
        like "status of another VLAN" "$(passthru-setup status)" 'uplink/0 .* drift .*vlan 100.* wanted: vlan 200'
        writes "one VLAN" 1 0 passthru-setup apply
        is "it is set, and its priority stays" "$(vf 0 '.vlan_list[0] | "\(.vlan) \(.qos)"')" "200 3"
        sed -i 's/^vlan = 200/vlan = 300/' $conf
        ok "by a reload of the unit" systemctl reload passthru-setup
        is "another one" "$(vf 0 '.vlan_list[0].vlan')" 300
        sed -i 's/^vlan = 300/vlan = 100/' $conf
        vfio-hold 0000:02:10.0 passthru-setup apply >/run/said 2>&1
        is "a VLAN is changed under a guest" "$? $(vf 0 '.vlan_list[0].vlan')" "0 100"
        ip link set dev "$(pf)" vf 3 trust off
        like "what someone else sets is drift" "$(passthru-setup status)" 'uplink/2-3 .* drift .* wanted: trust yes'
        applies "and is set back" 0 'uplink/2-3: 0000:02:10.6: trust set to yes \(was no\)'
}

mac_changes() {
        local before
        before=$(vf 0 .address)
        sed -i '/^\[vf uplink.0/amac = 52:54:00:aa:bb:00' $conf
        vfio-hold 0000:02:10.0 passthru-setup apply >/run/said 2>&1
        is "not a MAC" "$? $(vf 0 .address)" "1 $before"
        like "and it is said who has it" "$(</run/said)" 'uplink/0: refused: VF 0 \(0000:02:10.0\) is open: vfio-hold'
        applies "once closed" 0 'uplink/0: 0000:02:10.0: mac set to 52:54:00:aa:bb:00 \(was '
        sed -i '/^mac = 52:54:00:aa:bb:00/d; s/^mac = .*:01/mac = 52:54:00:aa:bb:11/' $conf
        applies "another MAC for the host's" 0 'uplink/1: 0000:02:10.2: mac set to 52:54:00:aa:bb:11'
        is "igbvf has seen it" "$(driver_of 0000:02:10.2) $(host_mac)" "igbvf 52:54:00:aa:bb:11"
        is "the other is stable again" "$(vf 0 .address)" "$before"
        sed -i 's/^mac = .*:11/mac = 52:54:00:aa:bb:01/' $conf
        applies "back" 0 'uplink/1'
}

# lacks KEY STATUS REGEX
lacks() {
        cp $conf /run/conf
        printf '[vf uplink/6]\n%s\n' "$1" >>$conf
        applies "$1" 1 "$2"
        cp /run/conf $conf
}

limits() {
        lacks 'query-rss = yes' 'uplink/6: refused: driver igb of 0000:02:00.0 does not support query-rss \(passthru.conf'
        lacks 'link-state = disable' 'uplink/6: 0000:02:11.4: VF 6 of 0000:02:00.0: driver igb does not support link-state'
        lacks $'vlan = 5\nvlan-protocol = 802.1ad' 'driver igb rejected vlan, vlan-protocol 5, 802.1ad: Protocol not supported'
        lacks 'msix-count = 4' 'uplink/6: refused: driver igb of 0000:02:00.0 does not support msix-count'
        # Of devlink there is no more to be had in a guest than that there is none: asked of the real one.
        sed -i '/^\[sriov uplink\]/aeswitch = switchdev' $conf
        applies 'eswitch = switchdev' 1 'uplink: refused: driver igb of 0000:02:00.0 has no eswitch \(passthru.conf'
        cp /run/conf $conf
        printf '[vf uplink/6]\nmax-tx-rate = 500\n' >>$conf
        applies "a rate" 0 'uplink/6: 0000:02:11.4: max-tx-rate set to 500 \(was none\)'
        is "it is set" "$(vf 6 .rate.max_tx)" 500
        cp /run/conf $conf
}

# pool FILTER: what status --json says of the pool of [sriov uplink].
pool() {
        passthru-setup status --json uplink | jq -r ".sections[0].pool | $1"
}

# What --watch has shown last begins so.
watched() {
        grep -o '^uplink .*' /run/watched | tail -n 1 | grep -q "$1"
}

# Who has which VF: a program with a name as on QEMU's command line stands for it.
pools() {
        local watch holder vf=0000:02:11.0
        is "those on vfio-pci are free" "$(pool '"\(.free) \(.open) \(.members | length)"')" "6 0 7"
        passthru-setup status --watch uplink >/run/watched 2>&1 &
        watch=$!
        ok "status --watch shows it" wait_for 60 watched '6 free$'
        vfio-hold $vf sh -c 'exec sleep 600' -name guest=web1,debug-threads=on &
        holder=$!
        ok "and that a VM has opened one" wait_for 60 watched '5 free, 1 in use: web1$'
        like "status names it" "$(passthru-setup status uplink)" "uplink/4 +$vf .*in use: vfio-hold \(pid $holder, VM web1\)"
        is "so does JSON" "$(pool '.members[4] | "\(.device) \(.vf) \(.use) \(.vm) \(.pid)"')" "$vf 4 open web1 $holder"
        like "metrics count" "$(passthru-setup status --prometheus)" 'section_vfs\{section="uplink",use="open"\} 1'
        like "who is not root sees that it is open" "$(setpriv --reuid=65534 --clear-groups passthru-setup status uplink 2>&1)" \
                "uplink/4 +$vf .*in use: a VM or another program; root sees which"
        pkill -P $holder sleep
        ok "and that it has closed it" wait_for 60 watched '6 free$'
        is "nothing was shown twice" "$(grep '^uplink ' /run/watched | uniq -d)" ""
        kill -INT $watch
        wait $watch
        is "Ctrl-C ends it well" $? 0
}

guest_stopped() {
        [ "$(systemctl is-active guest)" = inactive ]
}

# A guest's unit that is bound to a VF lives as long as that is handed over.
units() {
        local unit=dev-passthru-uplink-5.device node
        node=/dev/vfio/$(basename "$(readlink $pci/$igb/virtfn5/iommu_group)")
        is "udev knows whose a group's node is" "$(udevadm info -q property --property=PASSTHRU_SECTION --value "$node")" uplink
        is "and a cdev's" \
                "$(udevadm info -q property --property=PASSTHRU_SECTION --value "$(readlink -f $pci/$igb/virtfn5/vfio-dev/vfio*)")" uplink
        is "systemd has a unit for it" "$(systemctl is-active $unit)" active
        mkdir -p /run/systemd/system
        printf '%s\n' '[Unit]' "BindsTo=$unit" "After=$unit" '[Service]' 'ExecStart=sleep infinity' >/run/systemd/system/guest.service
        systemctl daemon-reload
        ok "a guest's unit starts" systemctl start guest
        ok "all is given back" passthru-setup release uplink
        ok "and the unit stops" wait_for 60 guest_stopped
        is "as the device's is gone" "$(systemctl is-active $unit)" inactive
        systemctl start --no-block guest
        is "it waits for the device" "$(systemctl is-active guest) $(systemctl list-jobs guest.service --no-legend | wc -l)" "inactive 1"
        ok "which comes with an apply" passthru-setup apply uplink
        ok "and starts it" wait_for 60 systemctl -q is-active guest
        systemctl stop guest
}

# One section for several, and a narrower one within it.
counted() {
        printf '[vf uplink/4-6]\nvlan = 100+N\n[vf uplink/5]\nvlan = 7\n' >>$conf
        applies "VLANs that are counted" 0 'uplink/4-6: 0000:02:11.0: vlan set to 104 \(was none\)'
        is "each VF has its own" "$(vf 4 '.vlan_list[0].vlan') $(vf 5 '.vlan_list[0].vlan') $(vf 6 '.vlan_list[0].vlan')" "104 7 106"
        cp /run/conf $conf
}

# What was set of VFs that are not ours goes back.
foreign() {
        ok "all is given back" passthru-setup release
        is "no VFs; the interface as before" "$(<$pci/$igb/sriov_numvfs) $(<"$pci/$igb/net/$(pf)/mtu")" "0 1500"
        echo 2 >$pci/$igb/sriov_numvfs
        ip link set dev "$(pf)" vf 1 vlan 7 mac 52:54:00:11:22:33
        printf '[sriov uplink]\naddress = %s\nvfs = 2\n[vf uplink/1]\nvlan = 9\nmac = 52:54:00:aa:bb:09\n' $igb >$conf
        applies "VFs that were there" 0 'uplink/1: 0000:02:10.2: vlan set to 9 \(was 7\)'
        is "are set up" "$(vf 1 '"\(.address) \(.vlan_list[0].vlan)"')" "52:54:00:aa:bb:09 9"
        ok "and given back" passthru-setup release
        is "as they were" "$(vf 1 '"\(.address) \(.vlan_list[0].vlan)"') $(<$pci/$igb/sriov_numvfs)" "52:54:00:11:22:33 7 2"
}

case $BOOT in
1)
        cp $conf $kept/conf
        everything
        macs >$kept/macs
        changes
        mac_changes
        limits
        pools
        units
        counted
        cp $kept/conf $conf
        reboot_guest
        ;;
2)
        everything
        is "the MACs are those of the boot before" "$(macs)" "$(<$kept/macs)"
        tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
        reboot_guest
        ;;
3)
        everything
        is "another machine-id, other MACs" "$(macs | grep -cFf $kept/macs)" 0
        foreign
        done_guest
        ;;
esac
