# SPDX-License-Identifier: MIT
# info names what other tools make, and says what is in its header.
. "$CLI_TESTS/lib.sh"

# foreign NAME FILE TITLE: refused, and named in both forms
foreign() {
    run 1 info "$2"
    message "$2: not a dfota package \(found $3.*\)"
    has out "^format +$3"
    run 1 info --json "$2"
    python3 -c '
import json, os, sys
info = json.load(open("out"))
assert info["foreign"] == sys.argv[1], info
assert info["size"] == os.path.getsize(sys.argv[2]), info
' "$1" "$2" || fail "JSON: $(cat out)"
}

new_size=$(wc -c <new.bin)

bsdiff old.bin new.bin patch.bsdiff
foreign bsdiff40 patch.bsdiff "a BSDIFF40 patch"
message '.*: see mkdfota convert\)'
python3 - <<'END' || fail "sizes: $(cat out)"
import json, os
info = json.load(open("out"))
assert info["new_size"] == os.path.getsize("new.bin")
assert 32 + info["control_size"] + info["diff_size"] + info["extra_size"] \
    == os.path.getsize("patch.bsdiff")
END
xdelta3 -e -A -S none -s old.bin new.bin patch.xdelta
foreign vcdiff patch.xdelta "a VCDIFF patch"
has out "\"first_target_size\":[[:space:]]+$new_size"
zstd -q new.bin -o new.zst
foreign zstd new.zst "a zstd frame"
has out "\"content_size\":[[:space:]]+$new_size"
gzip -c new.bin >new.gz
foreign gzip new.gz "a gzip file"

# What Debian has no tool for: the header as its reader takes it.
python3 - <<'END'
import zipfile
def write(name, data):
    open(name, "wb").write(data)
def high_first(n):
    return bytes([0x80 | n >> 14, 0x80 | n >> 7 & 127, n & 127])
def low_first(n):
    return bytes([0x80 | n & 63, 0x80 | n >> 6 & 127, n >> 13])
N = 100000
lzma = b"\x5d\0\0\x80\0" + b"\xff" * 8
write("a43", b"ENDSLEY/BSDIFF43" + N.to_bytes(8, "little") + b"BZh9")
for name in ("HDIFF13", "HDIFFSF20"):
    write(name, name.encode() + b"&zlib\0" + 3 * high_first(N))
write("lite", b"hI\x01\x5b" + 2 * N.to_bytes(3, "little"))
write("lite2", b"hI\x01\x9b\x01" + 2 * N.to_bytes(3, "little") + b"\x07")
write("sequential", b"\x01" + low_first(N) + lzma)
write("inplace", b"\x11" + 5 * low_first(N) + lzma)
write("hdiffpatch", b"\x21" + 2 * low_first(N) + lzma)
write("rda", b"RDAOTA02" + bytes(8))
for chip, magic in ((618, 0xEAF18C16), (718, 0xEAC37218)):
    write(f"luatos{chip}", magic.to_bytes(4, "little") + bytes(48) +
          (7000).to_bytes(4, "little") + N.to_bytes(4, "little") + bytes(32))
write("at7e", b"\x7e\0\0\0\x01\x7d" + (4321).to_bytes(4, "big") + bytes(40))
write("at7e-cut", b"\x7e\0\0\0\x01\x7d\x01")
write("at7e-not", b"\x7e\0\0\0\x02\x7d" + bytes(40))
with zipfile.ZipFile("archive", "w") as archive:
    archive.writestr("core.bin", b"core")
# Headers that end early, or lie: named, no more than that.
write("cut", b"BSDIFF40\x01")
write("lying", b"BSDIFF40" + b"\xff" * 7 + b"\x7f" + bytes(16))
write("negative", b"BSDIFF40" + b"\xff" * 24)
write("endless", b"HDIFF13&" + b"x" * 99)
write("large", b"HDIFF13&\0" + b"\xff" * 40)
# No evidence: two letters, or the byte that detools begins with.
write("letters", b"hI there, all of you")
write("byte", b"\x02" + bytes(99))
END
foreign bsdiff43 a43 "an ENDSLEY/BSDIFF43 patch"
has out '"new_size":[[:space:]]+100000'
foreign hdiff13 HDIFF13 "an HDIFF13 patch"
has out '"old_size":[[:space:]]+100000'
foreign hdiffsf20 HDIFFSF20 "an HDIFFSF20 patch"
has out '"new_size":[[:space:]]+100000'
foreign hpatchlite lite "an HPatchLite patch"
has out '"compression":[[:space:]]+"tuz"'
foreign hpatchlite lite2 "an HPatchLite patch"
has out '"extra_safe_size":[[:space:]]+7'
for kind in sequential in-place hdiffpatch; do
    foreign detools-$kind "$(echo $kind | tr -d -)" "a detools patch"
    has out '"new_size":[[:space:]]+100000'
done
foreign rdaota02 rda "a vendor's RDAOTA02 package"
for chip in 618 718; do
    foreign luatos luatos$chip "a LuatOS update \(EC$chip\)"
    has out '"common_size":[[:space:]]+7000'
    has out '"sdk_size":[[:space:]]+100000'
done
foreign at-container at7e "a vendor's 0x7E container around a delta \(EC618, AT\)"
has out '"patch_size":[[:space:]]+4321'
foreign at-container at7e-cut "a vendor's 0x7E container around a delta \(EC618, AT\)"
! grep -q patch_size out || fail "a size that is not there"
run 1 info at7e-not
message '.*: .*'
foreign zip archive "a ZIP archive"
message '.*: see mkdfota extract\)'

for file in cut lying negative; do
    foreign bsdiff40 $file "a BSDIFF40 patch"
    ! grep -q extra_size out || fail "$file: $(cat out)"
done
for file in endless large; do
    foreign hdiff13 $file "an HDIFF13 patch"
    ! grep -q new_size out || fail "$file: $(cat out)"
done
for file in letters byte; do
    run 1 info $file
    message "$file: .*(no|not a) dfota package \(found .*"
    empty out
done
