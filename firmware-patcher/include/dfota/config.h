// SPDX-License-Identifier: MIT
// What goes into the patcher. Define a knob on the compiler's command line to
// change it; all files of the patcher must be compiled with the same values.

#ifndef DFOTA_CONFIG_H
#define DFOTA_CONFIG_H

// 1: SHA-256 and ECDSA P-256 through BearSSL: images are compared by SHA-256,
//    signed packages can be verified.
// 0: xxHash only: images are compared by XXH64 (manifest record 5, which the
//    package must have), signed packages are refused. This protects against
//    damage, not against anybody.
#ifndef DFP_WITH_SIGNATURE
#define DFP_WITH_SIGNATURE 1
#endif

// 1: codec deflate, through zlib's inflate (which may be the ROM's).
#ifndef DFP_WITH_DEFLATE
#define DFP_WITH_DEFLATE 1
#endif

// 1: codec range.
#ifndef DFP_WITH_RANGE
#define DFP_WITH_RANGE 1
#endif

// 1: updates in place, in one slot.
#ifndef DFP_WITH_IN_PLACE
#define DFP_WITH_IN_PLACE 1
#endif

// 1: packages of several parts, of full images, and with unmanaged ranges.
#ifndef DFP_WITH_PARTS
#define DFP_WITH_PARTS 1
#endif

// 1: a journal: after a cut the update goes on where it was.
// 0: it starts from the beginning, as without a journal area: journal_size must
//    be 0, dfp_resume never says DFP_DONE, and packages in place are refused.
//    3 KiB less of text.
#ifndef DFP_WITH_JOURNAL
#define DFP_WITH_JOURNAL 1
#endif

// The architectures that can be read, DFOTA_ARCH_* of format.h added; each takes
// 0.5 to 2 KiB of text, big-endian data (64) next to none. A package that needs another one is
// refused (DFP_ERR_ARCH). A Cortex-M needs 1, Thumb.
#ifndef DFP_ARCHS
#define DFP_ARCHS 127u
#endif

// 1: codec range looks for stretches of the old image without references, and
//    takes them at once.
// 0: it goes byte by byte, with 1 KiB less of text and not quite twice the
//    instructions. What comes out is the same. The default when the compiler
//    is to save space.
#ifndef DFP_FAST
#ifdef __OPTIMIZE_SIZE__
#define DFP_FAST 0
#else
#define DFP_FAST 1
#endif
#endif

// Define DFP_NO_STRERROR to leave out dfp_strerror and its texts.

#endif
