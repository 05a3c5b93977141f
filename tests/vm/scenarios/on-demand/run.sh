# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What VMs have on demand: handed over when they start and given back when they end, crash, or can't start.
nvme=0000:01:00.0 igb=0000:02:00.0 nic=0000:03:00.0 slot=0000:04:00 gpu=0000:06:00.0
hook=/etc/libvirt/hooks/qemu.d/passthru-setup
manager=display-manager.service

# as_libvirt DOMAIN OPERATION SUB-OPERATION: calls the hook as libvirt does, with nothing but PATH in its environment.
as_libvirt() {
        domain "$1" "${address:-}" | env -i PATH=/usr/bin:/bin $hook "$1" "$2" "$3" -
}

# domain NAME [ADDRESS…]: a domain that has these functions, and no disk.
domain() {
        local name=$1 a
        shift
        cat <<END
<domain type='qemu'>
  <name>$name</name>
  <memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <memballoon model='none'/>
END
        for a in "$@"; do
                [ -z "$a" ] || echo "    <hostdev mode='subsystem' type='pci' managed='no'><source><address domain='0x${a:0:4}'" \
                        "bus='0x${a:5:2}' slot='0x${a:8:2}' function='0x${a:11}'/></source></hostdev>"
        done
        [ -z "${disk:-}" ] || echo "    <disk type='file'><source file='$disk'/><target dev='vda' bus='virtio'/></disk>"
        echo "  </devices>"
        echo "</domain>"
}

status_of() {
        passthru-setup status --json "$1" | jq -r '.sections[0].status'
}

is_with_host() {
        [ "$(driver_of "$1")" = e1000e ]
}

told() {
        journalctl -b -u passthru-setup -o cat --no-pager | grep -F "$1"
}

at_boot() {
        is "the service has nothing to do" "$(systemctl show -P Result passthru-setup)" success
        is "the NIC is with the host" "$(driver_of $nic)" e1000e
        like "its status says when" "$(passthru-setup status nic 2>&1)" "on-demand .*when VM one, two or 104 starts"
        exits "on demand is no fault" 0 passthru-setup status
        exits "nor anything to apply" 0 passthru-setup plan --detailed-exitcode
        like "plan SECTION tells what would be done" "$(passthru-setup plan nic)" "e1000e → vfio-pci|e1000e -> vfio-pci"
}

by_hand() {
        ok "apply SECTION hands over what is on demand" passthru-setup apply hand
        is "its driver is vfio-pci" "$(driver_of $igb)" vfio-pci
        is "it is in force" "$(status_of hand)" ok
        ok "an apply of everything leaves it so" passthru-setup apply
        is "its driver is still vfio-pci" "$(driver_of $igb)" vfio-pci
        ok "release SECTION gives it back" passthru-setup release hand
        is "its driver is the host's" "$(driver_of $igb)" igb
        is "it is on demand again" "$(status_of hand)" on-demand
        ok "an apply of everything leaves that so" passthru-setup apply
        is "its driver is still the host's" "$(driver_of $igb)" igb
}

hooks() {
        is "the hook says nothing about other VMs" "$(as_libvirt web prepare begin 2>&1)" ""
        ok "it hands over at prepare begin" as_libvirt one prepare begin
        is "the driver is vfio-pci" "$(driver_of $nic)" vfio-pci
        like "status says for whom" "$(passthru-setup status nic)" "for VM one"
        ok "nothing is done at start" as_libvirt one start begin
        ok "nor when libvirtd reconnects" as_libvirt one reconnect begin
        is "the driver is still vfio-pci" "$(driver_of $nic)" vfio-pci
        exits "a second VM is refused it" 1 as_libvirt two prepare begin
        like "with the name of the first" "$(as_libvirt two prepare begin 2>&1)" "VM one has it already"
        ok "the second one's end gives nothing back" as_libvirt two release end
        is "the driver is vfio-pci all the same" "$(driver_of $nic)" vfio-pci
        ok "it is given back at release end, whatever was between" as_libvirt one release end
        is "the driver is the host's" "$(driver_of $nic)" e1000e
        exits "when one of two can't be handed over, the start is refused" 1 as_libvirt broken prepare begin
        is "the other one is back" "$(driver_of $nvme)" nvme
        is "and nothing is held" "$(status_of half)" on-demand
        ok "the journal says why" told "gone: absent"
        ok "Proxmox VE's hookscript hands over" /usr/share/passthru-setup/hooks/proxmox 104 pre-start
        is "its driver is vfio-pci" "$(driver_of $nic)" vfio-pci
        ok "which finds it right when the VM starts again after a crash" /usr/share/passthru-setup/hooks/proxmox 104 pre-start
        ok "and gives it back" /usr/share/passthru-setup/hooks/proxmox 104 post-stop
        is "its driver is the host's then" "$(driver_of $nic)" e1000e
}

