# SPDX-License-Identifier: MIT
# --help, --version, the man page and the completions know the same options.
. "$CLI_TESTS/lib.sh"

run 0 --version
has out '^mkdfota [0-9]+\.[0-9]+\.[0-9]+, package format 1$'
for library in 'libdivsufsort [0-9.]+' 'zlib [0-9.]+' 'xxHash [0-9.]+' \
    'cJSON [0-9.]+' 'libelf 0\.[0-9]+' BearSSL; do
    has out "^with .*$library"
done
run 0 --help
empty err
for command in make apply info verify sign explain simulate matrix \
    convert extract; do
    has out "^  mkdfota \[?$command"
done
cp out tool.txt

man=$SOURCE/cli/mkdfota.1
bash=$SOURCE/cli/completion/mkdfota.bash
zsh=$SOURCE/cli/completion/_mkdfota
for command in make apply info verify sign explain simulate matrix \
    convert extract; do
    run 0 $command --help
    empty err
    has out '^Usage: mkdfota '
    has out '^Examples:$'
    for option in $(grep -oE -e '^ +(-., )?--[a-z-]+' out |
        grep -oE -e '--[a-z-]+'); do
        name=${option#--}
        grep -qE "Fl Fl $name( |\$)" "$man" || fail "$option not in $man"
        grep -q -e "$option" "$bash" || fail "$option not in $bash"
        grep -q -e "$option" "$zsh" || fail "$option not in $zsh"
        # It is really one of this command's.
        run 2 $command "$option=" a b c d e f g h i j k l m n o p q r s
        ! grep -q 'no option of' err || fail "$command has no $option"
    done
done

# Every example parses: with files missing, not with wrong usage.
mkdir nothing
for command in make apply info verify sign explain simulate matrix \
    convert extract; do
    "$MKDFOTA" $command --help | sed -n '/^Examples:/,$p' |
        sed -e ':a' -e '/\\$/N; s/\\\n *//; ta' | grep '^  mkdfota' >lines
    [ -s lines ] || fail "no examples of $command"
    while read -r tool line; do
        status=0
        # shellcheck disable=SC2086
        (cd nothing && "$MKDFOTA" ${line%%|*}) >out 2>err || status=$?
        [ "$status" = 3 ] || fail "$tool $line: status $status: $(cat err)"
    done <lines
done

if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning "$man" || fail "man page"
fi

# offer WORD...: what bash would offer for the last word
offer() {
    bash -c '
        . "$0"
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _mkdfota
        printf "%s\n" "${COMPREPLY[@]}"' "$bash" "$@" >out
}
offer mkdfota ve
has out '^verify$'
offer mkdfota verify --
has out '^--old$'
offer mkdfota old.bin new.bin --codec ''
has out '^deflate$'
offer mkdfota apply ol
has out '^old\.bin$'
