#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds packages with dfota_add_package in a firmware project: all of them
# first, then those only of which something has changed.
# Usage: packages.sh BUILD CC
set -eu

build=$1 cc=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $*; $(cat log)" >&2
    exit 1
}

# program NUMBER: a program of this version, which differs in a few bytes
program() {
    printf 'const char version[] = "%s";\n' "$1"
    printf 'int main(void) { return version[0] == %s; }\n' "$1"
}

cmake --install "$build" --prefix "$work/first" >/dev/null
mv first prefix # nothing may depend on where it was
mkdfota=$work/prefix/bin/mkdfota

cp -r "$here/packages" 'a project'
cd 'a project'
mkdir releases
for number in 1 2; do
    program $number >release.c
    "$cc" -g0 release.c -o releases/app-$number.0.elf
    objcopy -O binary releases/app-$number.0.elf releases/app-$number.0.bin
done
program 3 >app.c
cp "$root/samples/layouts/two-slot.json" flash.json
openssl ecparam -genkey -name prime256v1 -noout -out key.pem
openssl ec -in key.pem -pubout -out key.pub 2>/dev/null
configure() {
    cmake -G Ninja -S . -B "$work/out" -DCMAKE_C_COMPILER="$cc" \
        -DCMAKE_PREFIX_PATH="$work/prefix" "$@" >log 2>&1
}

# makes NUMBER: the build makes so many packages
makes() {
    cmake --build "$work/out" >log 2>&1 || fail 'the build'
    made=$(grep -c 'Package .*\.dfota' log) || :
    [ "$made" = "$1" ] || fail "$made packages made, expected $1"
}

configure || fail 'cannot be configured'
makes 4
packages=$work/out/packages
"$mkdfota" verify -q "$packages/app-1.0_to_update.dfota" --key key.pub \
    --old releases/app-1.0.elf --new "$work/out/app"
"$mkdfota" verify -q "$work/out/app-2.0_to_raw.dfota" \
    --old releases/app-2.0.bin --new "$work/out/raw.bin"
"$mkdfota" info "$packages/app-2.0_to_update.dfota" >log
for fact in 'product *hub' '2\.0$' '3\.0$' 'counter *3'; do
    grep -q "$fact" log || fail "no $fact"
done
ninja -C "$work/out" -t commands update >log
grep -q -e '-9 .*--ram 12K' log || fail 'not all options'
"$mkdfota" info "$work/out/app-1.0_to_raw.dfota" >log
grep -q in-place log || fail 'not in place'
grep -q deflate log || fail 'not by deflate'

# Nothing to do; one release; the key; a new release; the application.
makes 0
grep -q 'no work to do' log || fail 'the second build does something'
touch releases/app-1.0.elf
makes 1
touch key.pem
makes 2
program 2.5 >release.c
"$cc" -g0 release.c -o releases/app-2.5.elf
makes 1
"$mkdfota" verify -q "$packages/app-2.5_to_update.dfota" \
    --old releases/app-2.5.elf --new "$work/out/app"
program 4 >app.c
makes 5
"$mkdfota" verify -q "$packages/app-1.0_to_update.dfota" \
    --old releases/app-1.0.elf --new "$work/out/app"
cmake --build "$work/out" --target laid >log || fail 'only when asked for'
"$mkdfota" verify -q "$work/out/app-1.0_to_laid.dfota" \
    --old releases/app-1.0.bin --new releases/app-2.0.bin

# refuses ARGUMENTS MESSAGE: when it is configured, in one sentence
refuses() {
    ! configure -DWRONG="$1" || fail "accepted: $1"
    tr -s ' \n' ' ' <log | grep -q "$2" || fail "no \"$2\""
}
mkdir releases/other
cp releases/app-1.0.bin releases/other
image=releases/app-1.0.bin
refuses "NAME;a;FROM;$image;TO;app;COLOUR;red" 'unknown option COLOUR'
refuses "NAME;a;FROM;none-*.bin;TO;app" 'FROM: no file is none-\*\.bin'
refuses "NAME;a;TO;app" 'FROM is missing'
refuses "FROM;$image;TO;app" 'NAME is missing'
refuses "NAME;a;FROM;$image;TO;app;RAM" 'no value for RAM'
refuses "NAME;a;FROM;$image;TO;app.bin;OBJCOPY" 'TO is not a target'
refuses "NAME;a;FROM;$image;TO;app;FROM_VERSION;v([0-9]+)" 'no version in app-1'
refuses "NAME;a;FROM;$image;releases/other/*;TO;app" 'two images are named app-1'

# Firmware of another architecture: with the tools, without the libraries.
configure -DWRONG= -DPOINTER=2 || fail 'only for the architecture of the host'
! configure -DPOINTER=2 -DCOMPONENT=patcher || fail 'a library of the host'
tr -s ' \n' ' ' <log | grep -q 'patcher is for pointers of . bytes (expected 2)' ||
    fail 'does not say why'

# As part of another project; without its program.
cmake -G Ninja -S . -B "$work/inside" -DCMAKE_C_COMPILER="$cc" \
    -DDFOTA="$root" >log 2>&1 || fail 'not as a subproject'
ninja -C "$work/inside" -t query packages/app-1.0_to_update.dfota >log
grep -q 'dfota/cli/mkdfota' log || fail 'no dependency on mkdfota'
sed -i '/DFOTA_BUILD_CLI/d' CMakeLists.txt
! configure -DDFOTA="$root" || fail 'no mkdfota'
tr -s ' \n' ' ' <log | grep -q 'there is no target dfota::mkdfota' ||
    fail 'does not say what is missing'
echo "consumer packages: as they should be"
