# SPDX-License-Identifier: MIT
# Options may stand anywhere and have two forms; bad values are named.
. "$CLI_TESTS/lib.sh"

run 0 -q --counter=7 old.bin --product acme -o dfota.bin new.bin --ram=24KiB
empty err
run 0 info dfota.bin
has out '^counter +7$'
has out '^product +acme$'

run 0 make -9fq -odfota.bin --base 0x08005000 -- old.bin new.bin
run 0 info dfota.bin
has out '^base +0x08005000$'

# The same size, written in every way.
for size in 16384 16K 16KiB 0x4000; do
    run 0 old.bin new.bin -qo "size-$size.bin" --ram "$size"
    same "size-$size.bin" size-16384.bin
done
run 0 old.bin new.bin -qo one.bin --ram 1M
run 0 old.bin new.bin -qo two.bin --ram 1MiB
same one.bin two.bin
run 0 old.bin new.bin -qo d.bin --base 134238208
run 0 old.bin new.bin -qo h.bin --base 0x8005000
same d.bin h.bin

# Behind --, and with a path, names of commands are files.
cp old.bin info
run 0 -qo c.bin -- info new.bin
run 0 -qo c.bin -f ./info new.bin

bad() {
    expected=$1
    shift
    run 2 old.bin new.bin -o none.bin "$@"
    empty out
    message "$expected"
    absent none.bin
}
bad '--ram: not a size \(found "16Q", expected bytes .*\)' --ram 16Q
bad '--ram: not a size \(found "0", .*\)' --ram 0
bad '--ram: not a size \(found "-1", .*\)' --ram=-1
bad '--ram: not a size \(found "4096M", .*\)' --ram 4096M
bad '--ram: not a size \(found "", .*\)' --ram=
bad '--ram: work memory too small for this codec \(found 1024, expected at least [0-9]+\)' --ram 1K
bad '--base: not an address \(found "0xG", expected .*\)' --base 0xG
bad '--base: not an address \(found "0x", expected .*\)' --base 0x
bad '--base: not an address \(found "0x100000000", .*\)' --base 0x100000000
bad '--arch: not an architecture \(found "mips", expected auto, none, .*\)' --arch mips
bad '--counter: not a counter \(found "4294967296", expected 0 to 4294967295, .*\)' --counter 4294967296
bad '--counter: not a counter \(found "x", .*\)' --counter x
bad '--threads: not a number of threads \(found "0", expected at least 1\)' --threads 0
bad '-j: not a number of threads \(found "two", .*\)' -j two
bad '--codec: not a codec \(found "lzma", expected range or deflate\)' --codec lzma
bad '--product: text out of range \(found 0 bytes, expected 1 to 64\)' --product=
bad '--product: text out of range \(found 65 bytes, expected 1 to 64\)' --product "$(printf %065d 0)"
bad '--to-version: text cannot be shown .*' --to-version "$(printf 'a\nb')"
bad '--from-version: text cannot be shown .*' --from-version "$(printf '\377')"
bad '--product: given several times \(found 2, expected 1\)' --product a --product b
bad '--json: no option of the command make' --json
bad '--fast: unknown option' --fast
bad '--quie: unknown option' --quie
bad '-x: unknown option' -x
bad '-0: unknown option' -0
bad '--quiet: takes no value \(found "1"\)' --quiet=1
bad '--ram: value is missing' --ram
bad 'make: wrong number of files \(found 5, expected 6\); .*' 2 3 4
bad 'make: wrong number of files .found 18, expected 2.; see mkdfota make --help' 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18
bad 'make: wrong number of files \(found 3, expected 4\); .*' second

run 2 old.bin new.bin
message '--output: is missing; see mkdfota make --help'
run 2 old.bin -o none.bin
message 'make: wrong number of files \(found 1, expected 2\); .*'
run 2 apply old.bin dfota.bin
message '--output: is missing; .*'
run 2 info
message 'info: wrong number of files \(found 0, expected 1\); .*'
run 2 sign dfota.bin -o none.bin
message '--key: is missing; .*'
run 2
message 'command line: nothing to do; see mkdfota --help'

# Limits are in, what is beyond is out.
run 0 old.bin new.bin -qo max.bin --counter 4294967295 --base 0xFFFFFFFF \
    --product "$(printf %064d 0)"
run 0 info max.bin
has out '^counter +4,294,967,295$'
