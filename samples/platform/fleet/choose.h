// SPDX-License-Identifier: MIT
// Which firmware a device gets, and which package leads there.

#ifndef PLATFORM_CHOOSE_H
#define PLATFORM_CHOOSE_H

#include "device.h"

struct choice {
    const struct device *device;
    const struct device_request *request;
    struct device_answer *answer; // code and package are set
    int64_t area_size;            // bytes that the module has for a package
    int64_t firmware_id;          // chosen; 0: none
    int64_t package_id;
    bool is_resumed; // a download goes on
};

// A firmware that names the device goes before those for the whole project; of
// several the newest does. One that does not take the device (its percent, rate,
// window or core generation, no package from its version) leaves it to the next.
// None goes backwards.
enum db_status choose(struct db_conn *c, struct choice *choice);

// Where a device stands in a roll-out, 0 to 99: the same for it always, another
// for each firmware.
unsigned choose_share(int64_t firmware_id, const char *identity);

#endif
