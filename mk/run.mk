# SPDX-License-Identifier: Apache-2.0
# Starting the machine. `make run` is the whole system; with APP=name it is that unikernel alone (unikernel/build.mk).
include mvm/rootfs/build.mk

GIC ?= 3#            2 | 3
SMP ?= 4#            CPUs
MEM ?= 1024#         MiB
CPU ?= cortex-a57#   as QEMU names it
MVM_CMDLINE ?= console=ttyAMA0 earlycon quiet cma=0 panic=1 rdinit=/init

machine := --gic $(GIC) --smp $(SMP) --mem $(MEM) --cpu $(CPU)

# --- the bundle: the management VM, and whatever BUNDLE_EXTRA adds (VMs that start at boot: tools/pack --help)
BUNDLE  ?= $(BUILD)/bundle.cpio
HV_IMAGE = $(HV_OUT)/shyper.bin
HV_ELF   = $(HV_OUT)/shyper.elf

# What was asked for last time: another wish makes another bundle. With BUNDLE_EXTRA it is made each time, because make does
# not know the files those VMs are made of.
bundle_words = $(MVM_CMDLINE) $(BUNDLE_EXTRA)
$(BUILD)/bundle.words: force
	$(mkdir)
	$(Q)printf '%s\n' '$(subst ','\'',$(bundle_words))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(bundle_words))' >$@

.PHONY: force
$(BUILD)/bundle.cpio: $(PACK) $(ROOTFS) $(BUILD)/bundle.words $(if $(BUNDLE_EXTRA),force) | $(TP)/.linux
	$(call say,PACK,$@)
	$(Q)$(PACK) -o $@ --mvm-kernel $(KERNEL_IMAGE) --mvm-initrd $(ROOTFS) --mvm-cmdline '$(MVM_CMDLINE)' $(BUNDLE_EXTRA)

RUN_NEEDS = $(if $(HV_OUT),$(HV_IMAGE)) $(BUNDLE)

.PHONY: run debug gdb run-linux

ifneq ($(APP),)
run: uk-run
debug: uk-debug
gdb: uk-gdb
else ifneq ($(HV_OUT),)
run: $(RUN_NEEDS)
	$(Q)tools/run $(machine) --kernel $(HV_IMAGE) --initrd $(BUNDLE)

## debug: as run, but QEMU waits for make gdb before the first instruction
debug: $(RUN_NEEDS)
	$(Q)tools/run $(machine) --debug --kernel $(HV_IMAGE) --initrd $(BUNDLE)

## gdb: attach to make debug, with the hypervisor's symbols; with APP: start the unikernel, halted, and gdb that knows its threads
gdb: $(HV_IMAGE)
	$(Q)gdb-multiarch -q -ex 'target remote :1234' $(HV_ELF)
else
run: run-linux
endif

## run: build everything and boot to the management VM's root shell; input that is no terminal is typed line by line; with APP: that program as a unikernel, alone
## run-linux: boot the management VM's Linux without the hypervisor, to compare
run-linux: $(ROOTFS)
	$(Q)tools/run $(machine) --el 1 --kernel $(KERNEL_IMAGE) --initrd $(ROOTFS) --append '$(MVM_CMDLINE)'
