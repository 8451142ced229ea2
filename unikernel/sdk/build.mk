# SPDX-License-Identifier: Apache-2.0
# make install [ARCH=one or all] [PREFIX=/usr/local] [DESTDIR=...]: what a program outside of this tree is built with (docs/sdk.md).
# It is put together under $(O)/sdk; what flags say comes from unikernel/build.mk, and uk-cc reads it from the file `flags`.
#
#   bin/{uk-cc,uk-run}                    lib/pkgconfig/unishyper-ARCH.pc
#   lib/unishyper/libexec                 what they call; collect-ld is the linker that gcc finds
#   lib/unishyper/{unishyper.cmake,cmake} for CMake
#   lib/unishyper/licences
#   lib/unishyper/ARCH/{include,lib}      headers; libc.a, libuk.a, probe.o (tools/uk_calls.py), linker scripts
#   lib/unishyper/ARCH/kernel/FEATURES    the kernel, once for each set of features that makes a difference to it
#   lib/unishyper/manifest.*              lists of all these files, by which they are removed

PREFIX ?= /usr/local
unexport DESTDIR PREFIX            # musl's build would heed them, too
SDK := $(O)/sdk
SDK_ARCHES = $(if $(filter-out all,$(ARCH)),$(ARCH),$(UK_ARCHES))

