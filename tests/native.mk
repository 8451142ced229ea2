# SPDX-License-Identifier: Apache-2.0
# Native test programs. tests/unit/**/test_X.c are cmocka programs, tests/fuzz/fuzz_X.c are libFuzzer's; the lines `// sources:` of
# each name what it is linked with. They are built four times:
#   UNIT  build/unit   gcc, address and undefined-behaviour sanitizers
#   TSAN  build/tsan   clang, thread sanitizer: test_X_smp.c, in which several CPUs are threads of the host
#   FUZZ  build/fuzz   clang, the same sanitizers and libFuzzer
#   COV   build/cov    clang, counting what is executed: unit tests of the hypervisor and the unikernel, and all fuzzers
NATIVE_CFLAGS := $(CSTD) -g -O1 -DLOCK_CHECKS=1 $(WARN) -Iarch/host -Imvm/arch/host -I. -I$(GEN) -isystem $(TP)/dtc/libfdt
SANITIZE      := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

unit_files := $(shell find tests/unit -name 'test_*.c')
fuzz_files := $(wildcard tests/fuzz/fuzz_*.c)

UNIT_CC := gcc $(SANITIZE)
TSAN_CC := clang -fsanitize=thread
FUZZ_CC := clang $(SANITIZE) -fsanitize=fuzzer-no-link
COV_CC  := clang -fprofile-instr-generate -fcoverage-mapping -mllvm -runtime-counter-relocation -Wno-unused-command-line-argument

libfdt_names := fdt fdt_ro fdt_wip fdt_rw fdt_sw fdt_strerror fdt_addresses fdt_empty_tree fdt_check

# $(call native_rules,NAME,DIR,FILES)
define native_rules
$(2)/rules.mk: tests/unit/rules $(3) $$(wildcard tests/unit/*/fake/*.c) | $$(SETUP_DONE)
	$$(mkdir)
	$$(Q)tests/unit/rules $(1) $(2) $(3) > $$@

ifneq ($$(SETUP_DONE),)
include $(2)/rules.mk
endif

$$($(1)_OBJECTS): $(2)/obj/%.o: % tests/native.mk | $$(ABI_HEADERS) $$(TP)/.dtc
	$$(mkdir)
	$$(call say,CC,$$<)
	$$(Q)$$($(1)_CC) $$(if $$(findstring x86_64,$$<),-Iarch/host/x86_64) $$(NATIVE_CFLAGS) $$(if $$(filter lib/% arch/% hypervisor/% unikernel/%,$$<),-ffreestanding) $$(if $$(filter mvm/%,$$<),-D_GNU_SOURCE) $$(DEPFLAGS) \
	    -c $$< -o $$@

$(libfdt_names:%=$(2)/obj/libfdt/%.o): $(2)/obj/libfdt/%.o: | $$(TP)/.dtc
	$$(mkdir)
	$$(Q)$$($(1)_CC) -g -O1 -w -fno-sanitize=undefined -I$$(TP)/dtc/libfdt -c $$(TP)/dtc/libfdt/$$*.c -o $$@
$(2)/obj/libfdt.a: $(libfdt_names:%=$(2)/obj/libfdt/%.o)
	$$(Q)rm -f $$@ && ar rcs $$@ $$^

$$($(1)_PROGRAMS):
	$$(mkdir)
	$$(call say,LINK,$$@)
	$$(Q)$$($(1)_CC) $$(if $$(filter fuzz_%,$$(@F)),-fsanitize=fuzzer) $$^ $$(NATIVE_LINK) $$(if $$(filter test_%,$$(@F)),-lcmocka) -o $$@

-include $$($(1)_OBJECTS:.o=.d)
endef

$(eval $(call native_rules,UNIT,$(BUILD)/unit,$(unit_files)))
$(eval $(call native_rules,TSAN,$(BUILD)/tsan,$(filter %_smp.c,$(unit_files))))
$(eval $(call native_rules,FUZZ,$(BUILD)/fuzz,$(fuzz_files)))
$(eval $(call native_rules,COV,$(BUILD)/cov,$(filter tests/unit/hypervisor/% tests/unit/unikernel/%,$(unit_files)) $(fuzz_files)))
