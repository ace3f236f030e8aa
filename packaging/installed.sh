#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the Debian packages in a clean Debian 12, uses them, removes them.
# Usage: installed.sh FOLDER, with the packages; root or sudo.
set -eu
[ "$(id -u)" -eq 0 ] || exec sudo "$0" "$@"

packages=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
"$here/../tests/install.sh" debootstrap
root=$(mktemp -d)
chmod 755 "$root"
trap 'rm -rf "$root" "$root.log"' EXIT

# What they need comes with the system, so that the rest is theirs alone.
needed=$(for deb in "$packages"/*.deb; do dpkg-deb -f "$deb" Depends; done |
    tr ',' '\n' | sed 's/(.*)//; s/ //g; /libdelta/d' | sort -u | paste -sd,)
mirror=$(sed -n -e 's/^deb \(\[.*\] \)\?\([^ ]*\) bookworm .*/\2/p' \
    -e 's/^URIs: *\([^ ]*debian\)\/\?$/\1/p' /etc/apt/sources.list \
    /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources \
    2>/dev/null | head -n 1)
DPKG_FORCE=unsafe-io debootstrap --variant=minbase --include="$needed" bookworm "$root" \
    "${mirror:-http://deb.debian.org/debian}" >"$root.log" 2>&1 || {
    cat "$root.log"
    exit 1
}
cp "$packages"/*.deb "$here"/../samples/pairs/movehub/*.bin "$root/tmp"
inside() {
    chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        LC_ALL=C.UTF-8 sh -euc "$@"
}
files() {
    (cd "$root" && find etc usr -not -name ld.so.cache -print | LC_ALL=C sort)
}

files >"$root/tmp/before"
inside 'dpkg -i /tmp/*.deb' >/dev/null
files >"$root/tmp/between"
# shellcheck disable=SC2016 # the inner shell's
inside 'cd /tmp
    mkdfota --version
    mkdfota -q movehub-7.27.0.bin movehub-7.28.0.bin -o package
    mkdfota apply -q movehub-7.27.0.bin package -o made
    cmp movehub-7.28.0.bin made
    ldconfig -p | grep -q "libdelta\.so\.0 "
    test -e /usr/include/delta.h
    test -e /usr/lib/*/libdelta.so
    test -s /usr/share/doc/mkdfota/dfota.spdx.json
    dpkg -V libdelta0 libdelta-dev mkdfota'
inside 'dpkg --purge mkdfota libdelta-dev libdelta0' >/dev/null
files >"$root/tmp/after"
diff "$root/tmp/before" "$root/tmp/after"
echo "installed $(comm -13 "$root/tmp/before" "$root/tmp/between" | wc -l)" \
    "files and folders, used them, none is left"
