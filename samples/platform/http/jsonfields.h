// SPDX-License-Identifier: MIT
// Fields of a JSON object that somebody has sent.
//
// Each function says the first thing that is wrong, as a 400, and does nothing
// after that: read all fields, then ask fields_end.

#ifndef PLATFORM_JSONFIELDS_H
#define PLATFORM_JSONFIELDS_H

#include "call.h"

struct fields {
    struct call *call;
    cJSON *json;
    bool is_bad;
};

// The body as an object. False, and the answer is a 400, when it is none.
bool fields_begin(struct fields *f, struct call *call);

// Whether a field is there and not null.
bool fields_has(const struct fields *f, const char *name);

// A text of LEAST to MOST bytes without control characters. The caller's until
// fields_end; NULL when it is missing, which is wrong unless LEAST is 0.
const char *fields_text(struct fields *f, const char *name, size_t least,
                        size_t most);

// A whole number in a range; OTHERWISE when it is missing.
int64_t fields_int(struct fields *f, const char *name, int64_t otherwise,
                   int64_t least, int64_t most);
bool fields_bool(struct fields *f, const char *name, bool otherwise);

// Fields that nobody has asked for are wrong too. Frees the object with the
// texts; true if all was right.
bool fields_good(struct fields *f, const char *const *names);
void fields_end(struct fields *f);

#endif
