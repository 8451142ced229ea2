# SPDX-License-Identifier: Apache-2.0
# Tests. Native: unit test programs, and the fuzzers on the inputs in the tree (tests/native.mk). System: pytest drives real
# machines (tests/system). tests/run_all runs both and prints one closing line.
include tests/native.mk

# T=name selects: a native program (test_X, X or fuzz_X), else tests of pytest -k name.
native_programs := $(UNIT_PROGRAMS) $(TSAN_PROGRAMS) $(FUZZ_PROGRAMS)
native_selected := $(if $(T),$(filter %/test_$(T:test_%=%) %/$(T),$(native_programs)),$(native_programs))

# What the machines of the system tests are made of. Components add to it.
TEST_NEEDS += $(ROOTFS) $(HV_IMAGE) $(BUNDLE)
include tests/guests/build.mk
include tests/fuzz/build.mk
include tests/linux/build.mk
include tests/system/build.mk

.PHONY: test test-unit test-system test-long
## test: all tests; T=name runs one: a native test program, or what pytest -k selects
test: $(native_selected) $(if $(and $(T),$(native_selected)),,$(TEST_NEEDS))
	$(Q)tests/run_all --native $(native_selected) $(if $(and $(T),$(native_selected)),,--system) $(if $(T),--select "$(T)")

## test-unit: the native tests only: unit tests, and the fuzzers on the inputs in the tree
test-unit: $(native_programs)
	$(Q)tests/run_all --native $(native_programs)

## test-system: the tests on emulated machines only
test-system: $(TEST_NEEDS)
	$(Q)tests/run_all --system $(if $(T),--select "$(T)")

## test-long: the long tests, which test leaves out; LONG_SECONDS each (3600), T=name as above
export LONG_SECONDS
test-long: $(TEST_NEEDS)
	$(Q)tests/run_all --system --long $(if $(T),--select "$(T)")

.PHONY: cov
## cov: how much of the hypervisor's core and devices the native tests execute; fails below 90 % of lines, 80 % of branches
cov: $(COV_PROGRAMS)
	$(Q)tests/coverage --lines 90 --branches 80 --dir $(BUILD)/cov --sources hypervisor/core hypervisor/devices -- $(COV_PROGRAMS)
