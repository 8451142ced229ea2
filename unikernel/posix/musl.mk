# SPDX-License-Identifier: Apache-2.0
# musl, from its pinned source, with one header of ours: system calls become calls of __uk_syscall. The tree is copied
# because musl's build takes arch/ from where its sources lie; the result is kept until the pin, the header or the flags move.

# Its few pieces of assembly with a trap instruction are taken out; ours stand in for them (kernel.o, libuk.a).
MUSL_REPLACED := clone.o syscall_cp.o __unmapself.o

MUSL.aarch64 := $(BUILD)/musl/aarch64
MUSL_CFLAGS  := -Os -fno-pic -fno-stack-protector -fno-omit-frame-pointer -momit-leaf-frame-pointer \
        -fno-asynchronous-unwind-tables -fno-unwind-tables -mno-outline-atomics

$(MUSL.aarch64)/lib/libc.a: unikernel/posix/aarch64/syscall_arch.h unikernel/posix/musl.mk | $(TP)/.musl
	$(mkdir)
	$(call say,MUSL,$@)
	$(Q)rm -rf $(BUILD)/musl/src && cp -r $(TP)/musl $(BUILD)/musl/src
	$(Q)cp $< $(BUILD)/musl/src/arch/aarch64/syscall_arch.h
	$(Q)cd $(BUILD)/musl/src && CROSS_COMPILE=aarch64-linux-gnu- CC=aarch64-linux-gnu-gcc \
	    CFLAGS='$(MUSL_CFLAGS) -ffile-prefix-map=$(CURDIR)/$(BUILD)/musl/src=musl' \
	    ./configure --target=aarch64-linux-musl --disable-shared --prefix=$(CURDIR)/$(MUSL.aarch64) > configure.log
	$(Q)env -u MAKEFLAGS -u MAKELEVEL $(MAKE) -j2 -C $(BUILD)/musl/src install > $(BUILD)/musl/build.log 2>&1 \
	    || { tail -n 20 $(BUILD)/musl/build.log; exit 1; }
	$(Q)$(AR.aarch64) dD $@ $(MUSL_REPLACED)
	$(Q)touch $@
