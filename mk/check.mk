# SPDX-License-Identifier: Apache-2.0
# Checks beside the tests: both compilers without a warning, the direction of includes, headers alone, text.
include tests/bench/build.mk

# Everything that is compiled for the machine, with one compiler.
ALL = $(if $(HV_OUT),$(HV_IMAGE)) $(UK_IMAGE.hello) $(UK_O.aarch64)/hello-bare/hello_world.img $(PACK) $(MVM_CLI)

# ... and all of the unikernel, for each ISA
CHECKED = $(ALL) $(foreach a,$(UK_ARCHES),$(UK_O.$(a))/background-posix/background.img)

.PHONY: all check checked size
all: $(ALL)
checked: $(CHECKED)

## check: build everything with gcc and clang, check who includes whom, each header alone, and the text of every file
check: docs-check $(UNIT_PROGRAMS)
	$(Q)$(MAKE) COMPILER=gcc checked
	$(Q)$(MAKE) COMPILER=clang checked
	$(Q)tools/checks depends $(BUILD)/gcc $(BUILD)/clang $(BUILD)/unit
	$(Q)tools/checks headers
	$(Q)tools/checks text

## size: bytes of what is shipped; with APP: what each feature adds to that unikernel
ifneq ($(APP),)
size: uk-size
else
size: $(ALL) $(ROOTFS)
	@printf '%10s  %s\n' bytes file; for f in $(filter-out $(PACK),$(ALL)) $(MVM_KO) $(ROOTFS); do \
	    printf '%10d  %s\n' "$$(stat -c %s $$f)" "$$f"; done
endif
