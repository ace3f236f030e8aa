#!/bin/sh
# SPDX-License-Identifier: MIT
# Names that amalgamate.py has to tell apart, and those that it cannot.
# Usage: names.sh COMPILER
set -eu

compiler=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$here/../../firmware-patcher" "$work/patcher"
cd "$work"

# refused REASON: amalgamate.py ends with this reason.
refused() {
    if patcher/amalgamate.py . 2>errors; then
        echo "accepted, though: $1"
        exit 1
    fi
    grep -q "$1" errors || {
        cat errors
        exit 1
    }
}

# One name for a function, a table, a type, a constant and a macro; a comment,
# a text and a member of a struct keep it.
cat >patcher/codec/twin_a.c <<'END'
// word_twin
#define SIZE_TWIN 2
enum { FIRST_TWIN, SECOND_TWIN };
struct word_twin {
    int member_twin;
};
static const int member_twin[SIZE_TWIN] = {FIRST_TWIN, SECOND_TWIN};
static int word_twin(const struct word_twin *w)
{
    return w->member_twin + member_twin[1] + (int)sizeof("word_twin");
}
int dfc_twin_a(void)
{
    struct word_twin w = {.member_twin = SECOND_TWIN};
    return word_twin(&w);
}
END
sed 's/SIZE_TWIN 2/SIZE_TWIN 3/; s/dfc_twin_a/dfc_twin_b/
    s/{ FIRST_TWIN/{ FIRST_TWIN = 1/' \
    patcher/codec/twin_a.c >patcher/codec/twin_b.c
cat >>patcher/src/status.c <<'END'
int dfc_twin_a(void);
int dfc_twin_b(void);
END
patcher/amalgamate.py .
grep -q '^// word_twin' dfota_patcher.c
grep -q 'twin_b_word_twin(&w)' dfota_patcher.c
cat >twins.c <<'END'
#include "dfota_patcher.c"
#include <stdio.h>
int main(void)
{
    printf("%d %d\n", dfc_twin_a(), dfc_twin_b());
    return 0;
}
END
"$compiler" -std=c99 -Wall -Werror -DDFP_WITH_SIGNATURE=0 \
    -DDFP_WITH_DEFLATE=0 twins.c -o twins
[ "$(./twins)" = "12 14" ]

echo 'static int twin_a_word_twin;' >>patcher/codec/twin_b.c
refused 'codec/twin_a.c: word_twin would be twin_a_word_twin, which exists'
rm patcher/codec/twin_?.c

echo '#include "nowhere.h"' >>patcher/codec/thumb.c
refused 'codec/thumb.c: includes nowhere.h, which is not there'
cp "$here/../../firmware-patcher/codec/thumb.c" patcher/codec/thumb.c
echo '}' >>patcher/codec/thumb.c
refused 'thumb.c: braces do not match'
cp "$here/../../firmware-patcher/codec/thumb.c" patcher/codec/thumb.c
cp patcher/codec/thumb.c patcher/src/thumb.c
refused 'two files are named thumb.c'
rm patcher/src/thumb.c
patcher/amalgamate.py .
