# SPDX-License-Identifier: MIT
# Damaged and foreign files are refused with status 1, by every command.
. "$CLI_TESTS/lib.sh"

run 0 old.bin new.bin -qo good.bin
size=$(wc -c <good.bin)

# In a chunk: info still describes the package.
cp good.bin bad.bin
flip bad.bin $((size - 1))
run 1 info bad.bin
has out '^digests +DAMAGED$'
message 'bad\.bin: chunk [01] at offset [0-9]+ is damaged \(found digest [0-9a-f]{8}, expected [0-9a-f]{8}\)'
run 1 info bad.bin --json
has out '"intact":.*false'
run 1 apply old.bin bad.bin -o none.bin
run 1 verify bad.bin
absent none.bin

# In preamble, manifest, seal, first chunk.
for offset in 0 4 5 6 8 12 16 20 24 40 100 135 140 145 150 160 400; do
    cp good.bin bad.bin
    flip bad.bin $offset
    run 1 apply old.bin bad.bin -o none.bin
    empty out
    message 'bad\.bin: .*'
    run 1 info bad.bin
    run 1 verify bad.bin --old old.bin
    absent none.bin
done

for cut in 0 1 23 24 100 159 200 $((size - 1)); do
    head -c "$cut" good.bin >bad.bin
    run 1 apply old.bin bad.bin -o none.bin
    message 'bad\.bin: .*'
    absent none.bin
done
has err 'package is cut short \(found [0-9]+ bytes, expected [0-9]+\)'
cat good.bin good.bin >bad.bin
run 1 info bad.bin
has err 'bytes follow the end of the package'

run 1 info old.bin
has err 'old\.bin: magic: '
run 1 apply new.bin good.bin -o none.bin
message 'new\.bin: not the old image of this package \(found 102432 bytes, expected 102232\)'
cp old.bin other.bin
flip other.bin 5000
run 1 apply other.bin good.bin -o none.bin
message 'other\.bin: not the old image of this package \(found SHA-256 [0-9a-f]{8}\.\.\., expected 849ecc23\.\.\.\)'
run 1 verify good.bin --old other.bin
run 1 verify good.bin --new old.bin
message 'old\.bin: not the new image of this package \(found 102232 bytes, expected 102432\)'
cp new.bin other.bin
flip other.bin 5000
run 1 verify good.bin --new other.bin
run 1 verify good.bin --old old.bin --new other.bin
run 0 verify good.bin --old old.bin --new new.bin
has err '^good\.bin: all digests match, not signed, applies to old\.bin, makes new\.bin$'
clean
