# SPDX-License-Identifier: MIT
# Inputs that cannot be used: 1 when refused, 3 when they cannot be read.
. "$CLI_TESTS/lib.sh"

run 3 missing.bin new.bin -o none.bin
message 'missing\.bin: cannot read: No such file or directory'
run 3 old.bin missing.bin -o none.bin
mkdir folder
run 3 old.bin folder -o none.bin
message 'folder: cannot read: is a directory'
run 3 info missing.bin
run 3 verify missing.bin
run 3 old.bin new.bin -o none.bin --key missing.pem
message 'missing\.pem: cannot read: No such file or directory'

: >empty.bin
run 1 old.bin empty.bin -o none.bin
message 'empty\.bin: image is empty \(found 0 bytes, expected 1 to 536870912\)'
run 1 info empty.bin
run 0 old.bin new.bin -qo dfota.bin
run 1 verify dfota.bin --old empty.bin
run 1 verify dfota.bin --new empty.bin
run 1 apply empty.bin dfota.bin -o none.bin

# Refused by its size, before it is read.
truncate -s 536870913 large.bin
run 1 old.bin large.bin -o none.bin
message 'large\.bin: too large \(found 536870913 bytes, expected at most 536870912\)'

cp old.bin secret.bin
chmod 0 secret.bin
run_as_nobody 3 secret.bin new.bin -o none.bin
absent none.bin
clean
