# SPDX-License-Identifier: Apache-2.0
# The unikernel. make ARCH=aarch64 MACHINE=qemu APP=hello_world [FEATURES=...] run
#
# Objects are the same for every application and feature; a feature is a list of further objects (and, for symbols, a second
# link). Per image: the kernel's objects are linked into one, kernel.o, in which every name but the interface is made local,
# and that is linked with the application and musl.

include unikernel/posix/musl.mk

UK_ARCHES   := aarch64
UK_FEATURES := shell symbols

UK_DIRS := unikernel/arch/aarch64 unikernel/kernel unikernel/drivers unikernel/posix
UK_SRCS := $(filter-out unikernel/arch/aarch64/offsets.c unikernel/arch/aarch64/musl.S \
        unikernel/arch/aarch64/uk.ld.S,$(wildcard $(addsuffix /*.c,$(UK_DIRS)) unikernel/arch/aarch64/*.S)) \
        lib/fdt_cursor.c lib/fmt.c lib/ranges.c lib/str.c
UK_SRCS.shell   := $(wildcard unikernel/shell/*.c)
UK_SRCS.symbols :=

# Names the application's side may use; the rest of the kernel is invisible to it.
UK_EXPORTS := _start __uk_syscall __clone __unmapself uk_thread_hold_next

UK_O    := $(O)/uk
UK_CC    = $(CC.aarch64) $(CSTD) -Os $(FREESTANDING.aarch64) -fno-omit-frame-pointer -march=armv8-a \
        -I. -I$(GEN) -I$(UK_O) -Iunikernel/arch/aarch64 $(REPRODUCIBLE)
uk_objs  = $(patsubst %,$(UK_O)/%.o,$(basename $(1)))

$(UK_O)/%.o: %.c unikernel/build.mk | $(ABI_HEADERS)
	$(mkdir)
	$(call say,CC,$@)
	$(Q)$(UK_CC) $(WARN) -Wframe-larger-than=1024 $(UK_EXTRA) $(DEPFLAGS) -c $< -o $@

# What a system call may use of the caller's stack is a page (posix/gate.h), so frames are small. This one is no call's.
$(UK_O)/unikernel/posix/start.o: UK_EXTRA := -Wframe-larger-than=4096

$(UK_O)/%.o: %.S unikernel/build.mk $(UK_O)/unikernel/offsets.h
	$(mkdir)
	$(call say,AS,$@)
	$(Q)$(UK_CC) $(DEPFLAGS) -D__ASSEMBLER__ -c $< -o $@

$(UK_O)/unikernel/offsets.h: unikernel/arch/aarch64/offsets.c | $(ABI_HEADERS)
	$(mkdir)
	$(call say,GEN,$@)
	$(Q)$(UK_CC) $(WARN) -MMD -MP -MF $(@:.h=.d) -MT $@ -S $< -o $@.s
	$(Q)sed -n 's/.*"@@\([A-Z0-9_]*\) [#$$]*\([0-9]*\)".*/#define \1 \2/p' $@.s > $@

$(UK_O)/uk.ld: unikernel/arch/aarch64/uk.ld.S unikernel/arch/aarch64/layout.h
	$(mkdir)
	$(Q)$(CC.aarch64) -E -P -x assembler-with-cpp -I. $< -o $@

# libc's assembly in our form: an archive, so that only what an application uses comes in
$(UK_O)/libuk.a: $(UK_O)/unikernel/arch/aarch64/musl.o
	$(Q)rm -f $@ && $(AR.aarch64) rcsD $@ $^

# ---- one image: $(call uk_image,NAME,APP,FEATURES) defines $(UK_O)/NAME/APP.img

UK_LIBGCC     = $(shell aarch64-linux-gnu-gcc -print-libgcc-file-name 2>/dev/null)
UK_GCC_INC    = $(shell aarch64-linux-gnu-gcc -print-file-name=include 2>/dev/null)
UK_APP_CFLAGS = -O2 -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Werror -fno-pic -fno-pie -mno-outline-atomics -fno-stack-protector \
        -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections \
        -nostdinc -isystem $(MUSL.aarch64)/include -isystem $(UK_GCC_INC) -Iunikernel/include

define uk_image
sources :=
features :=
include apps/$(2)/app.mk
UK_APP_SRCS.$(1) := $$(addprefix apps/$(2)/,$$(sources))
UK_FEAT.$(1) := $(3)
$$(if $$(filter-out $(UK_FEATURES),$(3)),$$(error $(1): unknown feature $$(filter-out $(UK_FEATURES),$(3)); there are: $(UK_FEATURES)))
UK_KOBJS.$(1) := $$(call uk_objs,$(UK_SRCS) $(foreach f,$(3),$(UK_SRCS.$(f))))
UK_AOBJS.$(1) := $$(patsubst apps/%.c,$(UK_O)/$(1)/apps/%.o,$$(UK_APP_SRCS.$(1)))

$(UK_O)/$(1)/kernel.o: $$(UK_KOBJS.$(1))
	$$(mkdir)
	$$(call say,LD,$$@)
	$(Q)$(LD.aarch64) -r $$^ -o $$@.tmp
	$(Q)$(OBJCOPY.aarch64) $(addprefix --keep-global-symbol=,$(UK_EXPORTS)) $$@.tmp $$@ && rm $$@.tmp

$(UK_O)/$(1)/apps/%.o: apps/%.c $(MUSL.aarch64)/lib/libc.a
	$$(mkdir)
	$$(call say,CC,$$@)
	$(Q)$(CC.aarch64) $(UK_APP_CFLAGS) $(REPRODUCIBLE) -MMD -MP -MF $$(@:.o=.d) -c $$< -o $$@

$(UK_O)/$(1)/name.o: apps/$(2)/app.mk
	$$(mkdir)
	$(Q)echo 'const char uk_app_name[] = "$(2)";' | $(CC.aarch64) -Iunikernel/arch/aarch64 -x c -c - -o $$@

$(UK_O)/$(1)/$(2).elf: $(UK_O)/$(1)/kernel.o $(UK_O)/$(1)/name.o $$(UK_AOBJS.$(1)) $(UK_O)/libuk.a $(UK_O)/uk.ld \
        $(MUSL.aarch64)/lib/libc.a tools/uk_symbols.py
	$$(call say,LD,$$@)
	$(Q)$$(call uk_link,$(1)) -o $$@
ifneq ($(filter symbols,$(3)),)
	$(Q)$(NM.aarch64) -n $$@ | $(PYTHON) tools/uk_symbols.py > $$@.syms
	$(Q)$(LD.aarch64) -r -b binary $$@.syms -o $$@.syms.o
	$(Q)$(OBJCOPY.aarch64) --rename-section .data=.ksyms,alloc,load,readonly,data,contents $$@.syms.o
	$(Q)$$(call uk_link,$(1)) $$@.syms.o -o $$@
endif

$(UK_O)/$(1)/$(2).img: $(UK_O)/$(1)/$(2).elf
	$$(call say,IMAGE,$$@)
	$(Q)$(OBJCOPY.aarch64) -O binary $$< $$@
-include $$(UK_KOBJS.$(1):.o=.d) $$(UK_AOBJS.$(1):.o=.d)
endef

uk_link = $(LD.aarch64) -nostdlib -static --gc-sections --build-id=none --no-warn-rwx-segments -z noexecstack -z max-page-size=4096 \
        -T $(UK_O)/uk.ld $(UK_O)/$(1)/kernel.o $(UK_O)/$(1)/name.o $(UK_AOBJS.$(1)) \
        --start-group $(UK_O)/libuk.a $(MUSL.aarch64)/lib/libc.a $(UK_LIBGCC) --end-group

-include $(UK_O)/unikernel/offsets.d

# Images other parts of the build ask for by name
$(eval $(call uk_image,hello,hello_world,shell symbols))
$(eval $(call uk_image,hello-bare,hello_world,))
$(eval $(call uk_image,smoke,posix_smoke,symbols))
$(eval $(call uk_image,faults,faults,symbols))
$(eval $(call uk_image,threading,threading,))
$(eval $(call uk_image,exit_status,exit_status,))
$(eval $(call uk_image,background,background,shell symbols))

UK_IMAGE.hello := $(UK_O)/hello/hello_world.img
TEST_NEEDS += $(addprefix $(UK_O)/,hello/hello_world.img hello-bare/hello_world.img smoke/posix_smoke.img faults/faults.img \
        threading/threading.img exit_status/exit_status.img background/background.img)

# ---- the image asked for on the command line

ifdef APP
APP_NAME := $(notdir $(APP:/=))
ARCH     ?= aarch64
MACHINE  ?= qemu
ifeq ($(wildcard apps/$(APP_NAME)/app.mk),)
$(error no application '$(APP_NAME)'; there are: $(notdir $(patsubst %/app.mk,%,$(wildcard apps/*/app.mk))))
endif
ifeq ($(filter $(ARCH),$(UK_ARCHES)),)
$(error ARCH=$(ARCH) is not supported; there is: $(UK_ARCHES))
endif
ifneq ($(MACHINE),qemu)
$(error MACHINE=$(MACHINE) is not supported for $(ARCH); there is: qemu)
endif
features :=
include apps/$(APP_NAME)/app.mk
UK_FEATURES_USED := $(if $(filter undefined,$(origin FEATURES)),$(features),$(FEATURES))
uk_name = app-$(APP_NAME)$(subst $(eval) ,,$(addprefix -,$(sort $(1))))
uk_img  = $(UK_O)/$(call uk_name,$(1))/$(APP_NAME).img
UK_IMG := $(call uk_img,$(UK_FEATURES_USED))
# As asked for, and for uk-size with each feature alone and with none.
UK_SETS := $(sort none $(UK_FEATURES) $(subst $(eval) ,+,$(sort $(UK_FEATURES_USED))))
uk_set   = $(filter-out none,$(subst +, ,$(1)))
$(foreach s,$(UK_SETS),$(eval $(call uk_image,$(call uk_name,$(call uk_set,$(s))),$(APP_NAME),$(sort $(call uk_set,$(s))))))

CPU  ?= cortex-a53
GIC  ?= 2
MEM  ?= 128
EL   ?= 1
ARGS ?=
UK_QEMU = qemu-system-aarch64 -M virt,gic-version=$(GIC)$(if $(filter 2,$(EL)),$(comma)virtualization=on) -cpu $(CPU) -m $(MEM) \
        -nodefaults -display none -no-reboot -semihosting -kernel $(UK_IMG) $(if $(ARGS),-append '$(ARGS)')
comma := ,

.PHONY: uk-build uk-run uk-debug uk-size
uk-build: $(UK_IMG)
uk-run: $(UK_IMG)
	$(Q)$(PYTHON) tools/uk_run.py $(if $(filter shell,$(UK_FEATURES_USED)),--shell) -- $(UK_QEMU)
uk-size: $(foreach s,$(UK_SETS),$(call uk_img,$(call uk_set,$(s))))
	@content() { aarch64-linux-gnu-size "$${1%.img}.elf" | awk 'NR == 2 { print $$1 + $$2 }'; }; base=$$(content $(call uk_img,)); \
	printf '%9s %9s %9s  %s\n' image content added features; \
	$(foreach s,$(UK_SETS),f=$(call uk_img,$(call uk_set,$(s))); n=$$(content $$f); \
	    printf '%9d %9d %9d  %s\n' $$(stat -c %s $$f) $$n $$((n - base)) '$(s)';)
uk-debug: $(UK_IMG)
	@echo 'waiting for a debugger: gdb-multiarch $(UK_IMG:.img=.elf) -ex "target remote :1234"'
	$(Q)$(UK_QEMU) -serial mon:stdio -s -S
endif
