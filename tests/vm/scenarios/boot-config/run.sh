# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# boot-config with Debian's own update-grub and kernel-install: what it writes comes to the loader's configuration, and
# --undo leaves every file as it was, byte for byte. proxmox-boot-tool is not Debian's: a script stands in for it.
drop_in=/etc/default/grub.d/passthru-setup.cfg cmdline=/etc/kernel/cmdline
out=/root/out
kernel=$(uname -r)

boot_config() {
        passthru-setup boot-config "$@" >$out 2>&1
}

# Every file that a boot loader reads or is configured by, with owner, mode and content; not when it was written.
picture() {
        (cd / && find boot/grub boot/loader etc/default etc/kernel -type f -printf '%p %u:%g %m ' -exec sha256sum {} \; 2>/dev/null |
                sort)
}

says() {
        like "$1" "$(<$out)" "$2"
}

# The options of the entry of the running kernel.
entry() {
        sed -n 's/^options *//p' "/boot/loader/entries/"*"-$kernel"*.conf
}

check_needs() {
        ok "it can be asked" boot_config
        says "GRUB is known" "Boot loader: GRUB\."
        says "the word is needed" "intel_iommu=on +add"
        says "the word that is in the way is told" "intel_iommu=off +harmful"
        ok "as JSON too" sh -c 'passthru-setup boot-config --json | jq -e ".version == 2 and .loader.kind == \"grub\""'
        exits "another account may not write" 77 setpriv --reuid 65534 --clear-groups passthru-setup boot-config --write
        exits "a captured tree is not written" 64 passthru-setup --root=/tmp boot-config --write
}

check_grub() {
        mkdir -p /boot/grub # which grub-install makes
        ok "GRUB's configuration is made" update-grub
        picture >/root/before
        ok "--write" boot_config --write
        says "it shows the line" "\+ GRUB_CMDLINE_LINUX_DEFAULT="
        says "it asks for a reboot" "Reboot"
        like "every entry of GRUB's has the word but the recovery's" "$(grep -E '^\s+linux\s' /boot/grub/grub.cfg | grep -v single |
                grep -vc intel_iommu=on)" "^0$"
        like "there are entries" "$(grep -cE '^\s+linux\s.*intel_iommu=on' /boot/grub/grub.cfg)" "^[1-9]"
        picture >/root/written
        ok "--write again" boot_config --write
        says "it says that it is so already" "Already done"
        is "and nothing was written" "$(diff /root/written <(picture))" ""
        rm /boot/grub/grub.cfg
        ok "--write when GRUB was not told" boot_config --write
        is "it is told" "$(diff /root/written <(picture))" ""
        ok "--undo" boot_config --undo
        is "all is as it was before, byte for byte" "$(diff /root/before <(picture))" ""
        ok "--undo again" boot_config --undo
        says "there is nothing to take back" "Nothing to undo"
        is "and nothing was written" "$(diff /root/before <(picture))" ""
}

check_grub_failures() {
        # What a later file of the administrator's would hide is not written.
        echo 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"' >/etc/default/grub.d/zz.cfg
        picture >/root/before
        exits "a later file that sets the variable anew" 1 passthru-setup boot-config --write
        ok "is named" sh -c 'passthru-setup boot-config | grep -q "/etc/default/grub.d/zz.cfg:1 sets"'
        is "nothing was written" "$(diff /root/before <(picture))" ""
        # A script of update-grub's that fails.
        rm /etc/default/grub.d/zz.cfg
        printf '#!/bin/sh\nexit 3\n' >/etc/grub.d/99_broken
        chmod +x /etc/grub.d/99_broken
        picture | grep -v grub.cfg >/root/before
        exits "an update-grub that fails" 1 boot_config --write
        says "is told" "update-grub failed"
        says "and what became of the file" "passthru-setup.cfg is as it was"
        is "the drop-in has gone again" "$(diff /root/before <(picture | grep -v grub.cfg))" ""
        rm -f /etc/grub.d/99_broken /boot/grub/grub.cfg.new
        # With a mistake in the configuration nothing is written.
        echo 'adress = 01:00.0' >>/etc/passthru.conf
        exits "a mistake in the configuration" 78 boot_config --write
        is "nothing was written" "$(diff /root/before <(picture | grep -v grub.cfg))" ""
        sed -i '/adress/d' /etc/passthru.conf
}

