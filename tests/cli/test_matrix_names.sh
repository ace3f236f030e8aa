# SPDX-License-Identifier: MIT
# Blanks, newlines and UTF-8 in paths and versions; names that never collide.
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/matrix.sh"
releases 2

folder=$(printf 'a b\nc \303\274')
mkdir "$folder"
cp v1.bin "$folder/v 1.bin"
cp v2.bin "$folder/$(printf 'v\n2 \303\266.bin')"
cat >"$folder/list.json" <<'END'
{"releases": [{"version": "1.0 ä", "image": "v 1.bin"},
              {"version": "2/0", "image": "v\n2 ö.bin"}]}
END
run 0 matrix "$folder/list.json" -qo "$folder/out" --cache "$folder/cache"
run 0 verify "$folder/out/1.0%20ä_to_2%2F0.dfota" --old v1.bin --new v2.bin -q
run 0 matrix "$folder/list.json" -o "$folder/out"
has err ' 1 kept,'
run 0 matrix --merge "$folder/out" -qo "$folder/merged"
same_packages "$folder/out" "$folder/merged"

# name FROM TO FILE
name() {
    printf '{"releases": [{"version": "%s", "image": "v1.bin"},
        {"version": "%s", "image": "v2.bin"}]}' "$1" "$2" >names.json
    run 0 matrix names.json -o none --dry-run
    printf 'build\t%s\n' "$3" >expected
    same expected out
}
name a_to_b c a%5Fto_b_to_c
name a b_to_c a_to_b%5Fto_c
name a_to to_b a%5Fto_to_to_b
name .. -x %2E._to_-x
name 'a%20' 'a ' a%2520_to_a%20
name 'con:' 'a*?' con%3A_to_a%2A%3F

cat >names.json <<'END'
{"releases": [{"version": "a", "image": "v1.bin"}, {"version": "A", "image": "v2.bin"},
              {"version": "b", "image": "v2.bin"}]}
END
run 1 matrix names.json -o none
message 'names\.json: versions make the same file name .*'
absent none
