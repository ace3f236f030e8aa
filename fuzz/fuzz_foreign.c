// SPDX-License-Identifier: MIT
// Any bytes as a file that may be something known. What is said of it keeps
// all that delta_foreign.h promises.

#include "delta_foreign.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct delta_foreign foreign;

    if (!delta_foreign_identify(&foreign, data, size)) {
        require(foreign.name == NULL && foreign.field_count == 0, "zeroed");
        return 0;
    }
    require(foreign.name != NULL && foreign.title != NULL, "names");
    require(foreign.field_count <= DELTA_FOREIGN_FIELDS, "fields");
    for (uint32_t i = 0; i < foreign.field_count; i++) {
        require(foreign.fields[i].name != NULL, "a field has a name");
    }
    return 0;
}
