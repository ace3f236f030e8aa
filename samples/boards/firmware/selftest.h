// SPDX-License-Identifier: MIT
// What the firmware knows of its own soundness.

#ifndef FIRMWARE_SELFTEST_H
#define FIRMWARE_SELFTEST_H

// SHA-256 of the image that runs, on the console.
void selftest_tell_image(void);

#endif
