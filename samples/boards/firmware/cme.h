// SPDX-License-Identifier: MIT
// The texts of +CME ERROR.

#ifndef FIRMWARE_CME_H
#define FIRMWARE_CME_H

const char *cme_text(int error);

#endif
