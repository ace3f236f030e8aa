#!/bin/sh
# SPDX-License-Identifier: MIT
# The steps of a pipeline that builds update packages; the templates beside it
# only call it. Needs mkdfota, python3, and curl if PREVIOUS is an address.
#
#   build-packages.sh build LIST DIR       packages of a release list
#   build-packages.sh merge DIR SHARD...   of folders DIR that shards have built
#   build-packages.sh post DIR             the comment, to the merge request
#
# In DIR:
#   packages/    the work of `mkdfota matrix`; kept, the next build is shorter
#   comment.md   sizes and how they have changed
#   public/      packages, index.json and index.html to publish; only if all
#                went well
#
# Environment, all of it optional:
#   LAST        only packages from the last so many releases to the newest, in
#               place of the rules in LIST
#   PREVIOUS    index.json to compare with, a file or an address; if there is
#               none yet, this is the first build
#   FAIL_OVER   percentage by which a package may be larger than in PREVIOUS
#   MAX_SIZE    of each package, bytes or a percentage of the new image
#   SHARD       K/N, auto or auto/N: only this part of the packages; `merge`
#               then says whether any failed
#   CACHE       folder of packages that builds share
#   THREADS     processes, default one for each processor
#   MKDFOTA     the program, default mkdfota
#
# `post` takes what it needs from the variables of GitLab CI and, as
# GITLAB_TOKEN, a token with scope api; or from those of GitHub Actions and
# GITHUB_TOKEN. Elsewhere, and outside merge requests, it does nothing.
#
# Exit status: 0 done, 1 a package failed, is too large or is missing, 2 wrong
# usage, else as of mkdfota.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
mkdfota=${MKDFOTA:-mkdfota}
scratch=$(mktemp -d)
last=
trap 'rm -rf "$scratch"; [ -z "$last" ] || rm -f "$last"' EXIT

usage() {
    sed -n 's/^#   build-packages/usage: build-packages/p' "$0" >&2
    exit 2
}

# The index of before as $previous; empty if there is none.
fetch_previous() {
    previous=${PREVIOUS:-}
    case $previous in
    http://* | https://*)
        address=$previous
        previous=$scratch/previous.json
        code=$(curl -sSL --retry 3 -o "$previous" -w '%{http_code}' "$address") ||
            exit 3
        case $code in
        200) ;;
        404) previous= ;;
        *)
            echo "$address: no index (found HTTP $code, expected 200 or 404)" >&2
            exit 3
            ;;
        esac
        ;;
    esac
    if [ -n "$previous" ] && [ ! -e "$previous" ]; then
        previous=
    fi
    [ -n "$previous" ] || echo "nothing to compare with: the first build" >&2
}

# The list with the rule that LAST is, as $list. Beside the list, from where its
# paths are; always the same bytes, so that shards have the same list.
choose_list() {
    list=$1
    if [ -n "${LAST:-}" ]; then
        case $LAST in
        *[!0-9]*)
            echo "LAST: not a number (found $LAST)" >&2
            exit 2
            ;;
        esac
        last=${1%.json}-last-$LAST.json
        python3 "$here/sizes.py" last "$LAST" "$1" >"$last"
        list=$last
    fi
}

# publish DIR STATUS: comment.md and public/ of what is in packages/
publish() {
    status=$2 bad=0
    python3 "$here/sizes.py" comment "$1/packages/index.json" \
        ${previous:+"$previous"} >"$1/comment.md" || bad=$?
    [ "$status" -ne 0 ] || status=$bad
    cat "$1/comment.md"
    if [ "$status" -eq 0 ]; then
        mkdir "$1/public"
        python3 "$here/sizes.py" files "$1/packages/index.json" >"$scratch/files"
        while read -r file; do
            cp "$1/packages/$file" "$1/public/"
        done <"$scratch/files"
    fi
    exit "$status"
}

build() {
    folder=$2
    mkdir -p "$folder"
    rm -rf "$folder/public" "$folder/comment.md" "$folder/packages/index."*
    choose_list "$1"
    fetch_previous
    set -- "$list" -o "$folder/packages"
    [ -z "${MAX_SIZE:-}" ] || set -- "$@" --max-size "$MAX_SIZE"
    [ -z "${SHARD:-}" ] || set -- "$@" --shard "$SHARD"
    [ -z "${CACHE:-}" ] || set -- "$@" --cache "$CACHE"
    [ -z "${THREADS:-}" ] || set -- "$@" -j "$THREADS"
    if [ -n "$previous" ] && [ -n "${FAIL_OVER:-}" ]; then
        set -- "$@" --fail-over "$FAIL_OVER" --baseline "$previous"
    fi
    result=0
    "$mkdfota" matrix "$@" || result=$?
    # Without an index there is nothing to report.
    [ -e "$folder/packages/index.json" ] || exit "$result"
    if [ -n "${SHARD:-}" ]; then
        # What failed is in the index; merge tells it, with all the others.
        [ "$result" -ne 1 ] || result=0
        exit "$result"
    fi
    publish "$folder" "$result"
}

merge() {
    folder=$1
    shift
    mkdir -p "$folder"
    rm -rf "$folder/public" "$folder/comment.md" "$folder/packages"
    fetch_previous
    for shard in "$@"; do
        set -- "$@" "$shard/packages"
        shift
    done
    result=0
    "$mkdfota" matrix --merge "$@" -o "$folder/packages" || result=$?
    [ -e "$folder/packages/index.json" ] || exit "$result"
    publish "$folder" "$result"
}

[ $# -ge 2 ] || usage
command=$1
shift
case $command in
build)
    [ $# -eq 2 ] || usage
    build "$@"
    ;;
merge)
    [ $# -ge 2 ] || usage
    merge "$@"
    ;;
post)
    [ $# -eq 1 ] || usage
    if [ ! -s "$1/comment.md" ]; then
        echo "$1/comment.md: there is no comment"
        exit 0
    fi
    python3 "$here/post.py" "$1/comment.md"
    ;;
*)
    usage
    ;;
esac
