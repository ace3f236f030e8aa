#!/bin/sh
# SPDX-License-Identifier: MIT
# The tests of the one file do run it: of the library's own functions none is in
# the program but the codec, which libdelta shares.
# Usage: linked.sh PROGRAM LIBRARY
set -eu

header=$(dirname "$0")/../../firmware-patcher/include/dfota/patcher.h
public=$(sed -n 's/^[a-z].*[ *]\(dfp_[a-z_0-9]*\)(.*/\1/p' "$header")

# Global functions of the patcher that are no public ones.
private() {
    nm --defined-only "$1" | sed -n 's/.* T \(dfp_[a-z_0-9]*\)$/\1/p' |
        sort -u | grep -vxF "$public"
}
nm --defined-only "$1" | grep -q ' T dfp_feed$'
[ "$(private "$2" | wc -l)" -ge 20 ]
if private "$1"; then
    echo "$1 holds the library's patcher"
    exit 1
fi
