# SPDX-License-Identifier: MIT
# info --estimate: how long an update takes on a module.
. "$CLI_TESTS/lib.sh"

make_key a
run 0 old.bin new.bin -qo dfota.bin --key a.pem
size=$(stat -c %s dfota.bin)

run 0 info dfota.bin --estimate air724
empty err
has out '^digests +all match$'
has out '^time +air724, an estimate:$'
has out '^  download +0\.[78] s$'
has out '^  erase +[0-9.]+ s, [0-9]+ blocks$'
has out '^  total +[0-9.]+ s, of these [0-9.]+ s beside the download$'

# Without it there is none.
run 0 info dfota.bin
! grep -q '^time' out || fail "an estimate that nobody wanted: $(cat out)"
run 0 info dfota.bin --json
has out '"estimate":.null'

# Times of a profile of one's own, every one of them checked.
cat >slow.json <<'END'
{"like": "air724", "name": "slow", "link_bits_per_second": 800,
 "link_round_trip_ms": 1000, "link_request_size": 500,
 "flash_erase_us": 1000000, "flash_large_size": 0, "flash_large_us": 0,
 "flash_page_us": 10000, "cpu_khz": 1000, "cpu_cycles_per_100": 100,
 "flash_read_bytes_per_second": 100000,
 "range_output": 100, "range_stream": 0, "sha256_byte": 10,
 "signature": 5000000}
END
run 0 info dfota.bin --estimate slow.json --json
SIZE=$size python3 - <<'END' || fail "JSON: $(cat out)"
import json, math, os
info = json.load(open("out"))
found, size = info["estimate"], int(os.environ["SIZE"])
old, new = (os.path.getsize(name) for name in ("old.bin", "new.bin"))
stream = size - info["overhead"]
blocks, marks = -(-new // 4096), -(-new // 4096) + 1
expected = {
    "profile": "slow",
    "download_ms": size * 10 + 1000 * (2 + -(-size // 500)),
    "erased_blocks": blocks + 2,
    "erase_ms": (blocks + 2) * 1000,
    "program_ms": (-(-new // 256) + 2 + marks) * 10,
    "decode_ms": math.ceil(new / 10),
    "hash_ms": math.ceil((old + new + size) / 100),
    "signature_ms": 5000,
    "read": old + new + 3 * new + stream * 24,
}
for name, value in expected.items():
    assert found[name] == value, (name, found[name], value)
parts = [found[name + "_ms"]
         for name in ("download", "erase", "program", "read", "compute")]
assert abs(sum(parts) - found["total_ms"] - found["overlap_ms"]) < 6
assert found["overlap_ms"] == found["download_ms"]
END
cat slow.json | run 0 info dfota.bin --estimate - --json
has out '"slow"'

# What is wrong with a profile is told by name, before anything else.
run 3 info none.bin --estimate nothing
message '--estimate: no profile and no file \(found "nothing", expected air724, ec618 or a JSON file\)'
empty out
echo '{"like": "air724", "cpu_mhz": 500}' >bad.json
run 1 info dfota.bin --estimate bad.json
message 'bad\.json: cpu_mhz is unknown \(expected a field of struct delta_profile, name or like\)'
empty out
echo '{"name": "all of it"}' >bad.json
run 1 info dfota.bin --estimate bad.json
message 'bad\.json: link_bits_per_second is missing \(expected every field, or "like"\)'
run 3 info dfota.bin --estimate .
message '\.: .*'
run 2 info - --estimate - <dfota.bin
message '-: stdin can be one input only \(found 2\)'
run 2 verify dfota.bin --estimate air724
message '--estimate: no option of the command verify'

# A package that is refused takes no time.
flip dfota.bin $((size - 1))
run 1 info dfota.bin --estimate air724
has out '^digests +DAMAGED$'
! grep -q '^time' out || fail "an estimate of a damaged package: $(cat out)"
run 1 info dfota.bin --estimate air724 --json
has out '"estimate":.null'
