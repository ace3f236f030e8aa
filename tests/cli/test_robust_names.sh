# SPDX-License-Identifier: MIT
# File names with blanks, newlines, UTF-8 and escapes: every command takes them,
# and no message has more lines or reaches the terminal with them.
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/robust.sh"

folder=$(printf 'a b\nc \303\274\033[2J')
mkdir "$folder"
# odd NAME: a path of that kind
odd() {
    printf '%s/%s\n\302\205 \303\244\033]0;x\007\177 %s' "$folder" "$1" "$1"
}
for name in old.bin new.bin dfota.bin signed.bin key.pem key.pub flash.json; do
    cp "$name" "$(odd $name)"
done
old=$(odd old.bin) new=$(odd new.bin) package=$(odd dfota.bin)
signed=$(odd signed.bin) out=$(odd made)

# tells STATUS LINES ARGUMENT...: so many lines on stderr, none on stdout has
# control characters
tells() {
    tells_lines=$2
    tells_status=$1
    shift 2
    run "$tells_status" "$@"
    [ "$(wc -l <err)" = "$tells_lines" ] || fail "$*: $(od -c err)"
    ! grep -q "$(printf '[\001-\011\013-\037\177]')" out err ||
        fail "$*: control characters: $(cat out err | od -c)"
    ! grep -q "$(printf '\302\205')" out err || fail "$*: a next line"
}
shown='a b\\x0ac ü\\x1b\[2J/made\\x0a\\xc2\\x85 ä\\x1b\]0;x\\x07\\x7f made'
tells 0 1 "$old" "$new" -o "$out"
has err "^$shown: 1,"
same "$out" dfota.bin
tells 3 1 "$old" "$new" -o "$out"
has err "^mkdfota: $shown: exists already"
tells 0 1 "$old" "$new" -fo "$out" --key "$(odd key.pem)" --layout "$(odd flash.json)"
tells 0 1 apply "$old" "$package" -fo "$out"
same "$out" new.bin
tells 1 1 apply "$new" "$package" -fo "$out"
tells 0 1 verify "$signed" --old "$old" --new "$new" --key "$(odd key.pub)"
tells 1 1 verify "$signed" --old "$new"
tells 0 0 info "$package"
lines=$(wc -l <out)
run 0 info dfota.bin
[ "$(wc -l <out)" = "$lines" ] || fail "info: another number of lines"
tells 1 1 info "$old"
printf 'BSDIFF40' >"$(odd foreign)"
head -c 24 /dev/zero >>"$(odd foreign)"
tells 1 1 info "$(odd foreign)"
tells 3 1 info "$(odd missing)"
tells 3 1 info "$package" --estimate "$(odd missing)"
tells 1 1 info "$package" --estimate "$(odd old.bin)"
tells 0 0 explain -q "$old" "$new"
tells 0 1 explain "$old" "$new" --html "$out" -f
tells 0 1 sign "$package" --key "$(odd key.pem)" -fo "$out"
tells 1 1 sign "$package" --key "$(odd old.bin)" -fo "$out"
tells 0 0 simulate "$package" --old "$old" --layout "$(odd flash.json)" --cuts 5
tells 0 1 simulate "$package" --old "$old" --layout "$(odd flash.json)" --cuts 5 \
    --html "$out" -f
tells 2 1 "$(printf 'make\n')" "$old" "$new" "$out"
tells 3 1 matrix "$(odd missing)" -o "$folder/packages"
tells 1 1 matrix "$old" -o "$folder/packages"
cat >"$folder/list.json" <<'END'
{"releases": [{"version": "1", "image": "../old.bin"},
              {"version": "2", "image": "no\u0009 \u001b[2J.bin"}]}
END
run 3 matrix "$folder/list.json" -qo "$folder/packages"
one_line

# What an index says is text from outside too.
mkdir hostile
cat >hostile/index.json <<'END'
{"schema": 1, "releases": [], "pairs": [
  {"from": "a\n\u001b[2J", "to": "b\u009b", "state": "failed", "reason": "x\ny"},
  {"from": "a", "to": "b", "state": "built", "file": "../\n\u001b.dfota"}]}
END
"$MKDFOTA" matrix --merge hostile -o "$folder/merged" >out 2>err && fail "merged"
! grep -q "$(printf '[\001-\011\013-\037\177]')" out err || fail "$(od -c err)"
clean
