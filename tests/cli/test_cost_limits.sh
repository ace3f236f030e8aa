# SPDX-License-Identifier: MIT
# What a package costs at most: where nothing is like the old image, and where
# next to nothing has changed.
. "$CLI_TESTS/lib.sh"

command -v python3 >/dev/null || skip "no python3"
make_key key

# at_most FILE BYTES
at_most() {
    [ "$(wc -c <"$1")" -le "$2" ] || fail "$1: $(wc -c <"$1") bytes, expected at most $2"
}

# Noise: 1 % more than the image, 512 bytes of it fixed; and it is said why.
for size in 1 100 4096 300000; do
    python3 -c "
import random
random.seed($size)
open('noise.bin', 'wb').write(random.randbytes($size))"
    limit=$((size + size / 100 + 512))
    run 0 old.bin noise.bin -3 -fo noise.dfota
    at_most noise.dfota $limit
    run 0 old.bin noise.bin -3 -fo noise.dfota --key key.pem
    at_most noise.dfota $limit
    run 0 old.bin noise.bin -3 -fo noise.dfota --key key.pem --ram 4K
    at_most noise.dfota $limit
    [ $size -lt 4096 ] || has err 'do not compress, as if encrypted'
    run 0 apply old.bin noise.dfota -fo made.bin
    same made.bin noise.bin
done

# Another version text; preamble, manifest and chain of that.
overhead_at_most() {
    run 0 info "$1"
    overhead=$(sed -n 's/^overhead *\([0-9]*\) bytes$/\1/p' out)
    [ "$overhead" -le "$2" ] || fail "$1: overhead $overhead, expected at most $2"
}
python3 - <<'END'
data = open("old.bin", "rb").read()
assert b"v4.0.0b4" in data
open("text.bin", "wb").write(data.replace(b"v4.0.0b4", b"v4.0.0b7"))
END
run 0 old.bin text.bin -qo text.dfota
overhead_at_most text.dfota 160
run 0 old.bin text.bin -qo signed.dfota --key key.pem
overhead_at_most signed.dfota 230
at_most signed.dfota 399
clean
