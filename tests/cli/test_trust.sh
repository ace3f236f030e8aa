# SPDX-License-Identifier: MIT
# Signed packages: which key opens what.
. "$CLI_TESTS/lib.sh"

make_key a
make_key b
run 0 old.bin new.bin -qo plain.bin
run 0 old.bin new.bin -qo signed.bin --key a.pem

run 0 verify signed.bin --key a.pub
has err '^signed\.bin: all digests match, signature verified, key [0-9a-f]{8}$'
run 0 verify signed.bin --key b.pub --key a.pub
run 0 verify signed.bin
has err 'signature not checked without --key'
run 1 verify signed.bin --key b.pub
message 'signed\.bin: signed with another key \(found [0-9a-f]{8}, expected [0-9a-f]{8}\)'
run 1 verify plain.bin --key a.pub
message 'plain\.bin: package is not signed \(found no signature, expected one by key [0-9a-f]{8}\)'

run 0 apply old.bin signed.bin -o made.bin --key a.pub
same made.bin new.bin
run 0 apply old.bin signed.bin -qfo made.bin
run 1 apply old.bin signed.bin -o none.bin --key b.pub
run 1 apply old.bin plain.bin -o none.bin --key a.pub
absent none.bin

# A signature covers the manifest, and through it every chunk.
size=$(wc -c <signed.bin)
for offset in 16 30 45 60 150 155 170 200 $((size - 1)); do
    cp signed.bin bad.bin
    flip bad.bin "$offset"
    run 1 verify bad.bin --key a.pub
    run 1 apply old.bin bad.bin -o none.bin --key a.pub
done
absent none.bin

# All private forms of a key make the same package.
openssl ecparam -genkey -name prime256v1 -out full.pem
grep -q 'EC PARAMETERS' full.pem || fail "openssl writes no EC PARAMETERS"
openssl ec -in full.pem -out short.pem 2>/dev/null
openssl pkcs8 -topk8 -nocrypt -in full.pem -out pkcs8.pem
for form in full short pkcs8; do
    run 0 old.bin new.bin -qo $form.bin --key $form.pem
    same $form.bin full.bin
done

# What cannot be used says why.
run 1 old.bin new.bin -o none.bin --key a.pub
message 'a\.pub: wrong kind of key \(found a public key, expected a private key\)'
run 1 verify signed.bin --key a.pem
message 'a\.pem: wrong kind of key \(found a private key, expected a public key\)'
echo text >text
run 1 old.bin new.bin -o none.bin --key text
has err '^mkdfota: text: holds no complete PEM key'
run 1 old.bin new.bin -o none.bin --key old.bin
message 'old\.bin: too large \(found 102232 bytes, expected at most 65536\)'
openssl ec -in a.pem -aes128 -passout pass:x -out locked.pem 2>/dev/null
run 1 old.bin new.bin -o none.bin --key locked.pem
message 'locked\.pem: key is encrypted \(expected a plain PEM key\)'
openssl pkcs8 -topk8 -in a.pem -passout pass:x -out locked.pem
run 1 old.bin new.bin -o none.bin --key locked.pem
message 'locked\.pem: key is encrypted .*'
openssl ecparam -genkey -name secp384r1 -out other.pem
run 1 old.bin new.bin -o none.bin --key other.pem
has err 'expected ECDSA P-256'
openssl ec -in other.pem -pubout -out other.pub 2>/dev/null
run 1 verify signed.bin --key other.pub
has err 'expected ECDSA P-256'
run 2 old.bin new.bin -o none.bin --key a.pem --key b.pem
message '--key: given several times \(found 2, expected 1\)'
run 2 verify signed.bin --key=1 --key=2 --key=3 --key=4 --key=5 --key=6 \
    --key=7 --key=8 --key=9
absent none.bin
clean
