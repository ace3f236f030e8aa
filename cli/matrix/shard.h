// SPDX-License-Identifier: MIT
// Which part of the work is this machine's: said on the command line, or by the
// engine that runs several.

#ifndef MKDFOTA_SHARD_H
#define MKDFOTA_SHARD_H

#include "cli.h"

#define SHARDS_MAX 10000u

struct shard {
    uint32_t index; // from 1 on
    uint32_t count;
};

// "2/4", or "auto", "auto/4": from the environment of Slurm, AWS Batch,
// Kubernetes (which does not tell the count) or GitLab. NULL: all of it.
// Messages have been printed when this is not CLI_DONE.
enum cli_exit shard_read(struct shard *shard, const char *text);

// Deal out pieces of work: shards[i], from 1 on, is that of work[i]. The same
// on every machine, and even.
bool shard_deal(uint32_t *shards, const uint64_t *work, size_t count,
                uint32_t shard_count);

#endif
