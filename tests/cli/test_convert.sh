# SPDX-License-Identifier: MIT
# Packages of patches that bsdiff has made, and patches that are none.
. "$CLI_TESTS/lib.sh"
"$MKDFOTA" --version | grep -q 'libbz2 ' || skip "built without bzip2"

# The same package as that of the two images, with every option.
bsdiff old.bin new.bin patch
run 0 convert patch old.bin -qo converted
run 0 old.bin new.bin -qo made
same converted made
make_key key
more='--key key.pem --product hub --from-version 1 --to-version 2 --counter 3'
# shellcheck disable=SC2086
run 0 convert patch old.bin -qo signed $more --ram 32K --codec deflate
run 0 verify signed --old old.bin --new new.bin --key key.pub
run 0 info signed
has out '^product +hub'
run 0 convert patch old.bin -qo placed --in-place --scratch 64K
run 0 apply old.bin placed --in-place -qo applied
same applied new.bin
cp patch stream.bsdiff
run 0 convert - old.bin -qo piped <stream.bsdiff
same piped made

# A patch between files that are no raw images is one of their bytes.
objcopy -I binary -O ihex old.bin old.hex 2>/dev/null || skip "no objcopy"
objcopy -I binary -O ihex new.bin new.hex
bsdiff old.hex new.hex patch.hex
run 0 convert patch.hex old.hex -qo hex.dfota
run 0 verify hex.dfota --old old.hex --new new.hex

# Small ones by hand, as bspatch reads them; ENDSLEY/BSDIFF43 has no tool here.
python3 "$CLI_TESTS/bsdiffs.py" patches
python3 -c 'import sys; sys.stdout.buffer.write(bytes(range(16)))' >small
for patch in patches/good-*-4?; do
    run 0 convert "$patch" small -qfo small.dfota
    run 0 apply small small.dfota -qfo small.new
    same small.new "$patch.new"
    case $patch in
    *outside-40) ;; # Debian's bspatch adds what its memory holds there
    *-40)
        bspatch small by-bspatch "$patch"
        same by-bspatch "$patch.new"
        ;;
    esac
done

# What is no patch, or damaged, is refused in one line, and nothing is written.
count=0
for patch in patches/bad-*; do
    run 1 convert "$patch" small -qo none
    message "$patch: .*"
    absent none
    count=$((count + 1))
done
[ $count -gt 50 ] || fail "only $count bad patches"
run 1 convert patches/bad-vcdiff small -o none
message '.*: not a patch of bsdiff \(found a VCDIFF .*, expected BSDIFF40 or .*'
run 1 convert patches/bad-add-beyond small -o none
message '.*: bsdiff patch is damaged: an entry leaves the new image at byte 0 .*'
run 1 convert patches/bad-size-huge small -o none
message '.*: size of the new image out of range \(found 1099511627776, .*'

# Another old image is no error that could be seen here, but verify sees it.
head -c 100000 old.bin >other.bin
run 0 convert patch other.bin -qo other.dfota
run 1 verify other.dfota --old other.bin --new new.bin

run 2 convert patch - -o none <old.bin
message 'convert: the old image cannot be stdin .*'
run 2 convert patch -o none
run 2 convert patch old.bin new.bin -o none
run 2 convert patch old.bin
run 2 convert patch old.bin -o none --part-ids 1
run 3 convert missing old.bin -o none
run 3 convert patch missing -o none
run 2 convert patch old.bin -qo patch
clean
