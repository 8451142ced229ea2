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
include tests/posix_suite/build.mk

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
test-long: $(TEST_NEEDS) $(LONG_NEEDS)
	$(Q)tests/run_all --system --long $(if $(T),--select "$(T)")

.PHONY: cov
## cov: how much of hypervisor and unikernel the native tests execute; fails below 90 % of the hypervisor's lines, 80 % of its branches
cov_uk := $(filter %/fuzz_uk_% $(BUILD)/cov/unikernel/%,$(COV_PROGRAMS))
cov: $(COV_PROGRAMS)
	$(Q)tests/coverage --lines 90 --branches 80 --dir $(BUILD)/cov --sources hypervisor/core hypervisor/devices -- $(filter-out $(cov_uk),$^)
	$(Q)tests/coverage --lines 50 --branches 85 --dir $(BUILD)/cov/uk --sources unikernel/kernel unikernel/mm unikernel/malloc unikernel/posix -- $(cov_uk)
