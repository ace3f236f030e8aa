# SPDX-License-Identifier: MIT
# make: the package is small, applies, and says so in one line.
. "$CLI_TESTS/lib.sh"

run 0 old.bin new.bin -o dfota.bin
empty out
[ "$(wc -l <err)" = 1 ] || fail "more than the last line: $(cat err)"
has err '^dfota\.bin: [0-9],[0-9]{3} bytes \([0-9]\.[0-9] % of new\), patcher RAM [0-9]+,[0-9]{3}, old 849ecc23\.\.\., new a7a4c4f7\.\.\.$'
[ "$(wc -c <dfota.bin)" -lt 1300 ] || fail "large: $(wc -c <dfota.bin)"

run 0 apply old.bin dfota.bin -o made.bin
empty out
has err '^made\.bin: 102,432 bytes, digest verified$'
same made.bin new.bin

run 0 make old.bin new.bin -o named.bin
same named.bin dfota.bin

run 0 old.bin new.bin -o deflate.bin --codec deflate
run 0 apply old.bin deflate.bin -o made2.bin
same made2.bin new.bin
run 0 info deflate.bin
has out '^codec +deflate,'

# Backwards, and to an image that has nothing in common with the old one.
run 0 new.bin old.bin -o back.bin
run 0 apply new.bin back.bin -o made3.bin
same made3.bin old.bin
openssl enc -aes-128-ctr -K 00 -iv 00 -in new.bin -out noise.bin 2>/dev/null
run 0 old.bin noise.bin -o noise.dfota
run 0 apply old.bin noise.dfota -o made4.bin
same made4.bin noise.bin
run 0 info noise.dfota
has out '^codec +stored,'

# What -v says of the load address is what happened.
run 0 old.bin new.bin -vfo verbose.bin
has err '^base 0x08005000 \(found\), architecture thumb$'
run 0 old.bin new.bin -vfo verbose.bin --base 0x8000000
has err '^base 0x08000000 \(given\), architecture thumb$'
run 0 noise.bin noise.bin -vfo verbose.bin
has err '^no base stands out \(see --base\), architecture none$'
clean
