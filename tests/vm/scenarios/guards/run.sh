# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# A configuration that claims what the host lives on: nothing is written, each reason is named, also at the next boot, when
# nothing is in use yet. Then what a disk can be used for, one after the other.
pci=/sys/bus/pci/devices
root=0000:00:02.0 uplink=0000:01:00.0 peer=0000:02:00.0 screen=0000:03:00.0 usb=0000:04:00.0 port=0000:00:10.0
disk=0000:05:00.0 disk2=0000:06:00.0

drivers() {
        find $pci/*/driver -maxdepth 0 -printf '%p %l\n'
        grep -s '' $pci/*/driver_override
}

interface_of() {
        local path=("$pci/$1"/net/*)
        printf '%s\n' "${path[0]##*/}"
}

block_of() {
        local path=("$pci/$1"/nvme/nvme*)
        printf '%sn1\n' "${path[0]##*/}"
}

claim_all() {
        cat >/etc/passthru.conf <<CONF
[passthru]
settle-timeout = 60
[device root]
address = $root
[device uplink]
address = $uplink
[device screen]
address = $screen
[device keyboard]
address = $usb
[device bridge]
address = $port
force = disk network display keyboard vfs
CONF
}

# says DESC REGEX: the plan of the one section says so.
says() {
        like "$1" "$(passthru-setup plan)" "$2"
}

wire() {
        ip address add 192.0.2.1/24 dev "$nic"
        ip link set "$nic" up
        ip netns add other
        ip link set "$(interface_of $peer)" netns other name end
        ip -n other address add 192.0.2.2/24 dev end
        ip -n other link set end up
}

all_refused() {
        like "$1: the root disk's controller" "$2" "root: refused: (when last looked at, )?[a-z]+ on it is mounted at /(; passthru-setup apply looks anew)? \(passthru.conf:3(; force = disk overrides)?\)"
        like "$1: the way to the network" "$2" "uplink: refused: $3"
        like "$1: the display" "$2" "screen: refused: (when last looked at, )?it is the only display(; passthru-setup apply looks anew)? \(passthru.conf:7(; force = display overrides)?\)"
        like "$1: the keyboard" "$2" "keyboard: refused: (when last looked at, )?it has the only keyboard \(.*USB Keyboard.*\)(; passthru-setup apply looks anew)? \(passthru.conf:9(; force = keyboard overrides)?\)"
        like "$1: a bridge, force or not" "$2" "bridge: refused: .*bridge"
}

routes() {
        local before words
        before=$(drivers)
        ip route add default via 192.0.2.2
        words=$(syscall-fault count /run/opened passthru-setup apply 2>&1)
        is "apply fails" "$?" 1
        all_refused "default route" "$words" "$nic.*default route.*(; passthru-setup apply looks anew)? \(passthru.conf:5(; force = network overrides)?\)"
        is "nothing below /sys was opened for writing" "$(grep ^open /run/opened)" ""
        is "every driver and override is as before" "$(drivers)" "$before"
        show "a plan that takes the host down" passthru-setup plan

        ip link add br0 type bridge
        ip link add link "$nic" name vlan7 type vlan id 7
        ip link set vlan7 master br0
        ip link set vlan7 up
        ip link set br0 up
        ip address add 198.51.100.1/24 dev br0
        ip route replace default via 198.51.100.2
        says "a bridge over a VLAN over it has the route" "uplink .*refused +$nic carries the default route \(through br0\)"
        ip route del default
        ip link del br0
        ip link del vlan7

        ip link add bond0 type bond mode active-backup
        ip link set "$nic" down
        ip link set "$nic" master bond0
        ip link set bond0 up
        ip address add 192.0.2.1/24 dev bond0
        ip -6 route add default dev bond0 metric 5
        says "a bond of it has the route" "uplink .*refused +$nic carries the default route \(through bond0\)"
        ip link del bond0
        ip address add 192.0.2.1/24 dev "$nic"
        ip link set "$nic" up
}

session() {
        local sshd
        mkdir -p /run/sshd /root/.ssh
        ssh-keygen -A >/dev/null
        ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
        cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys
        "$(command -v sshd || echo /usr/sbin/sshd)" -D -e >/run/sshd.log 2>&1 &
        sshd=$!
        ip netns exec other ssh -o StrictHostKeyChecking=no -o ConnectionAttempts=30 root@192.0.2.1 'touch /run/in; sleep 600' &
        ok "an administrator has logged in" wait_for 60 test -e /run/in
        says "the SSH session comes in on it" "uplink .*refused +.*SSH session.*192.0.2.2"
        pkill -f 'ssh -o Strict'
        kill $sshd
        wait_for 30 eval '! pgrep -x sshd-session'
}

network_root() {
        sed 's/root=[^ ]*/root=\/dev\/nfs/' /proc/cmdline >/run/cmdline
        mount --bind /run/cmdline /proc/cmdline
        says "the root comes over it" "uplink .*refused +.*root.*nfs"
        umount /proc/cmdline
}

is_opened() { # PID NAME
        find "/proc/$1/fd" -lname "/dev/$2" 2>/dev/null | grep -q .
}

# used DESC REGEX: so says the plan of a section that claims the disk; without it the disk is free.
used() {
        settle
        says "$1" "disk .*refused +$2"
}