check_systemd_boot() {
        mv /etc/default/grub /root/grub
        # Its part in it is none of ours, and takes half a minute in software emulation.
        ln -s /dev/null /etc/kernel/install.d/50-depmod.install
        mkdir -p /boot/loader/entries "/boot/$(</etc/machine-id)" /etc/kernel
        printf 'root=/dev/vda rw  quiet' >$cmdline # without a newline, and with two blanks
        chown 0:4 $cmdline
        chmod 640 $cmdline
        ok "kernel-install makes an entry" kernel-install add "$kernel" "/boot/vmlinuz-$kernel" "/boot/initrd.img-$kernel"
        like "which is as it should be" "$(entry)" "root=/dev/vda rw quiet"
        picture >/root/before
        ok "systemd-boot is known" sh -c 'passthru-setup boot-config | grep -q "Boot loader: systemd-boot"'
        ok "--write" boot_config --write
        like "the entry has the word" "$(entry)" "quiet intel_iommu=on"
        is "owner and mode of the file are as before" "$(stat -c %u:%g:%a $cmdline)" 0:4:640
        is "the backup is what was there" "$(</var/lib/passthru-setup/kernel-cmdline.before)" "root=/dev/vda rw  quiet"
        picture >/root/written
        ok "--write again" boot_config --write
        is "nothing was written" "$(diff /root/written <(picture))" ""
        ok "--undo" boot_config --undo
        is "all is as it was before, byte for byte" "$(diff /root/before <(picture))" ""
        is "nothing is left in our directory" "$(find /var/lib/passthru-setup -name 'boot-config*' -o -name '*cmdline*')" ""

        # What the administrator has written since stays.
        ok "--write" boot_config --write
        sed -i 's/quiet/quiet splash/; s/$/ last/' $cmdline
        ok "--undo of a file that was changed since" boot_config --undo
        is "takes out our word alone" "$(<$cmdline)" "root=/dev/vda rw  quiet splash last"
        not_ok "the entry too" grep -q intel_iommu=on "/boot/loader/entries/"*"-$kernel"*.conf

        # Where there is no file, one is made of the running command line.
        rm $cmdline
        ok "kernel-install without the file" kernel-install add "$kernel" "/boot/vmlinuz-$kernel"
        ok "--write without the file" boot_config --write
        like "the file is the running command line with the word" "$(<$cmdline)" "^root=/dev/vda .* intel_iommu=on\$"
        ok "--undo" boot_config --undo
        not_ok "the file has gone" test -e $cmdline

        # A kernel-install that fails.
        echo 'root=/dev/vda rw' >$cmdline
        printf '#!/bin/sh\nexit 5\n' >/etc/kernel/install.d/10-broken.install
        chmod +x /etc/kernel/install.d/10-broken.install
        exits "a kernel-install that fails" 1 boot_config --write
        says "is told" "kernel-install failed"
        is "and the file is as it was" "$(<$cmdline)" "root=/dev/vda rw"
        rm /etc/kernel/install.d/10-broken.install
        ln -sf /root/elsewhere $cmdline
        echo 'root=/dev/vda rw' >/root/elsewhere
        exits "a file that is a link" 1 boot_config --write
        says "is left alone" "it is a symbolic link"
        rm $cmdline
}

check_proxmox() {
        printf '#!/bin/sh\necho "stand-in: $*"\ncp /etc/kernel/cmdline /root/esp\n' >/usr/sbin/proxmox-boot-tool
        chmod +x /usr/sbin/proxmox-boot-tool
        echo A1B2-C3D4 >/etc/kernel/proxmox-boot-uuids
        mkdir -p /run/efi && echo 'root=ZFS=rpool/ROOT/pve-1 boot=zfs' >$cmdline
        mv /root/grub /etc/default/grub
        ok "--write with a stand-in of proxmox-boot-tool" boot_config --write
        says "it is GRUB, as the guest has no EFI" "Boot loader: GRUB by proxmox-boot-tool"
        says "it was run" "stand-in: refresh"
        says "what cannot be looked at is said" "not mounted"
        ok "the drop-in is there" test -s $drop_in
        ok "--undo" boot_config --undo
        not_ok "and gone" test -e $drop_in
}

check_needs
check_grub
check_grub_failures
check_systemd_boot
check_proxmox
done_guest
