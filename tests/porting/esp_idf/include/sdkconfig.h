// SPDX-License-Identifier: MIT
// Stub: answers to the component's Kconfig.

#ifndef STUB_SDKCONFIG_H
#define STUB_SDKCONFIG_H

#define CONFIG_DFOTA_RAM 16384
#define CONFIG_DFOTA_PRODUCT ""
#define CONFIG_DFOTA_JOURNAL_LABEL "dfota_journal"

#endif
