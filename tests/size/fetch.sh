#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds BearSSL and zlib's inflate for Cortex-M3 from Debian's source packages,
# for the size measurement only. Usage: fetch.sh FOLDER
# Leaves headers, archives and call graphs there; does nothing when it has them.
set -eu

out=$1
if [ -e "$out/complete" ]; then
    exit 0
fi
rm -rf "$out"
mkdir -p "$out/apt/lists/partial" "$out/apt/cache/archives/partial" \
    "$out/include" "$out/obj"
out=$(cd "$out" && pwd)
cd "$out"

# The machine's own mirrors, asked for sources, in lists of our own.
sources=$out/apt/sources
mkdir "$sources"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian*.list; do
    [ -e "$file" ] || continue
    sed -n 's/^deb \(.*\)/deb-src \1/p' "$file" >>"$sources/source.list"
done
for file in /etc/apt/sources.list.d/debian*.sources; do
    [ -e "$file" ] || continue
    sed 's/^Types:.*/Types: deb-src/' "$file" >"$sources/$(basename "$file")"
done
apt() {
    apt-get -qq -o Dir::Etc::SourceList=/dev/null \
        -o Dir::Etc::SourceParts="$sources" \
        -o Dir::State::Lists="$out/apt/lists" \
        -o Dir::Cache="$out/apt/cache" -o APT::Sandbox::User= "$@" </dev/null
}
apt update
apt source --download-only bearssl zlib

unpack() {
    mkdir "$1"
    tar -xf "$1"_*.orig.tar.* -C "$1" --strip-components=1
}
unpack bearssl
unpack zlib

compile() { # OUTPUT SOURCE FLAG...
    object=$out/obj/$1
    shift
    arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -Os -ffreestanding \
        -ffunction-sections -fdata-sections -fcallgraph-info=su -w \
        -c "$@" -o "$object"
}
for source in bearssl/src/ec/*.c bearssl/src/hash/*.c bearssl/src/int/*.c \
    bearssl/src/codec/*.c; do
    compile "br_$(basename "$source" .c).o" "$source" \
        -Ibearssl/inc -Ibearssl/src
done
for name in adler32 inffast inflate inftrees zutil; do
    compile "z_$name.o" "zlib/$name.c" -Izlib -DNO_GZIP -DZ_SOLO
done
arm-none-eabi-ar rcs libbearssl.a obj/br_*.o
arm-none-eabi-ar rcs libz.a obj/z_*.o
cp bearssl/inc/*.h zlib/zlib.h zlib/zconf.h include/
rm -rf apt bearssl zlib ./*.tar.* ./*.dsc
touch complete
