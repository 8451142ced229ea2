# SPDX-License-Identifier: Apache-2.0
# make bench: what the design promises in numbers, counted in instructions, with peers beside (tests/bench/bench).
BENCH := $(BUILD)/bench

$(BENCH)/count.so: tests/bench/count.c
	$(mkdir)
	$(call say,CC,$@)
	$(Q)gcc $(CSTD) -O2 $(WARN) -fPIC -shared $< -o $@

# One payload, built for the calls and the distributor address of each hypervisor.
bench_asm = aarch64-linux-gnu-gcc -nostdlib -static -Wl,-Ttext=0,--build-id=none
probe.shyper := -D'CALL_SETUP=nop' -D'CALL_ARGS=ldr x0, =0xc6000000' -D'CALL=hvc \#0' -DGICD=0x08000000 -DUART=0x09000000
probe.xen    := -D'CALL_SETUP=mov x16, \#17' -D'CALL_ARGS=mov x0, \#0' -D'CALL=hvc \#0xea1' -DGICD=0x03001000 -DUART=0x22000000
$(BENCH)/probe-%.img: tests/bench/probe.S tests/bench/build.mk
	$(mkdir)
	$(Q)$(bench_asm) $(probe.$*) $< -o $(@:.img=.elf)
	$(Q)$(OBJCOPY.aarch64) -O binary $(@:.img=.elf) $@

probe-irq.shyper := -DGICD=0x08000000 -DGICR=0x080a0000
probe-irq.xen    := -DGICD=0x03001000 -DGICR=0x03020000
probe-irq.mvm    := $(probe-irq.shyper) -DSPI=34       # the board's clock, which is quiet
$(BENCH)/interrupts-%.img: tests/bench/interrupts.S tests/bench/build.mk
	$(mkdir)
	$(Q)$(bench_asm) $(probe-irq.$*) $< -o $(@:.img=.elf)
	$(Q)$(OBJCOPY.aarch64) -O binary $(@:.img=.elf) $@

$(BENCH)/switch.img: tests/bench/switch.S tests/bench/build.mk
	$(mkdir)
	$(Q)$(bench_asm) $< -o $(@:.img=.elf)
	$(Q)$(OBJCOPY.aarch64) -O binary $(@:.img=.elf) $@

$(BENCH)/switch.cpio: $(PACK) $(BENCH)/switch.img tests/bench/switch-a.json tests/bench/switch-b.json
	$(Q)$(PACK) -o $@ --vm tests/bench/switch-a.json --vm-kernel $(BENCH)/switch.img --vm tests/bench/switch-b.json --vm-kernel $(BENCH)/switch.img

# The management VM's own initramfs with another first program, so that the same files are unpacked.
$(BENCH)/linux.cpio: tests/bench/first.S $(ROOTFS)
	$(mkdir)
	$(Q)rm -rf $(BENCH)/root && mkdir -p $(BENCH)/root
	$(Q)$(bench_asm) $< -o $(BENCH)/root/init
	$(Q)cd $(BENCH)/root && echo init | cpio --quiet -o -H newc -R 0:0 > ../first.cpio
	$(Q)cat $(ROOTFS) $(BENCH)/first.cpio > $@

$(BENCH)/probe.cpio: $(PACK) $(BENCH)/probe-shyper.img tests/bench/probe.json
	$(Q)$(PACK) -o $@ --vm tests/bench/probe.json --vm-kernel $(BENCH)/probe-shyper.img

$(BENCH)/interrupts.cpio: $(PACK) $(BENCH)/interrupts-shyper.img tests/bench/interrupts.json
	$(Q)$(PACK) -o $@ --vm tests/bench/interrupts.json --vm-kernel $(BENCH)/interrupts-shyper.img

$(BENCH)/interrupts-mvm.cpio: $(PACK) $(BENCH)/interrupts-mvm.img
	$(Q)$(PACK) -o $@ --mvm-kernel $(BENCH)/interrupts-mvm.img

$(BENCH)/mvm.cpio: $(PACK) $(BENCH)/linux.cpio
	$(Q)$(PACK) -o $@ --mvm-kernel $(KERNEL_IMAGE) --mvm-initrd $(BENCH)/linux.cpio --mvm-cmdline '$(MVM_CMDLINE)'

$(BENCH)/measure.cpio: $(PACK) $(O)/guests/mvm_measure.bin
	$(Q)$(PACK) -o $@ --mvm-kernel $(O)/guests/mvm_measure.bin

