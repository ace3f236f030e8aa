# SPDX-License-Identifier: MIT
# --in-place: packages for one slot apply, say what they need and do, and are as
# small as the flash allows.
. "$CLI_TESTS/lib.sh"

run 0 old.bin new.bin -o two.dfota
run 0 old.bin new.bin -o place.dfota --in-place
empty out
[ "$(wc -l <err)" = 3 ] || fail "not three lines: $(cat err)"
has err '^in place (front to back|back to front), scratch area 16 x 4,096 bytes; image blocks erased 1 x, scratch [1-9] x, journal [1-9] x$'
has err '^programmed 2\.[01][0-9] x the new image: image 102,[0-9]{3}, scratch 10[0-9],[0-9]{3}, journal [0-9]{1,2},[0-9]{3}$'
two=$(wc -c <two.dfota)
place=$(wc -c <place.dfota)
[ "$place" -le $((two * 11 / 10)) ] || fail "$place bytes, two slots $two"

run 0 apply old.bin place.dfota -o made.bin
same made.bin new.bin
run 0 apply --in-place old.bin place.dfota -o made.bin -f
same made.bin new.bin
run 1 apply --in-place old.bin two.dfota -o not.bin
message 'two\.dfota: made for another kind of module \(found mode two-slot, expected in-place\)'
absent not.bin
run 0 verify place.dfota --old old.bin --new new.bin

run 0 info place.dfota
has out '^mode +in-place$'
has out '^order +(front to back|back to front)$'
has out '^erase blocks +4,096 bytes$'
has out '^scratch area +16 blocks$'
has out '^checkpoints +each [0-9]+ blocks$'
has out '^unchanged +0 blocks$'
run 0 info place.dfota --json
[ "$(python3 -c '
import json
place = json.load(open("out"))["in_place"]
print(place["block_size"], place["scratch_blocks"], place["kept_blocks"])
')" = "4096 16 0" ] || fail "in_place: $(cat out)"
run 0 info two.dfota --json
has out '"in_place":[[:space:]]*null'

# The other codec, another flash, the other direction, another aim.
run 0 old.bin new.bin -o p --in-place --codec deflate --scratch 32K
run 0 apply old.bin p -o made.bin -f
same made.bin new.bin
run 0 new.bin old.bin -fo p --in-place --scratch 128K --erase-block 64K
has err 'scratch area 2 x 65,536 bytes; image blocks erased 1 x'
run 0 apply new.bin p -o made.bin -f
same made.bin old.bin
run 0 old.bin new.bin -fo p --in-place --minimize wear
has err '^programmed 2\.0'
run 0 old.bin old.bin -fqo p --in-place --minimize wear
run 0 info p
has out '^unchanged +25 blocks$'
run 0 apply old.bin p -o made.bin -f
same made.bin old.bin

# The flash as a file says it.
cat >flash.json <<'END'
{
  "erase": "2K", "program": 8,
  "slot": {"size": "128K"},
  "staging": {"size": "32K"},
  "scratch": {"size": "48K", "erase": "8K"},
  "journal": {"size": "16K"}
}
END
run 0 old.bin new.bin -fo p --layout flash.json
has err 'scratch area 6 x 8,192 bytes'
run 0 apply --in-place old.bin p -o made.bin -f
same made.bin new.bin
run 0 simulate p --old old.bin --layout flash.json --cuts 5
sed 's/128K/100K/' flash.json >small.json
run 1 old.bin new.bin -o no --layout small.json
message 'small\.json: slot\.size: too small for the new image \(found 102400, expected at least 102432\)'
sed 's/"32K"/"2K"/' flash.json >small.json
run 0 old.bin new.bin -fo p --layout small.json
openssl enc -aes-128-ctr -K 00 -iv 00 -in new.bin -out noise.bin 2>/dev/null
run 1 old.bin noise.bin -o no --layout small.json
has err '^mkdfota: small\.json: staging\.size: too small for the package \(found 2048, expected at least 10[0-9]{4}\)$'
sed 's/"16K"/"8K"/' flash.json >small.json
run 0 old.bin new.bin -fo p --layout small.json # with a small model
run 0 simulate p --old old.bin --layout small.json --cuts 5
sed 's/"16K"/"4K"/' flash.json >small.json
run 0 old.bin new.bin -fo p --layout small.json # without the model
run 0 info p
has out 'checkpoints    each [0-9]+ blocks, without the model'
run 0 apply --in-place old.bin p -o made.bin -f
same made.bin new.bin
run 0 simulate p --old old.bin --layout small.json --cuts 100
sed 's/"16K"/"2K", "erase": "1K"/' flash.json >small.json
run 1 old.bin new.bin -o no --layout small.json
message 'small\.json: journal\.size: too small for updates in place \(found 2048, expected at least [0-9]+\)'
run 2 old.bin new.bin -o no --layout flash.json --scratch 16K
message '--scratch: not with --layout, which says it'
cp "$SOURCE/samples/layouts/air724.json" .
run 0 old.bin new.bin -fo p --layout air724.json
has err '^air724, an estimate: [0-9]+\.[0-9] s; download [0-9.]+ s, erase [0-9.]+ s, program [0-9.]+ s, compute [0-9.]+ s$'
cp "$SOURCE/samples/layouts/two-slot.json" .
run 0 old.bin new.bin -fo p --layout two-slot.json
same p two.dfota
run 2 old.bin new.bin -o no --layout two-slot.json --in-place
message '--in-place: the layout has two slots \(found new_slot, expected none\)'

# What cannot be.
run 2 old.bin new.bin -o no --in-place --scratch 4095
message '--scratch: smaller than an erase block \(found 4095, expected at least 4096\)'
run 2 old.bin new.bin -o no --in-place --erase-block 3000
message '--erase-block: not the size of an erase block \(found 3000, expected a power of two from 64 to 16777216\)'
run 2 old.bin new.bin -o no --scratch 64K
message '--scratch: only with --in-place or --layout'
run 2 old.bin new.bin -o no --minimize wear
message '--minimize: only with --in-place or --layout'
run 2 old.bin new.bin -o no --in-place --minimize time
message '--minimize: not an aim \(found "time", expected size or wear\)'
absent no
clean
