# SPDX-License-Identifier: Apache-2.0
# The management VM's side: shyper.ko for the pinned kernel, libshyper and the CLI as one static program.

MVM := $(O)/mvm

# --- shyper.ko: the kernel's own build system works on a copy, so that nothing is written into the source tree. Always gcc,
# because the kernel was built with it.
MVM_KO      := $(MVM)/shyper.ko
mvm_ko_srcs := $(wildcard mvm/driver/*.c mvm/driver/*.h) mvm/driver/Kbuild
mvm_ko_dir   = $(abspath $(MVM)/driver)

$(MVM_KO): $(mvm_ko_srcs) abi/vm.h abi/ioctl.h abi/profile.h $(ABI_HEADERS) | $(TP)/.linux
	$(call say,KBUILD,$@)
	$(Q)mkdir -p $(mvm_ko_dir) && rm -f $(mvm_ko_dir)/*.[ch] && cp $(mvm_ko_srcs) $(mvm_ko_dir)/
	$(Q)env -u MAKEFLAGS -u DEB_BUILD_ARCH -u DEB_HOST_ARCH $(MAKE) -s -C $(abspath $(KERNEL_HEADERS)) M=$(mvm_ko_dir) ARCH=arm64 \
	    CROSS_COMPILE=aarch64-linux-gnu- SHYPER_ROOT=$(CURDIR) SHYPER_GEN=$(abspath $(GEN)) modules \
	    >$(MVM)/kbuild.log 2>&1 || { cat $(MVM)/kbuild.log; exit 1; }
	$(Q)aarch64-linux-gnu-strip --strip-debug -o $@ $(mvm_ko_dir)/shyper.ko
