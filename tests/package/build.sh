#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# In a tree to make packages in: makes a repository of the source (the argument) and its packages. They are in ../out, with
# `left`, what make deb left in the working tree, and `taken`, what it should not have taken, or should have; ../out/next has
# the package of a higher version.
set -eu -o pipefail
# The tests are other tiers'.
export DEB_BUILD_OPTIONS=nocheck DEB_BUILD_PROFILES=nocheck
cd "$1"
out=$(dirname "$PWD")/out
mkdir -p "$out/source"

# The source package, of all files.
cp -a . "$out/source"
(cd "$out/source" && dpkg-buildpackage --build=source --unsigned-source --unsigned-changes)
# A build daemon runs the tests.
(cd "$out/source" && DEB_BUILD_OPTIONS='' DH_NO_ACT=1 dh_auto_test -v) >"$out/tested"
rm -r "$out/source"

listing() {
        find . -path ./.git -prune -o -path ./build -prune -o -print | sort
}

git init -q .
git add -A
git ls-files >../known
# Taken: what is new. Not taken: what is ignored, and what is deleted.
echo new >new-file
echo new-file >>../known
echo deleted >deleted-file
git add deleted-file
rm deleted-file
mkdir -p build
echo ignored >build/ignored-file

listing >../before
make deb
listing >../after
diff ../before ../after >"$out/left" || :
# What the build itself has made there is not asked about.
(cd build/deb/source && find . -path ./build -prune -o ! -type d -printf '%P\n') |
        grep -vE '^debian/(\.debhelper/|passthru-setup/|debhelper|files$|passthru-setup\..*(substvars|debhelper|log)$)' |
        diff <(sort ../known) <(sort) >"$out/taken" || :

rm -r build/deb/source
mv build/deb/* "$out"

# The version after it, of the same files: what an upgrade does is for the scripts, which are the same too.
dpkg-deb --raw-extract "$(find "$out" -maxdepth 1 -name '*.deb' ! -name '*-dbgsym_*')" ../next
sed -i 's/^Version: .*/&+next/' ../next/DEBIAN/control
mkdir "$out/next"
dpkg-deb --build ../next "$out/next"
