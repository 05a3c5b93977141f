# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# A driver in the initramfs gets the twin there and never the claimed NIC; what went into the initramfs is on record.
pci=/sys/bus/pci/devices
claimed=0000:01:00.0 twin=0000:02:00.0
record=/var/lib/passthru-setup/initramfs/$(uname -r)

# When the kernel's log has the first line that matches, in microseconds; 9… when it has none.
logged_at() {
        dmesg | sed -n "s/^\[ *\([0-9]*\)\.\([0-9]*\)\] $1.*/\1\2/p" | grep . || echo 9999999999
}

# When systemd of the real root started.
root_at() {
        systemctl show --property=UserspaceTimestampMonotonic --value
}

# initramfs-tools' script writes to the kernel's log, dracut's unit to the journal.
said_in_initramfs() {
        dmesg | grep -F "passthru-setup: " || journalctl -b -o cat --no-pager _SYSTEMD_UNIT=passthru-setup-initramfs.service
}

settle
said_in_initramfs
dmesg | grep -E 'e1000e|passthru|EXT4'
note "$(dmesg | grep -E "e1000e $twin" | head -n 1)"
note "systemd of the real root started at $(root_at) µs"
ok "the driver has the twin before the real root takes over: it is in the initramfs" \
        test "$(logged_at "e1000e $twin" | head -n 1)" -lt "$(root_at)"
is "the twin stays on it" "$(driver_of $twin)" e1000e
is "the claimed NIC ends on vfio-pci" "$(driver_of $claimed)" vfio-pci
is "its override is set" "$(<$pci/$claimed/driver_override)" vfio-pci
is "the driver never had the claimed NIC" "$(dmesg | grep -E "e1000e $claimed")" ""
like "the journal has what the helper said in the initramfs" "$(said_in_initramfs)" "[a-z]"
ok "the initramfs has ended its claims" test -e /run/passthru-setup/initramfs
is "the service has done its part" "$(systemctl is-active passthru-setup)" active
is "every unit has started" "$(systemctl --failed --no-legend)" ""
is "the record is the configuration, the mask with it" \
        "$(cd "$record" && find . -type f -exec sha256sum {} + | sort -k 2)" \
        "$(cd / && find ./etc/passthru.conf* ./usr/lib/passthru.conf* -type f -exec sha256sum {} + | sort -k 2)"
done_guest
