#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# On a clean host, without systemd running: the package's life. /package has suite.deb and, if there is an older suite,
# its package as older.deb.
#
# So that it shows what a running systemd would be asked for, it seems to run, and who asks it writes a log instead.
set -u
export DEBIAN_FRONTEND=noninteractive
service=passthru-setup.service
wants=/etc/systemd/system/multi-user.target.wants/$service

verdict() {
        if [ "$1" = 0 ]; then
                echo "ok - $2"
        else
                echo "not ok - $2"
                sed 's/^/    /' /tmp/said
        fi
}

# ok DESC CMD…: the command must succeed; what it said is shown when it does not.
ok() {
        local what=$1
        shift
        "$@" >/tmp/said 2>&1
        verdict $? "$what"
}

not_ok() {
        local what=$1
        shift
        ! "$@" >/tmp/said 2>&1
        verdict $? "$what"
}

is() {
        diff <(echo "$2") <(echo "$3") >/tmp/said
        verdict $? "$1"
}

# All that a host keeps in files, but for what dpkg, its logs and caches are about.
files() {
        find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /package -o -path /var/lib/dpkg -o \
                -path /var/log -o -path /var/cache -o -path /run \) -prune -o -printf '%p %m %u %g %l\n' | sort
}

in_catalog() {
        SYSTEMD_LOG_LEVEL=err journalctl --list-catalog | grep passthru-setup
}

said_to_systemd() {
        sort -u /tmp/asked 2>/dev/null
        rm -f /tmp/asked
}

initramfs_is_made() {
        grep -q 'Processing triggers for initramfs-tools' /tmp/said
}

# like DESC TEXT: dpkg has said it.
like() {
        grep -q "$2" /tmp/dpkg
        verdict $? "$1"
}

dpkg_says() {
        dpkg "$@" >/tmp/dpkg 2>&1
        local status=$?
        cp /tmp/dpkg /tmp/said
        return $status
}

# The package as a newer version of itself.
newer() {
        rm -rf /tmp/newer
        dpkg-deb -R /package/suite.deb /tmp/newer
        sed -i "s/^Version: .*/&+$1/" /tmp/newer/DEBIAN/control
        dpkg-deb -b /tmp/newer "/tmp/newer-$1.deb" >/dev/null
}

# The package as it was until 0.2: /etc/passthru.conf is a conffile of comments.
until_0_2() {
        rm -rf /tmp/first
        dpkg-deb -R /package/suite.deb /tmp/first
        sed -i 's/^Version: .*/Version: 0.1/' /tmp/first/DEBIAN/control
        rm -f /tmp/first/DEBIAN/preinst
        sed -i 's| /etc/passthru.conf.dpkg-remove||' /tmp/first/DEBIAN/postinst
        mkdir -p /tmp/first/etc
        sed 's/^\([^#]\)/#\1/' /usr/share/doc/passthru-setup/examples/passthru.conf >/tmp/first/etc/passthru.conf
        echo /etc/passthru.conf >/tmp/first/DEBIAN/conffiles
        dpkg-deb -b /tmp/first /tmp/first.deb >/dev/null
}

package_files() {
        local file
        dpkg -L passthru-setup | while read -r file; do
                [ -d "$file" ] || stat -L -c '%a %U:%G %n' "$file"
        done
}

# What there is besides, as manual pages, is not asked about by name.
expected_files() {
        cat <<END
644 root:root $unitdir/passthru-setup-claim.service
644 root:root $unitdir/passthru-setup.service
644 root:root $unitdir/passthru-setup@.service
755 root:root /etc/libvirt/hooks/qemu.d/passthru-setup
755 root:root /usr/bin/passthru-setup
755 root:root /usr/bin/passthru-setup-capture
644 root:root /usr/lib/dracut/modules.d/90passthru-setup/passthru-setup-initramfs.service
755 root:root /usr/lib/dracut/modules.d/90passthru-setup/module-setup.sh
755 root:root /usr/lib/passthru-setup/initramfs-copy
644 root:root /usr/lib/systemd/catalog/passthru-setup.catalog
755 root:root /usr/lib/udev/passthru-setup-helper
644 root:root /usr/lib/udev/rules.d/60-passthru-setup.rules
755 root:root /usr/share/initramfs-tools/hooks/passthru-setup
755 root:root /usr/share/initramfs-tools/scripts/init-bottom/passthru-setup
755 root:root /usr/share/initramfs-tools/scripts/init-top/passthru-setup
755 root:root /usr/share/passthru-setup/hooks/libvirt
755 root:root /usr/share/passthru-setup/hooks/proxmox
644 root:root /usr/share/passthru-setup/schema/plan.json
END
}

