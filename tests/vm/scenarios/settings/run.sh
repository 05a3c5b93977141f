# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What a section sets of a device is there once it is applied, stays, and is as before after a release. No device of QEMU's has a BAR
# that can be resized: of those there are only the refusals here.
pci=/sys/bus/pci/devices
nvme=0000:01:00.0 igb=0000:02:00.0 card=0000:03:00.0
rom=/var/lib/passthru-setup/rom/nic.rom
settle

# attributes ADDRESS: all that can be set, in one line.
attributes() {
        echo "$(driver_of "$1") $(tr '\n' ' ' <"$pci/$1/reset_method")$(<"$pci/$1/d3cold_allowed") $(<"$pci/$1/power/control")"
}

# The last method that the device knows, alone.
other_reset() {
        sed 's/.* //' "$pci/$1/reset_method"
}

by_the_unit() {
        config <<<$'[device nic]\naddress = '$card$'\nreset-method = '"$reset"$'\nd3cold = no\npower-control = on\nrom-dump = nic.rom'
        like "plan tells each" "$(passthru-setup plan)" "reset-method $offers (→|->) $reset.*d3cold yes (→|->) no.*power-control on"
        ok "the unit starts" systemctl start passthru-setup
        is "all is set" "$(attributes $card)" "vfio-pci $reset 0 on"
        is "the ROM is there, and is one" "$(od -An -tx1 -N2 $rom)" " 55 aa"
        like "the journal tells each" "$(journalctl --sync; journalctl -b -u passthru-setup -o cat)" \
                "$card: reset-method $offers -> $reset.*$card: d3cold yes -> no.*$card: power-control on"
        is "the ROM is switched off again" "$(cat $pci/$card/rom 2>/dev/null | wc -c; cat $pci/$card/rom 2>&1 >/dev/null | grep -c 'Invalid argument')" \
                $'0\n1'
        applies "the same again" 0 'nothing to change'
        like "status" "$(passthru-setup status)" 'nic .* ok '
}

drift() {
        echo auto >$pci/$card/power/control
        echo mine >$rom
        like "status says what has changed" "$(passthru-setup status)" 'nic .* drift .*power-control auto and not on'
        applies "and apply puts it back" 0 "nic: $card: power-control auto -> on"
        is "it is back" "$(attributes $card)" "vfio-pci $reset 0 on"
        is "a dump that is there stays" "$(<$rom)" mine
        rm $rom
        config <<<$'[device nic]\naddress = '$card$'\npower-control = auto\nrom-dump = nic.rom'
        applies "of a device that sleeps on vfio-pci" 0 "nic: $card: ROM -> $rom"
        is "the ROM is one" "$(od -An -tx1 -N2 $rom)" " 55 aa"
        is "and the device may sleep again" "$(<$pci/$card/power/control)" auto
}

refusals() {
        local other=$card
        config <<<$'[device nic]\naddress = '$card$'\nbar-size.0 = 256M'
        applies "a BAR that can't be resized" 1 "nic: refused: BAR 0 of $card can't be resized: .*it is 128K"
        config <<<$'[device nic]\naddress = '$card$'\nreset-method = acpi'
        applies "a reset that the device does not know" 1 "failed to set reset_method to acpi; the device offers: $offers: Invalid"
        is "and what was there stays" "$(tr '\n' ' ' <$pci/$other/reset_method)" "$reset "
        config <<<$'[device nic]\naddress = '$card$'\nreset-method = frl\nbar-size.7 = 1G'
        applies "mistakes" 78 "passthru.conf:5: reset-method = frl: expected .*passthru.conf:6: bar-size.7: unknown key"
        config <<<$'[sriov up]\naddress = '$igb$'\nvfs = 2\n[device vm]\naddress = up/1\nrom-dump = x'
        applies "the ROM of a VF" 1 'vm: refused: up/1 is a VF, which has no option ROM'
}

