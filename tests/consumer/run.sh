#!/bin/sh
# SPDX-License-Identifier: MIT
# Uses dfota from outside in one way, as another project would: builds
# samples/library with it, makes a package from the real pair and applies it.
# Usage: run.sh WAY BUILD CC MKDFOTA
# WAY is subdirectory, find_package, find_package_shared, pkg_config,
# pkg_config_shared, bare or one_file. Of the two libraries that are installed
# "shared" is for libdelta.so, else it is libdelta.a.
set -eu

way=$1 build=$2 cc=$3 mkdfota=$4
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
flags='-Wall -Wextra -Wpedantic -Werror'
# A build with sanitizers can only be linked with their runtime.
sanitize=$(sed -n 's/^CMAKE_C_FLAGS:[A-Z]*=//p' "$build/CMakeCache.txt")

# Installs to a first prefix and moves it, so that nothing may depend on it.
install_moved() {
    cmake --install "$build" --prefix "$work/first" >/dev/null
    mv "$work/first" "$work/prefix"
    prefix=$work/prefix
    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name dfota.pc)")
    export PKG_CONFIG_PATH
}

# The samples, the first of them with the flags given.
with_pkg_config() {
    bin=$work
    # shellcheck disable=SC2046,SC2086 # lists of words
    "$cc" -std=c11 $flags $sanitize "$root/samples/library/make_package.c" \
        "$@" -o make_package
    # shellcheck disable=SC2046,SC2086
    "$cc" -std=c99 $flags $sanitize "$root/samples/library/apply_package.c" \
        $(pkg-config --cflags --libs dfota-patcher) -o apply_package
}

# links_shared PROGRAM
links_shared() {
    readelf -d "$1" | grep -q 'NEEDED.*libdelta\.so\.0'
}

with_cmake() {
    cmake -G Ninja -S "$here/$way" -B "$work/out" -DCMAKE_C_COMPILER="$cc" \
        -DCMAKE_C_FLAGS="$sanitize" -DSAMPLES="$root/samples/library" "$@"
    cmake --build "$work/out"
    bin=$work/out
}

case $way in
subdirectory)
    with_cmake -DDFOTA="$root"
    ;;
find_package)
    install_moved
    with_cmake -DCMAKE_PREFIX_PATH="$prefix"
    [ "$("$prefix/bin/mkdfota" --version | head -n 1)" = \
        "$("$mkdfota" --version | head -n 1)" ]
    ;;
find_package_shared)
    install_moved
    with_cmake -DCMAKE_PREFIX_PATH="$prefix"
    links_shared "$bin/make_package"
    ;;
pkg_config)
    install_moved
    find "$prefix" -name 'libdelta.so*' -delete # the linker would prefer it
    # shellcheck disable=SC2046 # a list of words
    with_pkg_config $(pkg-config --static --cflags --libs dfota)
    ;;
pkg_config_shared)
    install_moved
    LD_LIBRARY_PATH=$(dirname "$(find "$prefix" -name libdelta.so)")
    export LD_LIBRARY_PATH
    # shellcheck disable=SC2046 # a list of words
    with_pkg_config $(pkg-config --cflags --libs dfota)
    links_shared make_package
    # It needs nothing else, so it names nothing else.
    [ "$(pkg-config --libs-only-l dfota | tr -d " ")" = -ldelta ]
    ;;
bare)
    bin=$work
    cp -r "$root/firmware-patcher" copied
    compile() {
        # shellcheck disable=SC2086 # lists of words
        "$cc" -std=c99 $flags -Icopied/include -Icopied/codec -Icopied/src \
            copied/src/*.c copied/codec/*.c \
            "$root/samples/library/apply_package.c" "$@"
    }
    compile -lbearssl -lz -o apply_package
    # The core alone needs nothing but mem*; here it knows Thumb only.
    compile -DDFP_WITH_SIGNATURE=0 -DDFP_WITH_DEFLATE=0 -DDFP_ARCHS=1u \
        -o apply_core
    ;;
one_file)
    bin=$work
    install_moved
    cp "$root/samples/library/wholefile.h" "$prefix"/share/dfota/dfota_patcher.? .
    sed 's|dfota/patcher.h|dfota_patcher.h|' \
        "$root/samples/library/apply_package.c" >apply_package.c
    # shellcheck disable=SC2086 # lists of words
    "$cc" -std=c99 $flags $sanitize dfota_patcher.c apply_package.c \
        -lbearssl -lz -o apply_package
    ;;
*)
    echo "no such way: $way" >&2
    exit 2
    ;;
esac

pair=$root/samples/pairs/movehub
old=$pair/movehub-7.27.0.bin new=$pair/movehub-7.28.0.bin
if [ "$way" = bare ]; then
    "$mkdfota" -q "$old" "$new" -o update.dfota
    ./apply_core "$old" update.dfota core.bin
    cmp core.bin "$new"
    "$mkdfota" -q --arch a32 "$old" "$new" -o other.dfota
    ! ./apply_core "$old" other.dfota core.bin 2>refused
    grep -qi architecture refused
elif [ "$way" = one_file ]; then
    "$mkdfota" -q "$old" "$new" -o update.dfota
else
    "$bin/make_package" "$old" "$new" update.dfota
fi
"$bin/apply_package" "$old" update.dfota patched.bin
cmp patched.bin "$new"
echo "consumer $way: package of $(stat -c %s update.dfota) bytes applied"
