# SPDX-License-Identifier: MIT
# The files that commands in the documents take for granted. Sourced in a copy
# of the tree, which is then the reader's folder.
cp samples/pairs/movehub/movehub-7.27.0.bin old.bin
cp samples/pairs/movehub/movehub-7.28.0.bin new.bin

# Key pairs as SECURITY.md says.
openssl ecparam -genkey -name prime256v1 -noout -out private.pem
openssl ec -in private.pem -pubout -out public.pem

# Names that the manual page has for them.
cp old.bin v1.bin
cp new.bin v2.bin
cp old.bin v1.elf
cp new.bin v2.elf
cp samples/layouts/two-slot.json flash.json

# A module of several images (README.md).
cp old.bin core1.bin
cp new.bin core2.bin
head -c 20000 old.bin >app1.bin
head -c 20000 new.bin >app2.bin
head -c 30000 new.bin >modem.bin

# An image for MCUboot is one with a header and a trailer; a raw one will do.
cp old.bin old.signed.bin
cp new.bin new.signed.bin

# A firmware's repository, with samples/ci in it (samples/ci/README.md).
cp -r samples/ci ci
cat >releases.json <<'END'
{
  "product": "hub",
  "releases": [
    {"version": "7.27.0", "image": "old.bin"},
    {"version": "7.28.0", "image": "new.bin"}
  ]
}
END
