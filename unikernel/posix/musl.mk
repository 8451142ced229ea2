# SPDX-License-Identifier: Apache-2.0
# musl, from its pinned source, with one header of ours: system calls become calls of __uk_syscall. The tree is copied
# because musl's build takes arch/ from where its sources lie; the result is kept until the pin, the header or the flags move.
# $(call uk_musl,ARCH) defines MUSL.ARCH and how it is made.

# Its few pieces of assembly with a trap instruction are taken out, and what ours do better; ours stand in for them
# (kernel.o, libuk.a).
MUSL_REPLACED         := clone.o syscall_cp.o __unmapself.o __syscall_cp.o block.o \
        fork.o vfork.o execve.o fexecve.o posix_spawn.o system.o popen.o
MUSL_REPLACED.x86_64  := __set_thread_area.o

# Functions that ours call, under another name: object:old=new
MUSL_RENAMED := pthread_mutex_unlock:__pthread_mutex_unlock=__musl_mutex_unlock

# Not for size: all of a thread's life
MUSL_QUICK := thread/pthread_create.c thread/pthread_join.c thread/pthread_setcancelstate.c thread/__lock.c thread/vmlock.c

MUSL_CFLAGS := -Os -fno-pic -fno-stack-protector -fno-omit-frame-pointer \
        -fasynchronous-unwind-tables
MUSL_ISA.aarch64 := -momit-leaf-frame-pointer
MUSL_ISA.x86_64  := -momit-leaf-frame-pointer

# Stacks of threads are the kernel's business, which keeps some for the next thread; what libc expects to be zero is made so, and
# a thread that was joined is known by that. A thread's mask is restored by a function, which without signals does nothing, and
# there is no dynamic linker. A thread's end is one call,
# which wakes who joins it; before that waits, it gives way. Only who has robust locks keeps others from unmapping them.
MUSL_THREADS := s/__mmap(0, size, PROT_NONE, MAP_PRIVATE|MAP_ANON, -1, 0)/__uk_stack_map(size, guard)/; \
        s/__mprotect(map+guard, size-guard, PROT_READ|PROT_WRITE)/0/; \
        s/tsd = map + size - __pthread_tsd_size;/& __uk_clear(tsd - libc.tls_size, map + size);/; \
        s/__unmapself(self->map_base, self->map_size)/__uk_stack_leave(self->map_base, self->map_size, self->guard_size)/; \
        s/__munmap(t->map_base, t->map_size)/__vm_wait(), t->detach_state = DT_DETACHED, __uk_stack_unmap(t->map_base, t->map_size, t->guard_size)/; \
        s/__acquire_ptc();/__uk_thread_begins();/; s/__release_ptc();//; s/__dl_thread_cleanup();//; \
        s/__syscall(SYS_rt_sigprocmask, SIG_SETMASK, &args->sig_mask, 0, _NSIG.8)/__restore_sigs(\&args->sig_mask)/; \
        s/self->canceldisable = 1;/__uk_exiting(); &/; \
        s/__vm_lock();/int robust = self->robust_list.head != \&self->robust_list.head; if (robust) &/; s/__vm_unlock();/if (robust) &/; \
        s/__wake(&self->detach_state, 1, 1)/__uk_thread_end(\&self->detach_state)/; \
        s/^\t__pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cs);/\tif (t->detach_state == DT_JOINABLE) sched_yield(); if (t->detach_state) { &/; \
        s/^\t__pthread_setcancelstate(cs, 0);/& }/

# Which calls are made, who calls the cancellable ones knows, not the function all of them go through (syscall_arch.h).
MUSL_CALLS := s/(__syscall_cp)(n,/(__syscall_cp)(__uk_needs(n),/; s/return __syscall(nr, u, v, w, x, y, z);/return __uk_syscall6(u, v, w, x, y, z, nr);/

# The kernel works on the stacks of threads: what a handler and the end of a thread need of the smallest.
MUSL_STACK_MIN := s/\(define PTHREAD_STACK_MIN\) 2048/\1 16384/

# How musl stops a program it finds broken: hlt is a fault in Linux' user mode, and just a pause here.
MUSL_CRASH.x86_64 := sed -i 's/"hlt"/"ud2"/' arch/x86_64/atomic_arch.h && grep -q ud2 arch/x86_64/atomic_arch.h

define uk_musl
MUSL.$(1) := $(BUILD)/musl/$(1)

$(BUILD)/musl/$(1)/lib/libc.a: unikernel/posix/syscall_arch.h unikernel/posix/musl.mk | $(TP)/.musl
	$$(mkdir)
	$$(call say,MUSL,$$@)
	$(Q)rm -rf $(BUILD)/musl/src-$(1) && cp -r $(TP)/musl $(BUILD)/musl/src-$(1)
	$(Q)cp $$< $(BUILD)/musl/src-$(1)/arch/$(1)/syscall_arch.h
	$(Q)cd $(BUILD)/musl/src-$(1)/src/thread && sed -i '$(MUSL_THREADS)' pthread_create.c pthread_join.c && \
	    test "$$$$(cat pthread_create.c pthread_join.c | grep -c '__uk_\|sched_yield\|(cs, 0); }\|if (0$$$$\|if (robust)')" = 12 && \
	    grep -q '__restore_sigs(&args->sig_mask)' pthread_create.c && ! grep 'SIG_SETMASK\|_ptc();\|__dl_thread_cleanup();' pthread_create.c
	$(Q)cd $(BUILD)/musl/src-$(1)/src && sed -i '$(MUSL_CALLS)' internal/syscall.h thread/pthread_cancel.c && \
	    test "$$$$(cat internal/syscall.h thread/pthread_cancel.c | grep -c '__uk_')" = 8
	$(Q)cd $(BUILD)/musl/src-$(1)/include && sed -i '$(MUSL_STACK_MIN)' limits.h && grep -q 'STACK_MIN 16384' limits.h
	$(Q)cd $(BUILD)/musl/src-$(1) && $(or $(MUSL_CRASH.$(1)),true)
	$(Q)cd $(BUILD)/musl/src-$(1) && CROSS_COMPILE=$(CROSS.$(1)) CC=$(CROSS.$(1))gcc \
	    CFLAGS='$(MUSL_CFLAGS) $(MUSL_ISA.$(1)) $(UK_APP_ISA.$(1)) -ffile-prefix-map=$(CURDIR)/$(BUILD)/musl/src-$(1)=musl' \
	    ./configure --enable-optimize='$(MUSL_QUICK)' --target=$(1)-linux-musl --disable-shared --prefix=$(CURDIR)/$(BUILD)/musl/$(1) > configure.log
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
