#!/bin/sh
# SPDX-License-Identifier: MIT
# with_postgres.sh COMMAND...: run it with PLATFORM_DB on an empty database of a
# PostgreSQL server of its own, which listens on a socket in a folder only.
set -eu
folder=$(mktemp -d)
bin=$(find /usr/lib/postgresql -name initdb -exec dirname {} \; | sort -V | tail -1)
[ -n "$bin" ] || { echo "PostgreSQL is missing"; exit 1; }

# PostgreSQL does not run as root.
as=
if [ "$(id -u)" = 0 ]; then
    as="setpriv --reuid=postgres --regid=postgres --clear-groups"
    chown postgres "$folder"
fi
stop() {
    $as "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

cd "$folder"
$as "$bin/initdb" -D "$folder/data" -U dfota -A trust -E UTF8 --no-sync \
    --locale=C >"$folder/initdb.log"
$as "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" \
    -o "-k $folder -c listen_addresses= -c fsync=off -c max_connections=200" \
    start >/dev/null || { cat "$folder/log"; exit 1; }
chmod 755 "$folder"
PLATFORM_DB="postgresql://dfota@/postgres?host=$folder" "$@"
