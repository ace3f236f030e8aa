# SPDX-License-Identifier: MIT
# What the tests of faults share: every command, with inputs that work. Sourced
# behind lib.sh.

make_key key
cp "$SOURCE/samples/layouts/two-slot.json" flash.json
cat >list.json <<'END'
{"releases": [{"version": "1", "image": "old.bin"},
              {"version": "2", "image": "new.bin"}]}
END
run 0 old.bin new.bin -qo dfota.bin
run 0 sign dfota.bin --key key.pem -qo signed.bin

# shellcheck disable=SC2034 # for those who source this
writers="make apply sign digest explain simulate"
if "$MKDFOTA" --version | grep -q 'libbz2 [0-9]'; then
    bsdiff old.bin new.bin patch.bsdiff
    writers="$writers convert"
fi
# shellcheck disable=SC2034
readers="verify info explain-text explain-json simulate-text simulate-json"
if "$MKDFOTA" --version | grep -q libzip; then
    python3 -m zipfile -c update.zip old.bin new.bin
    readers="$readers extract"
fi

# writer NAME FILE RUNNER...: RUNNER is called with the command that writes FILE
writer() {
    name=$1 file=$2
    shift 2
    case $name in
    make) "$@" -q old.bin new.bin -o "$file" ;;
    apply) "$@" apply -q old.bin dfota.bin -o "$file" ;;
    sign) "$@" sign -q dfota.bin --key key.pem -o "$file" ;;
    digest) "$@" sign -q dfota.bin --digest --key key.pub -o "$file" ;;
    explain) "$@" explain -q old.bin new.bin --html "$file" ;;
    simulate) "$@" simulate -q dfota.bin --old old.bin --layout flash.json \
        --cuts 5 --html "$file" ;;
    convert) "$@" convert -q patch.bsdiff old.bin -o "$file" ;;
    matrix) "$@" matrix -q list.json -o "$file" ;;
    *) fail "no command $name" ;;
    esac
}

# reader NAME RUNNER...: the same for those that only print
reader() {
    name=$1
    shift
    case $name in
    verify) "$@" verify signed.bin --old old.bin --new new.bin --key key.pub ;;
    info) "$@" info dfota.bin ;;
    extract) "$@" extract --list update.zip ;;
    explain-text) "$@" explain -q old.bin new.bin ;;
    explain-json) "$@" explain -q old.bin new.bin --json ;;
    simulate-text) "$@" simulate -q dfota.bin --old old.bin \
        --layout flash.json --cuts 5 ;;
    simulate-json) "$@" simulate -q dfota.bin --old old.bin \
        --layout flash.json --cuts 5 --json ;;
    *) fail "no command $name" ;;
    esac
}

# one_line: stderr is one message without control characters
one_line() {
    message '.*: .*'
    ! LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" err ||
        fail "control characters: $(od -c err)"
}
