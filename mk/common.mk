# SPDX-License-Identifier: Apache-2.0
# Toolchains, flags and folders shared by every component.

BUILD    := build
TP       := $(BUILD)/third_party#         unpacked third-party trees, one folder each, with a stamp TP/.NAME
COMPILER ?= gcc#                          gcc | clang
O        := $(BUILD)/$(COMPILER)$(if $(DEBUG),-debug)#   objects and images
GEN      := $(BUILD)/gen#                 generated headers, -I$(GEN)
Q        := $(if $(V),,@)
PYTHON   := /usr/bin/python3

# $(call say,WHAT,FILE)
say = @$(if $(V),:,printf '  %-8s %s\n' '$(1)' '$(2)')

ifeq ($(COMPILER),clang)
CC.host    := clang
CC.aarch64 := clang --target=aarch64-linux-gnu
else
CC.host    := gcc
CC.aarch64 := aarch64-linux-gnu-gcc
endif
LD.aarch64      := aarch64-linux-gnu-ld
AR.aarch64      := aarch64-linux-gnu-ar
OBJCOPY.aarch64 := aarch64-linux-gnu-objcopy
NM.aarch64      := aarch64-linux-gnu-nm

WARN := -Wall -Wextra -Werror -Wshadow -Wundef -Wpointer-arith -Wcast-qual -Wcast-align \
        -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla \
        -Wconversion -Wsign-conversion -Wno-unused-parameter

CSTD := -std=gnu11

# Freestanding code that must never touch FP or vector registers (kernels and handlers).
FREESTANDING := -ffreestanding -fno-pic -fno-pie -fno-stack-protector -fno-delete-null-pointer-checks -fno-strict-aliasing -fno-common \
        -fno-asynchronous-unwind-tables -fno-unwind-tables -ffunction-sections -fdata-sections
FREESTANDING.aarch64 := $(FREESTANDING) -mgeneral-regs-only -mno-outline-atomics
DEPFLAGS = -MMD -MP -MF $(@:.o=.d)
REPRODUCIBLE := -ffile-prefix-map=$(CURDIR)=. -Wno-builtin-macro-redefined

define mkdir
@mkdir -p $(@D)
endef
