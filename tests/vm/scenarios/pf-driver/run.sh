# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# The PF goes to its driver before its VFs are made, and back to igb once they are gone.
pci=/sys/bus/pci/devices igb=0000:02:00.0 conf=/etc/passthru.conf
settle

vf_drivers() {
        for vf in $pci/$igb/virtfn*; do
                driver_of "$(basename "$(readlink "$vf")")"
        done | tr '\n' ' '
}

# on DRIVER TEXT: the configuration, and what it comes to.
on() {
        local driver=$1
        printf '%s\n' "[sriov up]" "address = $igb" "vfs = 2" "$2" >$conf
        [ $# -lt 3 ] || printf '%s\n' "$3" >>$conf
        like "plan: $driver" "$(passthru-setup plan)" "igb (→|->) $driver"
        ok "apply: $driver" passthru-setup apply
        is "the PF, its VFs and their drivers" "$(driver_of $igb) $(<$pci/$igb/sriov_numvfs) $(vf_drivers)" "$driver 2 vfio-pci vfio-pci "
        like "nothing more to do" "$(passthru-setup plan)" 'nothing to do'
        ok "release: $driver" passthru-setup release
        is "the PF is as before" "$(driver_of $igb) $(<$pci/$igb/sriov_numvfs) $(<$pci/$igb/driver_override)" "igb 0 (null)"
}

on pci-pf-stub "pf-driver = pci-pf-stub"
printf '%s\n' "[sriov up]" "address = $igb" "vfs = 2" "pf-driver = vfio-pci" >$conf
like "without the parameter" "$(passthru-setup plan)" 'refused.*vfio-pci makes VFs only with a parameter'
on vfio-pci "pf-driver = vfio-pci" $'[module vfio_pci]\nenable_sriov = 1'
done_guest
