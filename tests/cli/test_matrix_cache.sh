# SPDX-License-Identifier: MIT
# A shared cache saves work, and nothing in it is believed.
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/matrix.sh"
releases 3
make_key key
list list.json '"key": "key.pem", "pairs": [{"from": "all", "to": "all"}]'

run 0 matrix list.json -qo plain
run 0 matrix list.json -qo first --cache cache
same_packages plain first
run 0 matrix list.json -o second --cache cache
has err ': 0 packages built, 3 cached, 0 kept'
is second/index.json '{p["state"] for p in j["pairs"]}' "{'cached'}"
same plain/1.0_to_3.0.dfota second/1.0_to_3.0.dfota
run 0 matrix list.json -o second --cache cache
has err ' 3 kept,'
is second/index.json '{p["state"] for p in j["pairs"]}' "{'cached'}"

# entry COMMAND...: does something to each entry, which is $entry. The packages
# are then made again, counted, and the entries are as good as before.
cp -r cache good
number=0
entries() {
    number=$((number + 1))
    rm -rf cache
    cp -r good cache
    for entry in cache/*/*; do
        "$@"
    done
    run 0 matrix list.json -o "bad-$number" --cache cache
    has err ': 3 packages built, 0 cached, 0 kept, 0 failed'
    is "bad-$number/run.json" 'j["bad_cache_entries"]' 3
    same_packages plain "bad-$number"
    diff -r good cache || fail "$*: the entries were not made again"
}
cut_to() {
    head -c "$1" "$entry" >short
    mv short "$entry"
}
fill() {
    head -c 3000 /dev/urandom >"$entry"
}
append() {
    printf x >>"$entry"
}
# other PACKAGE: another package under a header that is right for it
other() {
    recipe=${entry##*/}
    sum=$(sha256sum <"$1")
    {
        printf 'dfota-cache 1 %s %s %s\n' "$recipe" "${sum%% *}" "$(wc -c <"$1")"
        cat "$1"
    } >made
    mv made "$entry"
}
entries cut_to 0
entries cut_to 10
entries cut_to 200
entries append
entries fill
flip_last() {
    flip "$entry" $(($(wc -c <"$entry") - 1))
}
flip_first() {
    flip "$entry" 0
}
entries flip_last
entries flip_first

# Packages that are well-formed, but not what the list asks for: unsigned, by
# another key, of other images, with other texts.
run 0 v1.bin v2.bin -qo unsigned.dfota --product test --from-version 1.0 \
    --to-version 2.0 --counter 2
entries other unsigned.dfota
make_key foreign
run 0 sign unsigned.dfota --key foreign.pem -qo foreign.dfota
entries other foreign.dfota
run 0 old.bin new.bin -qo images.dfota --product test --from-version 1.0 \
    --to-version 2.0 --counter 2 --key key.pem
entries other images.dfota
for more in '--product other --counter 2' '--product test --counter 1' \
    '--product test --counter 2 --ram 64K'; do
    # shellcheck disable=SC2086
    run 0 v1.bin v2.bin -qfo texts.dfota --from-version 1.0 --to-version 2.0 \
        --key key.pem $more
    entries other texts.dfota
done

# A cache that cannot be used is a warning.
rm -rf cache
cp -r good cache
entry=$(find cache -type f | head -n 1)
rm "$entry"
mkdir "$entry"
run 0 matrix list.json -o folder --cache cache
has err 'warning: cannot write: '
same plain/2.0_to_3.0.dfota folder/2.0_to_3.0.dfota
run 3 matrix list.json -o none --cache v1.bin
run 2 matrix list.json -o none --cache gopher://x

# Writers and readers at once: everybody gets the right packages.
rm -rf cache
four_writers plain cache
diff -r good cache || fail "the cache has other entries"
clean
