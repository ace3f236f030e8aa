# SPDX-License-Identifier: MIT
# What the tests of the command line share. Sourced, in an empty folder.
set -eu
export LC_ALL=C

# The real pair; old.bin and new.bin are what most tests work on.
cp "$SOURCE/samples/pairs/movehub/movehub-7.27.0.bin" old.bin
cp "$SOURCE/samples/pairs/movehub/movehub-7.28.0.bin" new.bin

fail() {
    echo "FAILED: $*"
    exit 1
}

# run STATUS ARGUMENT...: stdout to ./out, stderr to ./err
run() {
    run_expected=$1
    shift
    run_found=0
    "$MKDFOTA" "$@" >out 2>err || run_found=$?
    [ "$run_found" = "$run_expected" ] ||
        fail "mkdfota $*: status $run_found, expected $run_expected: $(cat err)"
}

# has FILE PATTERN: a line matches the extended regular expression
has() {
    grep -qE -e "$2" "$1" || fail "no \"$2\" in $1: $(cat "$1")"
}

# message PATTERN: stderr is this one line
message() {
    [ "$(wc -l <err)" = 1 ] || fail "not one line: $(cat err)"
    has err "^mkdfota: $1\$"
}

empty() {
    [ ! -s "$1" ] || fail "$1 is not empty: $(cat "$1")"
}

same() {
    cmp "$1" "$2" || fail "$1 and $2 differ"
}

absent() {
    [ ! -e "$1" ] || fail "$1 exists"
}

# No temporary file was left behind here.
clean() {
    left=$(find . -name '.mkdfota-*')
    [ -z "$left" ] || fail "left behind: $left"
}

# skip REASON: for what this machine cannot show
skip() {
    echo "skipped: $*"
    exit 77
}

# Key pairs as the openssl program writes them: NAME.pem and NAME.pub
make_key() {
    openssl ecparam -genkey -name prime256v1 -out "$1.pem"
    openssl ec -in "$1.pem" -pubout -out "$1.pub" 2>/dev/null
}

# run_as_nobody STATUS ARGUMENT...: run, as a user whom permissions hold back
run_as_nobody() {
    chmod 755 .
    if [ "$(id -u)" != 0 ]; then
        run "$@"
        return
    fi
    nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
    if ! $nobody "$MKDFOTA" --version >/dev/null 2>&1; then
        echo "skipped: nobody cannot start $MKDFOTA here"
        return
    fi
    cat >as-nobody <<END
#!/bin/sh
exec $nobody "$MKDFOTA" "\$@"
END
    chmod 755 as-nobody
    (
        MKDFOTA=./as-nobody
        run "$@"
    )
}

# flip FILE OFFSET: change one byte
flip() {
    byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    printf "$(printf '\\%03o' $((byte ^ 1)))" |
        dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
