# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# With passthru.off on the kernel's command line the initramfs claims nothing, and its driver gets the claimed NIC.
. ./lib.sh
claimed=0000:01:00.0 twin=0000:02:00.0
copy=/var/lib/passthru-setup/initramfs/$(uname -r)

settle
dmesg | grep -E 'e1000e|passthru'
ok "the initramfs could have claimed" grep -q "^$claimed" "$copy"
ok "the driver gets the claimed NIC there" in_initramfs $claimed
ok "and the twin" in_initramfs $twin
like "the kernel's log says why" "$(dmesg)" "passthru.off: the initramfs claims no|ConditionKernelCommandLine=!passthru.off"
ok "there is no trace of a claim" test ! -e /run/passthru-setup/cleared.initramfs
exits "doctor finds that the IOMMU is off" 1 passthru-setup doctor
like "and by which word" "$(passthru-setup doctor)" 'error +IOMMU +off in the kernel: intel_iommu=off is on its command line'
done_guest
