# SPDX-License-Identifier: Apache-2.0
# Programs of the unikernel as ordinary static ones: the same sources with the same musl, but for Linux, and an initramfs per ISA
# in which they are. tests/linux/init.c runs one.
LINUX_PROGRAMS := benches devices faults files mapped no_processes posix_benches posix_smoke signals stress system threading waiting

LINUX_IMAGE.aarch64 := $(KERNEL_IMAGE)
LINUX_IMAGE.x86_64  := $(TP)/linux-x86_64/boot/vmlinuz-6.1.0-50-cloud-amd64
LINUX_IMAGE.riscv64 := $(TP)/linux-riscv64/boot/vmlinux-6.12.107+deb13-riscv64

# Foreign libraries are the very objects the unikernel's images have.
define linux_program
$(LINUX_OUT)/$(1)/$(2): $(UK_APP_SRCS.$(2)) $(wildcard apps/$(2)/*.h) $(call uk_libs,$(1),$(2)) $(UK_APP_MK.$(2)) $(LINUX_MUSL.$(1))/lib/libc.a tests/linux/build.mk
	$$(mkdir)
	$$(call say,CC,$$@)
	$(Q)$$(call linux_cc,$(1)) $(UK_APP_FLAGS.$(2)) $(if $(filter $(BUILD)/%,$(UK_APP_SRCS.$(2))),-w) $$(filter %.c,$$^) $(call uk_libs,$(1),$(2)) \
	    $$(call linux_libs,$(1)) -o $$@
endef

linux_cc   = $(UK_CC.$(1)) $(UK_APP_CFLAGS) $(UK_APP_ISA.$(1)) -isystem $(LINUX_MUSL.$(1))/include -isystem $(UK_GCC_INC.$(1)) \
        $(REPRODUCIBLE) -static -no-pie -nostdlib $(LINUX_MUSL.$(1))/lib/crt1.o
linux_libs = -Wl,--build-id=none,--start-group $(LINUX_MUSL.$(1))/lib/libc.a $(UK_LIBGCC.$(1)) -Wl,--end-group

define linux_isa
LINUX_OUT        := $(BUILD)/linux
LINUX_MUSL.$(1)  := $(BUILD)/musl/linux-$(1)

$(BUILD)/musl/linux-$(1)/lib/libc.a: unikernel/posix/musl.mk | $(TP)/.musl
	$$(call say,MUSL,$$@)
	$(Q)rm -rf $(BUILD)/musl/obj-linux-$(1) && mkdir -p $(BUILD)/musl/obj-linux-$(1)
	$(Q)cd $(BUILD)/musl/obj-linux-$(1) && CROSS_COMPILE=$(CROSS.$(1)) CC=$(CROSS.$(1))gcc \
	    CFLAGS='$(MUSL_CFLAGS) $(MUSL_ISA.$(1)) $(UK_APP_ISA.$(1)) -ffile-prefix-map=$(CURDIR)/$(TP)/musl=musl' \
	    $(CURDIR)/$(TP)/musl/configure --target=$(1)-linux-musl --disable-shared --prefix=$(CURDIR)/$(BUILD)/musl/linux-$(1) > configure.log
	$(Q)env -u MAKEFLAGS -u MAKELEVEL $$(MAKE) -j2 -C $(BUILD)/musl/obj-linux-$(1) install > $(BUILD)/musl/build-linux-$(1).log 2>&1 \
	    || { tail -n 20 $(BUILD)/musl/build-linux-$(1).log; exit 1; }
	$(Q)touch $$@

$$(foreach p,$(LINUX_PROGRAMS),$$(eval $$(call linux_program,$(1),$$(p))))

$(BUILD)/linux/$(1)/init: tests/linux/init.c $(BUILD)/musl/linux-$(1)/lib/libc.a tests/linux/build.mk
	$$(mkdir)
	$(Q)$$(call linux_cc,$(1)) $$< $$(call linux_libs,$(1)) -o $$@

$(BUILD)/linux/$(1).cpio: $(addprefix $(BUILD)/linux/$(1)/,init $(LINUX_PROGRAMS))
	$$(call say,CPIO,$$@)
	$(Q)cd $$(<D) && printf '%s\n' $$(^F) | cpio --quiet -o -H newc -R 0:0 > ../$(1).cpio
endef
$(foreach a,$(UK_ARCHES),$(eval $(call linux_isa,$(a))))

TEST_NEEDS += $(foreach a,$(UK_ARCHES),$(BUILD)/linux/$(a).cpio) $(TP)/.linux-x86_64 $(TP)/.linux-riscv64