console_is_bound() {
        grep -l 'frame buffer' /sys/class/vtconsole/*/name | sed 's/name$/bind/' | xargs -r cat | grep -qx 1
}

text_on_screen() {
        local before
        printf '\033[2J\033[H\033[?25l' >/dev/tty1
        before=$(host screen)
        printf 'The console works, and shows this line of some length.\n' >/dev/tty1
        sleep 1
        [ "$(host screen)" -gt "$((before + 500))" ]
}

displays() {
        cat >/etc/systemd/system/fake-dm.service <<'END'
[Service]
ExecStart=sh -c 'exec sleep infinity </dev/dri/card0'
END
        ln -sf /etc/systemd/system/fake-dm.service /etc/systemd/system/$manager
        systemctl daemon-reload
        ok "the console is on the display" wait_for 20 console_is_bound
        ok "what is written to it shows" text_on_screen
        ok "a display manager runs" systemctl start $manager
        like "plan tells that it stops" "$(passthru-setup plan gpu)" "$manager +stop"
        ok "the only display is handed over" as_libvirt desk prepare begin
        is "its driver is vfio-pci" "$(driver_of $gpu)" vfio-pci
        is "the display manager is stopped" "$(systemctl is-active $manager)" inactive
        not_ok "no console is on it" console_is_bound
        ok "the journal says so" told "gpu: $manager stopped"
        ok "and that the console was unbound" told "unbound"
        ok "it is given back" as_libvirt desk release end
        is "its driver is the host's" "$(driver_of $gpu)" virtio-pci
        ok "the console is on it again" wait_for 20 console_is_bound
        ok "what is written to it shows again" text_on_screen
        is "the display manager runs" "$(systemctl is-active $manager)" active
        ok "the journal says that too" told "gpu: $manager started"
}

starts() {
        virsh start --paused "$1" >/run/virsh 2>&1
        local status=$?
        cat /run/virsh
        return $status
}

domains() {
        ok "libvirtd runs" wait_for 60 virsh version || return
        for a in 0 1; do
                ok "function $a of the slot is with the host" test "$(driver_of $slot.$a)" = e1000e
        done
        virsh define <(domain one $nic) && virsh define <(domain two $nic) && virsh define <(domain other $slot.0)
        virsh define <(domain broken $nvme)
        ok "a domain starts with its NIC" starts one || return
        is "the driver is vfio-pci" "$(driver_of $nic)" vfio-pci
        is "the domain has it open" "$(</sys/bus/pci/devices/$nic/enable)" 1
        not_ok "a second one with it does not start" starts two
        like "and virsh says why" "$(</run/virsh)" "VM one has it already"
        ok "libvirtd can be restarted" systemctl restart libvirtd
        ok "and finds the domain" wait_for 60 virsh domstate one
        is "the driver is still vfio-pci" "$(driver_of $nic)" vfio-pci
        exits "what is open is not given back" 1 passthru-setup release nic
        ok "the domain is stopped" virsh destroy one
        ok "the driver is the host's then" wait_for 30 is_with_host $nic

        ok "the domain starts once more" starts one
        pkill -KILL -f 'guest=one'
        ok "when it crashes, the NIC comes back" wait_for 60 is_with_host $nic
        is "nothing is held" "$(status_of nic)" on-demand

        virsh undefine one
        virsh define <(disk=/nowhere domain one $nic)
        not_ok "a domain whose disk is missing does not start" starts one
        ok "and its NIC comes back" wait_for 30 is_with_host $nic

        ok "a section without vm is handed over for the domain that has it" starts other
        is "with both functions" "$(driver_of $slot.0) $(driver_of $slot.1)" "vfio-pci vfio-pci"
        virsh destroy other
        ok "and comes back" wait_for 30 is_with_host $slot.1

        not_ok "a domain of which one device is missing does not start" starts broken
        like "and virsh says which" "$(</run/virsh)" "gone: absent"
        is "the other one is back" "$(driver_of $nvme)" nvme
}

settle
at_boot
by_hand
hooks
displays
domains
done_guest
