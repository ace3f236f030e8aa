#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds those libraries as archives that Debian has only as shared ones:
# libdivsufsort and cJSON, from Debian's source packages with its patches.
# Usage: libraries.sh FOLDER [TOOLCHAIN]
# With a CMake toolchain file, for Windows: BearSSL as well, by the compiler
# x86_64-w64-mingw32-gcc-posix, and xxhash.h. Leaves headers and archives in
# FOLDER; does nothing when they are there.
set -eu

out=$1
toolchain=${2:+$(realpath "$2")}
stamp=$(cksum <"$0")
if [ "$(cat "$out/complete" 2>/dev/null)" = "$stamp" ]; then
    exit 0
fi
rm -rf "$out"
mkdir -p "$out/apt/sources" "$out/apt/lists/partial" \
    "$out/apt/cache/archives/partial"
out=$(cd "$out" && pwd)

# The machine's own mirrors, asked for sources, in lists of our own.
for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian*.list; do
    [ -e "$file" ] || continue
    sed -n 's/^deb \(.*\)/deb-src \1/p' "$file" >>"$out/apt/sources/source.list"
done
for file in /etc/apt/sources.list.d/debian*.sources; do
    [ -e "$file" ] || continue
    sed 's/^Types:.*/Types: deb-src/' "$file" \
        >"$out/apt/sources/$(basename "$file")"
done
apt() {
    apt-get -qq -o Dir::Etc::SourceList=/dev/null \
        -o Dir::Etc::SourceParts="$out/apt/sources" \
        -o Dir::State::Lists="$out/apt/lists" -o Dir::Cache="$out/apt/cache" \
        -o APT::Sandbox::User= "$@" </dev/null
}
cd "$out/apt"
apt update
# shellcheck disable=SC2086 # no word or one
apt source --download-only libdivsufsort cjson ${toolchain:+bearssl}

# archive NAME CMAKE-OPTION...
archive() {
    name=$1
    shift
    dpkg-source --no-check -x "$name"_*.dsc "$name" >/dev/null
    cmake ${toolchain:+"-DCMAKE_TOOLCHAIN_FILE=$toolchain"} -G Ninja -S "$name" -B "$name/build" -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_INSTALL_PREFIX="$out" -DBUILD_SHARED_LIBS=OFF "$@" \
        >"$name.log" 2>&1 &&
        cmake --build "$name/build" >>"$name.log" &&
        cmake --install "$name/build" >>"$name.log" || {
        cat "$name.log"
        exit 1
    }
}
archive libdivsufsort -DBUILD_EXAMPLES=OFF
archive cjson -DENABLE_CJSON_TEST=OFF -DENABLE_CUSTOM_COMPILER_FLAGS=OFF
if [ -n "$toolchain" ]; then
    dpkg-source --no-check -x bearssl_*.dsc bearssl >/dev/null
    make -C bearssl -j "$(nproc)" CC=x86_64-w64-mingw32-gcc-posix \
        AR=x86_64-w64-mingw32-ar build/libbearssl.a >bearssl.log 2>&1 || {
        cat bearssl.log
        exit 1
    }
    cp bearssl/build/libbearssl.a "$out/lib"
    cp bearssl/inc/*.h /usr/include/xxhash.h "$out/include"
fi
cd "$out"
rm -rf apt
echo "$stamp" >complete
