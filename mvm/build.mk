# SPDX-License-Identifier: Apache-2.0
# The management VM's side: shyper.ko for the pinned kernel, libshyper and the CLI as one static program.

MVM := $(BUILD)/mvm

# --- shyper.ko: the kernel's own build system works on a copy, so that nothing is written into the source tree. Always gcc,
# because the kernel was built with it.
MVM_KO      := $(MVM)/shyper.ko
mvm_ko_srcs := $(wildcard mvm/driver/*.c mvm/driver/*.h) mvm/driver/Kbuild
mvm_ko_dir   = $(abspath $(MVM)/driver)

# $(call kbuild,FOLDER,LOG)
kbuild = $(Q)env -u MAKEFLAGS -u DEB_BUILD_ARCH -u DEB_HOST_ARCH $(MAKE) -s -C $(abspath $(KERNEL_HEADERS)) M=$(abspath $(1)) \
    ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- SHYPER_ROOT=$(CURDIR) SHYPER_GEN=$(abspath $(GEN)) modules >$(2) 2>&1 || \
    { cat $(2); exit 1; }

$(MVM_KO): $(mvm_ko_srcs) abi/vm.h abi/ioctl.h abi/profile.h $(ABI_HEADERS) | $(TP)/.linux
	$(call say,KBUILD,$@)
	$(Q)mkdir -p $(mvm_ko_dir) && rm -f $(mvm_ko_dir)/*.[ch] && cp $(mvm_ko_srcs) $(mvm_ko_dir)/
	$(call kbuild,$(mvm_ko_dir),$(MVM)/kbuild.log)
	$(Q)aarch64-linux-gnu-strip --strip-debug -R .note.gnu.build-id -o $@ $(mvm_ko_dir)/shyper.ko

# --- the CLI: one static program. libfdt and jansson come from the pinned trees.
MVM_CLI       := $(MVM)/shyper
MVM_VERSION   := 0.1
mvm_flags      = $(CSTD) -O2 -D_GNU_SOURCE -DSHYPER_VERSION='"$(MVM_VERSION)"' -Imvm/arch/aarch64 -I. -I$(GEN) -isystem $(TP)/dtc/libfdt \
                 -isystem $(TP)/arm64/usr/include $(REPRODUCIBLE)
mvm_cli_srcs  := $(wildcard mvm/cli/*.c mvm/daemon/*.c mvm/libshyper/*.c)
mvm_cli_objs  := $(mvm_cli_srcs:%.c=$(O)/%.o)
mvm_fdt_objs   = $(patsubst %,$(O)/mvm/libfdt/%.o,fdt fdt_ro fdt_sw fdt_wip fdt_rw fdt_strerror fdt_addresses)

$(mvm_cli_objs): $(O)/%.o: %.c $(ABI_HEADERS) | $(TP)/.arm64 $(TP)/.dtc
	$(mkdir)
	$(call say,CC,$@)
	$(Q)$(CC.aarch64) $(mvm_flags) $(WARN) $(DEPFLAGS) -c $< -o $@

$(mvm_fdt_objs): $(O)/mvm/libfdt/%.o: | $(TP)/.dtc
	$(mkdir)
	$(call say,CC,$@)
	$(Q)$(CC.aarch64) $(CSTD) -O2 $(REPRODUCIBLE) -I$(TP)/dtc/libfdt -c $(TP)/dtc/libfdt/$*.c -o $@

$(MVM_CLI): $(mvm_cli_objs) $(mvm_fdt_objs)
	$(mkdir)
	$(call say,LD,$@)
	$(Q)$(CC.aarch64) -static -pthread -s -Wl,--build-id=none -o $@ $^ $(TP)/arm64/usr/lib/aarch64-linux-gnu/libjansson.a

-include $(mvm_cli_objs:.o=.d)

# --- for an ordinary distribution in the management VM: the module as a DKMS source folder, and the manual pages
MVM_DKMS := $(MVM)/dkms/shyper-$(MVM_VERSION)
MVM_MAN  := $(addprefix $(MVM)/man/,shyper.1 shyperd.8 shyper-profile.5)

.PHONY: dkms man
## dkms: the module's source folder for DKMS, build/mvm/dkms/shyper-VERSION
dkms: $(mvm_ko_srcs) mvm/driver/dkms.conf mvm/driver/LICENSE $(ABI_HEADERS)
	$(call say,DKMS,$(MVM_DKMS))
	$(Q)rm -rf $(MVM_DKMS) && mkdir -p $(MVM_DKMS)/abi
	$(Q)cp $(mvm_ko_srcs) mvm/driver/LICENSE $(MVM_DKMS)/
	$(Q)cp abi/vm.h abi/ioctl.h abi/profile.h $(GEN)/abi/hcall.h $(MVM_DKMS)/abi/
	$(Q)sed 's/@VERSION@/$(MVM_VERSION)/' mvm/driver/dkms.conf > $(MVM_DKMS)/dkms.conf

## man: the manual pages, build/mvm/man
man: $(MVM_MAN)

$(MVM)/man/shyper.1 $(MVM)/man/shyperd.8: $(MVM)/man/%: docs/cli/%
	$(mkdir)
	$(Q)cp $< $@
$(MVM)/man/shyper-profile.5: docs/profile.md tools/gen_man.py
	$(mkdir)
	$(call say,GEN,$@)
	$(Q)$(PYTHON) tools/gen_man.py $< shyper-profile 5 "the JSON that describes a virtual machine" > $@

.PHONY: mvm
## mvm: the management VM's kernel module and command line program
mvm: $(MVM_KO) $(MVM_CLI)
