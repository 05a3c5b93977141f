# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Boot 1: nothing is cleared, so nothing is taken early; what the host uses is refused, what is free is handed over late in
# the same boot. Boot 2: by its serial; what was cleared never meets its driver. Boot 3: by the display in its group, with
# force for that alone, and without passthru-setup-claim.service.
pci=/sys/bus/pci/devices
root=0000:00:02.0 screen=0000:00:02.1 srv=0000:01:00.0 bridged=0000:02:00.0 shared=0000:03:00.0 neighbour=0000:03:00.1 free=0000:04:00.0
unit=passthru-setup.service

journal() {
        journalctl --sync
        journalctl -b -q -u passthru-setup -o cat --no-pager
}

# refused WHAT ADDRESS DRIVER REGEX: it is on its own driver, nothing of ours is left on it, and the journal says why.
refused() {
        is "$1: it is on its own driver" "$(driver_of "$2")" "$3"
        is "$1: no override is left on it" "$(<"$pci/$2/driver_override")" "(null)"
        like "$1: the journal says why" "$said" "$4"
}

# No driver of VFIO's was ever on these devices in this boot.
never_taken() {
        local device
        for device in "$@"; do
                is "$device was never on vfio-pci" "$(dmesg | grep -E "vfio-pci $device")" ""
        done
}

refused_all() {
        said=$(journal)
        note "$(grep -c . <<<"$said") lines: $(grep refused <<<"$said" | tr '\n' '|')"
        refused "root disk" $root nvme "$1: refused: .*nvme[0-9]n1 .*mounted at /( |,|;|\.|$)"
        refused "disk at /srv" $srv nvme "srv: refused: .*nvme[0-9]n1 .*mounted at /srv"
        refused "bridged NIC" $bridged e1000e "bridged: refused: .*bridged0 .*(/etc/network/interfaces|vmbr0)"
        refused "shared group" $shared e1000e "shared: refused: .*group .*$neighbour"
        is "its neighbour keeps its driver" "$(driver_of $neighbour)" snd_hda_intel
        ok "/srv is mounted" mountpoint -q /srv
        never_taken $root $srv $bridged $shared
        is "the free NIC is handed over" "$(driver_of $free)" vfio-pci
        ok "the unit has failed" systemctl is-failed $unit
        like "no other unit has" "$(systemctl --failed --no-legend --plain | awk '{ print $1 }' | xargs)" "^$unit\$"
        exits "status says that not all is well" 1 passthru-setup status
        is "what was handed over is cleared, and nothing else" \
                "$(awk '!/^#/ { print $1 }' /var/lib/passthru-setup/cleared)" $free
}

settle
case $BOOT in
1)
        refused_all root
        ok "the free NIC's own driver had it before" grep -q "e1000e $free" <(dmesg)
        # Which is known only once its driver is bound.
        sed -i 's/^address = 0000:00:02.0/serial = root/' /etc/passthru.conf
        reboot_guest
        ;;
2)
        refused_all root
        is "the free NIC's own driver never had it" "$(dmesg | grep "e1000e $free")" ""
        like "it was kept from it before coldplug" "$said" "1 function kept for"
        sed -i 's/^\[device root\]/[device screen]/; s/^serial = root/address = 0000:00:02.1/; s/^group = ignore.*/group = whole\nforce = display/' \
                /etc/passthru.conf
        systemctl mask passthru-setup-claim.service
        reboot_guest
        ;;
3)
        refused_all screen
        refused "display" $screen bochs-drm "screen: refused: .*mounted at /( |,|;|\.|$)"
        done_guest
        ;;
esac
