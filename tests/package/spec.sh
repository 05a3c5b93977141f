#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# In Debian 13's tree to make packages in: reads the RPM spec and builds of it, with the macros that Debian's rpm lacks. The
# argument is a copy of the source.
set -u
source=$1
spec=$source/conf/rpm/passthru-setup.spec
top=$(dirname "$source")/rpm
version=$(sed -n 's/^VERSION := //p' "$source/Makefile")
# Those of systemd-rpm-macros.
macros=(--define "_topdir $top" --define '_unitdir /usr/lib/systemd/system' --define '_udevrulesdir /usr/lib/udev/rules.d'
        --define '_sharedstatedir /var/lib' --define 'systemd_post() :' --define 'systemd_preun() :'
        --define 'systemd_postun() :' --define 'debug_package %{nil}' --define 'build_cflags -O0')

# ok DESC CMD…: the command must succeed; what it said is shown when it does not.
ok() {
        local what=$1
        shift
        if "$@" >"$source.said" 2>&1; then
                echo "ok - $what"
        else
                echo "not ok - $what"
                tail -n 50 "$source.said" | sed 's/^/    /'
        fi
}

mkdir -p "$top/SOURCES"
cp -a "$source" "$top/passthru-setup-$version"
tar -C "$top" -czf "$top/SOURCES/passthru-setup-$version.tar.gz" "passthru-setup-$version"

ok "the RPM spec can be read" rpmspec "${macros[@]}" -P "$spec"
ok "its version is the program's" test "$(rpmspec "${macros[@]}" -q --qf '%{version}' "$spec" 2>/dev/null)" = "$version"
ok "rpmlint has nothing to say to it" rpmlint --strict --config "$(dirname "$source")/rpmlint.toml" "$spec"
# Its dependencies have other names here.
ok "packages can be made by it, and take all that is installed" rpmbuild "${macros[@]}" -bb --nodeps "$spec"
echo "the end"
