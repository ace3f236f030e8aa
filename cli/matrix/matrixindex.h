// SPDX-License-Identifier: MIT
// index.json: what a matrix build has made (docs/schema/index.schema.json).
// It is the same whatever the number of processes and of shards that were
// merged. So is index.html, which is made from it (matrixpage.h). What only this
// run did is in run.json: times, and what was kept.

#ifndef MKDFOTA_MATRIXINDEX_H
#define MKDFOTA_MATRIXINDEX_H

#include "matrix.h"

#define INDEX_SIZE_MAX (64u << 20) // bytes of an index that is read

// Each writes its file; messages have been printed when it is not CLI_DONE.
enum cli_exit matrix_index_write(const struct matrix *m);
enum cli_exit matrix_run_write(const struct matrix *m, double seconds);

// Write index.json, and the page of it before; delete the index.
enum cli_exit matrix_index_save(const struct out_folder *folder, cJSON *index);

// Write a JSON object as a file of the folder, and delete it.
enum cli_exit matrix_json_write(const struct out_folder *folder,
                                const char *name, cJSON *json);

// Read the index of a folder or file; NULL if there is none that can be used,
// and a message has been printed.
cJSON *matrix_index_read(const char *path);

// matrixmerge.c: join the outputs of shards into one folder.
enum cli_exit matrix_merge(const char *output, const char *const *folders,
                           int count, bool is_quiet);

#endif
