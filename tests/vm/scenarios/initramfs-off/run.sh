# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# With passthru.off on the kernel's command line the initramfs claims nothing, and its driver gets the claimed NIC.
claimed=0000:01:00.0 twin=0000:02:00.0

settle
dmesg | grep -E 'e1000e|passthru'
ok "the initramfs could have claimed" test -e "/var/lib/passthru-setup/initramfs/$(uname -r)/etc/passthru.conf"
like "the driver of the initramfs gets the NIC" "$(dmesg)" "e1000e $claimed"
like "and the twin" "$(dmesg)" "e1000e $twin"
ok "the initramfs says nothing of a claim" test ! -e /run/passthru-setup/initramfs
done_guest
