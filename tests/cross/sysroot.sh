#!/bin/sh
# SPDX-License-Identifier: MIT
# The libraries that the host code needs, for another architecture of Debian's.
# Usage: sysroot.sh ARCHITECTURE FOLDER
# Leaves them in FOLDER; does nothing when they are there already. The machine
# itself does not learn of the architecture: lists and packages are our own.
set -eu

arch=$1
out=$2
packages='libbearssl0 libbearssl-dev libcjson1 libcjson-dev libcmocka0
libcmocka-dev libdivsufsort3 libdivsufsort-dev libelf1 libelf-dev libxxhash0
libxxhash-dev zlib1g zlib1g-dev'

stamp="$(cksum <"$0") $arch" # of what it does, and for what
if [ "$(cat "$out/complete" 2>/dev/null)" = "$stamp" ]; then
    exit 0
fi
rm -rf "$out"
mkdir -p "$out/apt/sources" "$out/apt/lists/partial" \
    "$out/apt/cache/archives/partial" "$out/debs"
out=$(cd "$out" && pwd)

# Of the machine's mirrors only Debian's have other architectures.
for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian*; do
    [ -e "$file" ] || continue
    name=$(basename "$file")
    [ "$name" != sources.list ] || name=source.list
    cp "$file" "$out/apt/sources/$name"
done

apt() {
    apt-get -qq -o Dir::Etc::SourceList=/dev/null \
        -o Dir::Etc::SourceParts="$out/apt/sources" \
        -o Dir::State::Lists="$out/apt/lists" -o Dir::Cache="$out/apt/cache" \
        -o APT::Architecture="$arch" -o APT::Architectures="$arch" \
        -o APT::Sandbox::User= "$@" </dev/null
}
cd "$out/debs"
# A list that cannot be had matters only if a package is then missing.
apt update || :
# shellcheck disable=SC2086 # a list of words
apt download $packages
for package in *.deb; do
    dpkg-deb -x "$package" "$out"
done
cd "$out"
rm -rf apt debs usr/share
# What points out of the folder. (libz.a is beside libz.so.)
rm usr/lib/*/libz.so
sed -i "s|\"/usr|\"$out/usr|" usr/lib/*/cmake/*/*.cmake
echo "$stamp" >complete
