#!/bin/sh
# SPDX-License-Identifier: MIT
# Includes point one way: cli -> libdelta -> firmware-patcher, src -> codec ->
# include/dfota. Every source file is listed in CMake, every name is unique.
set -eu
cd "$(dirname "$0")/.."
bad=0

# allow FOLDER HEADER-REGEX: the only headers that files there may include.
allow() {
    folder=$1 pattern=$2
    # shellcheck disable=SC2044 # no blanks in our names
    for file in $(find "$folder" -name '*.[ch]'); do
        strangers=$(sed -n 's/^#include [<"]\([^>"]*\)[>"].*/\1/p' "$file" |
            grep -Evx "$pattern" || true)
        for header in $strangers; do
            echo "$file: must not include $header"
            bad=1
        done
    done
}

# own FOLDER: a pattern of the headers that lie directly in it.
own() {
    # shellcheck disable=SC2012
    find "$1" -maxdepth 1 -name '*.h' -exec basename {} \; | paste -sd '|'
}

free='stdint\.h|stddef\.h|stdbool\.h'
format="dfota/format\.h"
codec=$(own firmware-patcher/codec)
allow firmware-patcher/include "$free|dfota/[a-z]*\.h"
allow firmware-patcher/codec "$free|string\.h|$format|dfota/config\.h|$codec"
allow firmware-patcher/src "$free|string\.h|dfota/[a-z]*\.h|$codec|$(own \
    firmware-patcher/src)|xxhash\.h|bearssl\.h|zlib\.h"
allow libdelta/include "$free|delta\.h|delta_[a-z]*\.h"
standard='assert\.h|errno\.h|inttypes\.h|limits\.h|math\.h|stdio\.h|stdlib\.h'
standard="$standard|string\.h|stdarg\.h|$free"
host='delta\.h|delta_[a-z]*\.h'
threads='pthread\.h|stdatomic\.h|unistd\.h|windows\.h'
allow libdelta/src "$standard|$host|dfota/[a-z]*\.h|$codec|$(own \
    libdelta/src)|xxhash\.h|bearssl\.h|zlib\.h|bzlib\.h|divsufsort\.h|elfutils/version\.h|gelf\.h|$threads|cjson/cJSON\.h"
posix='fcntl\.h|getopt\.h|signal\.h|sys/[a-z]*\.h|time\.h|unistd\.h|io\.h|windows\.h'
matrix="$(own cli/matrix)|bearssl\.h|curl/curl\.h|dlfcn\.h|zip\.h|zlib\.h|dirent\.h|stdatomic\.h"
allow cli "$standard|$posix|malloc\.h|$host|$(own cli)|$matrix|cjson/cJSON\.h"

for folder in firmware-patcher libdelta cli; do
    # shellcheck disable=SC2044
    for file in $(find "$folder" -name '*.c'); do
        # One of each kind is chosen by the system.
        name=$(basename "$file" | sed 's/_\(posix\|windows\)\.c$/_${system}.c/
            s/^\(no\)*bspatch\.c$/bspatch.c/')
        if ! grep -qF -e "/$name" -e " $name" -e " $(basename "$file")" \
            "$folder/CMakeLists.txt"; then
            echo "$file: not in $folder/CMakeLists.txt"
            bad=1
        fi
    done
done

# Stubs have the names of the headers that they stand for.
twice=$(find firmware-patcher libdelta cli fuzz tests samples bench -name '*.[ch]' \
    -not -path 'tests/porting/*/include/*' -exec basename {} \; | sort | uniq -d)
for name in $twice; do
    echo "$name: more than one file has this name"
    bad=1
done

unsigned=$(find firmware-patcher libdelta cli fuzz tests samples bench packaging .ci \
    \( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' -o -name run \) -type f \
    -exec grep -L 'SPDX-License-Identifier: MIT' {} +)
if [ -n "$unsigned" ]; then
    echo "no SPDX line: $unsigned"
    bad=1
fi
exit $bad
