# SPDX-License-Identifier: MIT
# sign: in one step, or around a signature that openssl makes.
. "$CLI_TESTS/lib.sh"

make_key a
make_key b
run 0 old.bin new.bin -qo plain.bin --product acme --to-version 2
run 0 old.bin new.bin -qo made.bin --product acme --to-version 2 --key a.pem

# Signing later is signing while making.
run 0 sign plain.bin --key a.pem -o signed.bin
empty out
has err '^signed\.bin: [0-9,]+ bytes, signed with key [0-9a-f]{8}$'
same signed.bin made.bin
run 0 sign signed.bin --key a.pem -qo again.bin
same again.bin made.bin

# With another key, and back.
run 0 sign signed.bin --key b.pem -qo other.bin
run 0 verify other.bin --key b.pub --old old.bin --new new.bin
run 1 verify other.bin --key a.pub
run 0 sign other.bin --key a.pem -qo back.bin
same back.bin made.bin

# In two steps, from plain and from signed packages alike.
for package in plain.bin other.bin; do
    run 0 sign $package --digest --key a.pub
    empty err
    has out '^[0-9a-f]{64}$'
    run 0 sign $package --digest --key a.pub -fo digest.bin
    empty out
    [ "$(wc -c <digest.bin)" = 32 ] || fail "digest: $(wc -c <digest.bin)"
    openssl pkeyutl -sign -inkey a.pem -in digest.bin -out sig.der
    run 0 sign $package --signature sig.der --key a.pub -fqo der.bin
    run 0 verify der.bin --key a.pub --old old.bin --new new.bin
done
run 0 sign plain.bin --digest --key a.pub
mv out hex
od -An -v -tx1 digest.bin | tr -d ' \n' >digest.hex
[ "$(cat hex)" = "$(cat digest.hex)" ] || fail "two digests"
"$MKDFOTA" sign plain.bin --digest --key a.pub -o - >digest2.bin
same digest2.bin digest.bin

# The digest is what it claims to be: of preamble and manifest.
manifest=$(od -An -tu2 -j 6 -N 2 made.bin)
head -c $((24 + manifest)) made.bin | openssl dgst -sha256 -r | cut -c 1-64 |
    cmp - hex || fail "digest of something else"

# And the signature is ECDSA, raw: bytes 64 from there on.
tail -c +$((25 + manifest)) made.bin | head -c 64 >raw.bin
run 0 sign plain.bin --signature raw.bin --key a.pub -qo attached.bin
same attached.bin made.bin

# Signatures of something else are not attached.
flip raw.bin 10
run 1 sign plain.bin --signature raw.bin --key a.pub -o none.bin
message 'raw\.bin: no signature of this package by this key \(found 64 bytes, expected .*\)'
run 1 sign plain.bin --signature sig.der --key b.pub -o none.bin
run 1 sign plain.bin --signature old.bin --key a.pub -o none.bin
message 'old\.bin: too large .*'
: >empty
run 1 sign plain.bin --signature empty --key a.pub -o none.bin
run 1 sign old.bin --key a.pem -o none.bin
run 1 sign plain.bin --key a.pub -o none.bin
run 1 sign plain.bin --digest --key a.pem
run 2 sign plain.bin --digest --signature sig.der --key a.pub
run 2 sign plain.bin --key a.pem
cp plain.bin bad.bin
flip bad.bin 1000
run 1 sign bad.bin --key a.pem -o none.bin
absent none.bin
clean
