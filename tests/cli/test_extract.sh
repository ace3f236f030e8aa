# SPDX-License-Identifier: MIT
# extract takes images out of an archive; whatever that holds, nothing else is
# written.
. "$CLI_TESTS/lib.sh"
"$MKDFOTA" --version | grep -q libzip || skip "built without libzip"

run 0 old.bin new.bin -qo dfota.bin
python3 "$CLI_TESTS/hostile_zip.py"

# refused FILE PATTERN: one line, and nothing is written
refused() {
    run 1 extract "$1" -o nowhere
    message "$1: $2"
    absent nowhere
    run 1 extract --list "$1"
    empty out
}

# What a vendor sends: listed, and taken out with its folders.
run 0 extract --list update.dfota.bin
empty err
has out "^ +[0-9,]+  raw +core\.bin$"
has out "  raw +app/app\.bin$"
has out "  ihex +program\.hex$"
has out "  unusable +broken\.hex$"
has out "  dfota +update\.dfota$"
has out "  bsdiff40 +old\.bsdiff$"
has out "^ +0  empty +nothing$"
[ "$(wc -l <out)" = 9 ] || fail "members: $(cat out)"
absent core.bin
for file in update.dfota.bin stored.zip; do
    rm -rf taken
    run 0 extract $file -o taken
    [ "$(wc -l <err)" = 9 ] || fail "lines: $(cat err)"
    same taken/core.bin old.bin
    same taken/app/app.bin new.bin
    same taken/update.dfota dfota.bin
    [ "$(cat taken/app/deep/note.txt)" = "for people" ] || fail note
    [ -e taken/nothing ] && empty taken/nothing
    [ "$(cat taken/für.bin)" = u ] || fail "UTF-8"
done
run 0 extract --json -qo again update.dfota.bin
empty err
python3 - <<'END' || fail "JSON: $(cat out)"
import json, os
members = json.load(open("out"))["members"]
assert len(members) == 9
for m in members:
    assert os.path.getsize("again/" + m["name"]) == m["size"], m
assert members[0] == {"name": "core.bin", "size": members[0]["size"], "kind": "raw"}
END
run 0 extract -qo large large.zip
same large/core.bin old.bin
run 0 extract --list most
run 0 extract --list - <update.dfota.bin
(
    mkdir here
    cd here
    run 0 extract -q ../image.zip
    same new.bin ../new.bin
)
run 0 old.bin here/new.bin -qo again.dfota
same dfota.bin again.dfota

# In place of an image it is refused, unless it is meant.
run 1 explain old.bin update.dfota.bin
message 'update.dfota.bin: is a ZIP archive; take .* with mkdfota extract'
run 1 update.dfota.bin new.bin -o nowhere
message 'update.dfota.bin: is a ZIP archive; take .* with mkdfota extract'
run 0 image.zip image.zip -qo zip.dfota --format raw

# Nothing is overwritten, and then nothing at all is written.
rm taken/core.bin
run 3 extract update.dfota.bin -o taken
message 'taken/app/app.bin: exists already; -f overwrites it'
absent taken/core.bin
echo other >taken/app/app.bin
run 0 extract update.dfota.bin -qfo taken
same taken/app/app.bin new.bin
same taken/core.bin old.bin
echo file >blocking
run 3 extract image.zip -o blocking
message 'blocking: cannot write: .*'
mkdir target
echo file >target/app
run 3 extract update.dfota.bin -qo target
message 'target/app: cannot write: .*'
cp image.zip new.zip
mkdir own
cp image.zip own/new.bin
run 2 extract own/new.bin -fo own
message 'own/new.bin: is an input.*'
same own/new.bin image.zip

# Names that lead out, or that one cannot show.
for number in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
    refused name$number 'member 2: its name .*'
done
# libzip reads a blank for a NUL: what is checked is what is written.
run 0 extract nul -qo nul.out
[ -e "nul.out/plain.bin txt.evi" ] || fail "NUL: $(ls nul.out)"
[ -z "$(find . -name 'evil*')" ] || fail "a hostile name was written"
# What is no plain file.
for file in link device pipe folder; do
    refused $file '[a-z]+: is a link, a device or the like.*'
done
refused sealed 'sealed: is encrypted.*'
refused twice 'no usable ZIP archive: two members have the same name'
refused case 'A/b.bin: clashes with the member a/B.bin'
refused nested 'a/b: clashes with the member a'
# Contents that are not what the archive says.
refused checksum 'new.bin: cannot be taken out: CRC error'
for file in short long overlap; do
    refused $file '.*(no usable ZIP archive|cannot be taken out|not of the size).*'
done
refused method 'a.bin: cannot be taken out: .*'
refused many 'wrong number of members \(found 257, expected 1 to 256\)'
refused none 'wrong number of members \(found 0, expected 1 to 256\)'
refused bomb 'zeros.bin: the members are too large .*'
part=1
while [ $part -lt 20 ]; do
    refused cut$part 'no usable ZIP archive: .*'
    part=$((part + 1))
done
refused old.bin 'no usable ZIP archive: .*'
: >nothing.zip
refused nothing.zip 'wrong number of members .*'
run 3 extract missing.zip
message 'missing.zip: cannot read: .*'
run 2 extract
clean
