#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds BearSSL and zlib's inflate for a target from Debian's source packages.
# Usage: fetch.sh FOLDER [COMPILER FLAG...]
# Without a compiler: arm-none-eabi-gcc for Cortex-M3. Leaves headers, archives
# and call graphs in FOLDER, the sources in FOLDER/../sources; does nothing when
# they are there already.
set -eu

out=$1
shift
[ $# -ne 0 ] || set -- arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb
stamp="$(cksum <"$0") $*" # of what it makes, and for what
if [ "$(cat "$out/complete" 2>/dev/null)" = "$stamp" ]; then
    touch "$out/complete"
    exit 0
fi
rm -rf "$out"
mkdir -p "$out/include" "$out/obj"
out=$(cd "$out" && pwd)
sources=$(dirname "$out")/sources

# The machine's own mirrors, asked for sources, in lists of our own.
apt() {
    apt-get -qq -o Dir::Etc::SourceList=/dev/null \
        -o Dir::Etc::SourceParts="$sources/apt/sources" \
        -o Dir::State::Lists="$sources/apt/lists" \
        -o Dir::Cache="$sources/apt/cache" -o APT::Sandbox::User= "$@" \
        </dev/null
}
unpack() {
    mkdir "$1"
    tar -xf "$1"_*.orig.tar.* -C "$1" --strip-components=1
}
download() {
    rm -rf "$sources"
    mkdir -p "$sources/apt/lists/partial" \
        "$sources/apt/cache/archives/partial" "$sources/apt/sources"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian*.list; do
        [ -e "$file" ] || continue
        sed -n 's/^deb \(.*\)/deb-src \1/p' "$file" \
            >>"$sources/apt/sources/source.list"
    done
    for file in /etc/apt/sources.list.d/debian*.sources; do
        [ -e "$file" ] || continue
        sed 's/^Types:.*/Types: deb-src/' "$file" \
            >"$sources/apt/sources/$(basename "$file")"
    done
    cd "$sources"
    apt update
    apt source --download-only bearssl zlib
    unpack bearssl
    unpack zlib
    rm -rf apt ./*.tar.* ./*.dsc
    touch complete
}
if [ ! -e "$sources/complete" ]; then
    (download)
fi

# In parallel. Flags hold no spaces.
# shellcheck disable=SC2016 # the inner shell's
compile() { # PREFIX COMPILER FLAG... <SOURCES
    prefix=$1
    shift
    while read -r source; do
        echo "obj/${prefix}_$(basename "$source" .c).o" "$source"
    done | xargs -P "$(nproc)" -n 2 sh -c '
        command=$1 object=$2 source=$3
        exec $command -c "$source" -o "$object"' sh \
        "$* -Os -ffreestanding -ffunction-sections -fdata-sections \
         -fno-asynchronous-unwind-tables -fcallgraph-info=su -w"
}
cd "$out"
b=../sources/bearssl
z=../sources/zlib
find "$b/src/ec" "$b/src/hash" "$b/src/int" "$b/src/codec" "$b/src/mac" \
    "$b/src/symcipher" -name '*.c' |
    compile br "$@" "-I$b/inc" "-I$b/src"
for name in adler32 inffast inflate inftrees zutil; do
    echo "$z/$name.c"
done | compile z "$@" "-I$z" -DNO_GZIP -DZ_SOLO
ar=${1%gcc}ar
"$ar" rcs libbearssl.a obj/br_*.o
"$ar" rcs libz.a obj/z_*.o
cp "$b"/inc/*.h "$z/zlib.h" "$z/zconf.h" include/
echo "$stamp" >complete
