# SPDX-License-Identifier: Apache-2.0
# The unikernel. make ARCH=aarch64 MACHINE=qemu APP=hello_world [FEATURES=...] run
#
# Objects are the same for every application and feature; a feature is a list of further objects (and, for symbols, further
# links, until the table names the addresses of the very link it is in). Per set of features: the kernel's objects are linked
# into one, uk.kernel.o, in which every name but the interface is made local. Per image, that is linked with the application and
# musl; of two, with and without signals, the one the program needs (tools/uk_calls.py).

UK_ARCHES   := aarch64 riscv64 x86_64
UK_FEATURES := fs posix shell symbols unwind

# A feature that cannot do without another brings it
UK_IMPLIED.posix := fs
uk_features = $(sort $(1) $(foreach f,$(1),$(UK_IMPLIED.$(f))))

# Per ISA: tools, what the compiler is told everywhere, what it is told for the kernel, drivers, and how the file to boot is made
CROSS.aarch64          := aarch64-linux-gnu-
UK_CC.aarch64          := $(CC.aarch64)
UK_APP_ISA.aarch64     := -mno-outline-atomics
UK_KERNEL_ISA.aarch64  := $(FREESTANDING.aarch64) -march=armv8-a -mcmodel=tiny
UK_FAR.aarch64         := -mcmodel=small
UK_DRIVERS.aarch64     := gicv2 gicv3 pl011 pl031

CROSS.x86_64           := x86_64-linux-gnu-
UK_CC.x86_64           := $(if $(filter clang,$(COMPILER)),clang --target=x86_64-linux-gnu,x86_64-linux-gnu-gcc)
UK_APP_ISA.x86_64      := -march=x86-64 -fcf-protection=none
UK_KERNEL_ISA.x86_64   := $(FREESTANDING) -mgeneral-regs-only $(UK_APP_ISA.x86_64) -mno-red-zone -mcmodel=kernel
UK_DRIVERS.x86_64      :=
UK_EXPORTS.x86_64      := __set_thread_area

# The kernel is compiled for a CPU without FP, but marked with the ABI of what it is linked with: what passes between the two
# is no FP value, and kernel assembly saves FP registers.
CROSS.riscv64          := riscv64-linux-gnu-
UK_CC.riscv64          := riscv64-linux-gnu-gcc
UK_APP_ISA.riscv64     := -march=rv64gc -mabi=lp64d -msmall-data-limit=0
UK_KERNEL_ISA.riscv64  := $(FREESTANDING) -march=rv64imac_zicsr_zifencei -mabi=lp64 -mno-riscv-attribute -mcmodel=medany \
        -msmall-data-limit=0 -Wa,-march=rv64gc,-mabi=lp64d
UK_DRIVERS.riscv64     := aplic goldfish_rtc ns16550 plic

include unikernel/posix/musl.mk