of_a_vf() {
        local vf
        config <<<$'[sriov up]\naddress = '$igb$'\nvfs = 2\n[device vm]\naddress = up/1\nd3cold = no\npower-control = on'
        applies "a VF" 0 '2 of 2 sections are as configured'
        vf=$(basename "$(readlink $pci/$igb/virtfn1)")
        is "it is set" "$(driver_of "$vf") $(<"$pci/$vf/d3cold_allowed") $(<"$pci/$vf/power/control")" "vfio-pci 0 on"
        applies "and once more" 0 'nothing to change'
}

# The controllers of all VFs that are there, each with its state.
states() {
        local link
        for link in "$pci/$nvme"/virtfn*; do
                cat "$link"/nvme/nvme*/state
        done | sort | uniq -c | xargs
}

all_live() {
        [ "$(states)" = "4 live" ]
}

name_of_nvme() {
        basename $pci/$nvme/nvme/nvme*
}

nvme_queues() {
        local each=$'1 online 2 1\n2 online 2 1\n3 online 2 1\n4 online 2 1' main
        main=/dev/$(name_of_nvme)
        config <<<$'[sriov storage]\naddress = '$nvme$'\nvfs = 4\nvf-queues = 2\nvf-driver = host'
        # As a drive may come: all is its own controller's.
        ok "the drive's own controller takes all" nvme-virt "$main" primary 240 120
        echo 1 >$pci/$nvme/reset
        ok "the drive is back" wait_for 30 test -e "$main"
        like "plan of an NVMe drive" "$(passthru-setup plan)" '4 VFs .*host driver, 2 queues, 1 interrupt each; the drive.s own controller is reset'
        ok "the unit takes it" systemctl restart passthru-setup
        journalctl --sync
        like "the journal" "$(journalctl -b -u passthru-setup -o cat)" \
                "$nvme was reset, to leave 8 queues, 4 interrupts to its VFs.*storage: 4 VFs .* online with 2 queues, 1 interrupt each"
        is "the drive lists them so" "$(nvme-virt "$main" list 4)" "$each"
        ok "each VF is a working controller" wait_for 30 all_live
        note "there are: $(cd /dev && echo nvme*)"
        applies "the same again" 0 'nothing to change'
        ok "the drive itself works" dd if="$(echo "$main"n*)" of=/dev/null bs=4096 count=1 iflag=direct
        # What the VFs' events have started goes by the configuration that it finds.
        settle
        wait_for 60 eval '[ -z "$(systemctl list-jobs --no-legend)" ]'
        config <<<$'[sriov storage]\naddress = '$nvme$'\nvfs = 4\nvf-queues = 2'
        applies "all for VMs" 0 'storage: 4 VFs .* bound to vfio-pci'
        is "and online still" "$(nvme-virt "$main" list 4)" "$each"
        echo 1 >/sys/class/nvme/"$(name_of_nvme)"/reset_controller
        is "a reset of the drive takes them offline" "$(nvme-virt "$main" list 4 | grep -c online)" 0
        # While it resets, the controller answers nobody.
        ok "which status tells" wait_for 30 eval 'passthru-setup status | grep -q "storage .* drift .*4 of the VFs are offline"'
        applies "and an apply mends" 0 'storage: 4 VFs .* online with 2 queues, 1 interrupt each.*4 VFs .* bound to vfio-pci'
        is "online again" "$(nvme-virt "$main" list 4)" "$each"
        applies "and once more" 0 'nothing to change'
        config <<<$'[sriov storage]\naddress = '$nvme$'\nvfs = 4\nvf-queues = 3'
        applies "more than it gives" 1 "storage: refused: $nvme gives at most 2 queues to one VF, not 3"
        ok "release of the drive" passthru-setup release
        is "no VFs are left" "$(<$pci/$nvme/sriov_numvfs)" 0
}

offers=$(<$pci/$card/reset_method)
reset=$(other_reset $card)
before=$(attributes $card)
note "$card offers $offers"
by_the_unit
drift
refusals
ok "release" passthru-setup release
is "all is as before" "$(attributes $card)" "$before"
of_a_vf
ok "release of the VFs" passthru-setup release
nvme_queues
done_guest
