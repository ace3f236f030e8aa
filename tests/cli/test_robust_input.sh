# SPDX-License-Identifier: MIT
# Inputs of 4 GiB are refused with the limit before they are read, and one that
# changes while it is read is noticed.
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/robust.sh"

# refused LIMIT ARGUMENT...
refused() {
    limit=$1
    shift
    run 1 "$@"
    message "huge: too large \\(found 4294967296 bytes, expected at most $limit\\)"
}
truncate -s 4G huge
image=536870912
package=$("$MKDFOTA" info huge 2>&1 | sed -n 's/.* at most \([0-9]*\))$/\1/p')
[ -n "$package" ] || fail "a package has no limit"
for new in huge new.bin; do
    [ $new = huge ] && old=old.bin || old=huge
    refused $image $old $new -o none
    refused $image explain $old $new
done
refused $image apply huge dfota.bin -o none
refused $image verify dfota.bin --old huge
refused $image verify dfota.bin --new huge
refused $image simulate dfota.bin --old huge --layout flash.json
refused "$package" info huge
refused "$package" verify huge
refused "$package" apply old.bin huge -o none
refused "$package" simulate huge --old old.bin --layout flash.json
refused "$package" sign huge --key key.pem -o none
refused '[0-9]+' sign dfota.bin --key huge -o none
refused '[0-9]+' sign dfota.bin --key key.pub --signature huge -o none
refused '[0-9]+' old.bin new.bin --layout huge -o none
refused '[0-9]+' simulate dfota.bin --old old.bin --layout huge
refused '[0-9]+' info dfota.bin --estimate huge
refused '[0-9]+' matrix huge -o none
run 1 matrix list.json -qo packages --fail-over 1 --baseline huge
message 'huge: too large .*'
absent none

# A writer that never stops: sooner or later a read meets it.
head -c 4000000 /dev/zero >growing
(
    while [ -e growing ]; do
        echo more
    done >>growing
) &
writer=$!
trap 'kill $writer 2>/dev/null || :' EXIT
met=0
for try in $(seq 2000); do
    status=0
    "$MKDFOTA" verify growing >out 2>err || status=$?
    case $status in
    1) ;;
    3)
        message 'growing: cannot read: changed while it was read'
        met=1
        break
        ;;
    *) fail "try $try: status $status: $(cat err)" ;;
    esac
done
rm growing
[ $met = 1 ] || fail "no read met the writer"

# The other way: cut short and written again, with images that apply.
cp old.bin both
: >going
(
    while [ -e going ]; do
        cat old.bin >both
        cat new.bin >both
    done 2>/dev/null
) &
writer=$!
made=0
for try in $(seq 30); do
    status=0
    "$MKDFOTA" -1 both new.bin -qfo made.dfota 2>err || status=$?
    case $status in
    0)
        run 0 verify made.dfota --new new.bin -q
        made=$((made + 1))
        ;;
    1 | 3) one_line ;;
    *) fail "try $try: status $status: $(cat err)" ;;
    esac
done
rm going
wait $writer || :
clean
