# SPDX-License-Identifier: Apache-2.0
# Machines of the system tests that hold more than a user's: an archive behind the management VM's own initramfs with
#   /test/shyper-fake.ko, exercise*   the module on a fake hypervisor, and programs that use and misuse it
#   /test/guestmem                    the same on a real VM
#   /test/as                          run a command as another user
#   /test/hang.ko                     a kernel that takes no interrupt any more
#   /test/brd.ko                      a RAM disk, for direct I/O
#   /test/*.bin, *.json, *.elf        guest programs of tests/guests, profiles for them, symbols
SYSTEM_TEST := $(BUILD)/system-test

system_test_modules := $(SYSTEM_TEST)/shyper-fake.ko $(SYSTEM_TEST)/hang.ko

$(system_test_modules) &: $(mvm_ko_srcs) tests/system/driver/fake.c tests/system/driver/hang.c \
                          tests/system/driver/Kbuild abi/vm.h abi/ioctl.h $(ABI_HEADERS) | $(TP)/.linux
	$(call say,KBUILD,$@)
	$(Q)mkdir -p $(@D)/mod && rm -f $(@D)/mod/*.[ch]
	$(Q)cp $(filter %.c %.h,$(mvm_ko_srcs)) tests/system/driver/fake.c tests/system/driver/hang.c tests/system/driver/Kbuild $(@D)/mod/
	$(call kbuild,$(@D)/mod,$(@D)/kbuild.log)
	$(Q)for ko in $(system_test_modules); do \
	    aarch64-linux-gnu-strip --strip-debug -o $$ko $(@D)/mod/$${ko##*/} || exit 1; done

system_test_programs := $(addprefix $(SYSTEM_TEST)/,exercise exercise_memory guestmem as)

$(system_test_programs): $(SYSTEM_TEST)/%: tests/system/driver/%.c $(wildcard tests/system/driver/*.h) abi/ioctl.h abi/vm.h
	$(mkdir)
	$(call say,CC,$@)
	$(Q)$(CC.aarch64) $(CSTD) -O2 -D_GNU_SOURCE -I. $(WARN) -static -s -o $@ $<

system_test_files := $(system_test_modules) $(system_test_programs) \
                     $(wildcard tests/system/profiles/*.json) $(GUEST_PROGRAMS) \
                     $(O)/guests/astray.elf

$(SYSTEM_TEST)/initramfs.cpio: $(system_test_files) $(ROOTFS)
	$(call say,CPIO,$@)
	$(Q)rm -rf $(@D)/root && mkdir -p $(@D)/root/test
	$(Q)cp $(system_test_files) $(KERNEL_MODULES)/kernel/drivers/block/brd.ko $(@D)/root/test/
	$(Q)cd $(@D)/root && find test | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 >../more.cpio
	$(Q)cat $(ROOTFS) $(@D)/more.cpio > $@

$(SYSTEM_TEST)/bundle.cpio: $(SYSTEM_TEST)/initramfs.cpio $(PACK) | $(TP)/.linux
	$(call say,PACK,$@)
	$(Q)$(PACK) -o $@ --mvm-kernel $(KERNEL_IMAGE) --mvm-initrd $< --mvm-cmdline '$(MVM_CMDLINE)'

TEST_NEEDS += dkms man $(SYSTEM_TEST)/initramfs.cpio $(SYSTEM_TEST)/bundle.cpio $(if $(HV_OUT),$(HV_IMAGE))

# Programs from elsewhere, with the features their app.mk names (test_unikernel_lua.py, test_unikernel_programs.py)
UK_PROGRAMS := lua sqlite_fuzzcheck sqlite_kvtest sqlite_speedtest1 sqlite_threadtest3 zlib_example zlib_minigzip zlib_roundtrip
$(foreach a,$(UK_ARCHES),$(foreach p,$(UK_PROGRAMS),$(eval $(call uk_image,$(a),$(p),$(p),$(UK_APP_FEATURES.$(p))))))
TEST_NEEDS += $(foreach a,$(UK_ARCHES),$(foreach p,$(UK_PROGRAMS),$(UK_O.$(a))/$(p)/$(p).img))

# And one of them for the host, to compare
SPEEDTEST1_HOST := $(BUILD)/host/sqlite_speedtest1
$(SPEEDTEST1_HOST): $(UK_APP_SRCS.sqlite_speedtest1) $(UK_APP_SRCS.sqlite)
	$(mkdir)
	$(call say,CC,$@)
	$(Q)gcc -w $(UK_APP_FLAGS.sqlite_speedtest1) $^ -lm -o $@
TEST_NEEDS += $(SPEEDTEST1_HOST)
