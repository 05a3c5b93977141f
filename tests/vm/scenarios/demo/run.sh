# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Shows to the user what a boot with a config of a dozen lines has done.
show "/etc/passthru.conf" cat /etc/passthru.conf
show "journalctl -b -u passthru-setup" journalctl --no-pager -b -u passthru-setup -o short-monotonic
show "passthru-setup status" passthru-setup status
# shellcheck disable=SC2016 # for the inner sh
show "lspci -k" sh -c 'for bus in 01 02 03; do lspci -k -s $bus:; done'
show "ls -l /sys/bus/mdev/devices" sh -c 'cd /sys/bus/mdev/devices && ls -l | cut -d " " -f 9-'
ok "the unit is active" systemctl is-active passthru-setup.service
is "the NVMe's VFs are on vfio-pci" "$(driver_of 0000:01:00.1) $(driver_of 0000:01:00.4)" "vfio-pci vfio-pci"
is "the NIC's VFs are on the host's driver" "$(driver_of 0000:02:10.0) $(driver_of 0000:02:11.4)" "igbvf igbvf"
is "the whole card is on vfio-pci" "$(driver_of 0000:03:00.0)" vfio-pci
is "there is one mdev" "$(find /sys/bus/mdev/devices -type l | wc -l)" 1
done_guest
