#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests of the patcher on another kind of machine, under QEMU.
# Usage: tests/cross/run.sh PRESET [CTEST-OPTION...]
# PRESET is s390x (big-endian) or i386 (32 bits).
set -eu
cd "$(dirname "$0")/../.."

preset=$1
shift
case "$preset" in
s390x) compiler='gcc-s390x-linux-gnu libc6-dev-s390x-cross' ;;
i386) compiler='gcc-i686-linux-gnu libc6-dev-i386-cross' ;;
*)
    echo "there are s390x and i386, not $preset" >&2
    exit 2
    ;;
esac

# What depends on the order of bytes or the size of a word: each state that is
# saved, everything that is parsed, both ends of both codecs.
tests='test_vectors
test_addrmap test_bytes test_cursor test_digest test_manifest test_mixer
test_model test_rangetables test_a32 test_a64 test_avr test_riscv test_thumb
test_xtensa test_package test_key'

[ "$preset" = i386 ] || tests="test_faults test_limits $tests" # slow there

# shellcheck disable=SC2086 # lists of words
{
    xargs tests/install.sh <tests/packages.txt
    tests/install.sh qemu-user $compiler
    tests/cross/sysroot.sh "$preset" ".deps/$preset"
    cmake --preset "$preset" >/dev/null
    cmake --build --preset "$preset" -j "$(nproc)" --target $tests -- --quiet
    ctest --preset "$preset" -j "$(nproc)" \
        -R "^(unit|system)\.($(echo $tests | tr ' ' '|'))\$" "$@"
}
