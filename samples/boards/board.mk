# SPDX-License-Identifier: MIT
# Builds and runs one board. A board's Makefile sets its variables and includes
# this file.
#
#   make tools    installs what is needed (Debian 12)
#   make          boot loader, both firmware versions, key and package
#   make run      version 1, the update, version 2; PACKAGE_OPTIONS='...' go to
#                 mkdfota, after a make clean
#   make shell    the firmware that is in flash, with its console
#
# All of it goes to build/boards/BOARD; the flash is the file flash.bin there.

ROOT := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
HERE := $(CURDIR)
COMMON := $(ROOT)/samples/boards
PATCHER := $(ROOT)/firmware-patcher
OUT := $(ROOT)/build/boards/$(BOARD)
DEPS := $(ROOT)/.deps/$(LIBRARIES)
MKDFOTA ?= $(ROOT)/build/release/cli/mkdfota
FLASH := python3 $(COMMON)/flash.py $(HERE)/layout.json
CONSOLE := -display none -monitor none -serial stdio

CC := $(PREFIX)gcc
CFLAGS := $(TARGET) $(LINK) -std=c11 -ffreestanding -ffunction-sections \
    -fdata-sections -Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror \
    -I$(HERE) -I$(COMMON)/port -I$(COMMON)/loader -I$(COMMON)/firmware \
    -I$(OUT) -isystem $(OUT)/include -isystem $(DEPS)/include
LOADER_CFLAGS := $(CFLAGS) -Os -I$(PATCHER)/include -I$(PATCHER)/codec \
    $(if $(NOR_BASE),-DNOR_BASE=$(NOR_BASE)u) \
    -DDFP_ARCHS=$(ARCHS)u -DDFP_WITH_DEFLATE=$(DEFLATE)
FIRMWARE_CFLAGS := $(CFLAGS) -O2
LDFLAGS := $(TARGET) $(LINK) -nostartfiles -Wl,--gc-sections \
    -Wl,--no-warn-rwx-segments -L$(COMMON) -L$(DEPS)

