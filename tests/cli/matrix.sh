# SPDX-License-Identifier: MIT
# What the tests of matrix builds share. Sourced behind lib.sh.

# releases COUNT: v1.bin ..., each with a few changes behind the last, small
# enough that building all pairs takes no time; and list.json of all of them.
releases() {
    head -c 20000 old.bin >v1.bin
    previous=1 versions='{"version": "1.0", "counter": 1, "image": "v1.bin"}'
    for number in $(seq 2 "$1"); do
        {
            head -c $((number * 1500)) v$previous.bin
            seq $((number * 1000)) $((number * 1000 + 40))
            tail -c +$((number * 1500 + 31)) v$previous.bin
        } >v"$number".bin
        versions="$versions,
            {\"version\": \"$number.0\", \"counter\": $number, \"image\": \"v$number.bin\"}"
        previous=$number
    done
    list list.json '"pairs": [{"from": "all", "to": "all"}]'
}

# list FILE MORE: a list of these releases and more fields
list() {
    printf '{"product": "test", "releases": [%s],\n%s}\n' "$versions" "$2" >"$1"
}

# value FILE PYTHON: print what an expression makes of a JSON file's content j
value() {
    python3 -c "import json, sys
j = json.load(open(sys.argv[1], encoding='utf-8'))
print(($2))" "$1"
}

# is FILE PYTHON EXPECTED
is() {
    is_found=$(value "$1" "$2")
    [ "$is_found" = "$3" ] || fail "$1: $2 is $is_found, expected $3"
}

# same_packages FOLDER FOLDER: the same packages, index and page
same_packages() {
    (cd "$1" && ls ./*.dfota) >names-1
    (cd "$2" && ls ./*.dfota) >names-2
    same names-1 names-2
    while read -r name; do
        same "$1/$name" "$2/$name"
    done <names-1
    same "$1/index.json" "$2/index.json"
    same "$1/index.html" "$2/index.html"
}

# validate releases|index FILE: by its schema in docs/schema
validate() {
    python3 - "$SOURCE/docs/schema/$1.schema.json" "$2" <<'END'
import json, sys
import jsonschema
content = json.load(open(sys.argv[2], encoding="utf-8"))
schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft202012Validator.check_schema(schema)
sys.exit(0 if jsonschema.Draft202012Validator(schema).is_valid(content) else 1)
END
}

# four_writers FOLDER CACHE: four runs of list.json at once that share a cache;
# each makes the packages of FOLDER
four_writers() {
    pids=''
    for writer in 1 2 3 4; do
        "$MKDFOTA" matrix list.json -qj 2 -o "writer-$writer" --cache "$2" &
        pids="$pids $!"
    done
    for pid in $pids; do
        wait "$pid" || fail "a writer: status $?"
    done
    for writer in 1 2 3 4; do
        for file in "$1"/*.dfota; do
            same "$file" "writer-$writer/${file#"$1"/}"
        done
    done
}
