# SPDX-License-Identifier: Apache-2.0
# The hypervisor image: a flat binary with the Linux arm64 Image header. Linked twice, the second time with its symbols.

HV_ISA   := aarch64
HV_OUT   := $(O)/hypervisor
HV_SRCS  := $(wildcard hypervisor/core/*.c hypervisor/devices/*.c hypervisor/drivers/*.c hypervisor/arch/$(HV_ISA)/*.c) \
            lib/str.c lib/fmt.c lib/ranges.c lib/state.c lib/cpio.c lib/crc32.c lib/fdt_cursor.c lib/fdt_writer.c lib/siphash.c
HV_ASMS  := $(wildcard hypervisor/arch/$(HV_ISA)/*.S)
HV_OBJS  := $(HV_SRCS:%.c=$(HV_OUT)/%.o) $(HV_ASMS:%.S=$(HV_OUT)/%.o)
HV_INC   := -I. -I$(GEN) -Ihypervisor/arch/$(HV_ISA)
# Small by default; what runs on exits and copies memory is compiled for speed.
HV_HOT   := core/hcall core/irq core/sched core/runq core/cpu core/platform_device \
            devices/vgic devices/vgic_lr devices/vgic_hw \
            arch/$(HV_ISA)/trap arch/$(HV_ISA)/abort arch/$(HV_ISA)/switch arch/$(HV_ISA)/mmu arch/$(HV_ISA)/gic_v3_cpu
# gcc looks at the image as a whole, which saves a fifteenth of it; clang would need another linker for that.
HV_LTO.gcc := -flto=2
HV_ALIGN.gcc := -falign-functions=4 -fno-align-jumps -fno-align-loops -fno-align-labels
HV_FLAGS := $(CSTD) $(HV_LTO.$(COMPILER)) -Os -mcmodel=tiny -g $(FREESTANDING.$(HV_ISA)) $(REPRODUCIBLE) -fno-omit-frame-pointer $(HV_ALIGN.$(COMPILER)) $(HV_INC)

hypervisor: $(HV_OUT)/shyper.bin

$(HV_OUT)/hypervisor/arch/$(HV_ISA)/boot_tables.o $(HV_OUT)/hypervisor/arch/$(HV_ISA)/not_el2.o: HV_EXTRA := -mstrict-align
$(HV_HOT:%=$(HV_OUT)/hypervisor/%.o) $(HV_OUT)/lib/crc32.o $(HV_OUT)/lib/fdt_cursor.o: HV_EXTRA := -O2
# Calls of memcpy and its like appear only after that look.
$(HV_OUT)/lib/str.o: HV_EXTRA := -O2 -fno-lto

$(HV_OUT)/%.o: %.c hypervisor/build.mk | $(ABI_HEADERS)
	$(mkdir)
	$(call say,CC,$<)
	$(Q)$(CC.$(HV_ISA)) $(HV_FLAGS) $(HV_EXTRA) $(WARN) $(DEPFLAGS) -c $< -o $@

$(HV_OUT)/%.o: %.S | $(ABI_HEADERS)
	$(mkdir)
	$(call say,AS,$<)
	$(Q)$(CC.$(HV_ISA)) $(HV_INC) -D__ASSEMBLY__ $(DEPFLAGS) -c $< -o $@

$(HV_OUT)/hypervisor.ld: hypervisor/arch/$(HV_ISA)/hypervisor.ld hypervisor/arch/$(HV_ISA)/layout.h
	$(mkdir)
	$(Q)$(CC.$(HV_ISA)) -E -P -x c -Ihypervisor/arch/$(HV_ISA) $< -o $@

HV_LD_FLAGS   := --gc-sections --build-id=none -znoexecstack -zmax-page-size=4096 --no-warn-rwx-segments
HV_LINK.gcc   := $(CC.$(HV_ISA)) $(HV_FLAGS) -nostdlib -static $(HV_LD_FLAGS:%=-Wl,%)
HV_LINK.clang := $(LD.$(HV_ISA)) -nostdlib -static $(HV_LD_FLAGS)
HV_LINK       := $(HV_LINK.$(COMPILER)) -T $(HV_OUT)/hypervisor.ld

$(HV_OUT)/symbols0.c: tools/symbols.py
	$(mkdir)
	$(Q)$(PYTHON) tools/symbols.py hv_symbols --empty > $@

$(HV_OUT)/pass1.elf: $(HV_OBJS) $(HV_OUT)/symbols0.c $(HV_OUT)/hypervisor.ld
	$(Q)$(CC.$(HV_ISA)) $(HV_FLAGS) -fno-lto -c $(HV_OUT)/symbols0.c -o $(HV_OUT)/symbols0.o
	$(Q)$(HV_LINK) $(HV_OBJS) $(HV_OUT)/symbols0.o -o $@

$(HV_OUT)/symbols.c: $(HV_OUT)/pass1.elf tools/symbols.py
	$(Q)$(NM.$(HV_ISA)) -n $< | $(PYTHON) tools/symbols.py hv_symbols hv_image_start hv_text_end > $@

$(HV_OUT)/shyper.elf: $(HV_OUT)/symbols.c
	$(call say,LD,$@)
	$(Q)$(CC.$(HV_ISA)) $(HV_FLAGS) -fno-lto -c $< -o $(HV_OUT)/symbols.o
	$(Q)$(HV_LINK) $(HV_OBJS) $(HV_OUT)/symbols.o -o $@

$(HV_OUT)/shyper.bin: $(HV_OUT)/shyper.elf
	$(call say,IMAGE,$@)
	$(Q)$(OBJCOPY.$(HV_ISA)) -O binary $< $@

-include $(HV_OBJS:.o=.d)