PORT += startup.c
LOADER := $(notdir $(wildcard $(COMMON)/loader/*.c)) $(PORT) \
    $(notdir $(wildcard $(PATCHER)/src/*.c $(PATCHER)/codec/*.c))
# The firmware in its order of linking. Version 2 has a feature more in the
# middle, a table with more entries, and another CRC.
firmware = app.c shell.c say.c commands_v$(1).c cmd_system.c crc_v$(1).c \
    $(if $(filter 2,$(1)),cmd_gnss.c) cmd_network.c operators_v$(1).c \
    cmd_crypto.c cmd_prompts.c $(filter-out hostnor.c cfinor.c,$(PORT))

vpath %.c $(HERE) $(COMMON)/port $(COMMON)/loader $(COMMON)/firmware \
    $(PATCHER)/src $(PATCHER)/codec
vpath %.S $(HERE) $(COMMON)/firmware

.PHONY: all tools run shell clean
.DELETE_ON_ERROR:
all: $(OUT)/loader.bin $(OUT)/package.bin $(OUT)/emulator.txt

# --- What comes from elsewhere ---------------------------------------------

tools:
	xargs $(ROOT)/tests/install.sh <$(ROOT)/tests/packages.txt
	$(ROOT)/tests/install.sh bzip2 xz-utils $(PACKAGES)

$(DEPS)/complete: $(ROOT)/tests/size/fetch.sh
	$(ROOT)/tests/size/fetch.sh $(DEPS) $(PREFIX)gcc $(LIBRARY_TARGET)

$(ROOT)/build/release/cli/mkdfota:
	cd $(ROOT) && cmake --preset release >/dev/null && \
	    cmake --build --preset release --target mkdfota -- --quiet

$(OUT)/include/xxhash.h: /usr/include/xxhash.h
	mkdir -p $(@D)
	cp $< $@

# --- Layout, key, voice prompts --------------------------------------------

$(OUT)/flash_layout.h: $(HERE)/layout.json $(COMMON)/flash.py \
    $(COMMON)/layout.py
	mkdir -p $(@D)
	$(FLASH) header >$@

$(OUT)/private.pem:
	mkdir -p $(@D)
	openssl ecparam -genkey -name prime256v1 -noout -out $@

$(OUT)/loader_key.h: $(OUT)/private.pem
	( echo '#include "dfota/patcher.h"'; \
	  echo 'static const struct dfp_key loader_key = {{'; \
	  openssl ec -in $< -pubout -outform DER 2>/dev/null | tail -c 65 | \
	      od -An -v -tx1 | sed 's/ \(..\)/0x\1, /g'; echo '}};' ) >$@

$(OUT)/v1/prompts.bin $(OUT)/v2/prompts.bin: $(OUT)/v%/prompts.bin: \
    $(COMMON)/firmware/prompts.py $(HERE)/Makefile
	mkdir -p $(@D)
	$< $(PROMPTS) $* >$@

# --- Boot loader and firmware ----------------------------------------------

generated := $(OUT)/flash_layout.h $(OUT)/loader_key.h \
    $(OUT)/include/xxhash.h $(DEPS)/complete
headers := $(wildcard $(HERE)/*.h $(COMMON)/*/*.h $(PATCHER)/*/*.h \
    $(PATCHER)/include/dfota/*.h)

$(OUT)/loader/%.o: %.c $(headers) | $(generated)
	@mkdir -p $(@D)
	$(CC) $(LOADER_CFLAGS) -c $< -o $@
$(OUT)/loader/%.o: %.S
	@mkdir -p $(@D)
	$(CC) $(TARGET) -c $< -o $@

loader_objects := $(addprefix $(OUT)/loader/,loader_start.o $(LOADER:.c=.o))
$(OUT)/loader.elf: $(loader_objects) $(COMMON)/image.ld $(HERE)/loader.ld
	$(CC) $(LDFLAGS) -T $(HERE)/loader.ld $(loader_objects) \
	    -lbearssl -lz -o $@

define version
$(OUT)/v$(1)/%.o: %.c $(headers) | $(generated)
	@mkdir -p $$(@D)
	$(CC) $(FIRMWARE_CFLAGS) -c $$< -o $$@
$(OUT)/v$(1)/%.o: %.S $(OUT)/v$(1)/prompts.bin
	@mkdir -p $$(@D)
	$(CC) $(TARGET) -I$(OUT)/v$(1) -c $$< -o $$@
objects_v$(1) := $$(addprefix $(OUT)/v$(1)/,firmware_start.o \
    $$(patsubst %.c,%.o,$(call firmware,$(1))) prompts.o)
$(OUT)/v$(1).elf: $$(objects_v$(1)) $(COMMON)/image.ld $(HERE)/firmware.ld
	$(CC) $(LDFLAGS) -T $(HERE)/firmware.ld $$(objects_v$(1)) \
	    -lbearssl -o $$@
endef
$(eval $(call version,1))
$(eval $(call version,2))

%.bin: %.elf
	$(PREFIX)objcopy -O binary $< $@

# --- The package and the flash ---------------------------------------------

$(OUT)/package.bin: $(OUT)/v1.bin $(OUT)/v2.bin $(MKDFOTA)
	$(MKDFOTA) -f -q $(OUT)/v1.elf $(OUT)/v2.elf -o $@ --ram 16K \
	    --codec $(CODEC) --product sample --key $(OUT)/private.pem \
	    --from-version 1 --to-version 2 $(PACKAGE_OPTIONS)

$(OUT)/emulator.txt: $(HERE)/Makefile
	echo '$(FLASH_SIZE) $(QEMU) $(CONSOLE)' >$@

format := $(FLASH) format $(OUT)/flash.bin --image $(OUT)/v1.bin \
    --loader $(OUT)/loader.bin --size $(FLASH_SIZE)

run: all
	$(format)
	cd $(OUT) && printf 'version\noff\n' | $(QEMU) $(CONSOLE)
	$(FLASH) stage $(OUT)/flash.bin $(OUT)/package.bin
	cd $(OUT) && printf 'version\noff\n' | $(QEMU) $(CONSOLE)

shell: all
	test -e $(OUT)/flash.bin || $(format)
	cd $(OUT) && $(QEMU) $(CONSOLE)

clean:
	rm -rf $(OUT)
