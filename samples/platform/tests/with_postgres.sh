#!/bin/sh
# SPDX-License-Identifier: MIT
# with_postgres.sh COMMAND...: run it with PLATFORM_DB on an empty database of a
# PostgreSQL server of its own, which listens on a socket in a folder only.
# PLATFORM_PG_CTL is a command that stops and starts it, PLATFORM_PSQL one that
# asks it. PLATFORM_FSYNC=on: what is committed is on the disk.
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
cat >>"$folder/data/postgresql.conf" <<END
unix_socket_directories = '$folder'
listen_addresses = ''
max_connections = 200
fsync = ${PLATFORM_FSYNC:-off}
END
PLATFORM_DB="postgresql://dfota@/postgres?host=$folder"
PLATFORM_PG_CTL="$as $bin/pg_ctl -D $folder/data -w -s -l $folder/log"
PLATFORM_PSQL="$bin/psql -qAtX $PLATFORM_DB"
export PLATFORM_DB PLATFORM_PG_CTL PLATFORM_PSQL
$PLATFORM_PG_CTL start || { cat "$folder/log"; exit 1; }
chmod 755 "$folder"
"$@"
