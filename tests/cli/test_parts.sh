# SPDX-License-Identifier: MIT
# Several parts in one package, full images, unmanaged ranges.
. "$CLI_TESTS/lib.sh"

head -c 30000 old.bin >old2.bin
head -c 31000 new.bin >new2.bin
head -c 12000 new.bin >new3.bin

# Three parts: two deltas and a full image.
run 0 old.bin new.bin old2.bin new2.bin /dev/null new3.bin -o p -3
empty out
has err '^part 0, new\.bin: [0-9,]{3,5} bytes, old [0-9a-f]{8}\.\.\., new [0-9a-f]{8}\.\.\.$'
has err '^part 2, new3\.bin: [0-9],[0-9]{3} bytes, old none: a full image, new [0-9a-f]{8}\.\.\.$'
has err '^p: [0-9]{1,2},[0-9]{3} bytes \([0-9]\.[0-9] % of new\), patcher RAM 1[0-9],[0-9]{3}, 3 parts$'
run 0 apply old.bin old2.bin /dev/null p -o a -o b -o c
has err '^c: 12,000 bytes, digest verified$'
same a new.bin
same b new2.bin
same c new3.bin
run 0 verify p --old old.bin --old old2.bin --old /dev/null --new new.bin \
    --new new2.bin --new new3.bin
has err 'applies to old\.bin and old2\.bin and /dev/null, makes new\.bin and new2\.bin and new3\.bin$'
run 1 verify p --new new.bin --new new3.bin --new new3.bin
message 'new3\.bin: not the new image of this package .*'
run 1 apply old.bin old.bin /dev/null p -o x -o y -o z
message 'old\.bin: not the old image of this package \(found 102232 bytes, expected 30000\)'
run 2 apply old.bin p -o x
message 'p: wants an image for each of its parts \(found 1, expected 3\)'
run 2 apply old.bin old2.bin p -o x
message '--output: not one for each part \(found 1, expected 2\)'
absent x

run 0 info p
has out '^part +0$'
has out '^part +2$'
has out '^from +nothing: a full image$'
run 0 info p --json
[ "$(python3 -c '
import json
info = json.load(open("out"))
print([(part["id"], part["from"]["size"], part["to"]["size"])
       for part in info["parts"]], info["features"],
      info["package_size"] - info["overhead"] -
      sum(part["stream_size"] for part in info["parts"]))
')" = "[(0, 102232, 102432), (1, 30000, 31000), (2, 0, 12000)] 9 0" ] ||
    fail "parts: $(cat out)"

# One signature over all.
make_key key
run 0 sign p --key key.pem -o signed
run 0 verify signed --key key.pub --old old.bin --old old2.bin --old /dev/null
run 0 old.bin new.bin old2.bin new2.bin /dev/null new3.bin -qo made -3 \
    --key key.pem
same made signed

# In place, with ids of the module's own.
run 0 old.bin new.bin old2.bin new2.bin /dev/null new3.bin -o p -f -3 \
    --in-place --part-ids 1,2,5
has err '^in place, scratch area 16 x 4,096 bytes; image blocks erased 1 x'
has err '^programmed 2\.[0-9]{2} x the new images: images 14[0-9],[0-9]{3}'
run 0 apply old.bin old2.bin /dev/null p -o a -o b -o c -f
same a new.bin
same c new3.bin
run 0 info p
has out '^part +5$'
run 2 old.bin new.bin old2.bin new2.bin -o no --part-ids 1
message '--part-ids: not one for each part \(found 1, expected 2\)'
run 2 old.bin new.bin old2.bin new2.bin -o no --part-ids 2,1
message '--part-ids: not ascending \(found 1 behind 2\)'
run 2 old.bin new.bin -o no --part-ids 1,x
message '--part-ids: not ids \(found "1,x", expected numbers .*\)'
run 2 old.bin new.bin old2.bin -o no
message 'make: wrong number of files \(found 3, expected 4\).*'
run 1 old.bin /dev/null -o no
message '/dev/null: image is empty .*'

# A full image goes onto any; so does a part of which no delta is smaller.
run 0 /dev/null new.bin -o full -3
has err 'old none: a full image'
run 0 apply /dev/null full -o a -f
run 0 apply old2.bin full -o b -f
same a new.bin
same b new.bin
python3 -c 'for i in range(3000): print(i * 7919 % 1000, i)' >text
run 0 text new.bin -o p -f -3
has err 'old none: a full image'
run 0 apply old.bin p -o a -f
same a new.bin

# Bytes that are the module's own.
printf 'settings' | dd of=old.bin bs=1 seek=5000 conv=notrunc 2>dd.err
run 0 old.bin new.bin -o p -f -3 --unmanaged 5000-5008 --unmanaged 0x100-0x180
run 0 info p
has out '^unmanaged +136 bytes$'
printf 'SETTINGS' | dd of=old.bin bs=1 seek=5000 conv=notrunc 2>dd.err
run 0 apply old.bin p -o a -f
cp new.bin expected
printf 'SETTINGS' | dd of=expected bs=1 seek=5000 conv=notrunc 2>dd.err
dd if=old.bin of=expected bs=1 skip=256 seek=256 count=128 conv=notrunc 2>dd.err
same a expected
run 0 verify p --old old.bin --new new.bin
printf 'X' | dd of=old.bin bs=1 seek=5008 conv=notrunc 2>dd.err
run 1 apply old.bin p -o x
message 'old\.bin: not the old image of this package .*'
run 0 old.bin new.bin -o p -f -3 --unmanaged 5000-5008 --in-place
run 0 apply old.bin p -o a -f
has a 'SETTINGS'
run 2 old.bin new.bin -o no --unmanaged 1
message '--unmanaged: not a range \(found "1", .*\)'
run 2 old.bin new.bin -o no --unmanaged 4-3
message '--unmanaged: not a range behind the one before .*'
run 2 old.bin new.bin -o no --unmanaged 0-9 --unmanaged 8-10
message '--unmanaged: not a range behind the one before .*'
run 2 old.bin new.bin -o no --unmanaged 0-102233
message '--unmanaged: not a range behind the one before .*'
run 2 old.bin new.bin -o no --unmanaged 4:1-3
message '--unmanaged: no such part \(found 4\)'
run 2 old.bin new.bin old2.bin new2.bin -o no --unmanaged 1-3
message '--unmanaged: does not say of which part .*'
run 2 /dev/null new.bin -o no --unmanaged 1-3 --in-place
message '--unmanaged: a full image needs ranges of whole erase blocks .*'
absent no
clean
