# SPDX-License-Identifier: MIT
# info: for people and, with --json, for programs.
. "$CLI_TESTS/lib.sh"

make_key a
run 0 old.bin new.bin -qo dfota.bin --product 'acme "7"' --from-version 7.27.0 \
    --to-version 7.28.0 --counter 4000000000 --base 0x08005000 --key a.pem
run 0 info dfota.bin
empty err
has out '^package +dfota\.bin, [0-9,]+ bytes, format 1$'
has out '^digests +all match$'
has out '^signed +by key [0-9a-f]{8} '
has out '^from +102,232 bytes, version 7\.27\.0$'

run 0 info --json dfota.bin
empty err
python3 - <<'END' || fail "JSON: $(cat out)"
import hashlib, json, os
def image(path, version):
    data = open(path, "rb").read()
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
            "version": version}
info = json.load(open("out"))
expected = {
    "package_size": os.path.getsize("dfota.bin"), "format_version": 1,
    "features": 0, "intact": True, "from": image("old.bin", "7.27.0"),
    "to": image("new.bin", "7.28.0"), "codec": "range", "mode": "two-slot",
    "arch": "thumb", "base": 0x08005000, "new_base": 0x08005000,
    "product": 'acme "7"', "counter": 4000000000, "signed": True,
    "chunk_size": 1536,
}
for name, value in expected.items():
    assert info[name] == value, (name, info[name], value)
assert info["ram"] <= 16384 and len(info["key_id"]) == 8
size = info["package_size"]
assert info["chunks"] == 1 + (size - 1 - info["overhead"]) // (1536 - 16)
for name in ("codec_version", "map_entries", "overhead"):
    assert type(info[name]) is int, name
END

run 0 old.bin new.bin -qo plain.bin
run 0 info --json plain.bin
python3 -c '
import json
info = json.load(open("out"))
assert info["product"] is None and info["key_id"] is None, info
assert info["from"]["version"] is None and info["signed"] is False, info
' || fail "JSON: $(cat out)"
