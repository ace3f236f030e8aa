#!/bin/sh
# SPDX-License-Identifier: MIT
# with_sqlite.sh COMMAND...: run it with PLATFORM_DB on an empty SQLite file.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
PLATFORM_DB=sqlite:$folder/platform.db "$@"
