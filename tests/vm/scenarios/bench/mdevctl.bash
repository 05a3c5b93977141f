#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdevctl for each of the 20 mdevs: mdevctl.bash define start.
for verb in "$@"; do
        while read -r uuid; do
                case $verb in
                define) mdevctl define --auto --uuid "$uuid" --parent mtty --type mtty-1 ;;
                start) mdevctl start --uuid "$uuid" ;;
                esac
        done </run/bench/uuids
done
