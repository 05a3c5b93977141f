#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# driverctl for each of N VFs: driverctl.bash set-override N DRIVER, driverctl.bash load-override N.
for ((i = 1; i <= $2; i++)); do
        printf -v vf '0000:01:%02x.%x' $((i >> 3)) $((i & 7))
        driverctl "$1" "$vf" ${3+"$3"}
done
