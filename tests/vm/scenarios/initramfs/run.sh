# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# A driver in the initramfs gets the twin there and never the claimed NIC; what went into the initramfs is on record.
. ./lib.sh
pci=/sys/bus/pci/devices
claimed=0000:01:00.0 twin=0000:02:00.0
record=/var/lib/passthru-setup/initramfs/$(uname -r)

# What the hooks of both tools go by, without the minutes that an initramfs takes to make here.
check_copy() {
        local copy=/usr/lib/passthru-setup/initramfs-copy into=/root/into kernel
        kernel=$(uname -r)
        ln -s /dev/null /etc/passthru.conf.d/30-link.conf
        printf '[device nic]\nrequired = no\n' >/root/40-else.conf
        ln -s /root/40-else.conf /etc/passthru.conf.d/
        chmod 640 /etc/passthru.conf
        ok "the configuration is wanted" $copy check "$kernel" || return
        ok "and can be copied" $copy copy "$kernel" $into
        is "with its mode" "$(stat -c %a $into/etc/passthru.conf)" 640
        is "a link that masks stays one" "$(readlink $into/etc/passthru.conf.d/30-link.conf)" /dev/null
        ok "any other becomes a file" cmp -s /root/40-else.conf $into/etc/passthru.conf.d/40-else.conf
        is "the record is made anew" "$(diff -r --no-dereference $into/etc "$record/etc")" ""
        echo nonsense >>/etc/passthru.conf
        exits "a wrong configuration is not wanted" 1 $copy check "$kernel"
        like "which is said" "$($copy check "$kernel" 2>&1)" "W: passthru-setup: .*/etc/passthru.conf:"
        ok "and leaves no record" test ! -e "$record"
        sed -i '$d' /etc/passthru.conf
        ok "once it is right again it is" $copy check "$kernel"
        systemctl --quiet disable passthru-setup
        exits "nothing is wanted while the service is disabled" 1 $copy check "$kernel"
        is "without a word" "$($copy check "$kernel" 2>&1)" ""
}

# After a change of the configuration; and it goes back to what it was.
check_stale() {
        is "the initramfs is fresh" "$(passthru-setup status 2>&1 >/dev/null)" ""
        echo '# a word more' >>/etc/passthru.conf
        like "once the configuration has changed, status says that the initramfs is stale" \
                "$(passthru-setup status 2>&1 >/dev/null)" "The initramfs of Linux .* holds another configuration; renew it: $renew"
        ok "apply goes on" systemctl reload passthru-setup
        like "and says so too" "$(journalctl -b -q -o cat --no-pager -u passthru-setup)" "holds another configuration; renew it: $renew"
        sed -i '$d' /etc/passthru.conf
}

claimed_there() {
        dmesg | grep -E 'e1000e|passthru|EXT4'
        said_in_initramfs
        ok "the driver is in the initramfs: it has the twin before the real root" in_initramfs $twin
        is "the twin stays on it" "$(driver_of $twin)" e1000e
        is "the claimed NIC ends on vfio-pci" "$(driver_of $claimed)" vfio-pci
        is "its override is set" "$(<$pci/$claimed/driver_override)" vfio-pci
        is "the driver never had the claimed NIC" "$(dmesg | grep -E "e1000e $claimed")" ""
        like "the journal has what the helper said in the initramfs" "$(said_in_initramfs)" "[a-z]"
        ok "the initramfs has ended its claims" test -e /run/passthru-setup/initramfs
        is "the service has done its part" "$(systemctl is-active passthru-setup)" active
        is "every unit has started" "$(systemctl --failed --no-legend)" ""
        is "the record is the configuration, the mask with it" \
                "$(cd "$record" && find . -type f -exec sha256sum {} + | sort -k 2)" \
                "$(cd / && find ./etc/passthru.conf* ./usr/lib/passthru.conf* -type f -exec sha256sum {} + | sort -k 2)"
}

on_its_own() {
        [ "$(driver_of $claimed)" = e1000e ]
}

renew='update-initramfs -u'
[ -x /usr/sbin/update-initramfs ] || renew='dracut --force'
settle
if [ "$BOOT" = 1 ]; then
        claimed_there
        check_stale
        check_copy
        reboot_guest
fi
# check_copy has disabled the service, and this initramfs is of the time before.
is "the service is disabled" "$(systemctl is-enabled passthru-setup)" disabled
ok "what only the initramfs claimed is given back to its driver" wait_for 60 on_its_own
is "its override is none" "$(<$pci/$claimed/driver_override)" "(null)"
is "nothing of ours has run" "$(ls /run/passthru-setup/claims 2>/dev/null)" ""
done_guest
