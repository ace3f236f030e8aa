// SPDX-License-Identifier: MIT
// Any bytes as a profile of --estimate: what is read can be reckoned with.

#include "delta_estimate.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct delta_profile profile;
    struct delta_estimate estimate;
    struct delta_work work;
    struct delta_error error;
    enum delta_status status = delta_profile_read(&profile, data, size, &error);

    if (status != DELTA_OK) {
        require(status == DELTA_ERR_PROFILE || status == DELTA_ERR_NOMEM,
                "refused as a profile");
        require(error.status == status && error.text[0] != '\0', "it says why");
        return 0;
    }
    require(strlen(profile.name) <= DELTA_TEXT_MAX, "a name fits");
    memset(&work, 0, sizeof(work));
    status = delta_estimate(&estimate, &work, &profile, &error);
    require(status == DELTA_OK || error.text[0] != '\0', "it says why");
    return 0;
}
