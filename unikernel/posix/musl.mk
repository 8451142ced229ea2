# SPDX-License-Identifier: Apache-2.0
# musl, from its pinned source, with one header of ours: system calls become calls of __uk_syscall. The tree is copied
# because musl's build takes arch/ from where its sources lie; the result is kept until the pin, the header or the flags move.
# $(call uk_musl,ARCH) defines MUSL.ARCH and how it is made.

# Its few pieces of assembly with a trap instruction are taken out, and two that ours do better; ours stand in for them
# (kernel.o, libuk.a).
MUSL_REPLACED         := clone.o syscall_cp.o __unmapself.o __syscall_cp.o block.o
MUSL_REPLACED.riscv64 := vfork.o
MUSL_REPLACED.x86_64  := __set_thread_area.o

# Functions that ours call, under another name: object:old=new
MUSL_RENAMED := pthread_mutex_unlock:__pthread_mutex_unlock=__musl_mutex_unlock pthread_create:__pthread_create=__musl_pthread_create

MUSL_CFLAGS := -Os -fno-pic -fno-stack-protector -fno-omit-frame-pointer \
        -fasynchronous-unwind-tables
MUSL_ISA.aarch64 := -momit-leaf-frame-pointer
MUSL_ISA.x86_64  := -momit-leaf-frame-pointer

# Stacks of threads are the kernel's business, which keeps some for the next thread; what libc expects to be zero is made so, and
# a thread that was joined is known by that.
MUSL_STACKS := s/__mmap(0, size, PROT_NONE, MAP_PRIVATE|MAP_ANON, -1, 0)/__uk_stack_map(size, guard)/; \
        s/__mprotect(map+guard, size-guard, PROT_READ|PROT_WRITE)/0/; \
        s/tsd = map + size - __pthread_tsd_size;/& memset(tsd - libc.tls_size, 0, map + size - (tsd - libc.tls_size));/; \
        s/__unmapself(self->map_base, self->map_size)/__uk_stack_leave(self->map_base, self->map_size, self->guard_size)/; \
        s/__munmap(t->map_base, t->map_size)/__vm_wait(), t->detach_state = DT_DETACHED, __uk_stack_unmap(t->map_base, t->map_size, t->guard_size)/

# How musl stops a program it finds broken: hlt is a fault in Linux' user mode, and just a pause here.
MUSL_CRASH.x86_64 := sed -i 's/"hlt"/"ud2"/' arch/x86_64/atomic_arch.h && grep -q ud2 arch/x86_64/atomic_arch.h

define uk_musl
MUSL.$(1) := $(BUILD)/musl/$(1)

$(BUILD)/musl/$(1)/lib/libc.a: unikernel/posix/syscall_arch.h unikernel/posix/musl.mk | $(TP)/.musl
	$$(mkdir)
	$$(call say,MUSL,$$@)
	$(Q)rm -rf $(BUILD)/musl/src-$(1) && cp -r $(TP)/musl $(BUILD)/musl/src-$(1)
	$(Q)cp $$< $(BUILD)/musl/src-$(1)/arch/$(1)/syscall_arch.h
	$(Q)cd $(BUILD)/musl/src-$(1)/src/thread && sed -i '$(MUSL_STACKS)' pthread_create.c pthread_join.c && \
	    test "$$$$(cat pthread_create.c pthread_join.c | grep -c '__uk_stack_\|if (0$$$$\|tls_size, 0, map')" = 5
	$(Q)cd $(BUILD)/musl/src-$(1) && $(or $(MUSL_CRASH.$(1)),true)
	$(Q)cd $(BUILD)/musl/src-$(1) && CROSS_COMPILE=$(CROSS.$(1)) CC=$(CROSS.$(1))gcc \
	    CFLAGS='$(MUSL_CFLAGS) $(MUSL_ISA.$(1)) $(UK_APP_ISA.$(1)) -ffile-prefix-map=$(CURDIR)/$(BUILD)/musl/src-$(1)=musl' \
	    ./configure --target=$(1)-linux-musl --disable-shared --prefix=$(CURDIR)/$(BUILD)/musl/$(1) > configure.log
	$(Q)env -u MAKEFLAGS -u MAKELEVEL $$(MAKE) -j2 -C $(BUILD)/musl/src-$(1) install > $(BUILD)/musl/build-$(1).log 2>&1 \
	    || { tail -n 20 $(BUILD)/musl/build-$(1).log; exit 1; }
	$(Q)$(CROSS.$(1))ar dD $$@ $(MUSL_REPLACED) $(MUSL_REPLACED.$(1))
	$(Q)cd $$(@D) && $$(foreach r,$(MUSL_RENAMED),$(CROSS.$(1))ar x libc.a $$(word 1,$$(subst :, ,$$r)).o && \
	    $(CROSS.$(1))objcopy --redefine-sym $$(word 2,$$(subst :, ,$$r)) $$(word 1,$$(subst :, ,$$r)).o && \
	    $(CROSS.$(1))ar rcsD libc.a $$(word 1,$$(subst :, ,$$r)).o && rm $$(word 1,$$(subst :, ,$$r)).o &&) true
	$(Q)touch $$@

# The numbers of system calls, as this ISA's musl has them
$(GEN)/uk/$(1)/syscall_numbers.h: unikernel/posix/musl.mk | $(TP)/.musl
	$$(mkdir)
	$(Q)cp $(TP)/musl/arch/$(1)/bits/syscall.h.in $$@ && touch $$@
endef
