// SPDX-License-Identifier: MIT
// Answers that are rows of the database: as JSON, or with ?format=csv as CSV.

#ifndef PLATFORM_ROWS_H
#define PLATFORM_ROWS_H

#include "call.h"

#define ROWS_DEFAULT 100
#define ROWS_MAX 1000
#define ROWS_CSV_MAX 1000000

// Answer {"rows": [{...}, ...]}. COLUMNS names and types what the statement
// selects, in its order: "id:i name:s is_whole:b", integer, text or truth.
void answer_rows(struct call *call, const char *columns, const char *sql,
                 const struct db_value *values, size_t count);

// The first row as an object; NULL when there is none or the answer is a fault.
cJSON *row_of(struct call *call, const char *columns, const char *sql,
              const struct db_value *values, size_t count);

// All rows as an array; NULL when the answer is a fault.
cJSON *rows_array(struct call *call, const char *columns, const char *sql,
                  const struct db_value *values, size_t count);

// How many rows the query wants: ?limit=, within what is allowed.
int64_t rows_limit(const struct call *call);

// Whether the numbers of the query are some; 400 is the answer when not.
bool query_check(struct call *call);

// A number of the query; OTHERWISE when it is missing.
int64_t query_number(const struct call *call, const char *name,
                     int64_t otherwise);

// ?search= as a pattern of LIKE with '!' before what is not meant as one;
// "%" when it is missing.
#define PATTERN_SIZE 256u
void query_pattern(const struct call *call, char pattern[PATTERN_SIZE]);

// The same, but of a part of a MAC without its separators, as MACs are kept.
void query_identity(const struct call *call, char pattern[PATTERN_SIZE]);

#endif
