#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes every target for a bounded time, under ASan and UBSan.
# Usage: fuzz/run.sh SECONDS [TARGET...]
# New inputs are kept in build/fuzz/corpus, a failing one in build/fuzz.
set -eu
cd "$(dirname "$0")/.."

seconds=${1:?usage: fuzz/run.sh SECONDS [TARGET...]}
shift
[ $# -gt 0 ] || set -- package signed journal roundtrip cuts image layout foreign \
  profile key releases index http targets demands at nv

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -j "$(nproc)"
for target in "$@"; do
  target=fuzz_${target#fuzz_}
  mkdir -p "build/fuzz/corpus/$target"
  echo "$target: $seconds seconds"
  "build/fuzz/fuzz/$target" -max_total_time="$seconds" -max_len=8192 \
    -timeout=25 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="build/fuzz/$target-" \
    "build/fuzz/corpus/$target" "fuzz/corpus/$target"
done