disks() {
        local a b part holder
        a=$(block_of $disk)
        b=$(block_of $disk2)
        part=${a}p1
        printf '[device disk]\naddress = %s\n' $disk >/etc/passthru.conf
        says "a disk that nothing is on may go" "disk .*nvme (→|->) vfio-pci"

        echo ',100M' | sfdisk -q "/dev/$a"
        settle
        mkfs.ext4 -q "/dev/$part"
        mount "/dev/$part" /srv
        used "a mounted partition" "$part on it is mounted at /srv(; passthru-setup apply looks anew)? \(passthru.conf:1(; force = disk overrides)?\)"
        truncate -s 20M /srv/image
        mkfs.ext4 -q /srv/image
        mount -o loop /srv/image /mnt
        used "and a file of it that is mounted, too" "$part on it is mounted at /srv"
        umount /mnt /srv

        mkswap -q "/dev/$part" && swapon "/dev/$part"
        used "swap" "$part on it is swap"
        swapoff "/dev/$part"

        dmsetup create vg0-data --table "0 100000 linear /dev/$part 0"
        used "a volume nobody has mounted" "$part on it is a member of vg0-data, which is active"
        mkfs.ext4 -q /dev/mapper/vg0-data
        mount /dev/mapper/vg0-data /var/tmp
        used "a mounted volume" "$part on it is a member of vg0-data, which is mounted at /var/tmp"
        umount /var/tmp
        dmsetup remove vg0-data

        losetup /dev/loop5 "/dev/$part"
        mkfs.ext4 -q /dev/loop5
        mount /dev/loop5 /mnt
        used "a loop device" "$part on it is a member of loop5, which is mounted at /mnt"
        umount /mnt
        losetup -d /dev/loop5

        perl -MFcntl -e 'sysopen(my $f, $ARGV[0], O_RDWR | O_EXCL) or die "$!"; sleep 600' "/dev/$part" &
        holder=$!
        ok "a program has it alone" wait_for 10 is_opened "$holder" "$part"
        used "held by a program alone" "$part on it is held exclusively"
        kill "$holder"
        wait "$holder"
        wipefs -qa "/dev/$part" "/dev/$a"
        settle

        mdadm --create /dev/md7 --run --quiet --metadata=1.2 --assume-clean --level=1 --raid-devices=2 "/dev/$a" "/dev/$b" </dev/null
        settle
        used "a member of an array" "$a on it is a member of md7, which is active"
        dmsetup create vg1-root --table "0 100000 linear /dev/md7 0"
        mkfs.ext4 -q /dev/mapper/vg1-root
        mount /dev/mapper/vg1-root /mnt
        used "of a volume on an array" "$a on it is a member of md7, and through it of vg1-root, which is mounted at /mnt"
        umount /mnt
        dmsetup remove vg1-root
        mdadm --quiet --stop /dev/md7
        mdadm --quiet --zero-superblock "/dev/$a" "/dev/$b"

        modprobe btrfs
        mkfs.btrfs -qf -d raid1 -m raid1 "/dev/$b" "/dev/$a"
        btrfs device scan >/dev/null
        mount "/dev/$b" /mnt
        used "a member of a btrfs that was mounted by another" "$a on it is a member of the btrfs mounted at /mnt"
        umount /mnt
        wipefs -qa "/dev/$a" "/dev/$b"
        settle

        says "once it is free it may go" "disk .*nvme (→|->) vfio-pci"
        ok "and goes" passthru-setup apply
        is "to vfio-pci" "$(driver_of $disk)" vfio-pci
        ok "and comes back" passthru-setup release
}

forced() {
        ok "the disk is there again" wait_for 30 eval 'test -b "/dev/$(block_of $disk)"'
        mkfs.ext4 -q "/dev/$(block_of $disk)"
        mount "/dev/$(block_of $disk)" /mnt
        says "without force" "disk .*refused +.* is mounted at /mnt \(passthru.conf:1; force = disk overrides\)"
        echo 'force = disk' >>/etc/passthru.conf
        says "with it" "disk .*nvme (→|->) vfio-pci"
        umount /mnt
}

case $BOOT in
1)
        settle
        nic=$(interface_of $uplink)
        wire
        claim_all
        network_root
        session
        routes
        ip route add default via 192.0.2.2
        mkdir -p /etc/network
        printf 'auto %s\niface %s inet dhcp\n' "$nic" "$nic" >/etc/network/interfaces
        passthru-setup apply >/dev/null 2>&1
        not_ok "what was refused is not cleared for the next boot" grep '^[^#]' /var/lib/passthru-setup/cleared
        systemctl enable passthru-setup
        reboot_guest
        ;;
2)
        settle
        is "the root disk, the NIC, the display, the keyboard keep their drivers at the next boot" \
                "$(for device in $root $uplink $screen $usb; do driver_of $device; done | tr '\n' ' ')" \
                "virtio-pci e1000e bochs-drm xhci_hcd "
        is "and no override was set" "$(cat $pci/*/driver_override | sort -u)" "(null)"
        not_ok "the service has failed" systemctl is-active passthru-setup
        all_refused "the journal" "$(journalctl -b -q -u passthru-setup -o cat --no-pager)" "$(interface_of $uplink).*/etc/network/interfaces"
        disks
        forced
        done_guest
        ;;
esac
