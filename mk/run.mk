# SPDX-License-Identifier: Apache-2.0
# Starting the machine. `make run` is the whole system; with APP=name it is that unikernel alone (unikernel/build.mk).
include mvm/rootfs/build.mk

GIC ?= 3#            2 | 3
SMP ?= 4#            CPUs
MEM ?= 1024#         MiB
CPU ?= cortex-a57#   as QEMU names it
MVM_CMDLINE ?= console=ttyAMA0 earlycon quiet cma=0 rdinit=/init

machine := --gic $(GIC) --smp $(SMP) --mem $(MEM) --cpu $(CPU)

.PHONY: run debug gdb run-linux

ifneq ($(APP),)
run: uk-run
else
run: run-linux
endif

## run: build everything and boot to the management VM's root shell; input that is no terminal is typed line by line
## run-linux: boot the management VM's Linux without the hypervisor, to compare
run-linux: $(ROOTFS)
	$(Q)tools/run $(machine) --el 1 --kernel $(KERNEL_IMAGE) --initrd $(ROOTFS) --append '$(MVM_CMDLINE)'
