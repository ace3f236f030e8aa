#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds BearSSL and zlib's inflate for a module from Debian's source packages,
# for what is measured and run here. Usage: fetch.sh FOLDER [PREFIX FLAG...]
# PREFIX is that of the compiler's name, the flags choose the core; without
# them a Cortex-M3. Leaves headers, archives and call graphs in the folder; does
# nothing when it has them, made by this script for this core.
set -eu

out=$1
shift
[ $# -gt 0 ] || set -- arm-none-eabi- -mcpu=cortex-m3 -mthumb
prefix=$1
shift
flags=$*
stamp="$(cksum <"$0") $prefix $flags"
if [ "$(cat "$out/complete" 2>/dev/null)" = "$stamp" ]; then
    touch "$out/complete"
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

compile() { # START-OF-NAME FLAG...; sources on stdin
    name=$1
    shift
    # shellcheck disable=SC2016 # the inner shell's
    xargs -P "$(nproc)" -I {} sh -c 'source=$1 name=$2; shift 2
        "$@" -c "$source" -o "obj/$name$(basename "$source" .c).o"' \
        compile {} "$name" "${prefix}gcc" "$@"
}
# shellcheck disable=SC2086 # a list of words
set -- $flags -Os -ffreestanding -ffunction-sections -fdata-sections \
    -fcallgraph-info=su -w
find bearssl/src/ec bearssl/src/hash bearssl/src/int bearssl/src/codec \
    bearssl/src/mac bearssl/src/symcipher -name '*.c' |
    compile br_ "$@" -Ibearssl/inc -Ibearssl/src
for name in adler32 inffast inflate inftrees zutil; do
    echo "zlib/$name.c"
done | compile z_ "$@" -Izlib -DNO_GZIP -DZ_SOLO
"${prefix}ar" rcs libbearssl.a obj/br_*.o
"${prefix}ar" rcs libz.a obj/z_*.o
cp bearssl/inc/*.h zlib/zlib.h zlib/zconf.h include/
rm -rf apt bearssl zlib ./*.tar.* ./*.dsc
echo "$stamp" >complete
