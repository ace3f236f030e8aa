// SPDX-License-Identifier: MIT
// A text for each status. Leave the file out, or define DFP_NO_STRERROR, to
// save their space.

#include "dfota/config.h"
#include "dfota/patcher.h"

#ifndef DFP_NO_STRERROR

const char *dfp_strerror(enum dfp_status status)
{
    switch (status) {
    case DFP_OK: return "more input is wanted";
    case DFP_YIELD: return "step budget is spent";
    case DFP_DONE: return "new image is complete and verified";
    case DFP_ERR_ARGUMENT: return "argument or configuration is out of range";
    case DFP_ERR_FORMAT: return "not a dfota package";
    case DFP_ERR_VERSION: return "format version is unknown";
    case DFP_ERR_FEATURE:
        return "package needs a feature that this patcher lacks";
    case DFP_ERR_MODE: return "update mode is unknown";
    case DFP_ERR_CODEC: return "codec is unknown or not built in";
    case DFP_ERR_CODEC_VERSION: return "stream version of the codec is unknown";
    case DFP_ERR_ARCH: return "architecture is unknown or not built in";
    case DFP_ERR_LIMIT: return "a size is beyond the format's limits";
    case DFP_ERR_MANIFEST: return "manifest contradicts the format";
    case DFP_ERR_DIGEST: return "package is damaged: digest does not match";
    case DFP_ERR_DATA: return "coded stream is invalid";
    case DFP_ERR_UNSIGNED: return "package is not signed";
    case DFP_ERR_KEY: return "package is signed with an unknown key";
    case DFP_ERR_SIGNATURE: return "signature does not verify";
    case DFP_ERR_COUNTER: return "security counter is too old";
    case DFP_ERR_PRODUCT: return "package is for another product";
    case DFP_ERR_PART: return "package holds a part that this module lacks";
    case DFP_ERR_SCRATCH:
        return "scratch area or block size is not what the package needs";
    case DFP_ERR_BASE: return "package is for another old image";
    case DFP_ERR_MEMORY: return "work memory is too small";
    case DFP_ERR_SLOT: return "image is larger than its slot";
    case DFP_ERR_JOURNAL: return "journal is too small";
    case DFP_ERR_FLASH: return "flash operation failed";
    case DFP_ERR_VERIFY: return "new image does not match its digest";
    }
    return "unknown status";
}

#endif
