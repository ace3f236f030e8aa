#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs those of the Debian packages named that are missing.
set -eu

missing=
for package in "$@"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || :)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

root=
[ "$(id -u)" -eq 0 ] || root=sudo
export DEBIAN_FRONTEND=noninteractive
echo "installing:$missing" >&2
$root apt-get -qq update >&2
# shellcheck disable=SC2086 # a list of words
$root apt-get -qq install -y --no-install-recommends $missing >&2 </dev/null
