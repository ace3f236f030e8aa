// SPDX-License-Identifier: MIT
// A staged package as a whole.

#ifndef BOARDS_CHAIN_H
#define BOARDS_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

// Whether every chunk of the signed package in staging has the digest that its
// manifest and the chunks before it say. An update in place must know before it
// begins: then the old image is gone, and a damaged chunk would stop it for
// good. The signature of the manifest is the patcher's to check.
bool chain_holds(uint32_t package_size);

#endif
