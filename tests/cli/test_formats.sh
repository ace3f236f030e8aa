# SPDX-License-Identifier: MIT
# Image files of every kind: the package is that of the raw images.
. "$CLI_TESTS/lib.sh"

command -v python3 >/dev/null || skip "no python3"
cat >convert.py <<'END'
import struct
import sys

BASE = 0x08005000


def ihex(data):
    def record(kind, offset, payload):
        line = struct.pack(">BHB", len(payload), offset, kind) + payload
        line += bytes([-sum(line) & 255])
        return ":" + line.hex().upper() + "\n"

    lines, upper = [], None
    for at in range(0, len(data), 16):
        address = BASE + at
        if address >> 16 != upper:
            upper = address >> 16
            lines.append(record(4, 0, struct.pack(">H", upper)))
        lines.append(record(0, address & 0xFFFF, data[at:at + 16]))
    return "".join(lines + [record(1, 0, b"")]).encode()


def srec(data):
    def record(kind, address, payload):
        line = bytes([len(payload) + 5]) + struct.pack(">I", address) + payload
        line += bytes([~sum(line) & 255])
        return "S%d" % kind + line.hex().upper() + "\n"

    lines = [record(3, BASE + at, data[at:at + 32])
             for at in range(0, len(data), 32)]
    return "".join(lines + [record(7, BASE, b"")]).encode()


def uf2(data):
    pages = [data[at:at + 256] for at in range(0, len(data), 256)]
    return b"".join(
        struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0, BASE + 256 * i,
                    len(page), i, len(pages), 0) + page.ljust(476, b"\0") +
        struct.pack("<I", 0x0AB16F30) for i, page in enumerate(pages))


def elf(data):
    header = b"\x7fELF\1\1\1".ljust(16, b"\0") + struct.pack(
        "<HHIIIIIHHHHHH", 2, 40, 1, BASE + 1, 52, 0, 0x5000200, 52, 32, 1, 40,
        0, 0)
    segment = struct.pack("<8I", 1, 84, BASE, BASE, len(data), len(data), 5, 4)
    return header + segment + data


for name in "old", "new":
    with open(name + ".bin", "rb") as file:
        data = file.read()
    for kind, convert in ("hex", ihex), ("srec", srec), ("uf2", uf2), \
            ("elf", elf):
        with open(name + "." + kind, "wb") as file:
            file.write(convert(data))
END
python3 convert.py

# The files say where the images are; of raw ones the address is given.
run 0 old.bin new.bin -o raw.dfota --base 0x08005000
for kind in hex srec uf2 elf; do
    run 0 "old.$kind" "new.$kind" -o "$kind.dfota"
    same "$kind.dfota" raw.dfota
done

# Old and new may be of different kinds.
run 0 old.hex new.elf -o mixed.dfota
same mixed.dfota raw.dfota

# The architecture can be given as well; the pointers of none are not followed.
run 0 old.bin new.bin -o arch.dfota --base 0x08005000 --arch thumb
same arch.dfota raw.dfota
run 0 old.hex new.hex -o none.dfota --arch none -v
has err '^base 0x08005000 \(found\), architecture none$'
[ "$(wc -c <none.dfota)" -gt "$(wc -c <raw.dfota)" ] || fail "none is no worse"
run 0 explain old.bin new.bin --arch big-endian
has out ', architecture none, big-endian$'

# Behind a header, whose size need not be round, the program is found as well;
# header, digest and signature cost what is new in them.
cat >wrap.py <<'END'
import hashlib
import struct
import sys

for name in "old", "new":
    program = open(name + ".bin", "rb").read()
    for header in 32, 512:
        image = struct.pack("<IIHHII", 0x96F3B83D, 0, header, 0, len(program),
                            0) + b"\1\0" + struct.pack("<HI", 1, 0)
        image = image.ljust(header, b"\0") + program
        digest = hashlib.sha256(image).digest()
        signature = hashlib.sha512(digest).digest()
        image += struct.pack("<HHHH", 0x6907, 4 + 36 + 68, 0x10, 32) + digest
        image += struct.pack("<HH", 0x22, 64) + signature
        open("%s-%d.mcuboot" % (name, header), "wb").write(image)
END
python3 wrap.py
for header in 32 512; do
    run 0 old-$header.mcuboot new-$header.mcuboot -vo $header.dfota
    has err "^base $(printf 0x%08x $((0x08005000 - header))) \\(found\\), architecture thumb\$"
    [ "$(wc -c <$header.dfota)" -lt $(($(wc -c <raw.dfota) + 96 + 40)) ] ||
        fail "header $header: $(wc -c <$header.dfota) bytes, raw: $(wc -c <raw.dfota)"
done

# What is applied and made is what the flash holds.
run 0 apply old.bin hex.dfota -o made.bin
same made.bin new.bin

# A damaged file is refused in one line that says where.
sed '2s/^:10/:11/' new.hex >bad.hex
run 1 old.bin bad.hex -o bad.dfota
message '.*bad\.hex.*Intel HEX: line 2: record of the wrong size \(found 21 bytes, expected 22\).*'
absent bad.dfota
head -n 100 new.srec >bad.srec
run 1 old.bin bad.srec -o bad.dfota
message '.*bad\.srec.*S-record: cut short .*'
head -c 512 new.uf2 >bad.uf2
run 1 old.bin bad.uf2 -o bad.dfota
message '.*bad\.uf2.*UF2: .*blocks missing .*'
head -c 1000 new.elf >bad.elf
run 1 old.bin bad.elf -o bad.dfota
message '.*bad\.elf.*ELF: cut short.*'
absent bad.dfota
clean
