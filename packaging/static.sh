#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds mkdfota as one file that needs no library, build/static/cli/mkdfota,
# and tries it where there is nothing else. Root, or unprivileged namespaces.
set -eu
cd "$(dirname "$0")/.."

xargs tests/install.sh <tests/packages.txt
tests/install.sh dpkg-dev file patch xz-utils
packaging/libraries.sh .deps/static
cmake --preset static >/dev/null
cmake --build --preset static -j "$(nproc)" --target mkdfota -- --quiet
mkdfota=build/static/cli/mkdfota
file $mkdfota | grep -E 'statically linked|static-pie linked'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp $mkdfota "$work"
cp samples/pairs/movehub/movehub-7.27.0.bin "$work/old"
cp samples/pairs/movehub/movehub-7.28.0.bin "$work/new"
alone() {
    if [ "$(id -u)" -eq 0 ]; then
        chroot "$work" /mkdfota "$@"
    else
        unshare -r chroot "$work" /mkdfota "$@"
    fi
}
alone --version
alone -q old new -o package
alone apply -q old package -o made
cmp "$work/new" "$work/made"
echo "alone: package of $(stat -c %s "$work/package") bytes applied"
tests/cli/run.sh $mkdfota test_matrix_http # that it has none
