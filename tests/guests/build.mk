# SPDX-License-Identifier: Apache-2.0
# Guest test programs: tests/guests/X.c, what there is in tests/guests/X/, and the runtime in lib/ become one arm64 Image,
# $(O)/guests/X.bin.
# tests/system/test_guests.py packs and runs them as tests/guests/catalogue.cfg says.

GUEST_NAMES    := $(basename $(notdir $(wildcard tests/guests/*.c)))
GUEST_PROGRAMS := $(GUEST_NAMES:%=$(O)/guests/%.bin)

guest_lib     := $(addprefix $(O)/guests/,tests/guests/lib/start.o tests/guests/lib/guest.o tests/guests/lib/trap.o \
                 tests/guests/lib/gic.o lib/fmt.o lib/str.o)
guest_parts   = $(patsubst %,$(O)/guests/%.o,$(basename $(wildcard tests/guests/$(1)/*.c tests/guests/$(1)/*.S)))
guest_objects := $(guest_lib) $(foreach g,$(GUEST_NAMES),$(O)/guests/tests/guests/$(g).o $(call guest_parts,$(g)))

# The MMU is off in guests, so data accesses have to be aligned; the image goes wherever it is loaded.
GUEST_CFLAGS := $(CSTD) -O2 $(REPRODUCIBLE) $(FREESTANDING.aarch64) -fpie -mstrict-align -fvisibility=hidden -I. -I$(GEN)

# Those that run as the management VM.
guest_mvm := $(addprefix $(O)/guests/tests/guests/lib/,mvm.o mvm_payload.o)
$(filter $(O)/guests/mvm_%,$(GUEST_NAMES:%=$(O)/guests/%.elf)): $(guest_mvm)

.SECONDARY: $(guest_objects) $(guest_mvm) $(GUEST_NAMES:%=$(O)/guests/%.elf)
TEST_NEEDS += $(GUEST_PROGRAMS) $(PACK) $(HV_OUT)/shyper.bin

.PHONY: guests
guests: $(GUEST_PROGRAMS)

$(O)/guests/%.o: %.c | $(ABI_HEADERS)
	$(mkdir)
	$(call say,CC,$@)
	$(Q)$(CC.aarch64) $(GUEST_CFLAGS) $(WARN) $(DEPFLAGS) -c $< -o $@

$(O)/guests/%.o: %.S
	$(mkdir)
	$(call say,AS,$@)
	$(Q)$(CC.aarch64) $(DEPFLAGS) -c $< -o $@

$(O)/guests/%.elf: $(O)/guests/tests/guests/%.o $(guest_lib) tests/guests/lib/guest.lds
	$(mkdir)
	$(call say,LD,$@)
	$(Q)$(LD.aarch64) -pie --no-dynamic-linker -z notext -z noexecstack --build-id=none --no-warn-rwx-segments -T tests/guests/lib/guest.lds \
		$(filter %.o,$^) -o $@

$(O)/guests/%.bin: $(O)/guests/%.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY.aarch64) -O binary $< $@

$(foreach g,$(GUEST_NAMES),$(eval $(O)/guests/$(g).elf: $(call guest_parts,$(g))))
-include $(guest_objects:.o=.d)
