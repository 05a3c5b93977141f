#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The bash loop that a rc.local has: bind.bash N.
for ((i = 1; i <= $1; i++)); do
        printf -v vf '0000:01:%02x.%x' $((i >> 3)) $((i & 7))
        echo vfio-pci >"/sys/bus/pci/devices/$vf/driver_override"
        echo "$vf" >/sys/bus/pci/drivers/vfio-pci/bind
done