$(BENCH)/life.cpio: $(PACK) $(O)/guests/mvm_life.bin
	$(Q)$(PACK) -o $@ --mvm-kernel $(O)/guests/mvm_life.bin --mvm-cmdline cycles=60

BENCH_NEEDS := $(addprefix $(BENCH)/,count.so irqs_off.so measure.cpio life.cpio probe-xen.img linux.cpio probe.cpio mvm.cpio \
               interrupts-xen.img interrupts.cpio interrupts-mvm.cpio switch.cpio)

$(foreach a,$(UK_ARCHES),$(eval $(call uk_image,$(a),hello-posix,hello_world,posix shell)))
$(foreach a,$(UK_ARCHES),$(eval $(call uk_image,$(a),hello-full,hello_world,shell symbols $(filter unwind,$(UK_FEATURES)))))
$(foreach a,$(UK_ARCHES),$(eval $(call uk_image,$(a),benches,benches,)))
$(foreach a,$(UK_ARCHES),$(eval $(call uk_image,$(a),posix_benches,posix_benches,posix)))
BENCH_NEEDS += $(foreach a,$(UK_ARCHES),$(BUILD)/linux/$(a).cpio \
    $(addprefix $(UK_O.$(a))/,benches/benches.img posix_benches/posix_benches.img hello-bare/hello_world.img hello-full/hello_world.img \
    hello-posix/hello_world.img))

# Programs from elsewhere, with marks, and for Linux an initramfs in which they are
bench_programs := lua_bench sqlite_bench
bench_scripts  := $(wildcard tests/system/lua/*.lua)
define bench_programs_of
$(foreach p,$(bench_programs),$(call uk_image,$(1),$(p),$(p),$(UK_APP_FEATURES.$(p)))
$(call linux_program,$(1),$(p))
)
$(BENCH)/programs-$(1).cpio: $(addprefix $(BUILD)/linux/$(1)/,init $(bench_programs)) $(bench_scripts)
	$$(mkdir)
	$(Q)rm -rf $(BENCH)/programs-$(1) && mkdir -p $(BENCH)/programs-$(1) && cp $$^ $(BENCH)/programs-$(1)
	$(Q)cd $(BENCH)/programs-$(1) && ls | cpio --quiet -o -H newc -R 0:0 > ../programs-$(1).cpio
endef
$(foreach a,$(UK_ARCHES),$(eval $(call bench_programs_of,$(a))))
BENCH_NEEDS += $(foreach a,$(UK_ARCHES),$(BENCH)/programs-$(a).cpio $(foreach p,$(bench_programs),$(UK_O.$(a))/$(p)/$(p).img))

.PHONY: bench
## bench: measure, beside Xen and Linux, and store build/bench.json; B=names measures those
bench: $(BENCH_NEEDS) $(HV_IMAGE) $(BUNDLE) | $(TP)/.linux-x86_64 $(TP)/.linux-riscv64
	$(Q)tests/bench/bench --build $(O) --hypervisor $(HV_ELF:.elf=) --bundle $(BUNDLE) $(foreach a,$(UK_ARCHES),--linux-$(a) $(LINUX_IMAGE.$(a))) \
	    --cmdline '$(MVM_CMDLINE)' --xen $(TP)/xen/boot/xen-4.17-arm64 $(if $(B),--only $(B))

# The longest stretch with interrupts masked in EL2, over the machines of the system tests.
$(BENCH)/irqs_off.so: tests/bench/irqs_off.c
	$(mkdir)
	$(call say,CC,$@)
	$(Q)gcc $(CSTD) -O2 $(WARN) -fPIC -shared $< -o $@

hv_address = 0x$$($(NM.aarch64) $(HV_ELF) | sed -n 's/ . $(1)$$//p')

.PHONY: test-irqs-off
## test-irqs-off: run the system tests (T=name: some) and print the hypervisor's longest stretches without interrupts
test-irqs-off: $(BENCH)/irqs_off.so $(TEST_NEEDS)
	$(Q)rm -rf $(BUILD)/irqs_off
	-$(Q)IRQS_OFF=$(CURDIR)/$<,vectors=$(call hv_address,hv_vectors),polls=$(call hv_address,irq_handle) \
	    tests/run_all --system $(if $(T),--select "$(T)")
	$(Q)tests/bench/irqs_off $(HV_ELF) $(BUILD)/irqs_off/*
