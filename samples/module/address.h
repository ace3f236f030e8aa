// SPDX-License-Identifier: MIT
// Where the module asks, and where it reports.

#ifndef MODULE_ADDRESS_H
#define MODULE_ADDRESS_H

#include <stddef.h>

#include "nvstore.h"

#define ADDRESS_MAX 1024u

// The request for a package. "" when the URL that is set is none.
void address_upgrade(char *to, size_t size, const struct nv *nv,
                     const struct nv_settings *settings);

// The address of the report.
void address_result(char *to, size_t size, const struct nv_settings *settings);

#endif
