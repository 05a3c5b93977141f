# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# 40 NVMe VFs and a card at boot, a rerun that writes nothing, and the same after a reboot.
pci=/sys/bus/pci/devices
unit=passthru-setup.service

ok "the unit is active" systemctl is-active $unit
passthru-setup status || :
is "40 VFs of the NVMe are on vfio-pci" "$(vfs_on 0000:01:00.0 vfio-pci)" 40
is "the card is on vfio-pci" "$(driver_of 0000:03:00.0)" vfio-pci
is "equal cards that are not named stay" "$(driver_of 0000:04:00.0) $(driver_of 0000:04:00.1)" "e1000e e1000e"
is "autoprobe is back" "$(<$pci/0000:01:00.0/sriov_drivers_autoprobe)" 1
# What takes nothing from the host, and from the second boot on what is cleared, is done before the host is up.
case $BOOT in
1) early='40 functions bound; 1 section is left for later in this boot' late='1 function bound' ;;
*) early='41 functions bound' late='nothing to change' ;;
esac
like "the journal sums up" "$(journalctl -b -q -u passthru-setup -o cat --no-pager)" \
        "Before the host is up: 1 module set up, 40 VFs made, $early\..*2 of 2 sections are as configured: $late\."
like "the catalog explains it" "$(journalctl -b -x -q --no-pager -u passthru-setup)" 'Subject: VFs were made or removed'
ok "the unit is sound" systemd-analyze verify --man=no $unit
score=$(systemd-analyze security --no-pager $unit | sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p')
ok "and hardened ($score)" awk "BEGIN { exit !(\"$score\" != \"\" && $score <= 3.5) }"
strace -f -e trace=open,openat,openat2 -o /run/trace passthru-setup apply >/dev/null 2>&1
is "apply again writes nothing to /sys" "$(grep sys/ /run/trace | grep -E 'O_WRONLY|O_RDWR')" ""
[ "$BOOT" = 1 ] && reboot_guest
done_guest
