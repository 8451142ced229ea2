# SPDX-License-Identifier: Apache-2.0
# Host programs, and the profile library they share with the CLI.
# PROFILE_SOURCES, LIBFDT_SOURCES: for whoever links the library elsewhere (mvm/build.mk).

LIBFDT          := $(TP)/dtc/libfdt
LIBFDT_SOURCES  := $(addprefix $(LIBFDT)/,fdt.c fdt_ro.c fdt_sw.c fdt_wip.c fdt_rw.c fdt_strerror.c fdt_addresses.c \
                     fdt_empty_tree.c fdt_check.c)
PROFILE_SOURCES := $(wildcard mvm/libshyper/profile*.c) mvm/libshyper/guest_dt.c mvm/libshyper/fdt_out.c mvm/libshyper/number.c

HOST_CFLAGS := $(CSTD) -D_GNU_SOURCE -O2 -g $(REPRODUCIBLE) -I. -I$(GEN) -isystem $(LIBFDT)

PACK         := $(O)/tools/pack
pack_sources := $(wildcard tools/pack/*.c) lib/cpio.c lib/crc32.c $(PROFILE_SOURCES)
pack_objects := $(patsubst %.c,$(O)/host/%.o,$(pack_sources)) $(patsubst $(LIBFDT)/%.c,$(O)/host/libfdt/%.o,$(LIBFDT_SOURCES))

.PHONY: pack
pack: $(PACK)

# The system tests call it.
TEST_NEEDS += $(PACK)

$(PACK): $(pack_objects)
	$(mkdir)
	$(call say,LD,$@)
	$(Q)$(CC.host) -o $@ $^ -ljansson

$(O)/host/%.o: %.c | $(TP)/.dtc
	$(mkdir)
	$(call say,CC,$@)
	$(Q)$(CC.host) $(HOST_CFLAGS) $(WARN) $(DEPFLAGS) -c $< -o $@

$(LIBFDT)/%.c: | $(TP)/.dtc ;

$(O)/host/libfdt/%.o: $(LIBFDT)/%.c
	$(mkdir)
	$(call say,CC,$@)
	$(Q)$(CC.host) $(HOST_CFLAGS) -w -c $< -o $@

-include $(pack_objects:.o=.d)