# The list of what is there is made last.
sdk_done = $(SDK)/$(1)/lib/unishyper/manifest.$(1)
define sdk_arch
$(call sdk_done,$(1)): $(UK_KERNELS:%=$(O)/uk/$(1)/kernel/%/uk.kernel.o) $(O)/uk/$(1)/libuk.a $(O)/uk/$(1)/probe.o $(O)/uk/$(1)/uk.ld $(O)/uk/$(1)/uk-unwind.ld \
        $$(MUSL.$(1))/lib/libc.a unikernel/include/uk.h unikernel/build.mk unikernel/sdk/build.mk
	$(call say,SDK,$(SDK)/$(1))
	$(Q)rm -rf $(SDK)/$(1) && mkdir -p $(SDK)/$(1)/lib/unishyper/$(1)/lib $(SDK)/$(1)/lib/pkgconfig
	$(Q)cd $(SDK)/$(1)/lib/unishyper/$(1) && cp -r $(CURDIR)/$$(MUSL.$(1))/include . && cp $(CURDIR)/$$(MUSL.$(1))/lib/*.a lib
	$(Q)cp unikernel/include/uk.h $(SDK)/$(1)/lib/unishyper/$(1)/include
	$(Q)cp $(O)/uk/$(1)/libuk.a $(O)/uk/$(1)/probe.o $(O)/uk/$(1)/uk.ld $(O)/uk/$(1)/uk-unwind.ld $(SDK)/$(1)/lib/unishyper/$(1)/lib
	$(Q)for s in $(UK_KERNELS); do mkdir -p $(SDK)/$(1)/lib/unishyper/$(1)/kernel/$$$$s && \
	    cp $(O)/uk/$(1)/kernel/$$$$s/uk.kernel.o $(SDK)/$(1)/lib/unishyper/$(1)/kernel/$$$$s || exit 1; done
	$(Q)printf '%s\n' 'cross $(CROSS.$(1))' 'cflags $(strip $(UK_CFLAGS) $(UK_APP_ISA.$(1)))' 'cflags.unwind $(UK_CFLAGS_UNWIND)' \
	    'ldflags $(UK_LDFLAGS)' 'ldflags.unwind $(UK_LDFLAGS_UNWIND)' 'features $(UK_FEATURES)' 'parts $(UK_PARTS)' \
	    $(foreach f,$(UK_FEATURES),'implied.$(f) $(UK_IMPLIED.$(f))') $(foreach l,error warn info debug,'log.$(l) $(UK_LEVEL.$(l))') \
	    $(foreach m,$(UK_MACHINES.$(1)),'machine.$(m) $(call uk_qemu.$(1),$(m),2,1,cortex-a53) $(UK_QEMU_SEALED)') \
	    > $(SDK)/$(1)/lib/unishyper/$(1)/flags
	$(Q)sed 's/@ARCH@/$(1)/g; s/@CFLAGS@/$(strip $(UK_CFLAGS) $(UK_APP_ISA.$(1)))/; s/@FEATURES@/$(UK_FEATURES)/' \
	    unikernel/sdk/unishyper.pc.in > $(SDK)/$(1)/lib/pkgconfig/unishyper-$(1).pc
	$(call sdk_manifest,$(1))
$(call sdk_done,$(1)): unikernel/sdk/unishyper.pc.in
endef
sdk_manifest = $(Q)cd $(SDK)/$(1) && { find * -type f | LC_ALL=C sort; echo lib/unishyper/manifest.$(1); } > ../manifest.$(1) && \
        mv ../manifest.$(1) lib/unishyper
$(foreach a,$(UK_ARCHES),$(eval $(call sdk_arch,$(a))))

SDK_PROGRAMS := $(addprefix unikernel/sdk/,uk-cc uk-run)
SDK_LIBEXEC  := unikernel/sdk/collect-ld unikernel/sdk/sdk.py tools/uk_calls.py tools/uk_pvh.py tools/uk_symbols.py tools/uk_run.py tools/uk_gdb.py
$(call sdk_done,common): $(SDK_PROGRAMS) $(SDK_LIBEXEC) unikernel/sdk/driver.specs unikernel/sdk/unishyper.cmake unikernel/sdk/Platform.cmake \
        unikernel/sdk/licences LICENSE unikernel/sdk/build.mk | $(TP)/.musl
	$(call say,SDK,$(SDK)/common)
	$(Q)rm -rf $(SDK)/common && mkdir -p $(SDK)/common/bin $(addprefix $(SDK)/common/lib/unishyper/,libexec cmake/Platform licences)
	$(Q)cp $(SDK_PROGRAMS) $(SDK)/common/bin
	$(Q)cp $(SDK_LIBEXEC) unikernel/sdk/driver.specs $(SDK)/common/lib/unishyper/libexec
	$(Q)cp unikernel/sdk/unishyper.cmake $(SDK)/common/lib/unishyper
	$(Q)cp unikernel/sdk/Platform.cmake $(SDK)/common/lib/unishyper/cmake/Platform/Unishyper.cmake
	$(Q)cp unikernel/sdk/licences $(SDK)/common/lib/unishyper/licences/README
	$(Q)cp LICENSE $(SDK)/common/lib/unishyper/licences/Unishyper && cp $(TP)/musl/COPYRIGHT $(SDK)/common/lib/unishyper/licences/musl
	$(call sdk_manifest,common)

# What is there of an earlier one goes first. Directories are removed when nothing else is in them.
sdk_remove = if cd '$(DESTDIR)$(PREFIX)' 2>/dev/null; then cat $(1) 2>/dev/null | while read -r file; do rm -f "$$file"; \
        while file=$$(dirname "$$file"); [ "$$file" != . ] && rmdir "$$file" 2>/dev/null; do :; done; done; fi

.PHONY: sdk install uninstall
sdk: $(foreach part,common $(SDK_ARCHES),$(call sdk_done,$(part)))

## install: what programs outside of this tree are built with for Unishyper; DESTDIR, PREFIX (/usr/local), ARCH: one or all (docs/sdk.md)
install: sdk
	$(Q)for part in common $(SDK_ARCHES); do \
	    ($(call sdk_remove,lib/unishyper/manifest.$$part)); \
	    (cd $(SDK)/$$part && while read -r file; do \
	        mode=644; [ ! -x "$$file" ] || mode=755; install -D -m $$mode "$$file" '$(DESTDIR)$(PREFIX)'/"$$file" || exit 1; \
	    done < lib/unishyper/manifest.$$part) || exit 1; done
	$(call say,INSTALL,$(DESTDIR)$(PREFIX))

## uninstall: remove what install put there; DESTDIR and PREFIX as given then
uninstall:
	$(Q)$(call sdk_remove,lib/unishyper/manifest.*)

TEST_NEEDS += $(foreach part,common $(UK_ARCHES),$(call sdk_done,$(part)))