# mm is the same for all but what reaches memory, which a machine with page tables does by mm/mmu
UK_SRCS := $(wildcard unikernel/kernel/*.c unikernel/mm/*.c unikernel/mm/mmu/*.c unikernel/posix/*.c) \
        lib/chacha20.c lib/fdt_cursor.c lib/fmt.c lib/ranges.c lib/str.c
UK_SRCS.fs      := $(wildcard unikernel/fs/*.c unikernel/mm/mmu/fs/*.c unikernel/posix/fs/*.c) lib/cpio.c
UK_SRCS.posix   := $(wildcard unikernel/posix/signal/*.c)
UK_SRCS.shell   := $(wildcard unikernel/shell/*.c)
UK_SRCS.symbols :=
UK_SRCS.unwind  :=

# What two of them bring together
UK_SRCS.shell.fs := $(wildcard unikernel/shell/fs/*.c)

# What is not in the image then
UK_WITHOUT.fs   := $(addprefix unikernel/posix/,file.c no_cputime.c no_mapped.c no_system.c yield.c) unikernel/mm/mmu/no_files.c
UK_WITHOUT.shell := unikernel/kernel/log_put.c
UK_WITHOUT.posix := $(addprefix unikernel/posix/,no_signals.c fs/no_mask.c)

# Names the application's side may use; the rest of the kernel is invisible to it.
UK_EXPORTS := _start __uk_syscall sched_yield __uk_cancellable __uk_end __uk_exiting __clone __uk_stack_map __uk_stack_unmap \
        __uk_stack_leave __block_all_sigs __block_app_sigs __restore_sigs __uk_thread_end uk_thread_hold_next uk_thread_kill \
        __uk_name_thread __uk_thread_name
# ... and the table of system calls, which is made with it
UK_EXPORTS += __uk_syscall_numbers __uk_not_served __uk_pure_* __uk_sys_* __uk_signals_*

# What every program has to be compiled and linked with, here and by uk-cc (unikernel/sdk); then what ours are compiled with
UK_CFLAGS         := -fno-pic -fno-pie -fno-stack-protector -fno-omit-frame-pointer -fasynchronous-unwind-tables -ffunction-sections \
        -fdata-sections -nostdinc
UK_CFLAGS_UNWIND  := -fexceptions -fnon-call-exceptions
UK_LDFLAGS        := -nostdlib -static --gc-sections --build-id=none --no-warn-rwx-segments -z noexecstack -z max-page-size=4096
UK_LDFLAGS_UNWIND := --eh-frame-hdr
UK_APP_CFLAGS = -O2 -g -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Werror $(UK_CFLAGS) -Iunikernel/include

# ---- one ISA: $(call uk_arch,ARCH)
define uk_arch
$(call uk_musl,$(1))
UK_O.$(1) := $(O)/uk/$(1)
UK_KERNEL_CC.$(1) = $(UK_CC.$(1)) $(CSTD) -Os -g -DLOCK_CHECKS=$(if $(DEBUG),1,0) $(UK_KERNEL_ISA.$(1)) -fasynchronous-unwind-tables -fno-omit-frame-pointer \
        -I. -I$(GEN) -I$(GEN)/uk/$(1) -I$(O)/uk/$(1) -Iunikernel/arch/$(1) $(REPRODUCIBLE)
UK_ARCH_SRCS.$(1) := $(filter-out unikernel/arch/$(1)/offsets.c unikernel/arch/$(1)/musl.S, \
        $(wildcard unikernel/arch/$(1)/*.c unikernel/arch/$(1)/*.S)) $(UK_DRIVERS.$(1):%=unikernel/drivers/%.c)

$(O)/uk/$(1)/%.o: %.c unikernel/build.mk | $(ABI_HEADERS) $(GEN)/uk/$(1)/syscall_numbers.h
	$$(mkdir)
	$$(call say,CC,$$@)
	$(Q)$$(UK_KERNEL_CC.$(1)) $(WARN) -Wframe-larger-than=1024 $$(UK_EXTRA) $$(UK_FAR) $$(DEPFLAGS) -c $$< -o $$@

# What a system call may use of the caller's stack is a page (posix/gate.h), so frames are small. These are no call's.
$(O)/uk/$(1)/unikernel/posix/start.o $(O)/uk/$(1)/unikernel/kernel/machine.o: UK_EXTRA := -Wframe-larger-than=4096
# sched_yield, in which programs loop
$(O)/uk/$(1)/unikernel/posix/yield.o $(O)/uk/$(1)/unikernel/posix/fs/yield.o: UK_EXTRA := -O2
# A thread's life, and reading and writing, where functions that call others take more instructions
$(addprefix $(O)/uk/riscv64/unikernel/,posix/thread.o mm/stack.o kernel/thread.o kernel/place.o kernel/sched.o \
        posix/fs/io.o): UK_EXTRA := -O2

# They take addresses of the application's half
$(addprefix $(O)/uk/$(1)/unikernel/,kernel/log.o kernel/symbols.o mm/mmu/space.o posix/kill.o posix/memory.o posix/start.o): UK_FAR := $(UK_FAR.$(1))

# They call nobody, or last of all, and are what a null system call, malloc, free, a thread and an interrupt are measured by.
$(addprefix $(O)/uk/$(1)/unikernel/,posix/identity.o kernel/lock.o malloc/quick.o malloc/share.o arch/$(1)/timer.o \
        arch/$(1)/irqchip.o arch/$(1)/apic.o): UK_EXTRA := -fomit-frame-pointer

$(O)/uk/$(1)/%.o: %.S unikernel/build.mk $(O)/uk/$(1)/unikernel/offsets.h
	$$(mkdir)
	$$(call say,AS,$$@)
	$(Q)$$(UK_KERNEL_CC.$(1)) $$(DEPFLAGS) -D__ASSEMBLER__ -c $$< -o $$@

$(O)/uk/$(1)/unikernel/offsets.h: unikernel/arch/$(1)/offsets.c | $(ABI_HEADERS)
	$$(mkdir)
	$$(call say,GEN,$$@)
	$(Q)$$(UK_KERNEL_CC.$(1)) $(WARN) -MMD -MP -MF $$(@:.h=.d) -MT $$@ -S $$< -o $$@.s
	$(Q)sed -n 's/.*"@@\([A-Z0-9_]*\) [#$$$$]*\([0-9]*\)".*/#define \1 \2/p' $$@.s > $$@

$(O)/uk/$(1)/uk.ld $(O)/uk/$(1)/uk-unwind.ld: unikernel/uk.ld.S unikernel/arch/$(1)/uk_layout.h
	$$(mkdir)
	$(Q)$$(UK_KERNEL_CC.$(1)) $$(if $$(findstring unwind,$$@),-DUNWIND) -E -P -x assembler-with-cpp $$< -o $$@

# The malloc family and what else stands in for parts of libc belong to the application's side
UK_LIBC_O.$(1) := $(patsubst %.c,$(O)/uk/$(1)/%.o,$(wildcard unikernel/malloc/*.c unikernel/libc/*.c))
$$(UK_LIBC_O.$(1)): $(O)/uk/$(1)/%.o: %.c $$(MUSL.$(1))/lib/libc.a
	$$(mkdir)
	$$(call say,CC,$$@)
	$(Q)$(UK_CC.$(1)) $(UK_APP_CFLAGS) $(UK_APP_ISA.$(1)) -fno-builtin $$(UK_EXTRA) -I. -isystem $$(MUSL.$(1))/include -isystem $$(UK_GCC_INC.$(1)) \
	    $(REPRODUCIBLE) $$(DEPFLAGS) -c $$< -o $$@
-include $$(UK_LIBC_O.$(1):.o=.d)

# Parts of libc in our form: an archive, so that only what an application uses comes in
$(O)/uk/$(1)/libuk.a: $(O)/uk/$(1)/unikernel/arch/$(1)/musl.o $$(UK_LIBC_O.$(1))
	$(Q)rm -f $$@ && $(CROSS.$(1))ar rcsD $$@ $$^

# Takes the place of the table of system calls in a first link, which says what is in the table (tools/uk_calls.py)
$(O)/uk/$(1)/probe.o: tools/uk_calls.py $$(MUSL.$(1))/lib/libc.a
	$(Q)$(PYTHON) $$< probe $$(MUSL.$(1))/include/bits/syscall.h | $$(call uk_as,$(1)) -o $$@

UK_LIBGCC.$(1)  = $$(shell $(CROSS.$(1))gcc $(UK_APP_ISA.$(1)) -print-libgcc-file-name 2>/dev/null)
UK_LIBGCC_EH.$(1) = $$(shell $(CROSS.$(1))gcc $(UK_APP_ISA.$(1)) -print-file-name=libgcc_eh.a 2>/dev/null)
UK_GCC_INC.$(1) = $$(shell $(CROSS.$(1))gcc -print-file-name=include 2>/dev/null)

-include $(O)/uk/$(1)/unikernel/offsets.d
endef
$(foreach a,$(UK_ARCHES),$(eval $(call uk_arch,$(a))))

uk_objs = $(patsubst %,$(O)/uk/$(1)/%.o,$(basename $(2)))

uk_as = $(CROSS.$(1))gcc $(UK_APP_ISA.$(1)) -x assembler -c -

# What log.h calls them
UK_LEVEL.error := 0
UK_LEVEL.warn  := 1
UK_LEVEL.info  := 2
UK_LEVEL.debug := 3

# apps/every_call is made of the table of calls, too
define uk_every_call
UK_APP_NEEDS.every_call.$(1) := $(O)/uk/$(1)/every_call.h
$(O)/uk/$(1)/every_call.h: docs/posix.md tools/posix_table.py $(GEN)/uk/$(1)/syscall_numbers.h
	$$(mkdir)
	$(Q)$(PYTHON) tools/posix_table.py $(GEN)/uk/$(1)/syscall_numbers.h > $$@
endef
$(foreach a,$(UK_ARCHES),$(eval $(call uk_every_call,$(a))))

# ---- kernels: $(call uk_kernel,ARCH,SET,FEATURES) defines $(O)/uk/ARCH/kernel/SET/uk.kernel.o; features are complete
define uk_kernel
UK_KOBJS.$(1).$(2) := $$(call uk_objs,$(1),$(filter-out $(foreach f,$(3),$(UK_WITHOUT.$(f))),$(UK_ARCH_SRCS.$(1)) $(UK_SRCS) \
        $(foreach f,$(3),$(UK_SRCS.$(f)) $(foreach g,$(3),$(UK_SRCS.$(f).$(g))) $(wildcard unikernel/arch/$(1)/$(f)/*.[cS]))))

$(O)/uk/$(1)/kernel/$(2)/uk.kernel.o: $$(UK_KOBJS.$(1).$(2))
	$$(mkdir)
	$$(call say,LD,$$@)
	$(Q)$(CROSS.$(1))ld -r $$^ $$(UK_LIBGCC.$(1)) -o $$@.tmp
	$(Q)$(CROSS.$(1))objcopy -w $(patsubst %,--keep-global-symbol='%',$(UK_EXPORTS) $(UK_EXPORTS.$(1))) $$@.tmp $$@ && rm $$@.tmp
-include $$(UK_KOBJS.$(1).$(2):.o=.d)
endef

# Every set of features with parts in the kernel, as the name of a folder: fs-posix
UK_PARTS   := $(strip $(foreach f,$(UK_FEATURES),$(if $(UK_SRCS.$(f)),$(f))))
uk_more     = $(1) $(addsuffix +$(2),$(1))
uk_folder   = $(or $(subst $(eval) ,-,$(filter $(UK_PARTS),$(1))),none)
UK_KERNELS := none
$(foreach f,$(UK_PARTS),$(eval UK_KERNELS := $(call uk_more,$(UK_KERNELS),$(f))))
UK_KERNELS := $(sort $(foreach s,$(UK_KERNELS),$(call uk_folder,$(call uk_features,$(filter-out none,$(subst +, ,$(s)))))))
$(foreach a,$(UK_ARCHES),$(foreach s,$(UK_KERNELS),$(eval $(call uk_kernel,$(a),$(s),$(filter-out none,$(subst -, ,$(s)))))))
uk_kernel_of = $(UK_O.$(1))/kernel/$(call uk_folder,$(2))/uk.kernel.o

# ---- applications: apps/NAME/app.mk is a program, apps/NAME/lib.mk a library, which the variable libraries of others names.
# sources are files of the folder; those under build/ are foreign, compiled without warnings, and fetched when they are of a
# third-party tree. cflags, for preprocessor and include paths, are for those who use a library too.
uk_trees = $(sort $(foreach s,$(filter $(TP)/%,$(1)),$(firstword $(subst /, ,$(s:$(TP)/%=%)))))

define uk_app
sources   :=
cflags    :=
libraries :=
features  :=
include $(2)
UK_APP_MK.$(1)       := $(2)
UK_APP_SRCS.$(1)     := $$(filter $(BUILD)/%,$$(sources)) $$(addprefix apps/$(1)/,$$(filter-out $(BUILD)/%,$$(sources)))
UK_APP_FLAGS.$(1)    := $$(cflags) $$(foreach l,$$(libraries),$$(UK_APP_FLAGS.$$(l)))
UK_APP_LIBS.$(1)     := $$(libraries)
UK_APP_FEATURES.$(1) := $$(features)
$$(foreach t,$$(call uk_trees,$$(sources)),$$(eval $$(filter $(TP)/$$(t)/%,$$(sources)): | $(TP)/.$$(t)))
endef
UK_APPS := $(patsubst apps/%/app.mk,%,$(wildcard apps/*/app.mk))
UK_LIBS := $(patsubst apps/%/lib.mk,%,$(wildcard apps/*/lib.mk))
$(foreach l,$(UK_LIBS),$(eval $(call uk_app,$(l),apps/$(l)/lib.mk)))
$(foreach a,$(UK_APPS),$(eval $(call uk_app,$(a),apps/$(a)/app.mk)))

# Objects of an application or library: $(call uk_app_objs,ARCH,FOLDER,APP,FLAGS) defines UK_AOBJS.FOLDER
define uk_app_objs
UK_AOBJS.$(2) := $(patsubst %.c,$(2)/%.o,$(UK_APP_SRCS.$(3)))
$(2)/%.o: %.c $(UK_APP_MK.$(3)) $(foreach l,$(UK_APP_LIBS.$(3)),$(UK_APP_MK.$(l)) $(UK_APP_SRCS.$(l))) unikernel/build.mk \
        $(MUSL.$(1))/lib/libc.a $(UK_APP_NEEDS.$(3).$(1))
	$$(mkdir)
	$$(call say,CC,$$@)
	$(Q)$(UK_CC.$(1)) $(UK_APP_CFLAGS) $(UK_APP_ISA.$(1)) $(addprefix -I,$(dir $(UK_APP_NEEDS.$(3).$(1)))) \
	    -isystem $(MUSL.$(1))/include -isystem $(UK_GCC_INC.$(1)) $(REPRODUCIBLE) \
	    $(4) $(UK_APP_FLAGS.$(3)) $$(if $$(filter $(BUILD)/%,$$<),-w) -MMD -MP -MF $$(@:.o=.d) -c $$< -o $$@
-include $$(UK_AOBJS.$(2):.o=.d)
endef

define uk_lib
$(call uk_app_objs,$(1),$(O)/uk/$(1)/lib/$(2),$(2))
$(O)/uk/$(1)/lib/$(2).a: $$(UK_AOBJS.$(O)/uk/$(1)/lib/$(2))
	$$(call say,AR,$$@)
	$(Q)rm -f $$@ && $(CROSS.$(1))ar rcsD $$@ $$^
endef
$(foreach a,$(UK_ARCHES),$(foreach l,$(UK_LIBS),$(eval $(call uk_lib,$(a),$(l)))))
uk_libs = $(foreach l,$(UK_APP_LIBS.$(2)),$(O)/uk/$(1)/lib/$(l).a)

# ---- one image: $(call uk_image,ARCH,NAME,APP,FEATURES[,LOG]) defines $(O)/uk/ARCH/NAME/APP.img

uk_image = $(call uk_image_with,$(1),$(2),$(3),$(call uk_features,$(4)),$(5))

define uk_image_with
$$(if $$(filter-out $(UK_FEATURES),$(4)),$$(error $(2): unknown feature $$(filter-out $(UK_FEATURES),$(4)); there are: $(UK_FEATURES)))
$(call uk_app_objs,$(1),$(O)/uk/$(1)/$(2),$(3),$(if $(filter unwind,$(4)),$(UK_CFLAGS_UNWIND)))

$(O)/uk/$(1)/$(2)/name.o: $(UK_APP_MK.$(3)) unikernel/build.mk
	$$(mkdir)
	$(Q)echo 'const char uk_app_name[] = "$(3)"; const unsigned char uk_log_level = $(UK_LEVEL.$(or $(5),info));' | $(UK_CC.$(1)) $(UK_CFLAGS) $(UK_APP_ISA.$(1)) -x c -c - -o $$@

$(O)/uk/$(1)/$(2)/$(3).elf: $(sort $(call uk_kernels,$(1),$(4))) $(O)/uk/$(1)/$(2)/name.o $$(UK_AOBJS.$(O)/uk/$(1)/$(2)) \
        $(call uk_libs,$(1),$(3)) $(O)/uk/$(1)/libuk.a $(O)/uk/$(1)/$(call uk_ld,$(4)) $(MUSL.$(1))/lib/libc.a $(O)/uk/$(1)/probe.o \
        tools/uk_calls.py tools/uk_symbols.py
	$$(call say,LD,$$@)
	$(Q)$$(call uk_link,$(1),$(2),$(4),$(3),$(call uk_kernel_of,$(1),$(4))) $(O)/uk/$(1)/probe.o -o $$@.probe
	$(Q)$$(call uk_calls,$(1),kernel,$(call uk_kernel_of,$(1),$(4)),$$@.probe) $(call uk_kernels,$(1),$(4)) > $$@.kernel
	$(Q)$$(call uk_calls,$(1),table,$$$$(cat $$@.kernel),$$@.probe) > $$@.calls.s
	$(Q)$$(call uk_as,$(1)) < $$@.calls.s -o $$@.calls.o && rm $$@.probe $$@.calls.s
	$(Q)$$(call uk_link,$(1),$(2),$(4),$(3),@$$@.kernel) $$@.calls.o -o $$@
ifneq ($(filter symbols,$(4)),)
	$(Q)rm -f $$@.syms; set -e; for pass in 1 2 3; do \
	    $(CROSS.$(1))nm -n $$@ | $(PYTHON) tools/uk_symbols.py > $$@.syms.new; \
	    cmp -s $$@.syms.new $$@.syms && exit 0; mv $$@.syms.new $$@.syms; \
	    $(CROSS.$(1))ld -r -b binary $$@.syms -o $$@.syms.o; \
	    $(CROSS.$(1))objcopy --rename-section .data=.ksyms,alloc,load,readonly,data,contents $$@.syms.o; \
	    $$(call uk_link,$(1),$(2),$(4),$(3),@$$@.kernel) $$@.calls.o $$@.syms.o -o $$@; \
	done
endif

$(O)/uk/$(1)/$(2)/$(3).img: $(O)/uk/$(1)/$(2)/$(3).elf
	$$(call say,IMAGE,$$@)
	$(Q)$(CROSS.$(1))objcopy -O binary $$< $$@
ifeq ($(1),x86_64)
	$(Q)$(PYTHON) tools/uk_pvh.py $$@ $$@
endif
endef

uk_kernels = $(call uk_kernel_of,$(1),$(2)) $(call uk_kernel_of,$(1),$(filter-out posix,$(2)))
uk_calls = { $(CROSS.$(1))nm $(3); $(CROSS.$(1))nm $(4); } | $(PYTHON) tools/uk_calls.py $(2) $(MUSL.$(1))/include/bits/syscall.h

uk_ld   = uk$(if $(filter unwind,$(1)),-unwind).ld
uk_link = $(CROSS.$(1))ld $(UK_LDFLAGS) $(if $(filter unwind,$(3)),$(UK_LDFLAGS_UNWIND)) -T $(UK_O.$(1))/$(call uk_ld,$(3)) \
        $(5) $(UK_O.$(1))/$(2)/name.o $(UK_AOBJS.$(UK_O.$(1))/$(2)) \
        --start-group $(call uk_libs,$(1),$(4)) $(UK_O.$(1))/libuk.a $(MUSL.$(1))/lib/libc.a $(UK_LIBGCC.$(1)) $(if $(filter unwind,$(3)),$(UK_LIBGCC_EH.$(1))) --end-group

# Images other parts of the build ask for by name
define uk_named
$(call uk_image,$(1),hello,hello_world,shell symbols)
$(call uk_image,$(1),hello-bare,hello_world,)
$(call uk_image,$(1),smoke,posix_smoke,symbols)
$(call uk_image,$(1),faults,faults,symbols)
$(call uk_image,$(1),threading,threading,)
$(call uk_image,$(1),exit_status,exit_status,)
$(call uk_image,$(1),background,background,shell symbols)
$(call uk_image,$(1),background-posix,background,posix shell symbols)
$(call uk_image,$(1),stress,stress,symbols)
$(call uk_image,$(1),bare,bare,symbols)
$(call uk_image,$(1),smoke-shell,posix_smoke,shell symbols)
$(call uk_image,$(1),unwind,unwind,symbols unwind)
$(call uk_image,$(1),killing,killing,symbols)
$(call uk_image,$(1),sparse,sparse,)
$(call uk_image,$(1),mapped,mapped,fs symbols)
$(call uk_image,$(1),files,files,fs symbols)
$(call uk_image,$(1),devices,devices,fs symbols)
$(call uk_image,$(1),waiting,waiting,posix symbols)
$(call uk_image,$(1),timing,timing,symbols)
$(call uk_image,$(1),signals,signals,posix symbols)
$(call uk_image,$(1),system,system,posix symbols)
$(call uk_image,$(1),every_call,every_call,posix symbols)
$(call uk_image,$(1),no_processes,no_processes,fs symbols)
TEST_NEEDS += $(addprefix $(UK_O.$(1))/,hello/hello_world.img hello-bare/hello_world.img smoke/posix_smoke.img faults/faults.img \
        threading/threading.img exit_status/exit_status.img background/background.img background-posix/background.img stress/stress.img \
        bare/bare.img smoke-shell/posix_smoke.img unwind/unwind.img killing/killing.img sparse/sparse.img mapped/mapped.img \
        files/files.img devices/devices.img waiting/waiting.img timing/timing.img signals/signals.img system/system.img every_call/every_call.img)
TEST_NEEDS += $(UK_O.$(1))/no_processes/no_processes.img
endef
$(foreach a,$(UK_ARCHES),$(eval $(call uk_named,$(a))))

UK_IMAGE.hello := $(UK_O.aarch64)/hello/hello_world.img

# ---- how QEMU is started: $(call uk_qemu.ARCH,MACHINE[,GIC,EL,CPU])
comma := ,
uk_qemu.aarch64 = qemu-system-aarch64 -M virt,gic-version=$(2)$(if $(filter 2,$(3)),$(comma)virtualization=on) -cpu $(4) \
        -semihosting
uk_qemu.x86_64 = qemu-system-x86_64 -M $(if $(filter qemu,$(1)),microvm$(comma)acpi=off,$(1)) -cpu max
uk_qemu.riscv64 = qemu-system-riscv64 -M virt
UK_QEMU_SEALED := -nodefaults -display none -no-reboot

UK_MACHINES.aarch64 := qemu
UK_MACHINES.riscv64 := qemu
UK_MACHINES.x86_64  := qemu microvm q35 pc

include unikernel/sdk/build.mk

# ---- the image asked for on the command line

ifdef APP
APP_NAME := $(notdir $(APP:/=))
ARCH     ?= aarch64
MACHINE  ?= qemu
ifeq ($(filter $(APP_NAME),$(UK_APPS)),)
$(error no application '$(APP_NAME)'; there are: $(UK_APPS))
endif
ifeq ($(filter $(ARCH),$(UK_ARCHES)),)
$(error ARCH=$(ARCH) is not supported; there are: $(UK_ARCHES))
endif
ifeq ($(filter $(MACHINE),$(UK_MACHINES.$(ARCH))),)
$(error MACHINE=$(MACHINE) is not supported for $(ARCH); there is: $(UK_MACHINES.$(ARCH)))
endif
UK_NUMBER = $(if $(shell printf '%s' '$($(1))' | grep -x '[1-9][0-9]*'),,$(error $(1)=$($(1)) is no $(2)))
UK_ONE_OF = $(if $(filter-out $(2),$($(1)))$(filter-out 1,$(words $($(1)))),$(error $(1)=$($(1)) is not supported; there are: $(2)))
CPU  ?= cortex-a53
GIC  ?= 2
MEM  ?= 128
EL   ?= 1
SMP  ?= 1
LOG  ?= info
ARGS ?=
$(call UK_NUMBER,SMP,number of CPUs)$(call UK_NUMBER,MEM,number of MiB)
$(call UK_ONE_OF,GIC,2 3)$(call UK_ONE_OF,EL,1 2)$(call UK_ONE_OF,LOG,error warn info debug)

UK_FEATURES_USED := $(if $(filter undefined,$(origin FEATURES)),$(UK_APP_FEATURES.$(APP_NAME)),$(FEATURES))
uk_name = app-$(APP_NAME)$(subst $(eval) ,,$(addprefix -,$(sort $(1))))$(if $(filter-out info,$(LOG)),-log-$(LOG))
uk_img  = $(UK_O.$(ARCH))/$(call uk_name,$(1))/$(APP_NAME).img
UK_IMG := $(call uk_img,$(UK_FEATURES_USED))
# As asked for, and for uk-size with each feature alone and with none.
UK_SETS := $(sort none $(UK_FEATURES) $(subst $(eval) ,+,$(sort $(UK_FEATURES_USED))))
uk_set   = $(filter-out none,$(subst +, ,$(1)))
$(foreach s,$(UK_SETS),$(eval $(call uk_image,$(ARCH),$(call uk_name,$(call uk_set,$(s))),$(APP_NAME),$(sort $(call uk_set,$(s))),$(LOG))))

UK_QEMU = $(call uk_qemu.$(ARCH),$(MACHINE),$(GIC),$(EL),$(CPU)) -smp $(SMP) -m $(MEM) $(UK_QEMU_SEALED) -kernel $(UK_IMG) \
        $(if $(ARGS),-append '$(ARGS)') $(if $(INITRD),-initrd $(INITRD))

.PHONY: uk-build uk-run uk-debug uk-gdb uk-size
uk-build: $(UK_IMG)
uk-run: $(UK_IMG)
	$(Q)$(PYTHON) tools/uk_run.py $(if $(filter shell,$(UK_FEATURES_USED)),--shell) -- $(UK_QEMU)
uk-size: $(foreach s,$(UK_SETS),$(call uk_img,$(call uk_set,$(s))))
	@content() { $(CROSS.$(ARCH))size "$${1%.img}.elf" | awk 'NR == 2 { print $$1 + $$2 }'; }; base=$$(content $(call uk_img,)); \
	printf '%9s %9s %9s  %s\n' image content added features; \
	$(foreach s,$(UK_SETS),f=$(call uk_img,$(call uk_set,$(s))); n=$$(content $$f); \
	    printf '%9d %9d %9d  %s\n' $$(stat -c %s $$f) $$n $$((n - base)) '$(s)';)
uk-debug: $(UK_IMG)
	@echo 'waiting for a debugger: gdb-multiarch $(UK_IMG:.img=.elf) -x tools/uk_gdb.py -ex "target remote :1234"'
	$(Q)$(PYTHON) tools/uk_run.py -- $(UK_QEMU) -s -S
uk-gdb: $(UK_IMG)
	$(Q)$(PYTHON) tools/uk_debug.py $(UK_IMG:.img=.elf) -- $(UK_QEMU)
endif
