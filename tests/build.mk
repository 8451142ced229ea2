# SPDX-License-Identifier: Apache-2.0
# Tests. Unit: every tests/unit/**/test_X.c is one native cmocka program under ASan and UBSan (tests/unit/rules).
# System: pytest drives real machines (tests/system). tests/run_all runs both and prints one closing line.
UNIT_O := $(BUILD)/unit/obj

unit_files := $(shell find tests/unit -name 'test_*.c')
UNIT_CFLAGS := $(CSTD) -g -O1 $(WARN) -fsanitize=address,undefined -fno-sanitize-recover -fno-omit-frame-pointer \
               -Iarch/host -Imvm/arch/host -I. -I$(GEN) -isystem $(TP)/dtc/libfdt

$(BUILD)/unit/rules.mk: tests/unit/rules $(unit_files) $(wildcard tests/unit/*/fake/*.c) | $(SETUP_DONE)
	$(mkdir)
	$(Q)$< $(unit_files) > $@

ifneq ($(SETUP_DONE),)
include $(BUILD)/unit/rules.mk
endif

$(UNIT_OBJECTS): $(UNIT_O)/%.o: % | $(ABI_HEADERS) $(TP)/.dtc
	$(mkdir)
	$(call say,CC,$<)
	$(Q)gcc $(UNIT_CFLAGS) $(if $(filter lib/% arch/% hypervisor/% unikernel/%,$<),-ffreestanding) $(DEPFLAGS) -c $< -o $@

unit_libfdt := $(addprefix $(UNIT_O)/libfdt/,fdt.o fdt_ro.o fdt_wip.o fdt_rw.o fdt_sw.o fdt_strerror.o fdt_addresses.o \
               fdt_empty_tree.o fdt_check.o)
$(unit_libfdt): $(UNIT_O)/libfdt/%.o: | $(TP)/.dtc
	$(mkdir)
	$(Q)gcc -g -O1 -fsanitize=address -I$(TP)/dtc/libfdt -c $(TP)/dtc/libfdt/$*.c -o $@
$(UNIT_O)/libfdt.a: $(unit_libfdt)
	$(Q)rm -f $@ && ar rcs $@ $^

$(UNIT_PROGRAMS):
	$(mkdir)
	$(call say,LINK,$@)
	$(Q)gcc -fsanitize=address,undefined $^ $(UNIT_LINK) -lcmocka -o $@

-include $(UNIT_OBJECTS:.o=.d)

# T=name selects: a unit program (test_X or X), else tests of pytest -k name.
unit_selected := $(if $(T),$(filter %/test_$(T:test_%=%),$(UNIT_PROGRAMS)),$(UNIT_PROGRAMS))

# What the machines of the system tests are made of. Components add to it.
TEST_NEEDS += $(ROOTFS) $(HV_IMAGE) $(BUNDLE)
include tests/guests/build.mk
include tests/fuzz/build.mk
include tests/system/build.mk

.PHONY: test test-unit test-system test-long
## test: all tests; T=name runs one: a unit test program, or what pytest -k selects
test: $(unit_selected) $(if $(and $(T),$(unit_selected)),,$(TEST_NEEDS))
	$(Q)tests/run_all --unit $(unit_selected) $(if $(and $(T),$(unit_selected)),,--system) $(if $(T),--select "$(T)")

## test-unit: the native unit tests only
test-unit: $(UNIT_PROGRAMS)
	$(Q)tests/run_all --unit $(UNIT_PROGRAMS)

## test-system: the tests on emulated machines only
test-system: $(TEST_NEEDS)
	$(Q)tests/run_all --system $(if $(T),--select "$(T)")

## test-long: the long tests, which test leaves out; LONG_SECONDS each (3600), T=name as above
export LONG_SECONDS
test-long: $(TEST_NEEDS)
	$(Q)tests/run_all --system --long $(if $(T),--select "$(T)")
