# SPDX-License-Identifier: Apache-2.0
# For the tests of shyper.ko: the module on a fake hypervisor, a program that uses and misuses it, and an archive that puts
# both, and a RAM disk for direct I/O, behind the management VM's own initramfs.
DRIVER_TEST := $(BUILD)/driver-test

$(DRIVER_TEST)/shyper-fake.ko: $(mvm_ko_srcs) $(wildcard tests/system/driver/*.c) tests/system/driver/Kbuild abi/vm.h \
                               abi/ioctl.h $(ABI_HEADERS) | $(TP)/.linux
	$(call say,KBUILD,$@)
	$(Q)mkdir -p $(@D)/mod && rm -f $(@D)/mod/*.[ch] && cp $(filter %.c %.h,$(mvm_ko_srcs)) tests/system/driver/fake.c tests/system/driver/Kbuild $(@D)/mod/
	$(call kbuild,$(@D)/mod,$(@D)/kbuild.log)
	$(Q)aarch64-linux-gnu-strip --strip-debug -o $@ $(@D)/mod/shyper-fake.ko

$(DRIVER_TEST)/exercise: tests/system/driver/exercise.c abi/ioctl.h abi/vm.h
	$(mkdir)
	$(call say,CC,$@)
	$(Q)$(CC.aarch64) $(CSTD) -O2 -D_GNU_SOURCE -I. $(WARN) -static -s -o $@ $<

$(BUILD)/driver-test.cpio: $(DRIVER_TEST)/shyper-fake.ko $(DRIVER_TEST)/exercise $(ROOTFS)
	$(call say,CPIO,$@)
	$(Q)rm -rf $(DRIVER_TEST)/root && mkdir -p $(DRIVER_TEST)/root/test
	$(Q)cp $(DRIVER_TEST)/shyper-fake.ko $(DRIVER_TEST)/exercise $(KERNEL_MODULES)/kernel/drivers/block/brd.ko $(DRIVER_TEST)/root/test/
	$(Q)cd $(DRIVER_TEST)/root && find test | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 >../root.cpio
	$(Q)cat $(ROOTFS) $(DRIVER_TEST)/root.cpio > $@

TEST_NEEDS += $(BUILD)/driver-test.cpio
