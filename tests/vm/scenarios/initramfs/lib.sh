# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the scenarios with a driver in the initramfs share.

# in_initramfs ADDRESS: e1000e got this device before systemd of the real root started.
in_initramfs() {
        local at root
        at=$(dmesg | sed -n "s/^\[ *\([0-9]*\)\.\([0-9]*\)\] e1000e $1.*/\1\2/p" | head -n 1)
        root=$(systemctl show --property=UserspaceTimestampMonotonic --value)
        note "e1000e has $1 at ${at:-no time}, the real root begins at $root µs"
        [ -n "$at" ] && [ "$at" -lt "$root" ]
}

# initramfs-tools' script writes to the kernel's log, dracut's unit to the journal.
said_in_initramfs() {
        dmesg | grep -F "passthru-setup: " || journalctl -b -o cat --no-pager _SYSTEMD_UNIT=passthru-setup-initramfs.service
}
