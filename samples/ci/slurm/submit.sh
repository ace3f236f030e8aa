#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds all packages of a release list as a Slurm job array, joins them, and
# waits for the end.
#
#   submit.sh LIST OUT [SHARDS]
#
# OUT, the list and the images are on a file system that all nodes share; what
# was there of an earlier run is used again. From the environment: MKDFOTA, the
# program; CACHE, a folder or URL that all nodes see; MAX_SIZE, as of mkdfota
# matrix. Exit status: that of the merge; OUT/packages has the result.
set -eu

if [ $# -lt 2 ] || [ $# -gt 3 ]; then
    echo "Usage: submit.sh LIST OUT [SHARDS]" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
LIST=$(realpath "$1") OUT=$(realpath "$2") SHARDS=${3:-4}
export LIST OUT SHARDS

# Shards of an earlier run with another number are no part of this one.
for folder in "$OUT"/shard-*; do
    number=${folder##*/shard-}
    [ ! -d "$folder" ] || [ "$number" -le "$SHARDS" ] || rm -r "$folder"
done
array=$(sbatch --parsable --chdir="$OUT" --array="1-$SHARDS" \
    "$here/packages.sbatch")
exec sbatch --wait --chdir="$OUT" --dependency="afterany:${array%%;*}" \
    "$here/merge.sbatch"
