# SPDX-License-Identifier: Apache-2.0
# The Open POSIX Test Suite, for tests/system/test_posix_suite.py: the same object in an image of the unikernel and in a program for
# Linux. It is compiled as its own makefile does, but without optimisation: many tests wait for variables that are not volatile.
SUITE_CFLAGS := -std=gnu99 -O0 -w -D_GNU_SOURCE -D_POSIX_C_SOURCE=200112L -include fcntl.h -include sys/resource.h

# The application has no source but that object.
$(eval $(call uk_app,posix_suite,tests/posix_suite/app.mk))

# What libc says of the smallest stack is what it says here (unikernel/posix/musl.mk): 2 KiB would leave 30 tests out.
SUITE_LIBC := $(addprefix $(TP)/musl/src/,conf/sysconf.c thread/pthread_attr_setstack.c thread/pthread_attr_setstacksize.c)

define suite_isa
SUITE_OUT.$(1) := $(UK_O.$(1))/posix_suite

$$(SUITE_OUT.$(1))/tests.o: tests/posix_suite/build.py tests/posix_suite/build.mk $(MUSL.$(1))/lib/libc.a | $(TP)/.posixtestsuite
	$$(mkdir)
	$$(call say,CC,$$@)
	$(Q)$(PYTHON) $$< $(TP)/posixtestsuite/conformance/interfaces $$(@D) $(MUSL.$(1))/lib/libc.a $(CROSS.$(1)) $(UK_CC.$(1)) $(UK_CFLAGS) $(UK_APP_ISA.$(1)) \
	    -isystem $(MUSL.$(1))/include -isystem $(UK_GCC_INC.$(1)) $(REPRODUCIBLE) $(SUITE_CFLAGS)

$(call uk_image,$(1),posix_suite,posix_suite,$(UK_APP_FEATURES.posix_suite))
UK_AOBJS.$(UK_O.$(1))/posix_suite += $$(SUITE_OUT.$(1))/tests.o
$$(SUITE_OUT.$(1))/posix_suite.elf: $$(SUITE_OUT.$(1))/tests.o

$(LINUX_OUT)/posix_suite/$(1)/posix_suite: $$(SUITE_OUT.$(1))/tests.o $(SUITE_LIBC) $(LINUX_MUSL.$(1))/lib/libc.a
	$$(mkdir)
	$(Q)$(call linux_cc,$(1)) -w $(addprefix -I$(TP)/musl/,arch/$(1) arch/generic src/include src/internal) -I$(MUSL.$(1))/include \
	    -D_XOPEN_SOURCE=700 $$(filter %.c %.o,$$^) $(call linux_libs,$(1)) -o $$@

$(LINUX_OUT)/posix_suite/$(1)/init: tests/posix_suite/init.c $(LINUX_MUSL.$(1))/lib/libc.a
	$$(mkdir)
	$(Q)$(call linux_cc,$(1)) $$< $(call linux_libs,$(1)) -o $$@

$(LINUX_OUT)/posix_suite/$(1).cpio: $(LINUX_OUT)/posix_suite/$(1)/init $(LINUX_OUT)/posix_suite/$(1)/posix_suite
	$$(call say,CPIO,$$@)
	$(Q)cp $$(SUITE_OUT.$(1))/tests $$(<D)
	$(Q)cd $$(<D) && printf '%s\n' $$(^F) tests | cpio --quiet -o -H newc -R 0:0 > ../$(1).cpio

LONG_NEEDS += $$(SUITE_OUT.$(1))/posix_suite.img $(LINUX_OUT)/posix_suite/$(1).cpio

endef
$(foreach a,$(UK_ARCHES),$(eval $(call suite_isa,$(a))))