mkdir -p /run/systemd/system /package/bin
cat >/package/bin/systemctl <<'END'
#!/bin/sh
# What no manager is needed for may be asked of the real one.
case "$*" in
is-enabled*|enable*) SYSTEMD_OFFLINE=1 exec /usr/bin/systemctl "$@" ;;
*) echo "$*" >>/tmp/asked ;;
esac
END
chmod +x /package/bin/systemctl
cp /package/bin/systemctl /package/bin/deb-systemd-invoke
PATH=/package/bin:$PATH
# The tree was made without manuals; here all that the package has is to be seen.
rm -f /etc/dpkg/dpkg.cfg.d/*mmdebstrap*

files >/tmp/before
version=$(dpkg-deb -f /package/suite.deb Version)

# Installed.
ok "it installs on a clean host" dpkg_says -i /package/suite.deb
verdict "$(initramfs_is_made; echo $?)" "the initramfs is made anew"
is "systemd is asked for no more than to read its units" "$(said_to_systemd)" "--system daemon-reload"
is "the program is of the package's version" "$(passthru-setup --version | head -n 1)" "passthru-setup $version"
is "the service is not enabled" "$(systemctl is-enabled $service 2>&1)" disabled
is "the others can't be" "$(systemctl is-enabled passthru-setup-claim.service passthru-setup@x.service 2>&1)" $'static\nstatic'
unitdir=$(dirname "$(dpkg -L passthru-setup | grep '/passthru-setup.service$')")
package_files | sort >/tmp/files
not_ok "the files that make it up are where they belong, with their modes" \
        grep . <(expected_files | sort | comm -23 - /tmp/files)
not_ok "all its files are root's, and writable by root alone" grep -vE '^(644|755) root:root ' /tmp/files
is "the directory of the state too" "$(stat -c '%a %U:%G' /var/lib/passthru-setup)" "755 root:root"
is "libvirt's hook is the only conffile" "$(dpkg-query -W -f '${Conffiles}' passthru-setup | awk 'NF {print $1}')" \
        /etc/libvirt/hooks/qemu.d/passthru-setup
ok "which is silent about a VM that no section is for" /etc/libvirt/hooks/qemu.d/passthru-setup web prepare begin - </dev/null
not_ok "nor a configuration" test -e /etc/passthru.conf
is "without one there is nothing to do" "$(passthru-setup plan 2>/dev/null)" "Plan: nothing to do."
ok "README is where the units say" test -s /usr/share/doc/passthru-setup/README.md
ok "the example is a right configuration" passthru-setup check /usr/share/doc/passthru-setup/examples/passthru.conf
# The host itself once more, without what is mounted in it.
mkdir /package/bare
mount --bind / /package/bare
ok "which can be read in a chroot without /proc" chroot /package/bare sh -c \
        'test ! -e /proc/self && passthru-setup check /usr/share/doc/passthru-setup/examples/passthru.conf'
umount /package/bare
ok "the catalog knows its messages" in_catalog
ok "libkmod, which it loads when it needs it, is there" grep -q 'libkmod2' <(dpkg-query -W -f '${Depends}' passthru-setup)
ok "the units are right" systemd-analyze verify --man=no "$unitdir/passthru-setup.service"

# Upgraded.
ok "the service can be enabled" systemctl enable $service
until_0_2
cp /usr/share/doc/passthru-setup/examples/passthru.conf /etc
echo '# mine' >>/etc/passthru.conf
mine=$(</etc/passthru.conf)
mkdir -p /var/lib/passthru-setup/initramfs
echo kept >/var/lib/passthru-setup/cleared
said_to_systemd >/dev/null
newer 1
ok "it installs over itself" dpkg_says -i /package/suite.deb
ok "it is upgraded" dpkg_says -i /tmp/newer-1.deb
verdict "$(initramfs_is_made; echo $?)" "the initramfs is made anew then"
is "nothing is stopped, started or restarted by that" "$(said_to_systemd)" "--system daemon-reload"
is "the configuration is kept" "$(</etc/passthru.conf)" "$mine"
is "the service is still enabled" "$(systemctl is-enabled $service 2>&1)" enabled
is "what is cleared is kept" "$(</var/lib/passthru-setup/cleared)" kept

# Removed and purged.
said_to_systemd >/dev/null
ok "it can be removed" dpkg_says --remove passthru-setup
verdict "$(initramfs_is_made; echo $?)" "the initramfs is made without it"
not_ok "nothing is stopped by that" grep -vx -e '--system daemon-reload' /tmp/asked
is "the configuration stays" "$(</etc/passthru.conf)" "$mine"
is "what is cleared stays" "$(</var/lib/passthru-setup/cleared)" kept
not_ok "the program is gone" test -e /usr/bin/passthru-setup
ok "libvirt's hook, which stays until it is purged, does not miss it" \
        /etc/libvirt/hooks/qemu.d/passthru-setup web prepare begin - </dev/null
not_ok "the catalog has forgotten its messages" in_catalog
ok "it can be purged" dpkg_says --purge passthru-setup
not_ok "the service is not enabled any more" test -L $wants
files >/tmp/after
ok "nothing is left of it" diff /tmp/before /tmp/after

# From a version that had /etc/passthru.conf as a conffile. Without a terminal dpkg fails where it would ask.
ok "the version before 0.2 can be installed" dpkg_says -i /tmp/first.deb
ok "it is upgraded" dpkg_says -i /package/suite.deb
is "the configuration of comments alone is gone" "$(echo /etc/passthru.conf*)" "/etc/passthru.conf*"
ok "it can be purged" dpkg_says --purge passthru-setup
dpkg_says -i /tmp/first.deb
echo "$mine" >/etc/passthru.conf
ok "it is upgraded, with an edited configuration" dpkg_says -i /package/suite.deb
is "which stays, alone" "$(cat /etc/passthru.conf*)" "$mine"
dpkg_says -i /tmp/newer-1.deb
is "also at the upgrade after that" "$(cat /etc/passthru.conf*)" "$mine"
dpkg_says --remove passthru-setup
is "and when it is removed" "$(cat /etc/passthru.conf*)" "$mine"
dpkg_says --purge passthru-setup
files >/tmp/after
ok "a purge takes it" diff /tmp/before /tmp/after

# Purged with what it has written itself, and with what others have.
dpkg_says -i /package/suite.deb
mkdir -p /etc/default/grub.d /etc/passthru.conf.d /var/lib/passthru-setup/rom
# shellcheck disable=SC2016 # GRUB's
echo 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX intel_iommu=on"' >/etc/default/grub.d/passthru-setup.cfg
printf '# Written by …\nword intel_iommu=on\nword iommu=pt\n' >/var/lib/passthru-setup/boot-config
echo rom >/var/lib/passthru-setup/rom/gpu.rom
echo "$mine" >/etc/passthru.conf.d/mine.conf
mkdir -p /tmp/other/DEBIAN /tmp/other/etc/passthru.conf.d
printf 'Package: our-hosts\nVersion: 1\nArchitecture: all\nMaintainer: us <us@example.org>\nDescription: drop-ins\n' >/tmp/other/DEBIAN/control
echo "# of all hosts" >/tmp/other/etc/passthru.conf.d/hosts.conf
dpkg-deb -b /tmp/other /tmp/other.deb >/dev/null
ok "another package can bring drop-ins" dpkg_says -i /tmp/other.deb
ok "it can be purged" dpkg_says --purge passthru-setup
not_ok "the drop-in of boot-config is gone" test -e /etc/default/grub.d/passthru-setup.cfg
like "the purge tells how its parameters go" 'update-grub'
like "it names those that stay" '/etc/kernel/cmdline stays there: intel_iommu=on iommu=pt'
is "a saved ROM is kept, and nothing else" "$(find /var/lib/passthru-setup -type f)" /var/lib/passthru-setup/rom/gpu.rom
is "and so is another package's drop-in" "$(ls /etc/passthru.conf.d)" hosts.conf
dpkg_says --purge our-hosts
rm -r /var/lib/passthru-setup
rmdir --ignore-fail-on-non-empty /etc/default/grub.d
files >/tmp/after
ok "nothing else is left of it" diff /tmp/before /tmp/after

# Where there is GRUB, its menu is made without the parameters.
dpkg_says -i /package/suite.deb
mkdir -p /etc/default/grub.d
echo '# ours' >/etc/default/grub.d/passthru-setup.cfg
printf '#!/bin/sh\ntest ! -e /etc/default/grub.d/passthru-setup.cfg && touch /tmp/menu\n' >/package/bin/update-grub
chmod +x /package/bin/update-grub
ok "it can be purged where there is GRUB" dpkg_says --purge passthru-setup
ok "whose menu is made without its parameters" test -e /tmp/menu
like "as the purge tells" 'updated the menu of GRUB'
rm /package/bin/update-grub
rmdir --ignore-fail-on-non-empty /etc/default/grub.d

# From a repository.
apt_of_repo() {
        apt-get -q -y -o Dir::Etc::SourceList=/dev/null -o Dir::State::Lists=/tmp/lists "$@"
}
mkdir -p /tmp/lists/partial
repo=$(echo /package/repo/*)
cp "$repo/passthru-setup.sources" /etc/apt/sources.list.d/
ok "apt takes the repository, by its key" apt_of_repo update --error-on=any
ok "and installs from it" apt_of_repo install passthru-setup
is "the version that it has" "$(dpkg-query -W -f '${Version}' passthru-setup)" "$version"
dpkg --purge passthru-setup >/dev/null
echo >>"$repo/Packages"
xz -f -k "$repo/Packages"
rm -r /tmp/lists
mkdir -p /tmp/lists/partial
not_ok "a changed repository is refused" apt_of_repo update --error-on=any
rm -r /etc/apt/sources.list.d/passthru-setup.sources /tmp/lists

# From the suite before.
if [ -e /package/older.deb ]; then
        ok "the older suite's package can be installed" dpkg_says -i /package/older.deb
        ok "and its service enabled" systemctl enable $service
        newer 3
        ok "it is upgraded to this suite's" dpkg_says -i /tmp/newer-3.deb
        is "all files of it are there" "$(dpkg -L passthru-setup | xargs stat -c x 2>&1 | sort -u)" x
        is "its service is still enabled" "$(systemctl is-enabled $service 2>&1)" enabled
        ok "and the link leads to the unit" test -e $wants
        ok "it can be purged" dpkg_says --purge passthru-setup
        files >/tmp/after
        ok "nothing is left of it" diff /tmp/before /tmp/after
fi
echo "the end"
