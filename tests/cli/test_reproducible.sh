# SPDX-License-Identifier: MIT
# The same inputs and options give the same bytes, wherever, whenever and by how
# many threads.
. "$CLI_TESTS/lib.sh"

make_key a
for options in "" "--codec deflate" "-9 --ram 64K" "-1" "--key $PWD/a.pem"; do
    # shellcheck disable=SC2086
    run 0 old.bin new.bin -fqo first.bin $options
    mkdir other
    cp old.bin other/1
    cp new.bin other/2
    (
        cd other
        # shellcheck disable=SC2086
        TZ=Asia/Tokyo LC_ALL=C.UTF-8 HOME=/ "$MKDFOTA" 1 2 -qo 3 $options
    )
    same other/3 first.bin
    for threads in 1 2 4; do
        # shellcheck disable=SC2086
        run 0 old.bin new.bin -fqo third.bin -j $threads $options
        same third.bin first.bin
    done
    rm -r other
done
