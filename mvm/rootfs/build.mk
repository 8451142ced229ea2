# SPDX-License-Identifier: Apache-2.0
# The management VM's initramfs. What goes into it: mvm/rootfs/files and mvm/rootfs/modules.
ROOTFS := $(BUILD)/mvm/initramfs.cpio

rootfs_sources := $(subst {build},$(BUILD),$(shell awk '/^[^\#]/ { print $$1 }' mvm/rootfs/files))

# A guest to start with: the unikernel's hello.
$(BUILD)/mvm/hello.bin: $(UK_IMAGE.hello)
	$(mkdir)
	$(Q)cp $< $@

$(ROOTFS): mvm/rootfs/mkinitramfs mvm/rootfs/modules mvm/rootfs/files $(rootfs_sources) | $(TP)/.linux $(TP)/.busybox
	$(mkdir)
	$(call say,CPIO,$@)
	$(Q)$< --busybox $(TP)/busybox/bin/busybox --modules $(KERNEL_MODULES) --order mvm/rootfs/modules \
	    --files mvm/rootfs/files --build $(BUILD) --output $@
