#!/bin/sh
# SPDX-License-Identifier: MIT
# A real update from beginning to end: installs what is missing, builds, makes a
# signed package from two firmware releases, and applies it on a simulated
# module that loses power again and again.
set -eu
cd "$(dirname "$0")/.."

xargs tests/install.sh <tests/packages.txt
cmake --preset release >/dev/null
cmake --build --preset release --target mkdfota dfota-module -- --quiet
mkdfota=$PWD/build/release/cli/mkdfota
module=$PWD/build/release/samples/module/dfota-module

old=$PWD/samples/pairs/movehub/movehub-7.27.0.bin
new=$PWD/samples/pairs/movehub/movehub-7.28.0.bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

title() {
    printf '\n--- %s\n' "$1"
}

title "A key pair, as openssl makes it"
openssl ecparam -genkey -name prime256v1 -noout -out private.pem
openssl ec -in private.pem -pubout -out public.pem 2>/dev/null
ls ./*.pem

title "The package: Move Hub 7.27.0 to 7.28.0, signed"
make_package() {
    "$mkdfota" -q "$old" "$new" -o "$1.bin" --codec "$1" --ram 16K \
        --product movehub --counter 1 --key private.pem \
        --from-version 7.27.0 --to-version 7.28.0
}
make_package range
make_package deflate
bsdiff "$old" "$new" bsdiff.bin
"$mkdfota" verify range.bin --old "$old" --new "$new" --key public.pem
"$mkdfota" info range.bin

title "A module that runs 7.27.0"
"$module" format flash.img "$old"

title "The update, with power cuts in the middle of flash operations"
cuts=0
update() {
    "$module" update flash.img range.bin --key public.pem --product movehub \
        --counter 1 --random 1 "$@" 2>>progress.log
}
for operations in 0 1 30 7 100 55 2; do
    echo "power fails in operation $((operations + 1)) from here:"
    status=0
    update --cut-after $operations || status=$?
    if [ $status -ne 4 ]; then
        echo "no cut, exit status $status"
        exit 1
    fi
    cuts=$((cuts + 1))
done
echo "and now without a cut:"
update
"$module" check flash.img "$new"
"$module" status flash.img

title "Refused before anything is erased: an unsigned package"
"$mkdfota" -q "$old" "$new" -o unsigned.bin --product movehub
"$module" format second.img "$old"
if "$module" update second.img unsigned.bin --key public.pem -q; then
    exit 1
fi
"$module" check second.img "$old"

title "Sizes in bytes"
size() {
    stat -c %s "$1"
}
printf '%-40s %7d\n' "new image" "$(size "$new")" \
    "bsdiff" "$(size bsdiff.bin)" \
    "dfota, codec deflate, signed, 16 KiB RAM" "$(size deflate.bin)" \
    "dfota, codec range, signed, 16 KiB RAM" "$(size range.bin)"

printf '\nquickstart: updated across %d power cuts; package %d bytes, ' \
    $cuts "$(size range.bin)"
printf 'bsdiff %d\n' "$(size bsdiff.bin)"
