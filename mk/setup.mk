# SPDX-License-Identifier: Apache-2.0
# Set-up: every verb that builds something first gets this machine ready, once, by tools/setup (third_party/manifest says with
# what). The stamps build/setup/GROUP.mk are included below, so make itself remakes a missing or old one before it looks at
# anything else, and then reads all makefiles again with compilers and third-party trees in place. A later run costs nothing.

KERNEL_ABI     := 6.1.0-50-cloud-arm64
KERNEL_IMAGE   := $(TP)/linux/boot/vmlinuz-$(KERNEL_ABI)
KERNEL_HEADERS := $(TP)/linux/usr/src/linux-headers-$(KERNEL_ABI)
KERNEL_MODULES := $(TP)/linux/lib/modules/$(KERNEL_ABI)
export SHYPER_CACHE ?= $(BUILD)/cache
export SHYPER_MIRROR

setup_goals := $(filter-out help clean distclean setup setup-% uninstall,$(or $(MAKECMDGOALS),help))
setup_group := $(if $(setup_goals),run)
ifneq ($(filter test test-% check fuzz cov,$(setup_goals))$(filter clang,$(COMPILER)),)
setup_group := test
endif
ifneq ($(filter riscv64 x86_64,$(ARCH)),)
setup_group := test
endif
ifneq ($(and $(filter install sdk,$(setup_goals)),$(filter-out aarch64,$(or $(ARCH),all))),)
setup_group := test
endif
ifneq ($(filter bench,$(setup_goals)),)
setup_group := bench
endif
ifneq ($(filter gdb,$(setup_goals)),)
setup_group := dev
endif
# Generated makefiles that others include need the machine ready before they are made: `x.mk: ... | $(SETUP_DONE)`.
ifneq ($(setup_group),)
SETUP_DONE := $(BUILD)/setup/$(setup_group).mk
include $(SETUP_DONE)
endif

setup_needs := third_party/manifest tools/setup

$(BUILD)/setup/%.mk: $(setup_needs)
	$(Q)tools/setup $*

$(TP)/.%: $(setup_needs)
	$(Q)tools/setup tree $*

.PHONY: setup
## setup: install host packages and fetch pinned sources for run and test (every verb does what it needs by itself)
setup:
	$(Q)tools/setup test
