#!/bin/sh
# SPDX-License-Identifier: MIT
# Which lines and branches of the patcher no test reaches, compared with those
# that tests/unreachable.txt argues cannot be.
# Usage: tests/coverage.sh
set -eu
cd "$(dirname "$0")/.."

# Those that run the patcher. (Codecs are its, too.)
tests='test_a32 test_a64 test_addrmap test_avr test_bytes test_calm
test_cursor test_digest test_journal test_manifest test_mixer test_model
test_patcher test_plainrun test_rangecoder test_rangetables test_riscv
test_thumb test_writer test_xtensa test_chain test_checkonly test_chunking
test_faults test_hostile test_interrupted test_limits test_lost test_recovery
test_unfit test_vectors test_vectors_small'

xargs tests/install.sh <tests/packages.txt
tests/install.sh gcovr
cmake --preset coverage >/dev/null
# shellcheck disable=SC2086 # a list of words
cmake --build --preset coverage -j "$(nproc)" --target $tests -- --quiet
find build/coverage -name '*.gcda' -delete
# shellcheck disable=SC2086 # likewise
ctest --preset coverage -j "$(nproc)" \
    -R "^(unit|system)\.($(echo $tests | tr ' ' '|'))\$"
# The second folder: codec range as it is when compiled for size.
gcovr -r . --filter firmware-patcher/ --json build/coverage/report.json \
    build/coverage/firmware-patcher \
    build/coverage/tests/CMakeFiles/test_vectors_small.dir
python3 tests/coverage.py build/coverage/report.json tests/unreachable.txt
