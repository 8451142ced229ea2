# SPDX-License-Identifier: Apache-2.0
# SQLite, in the one file its own makefile makes of its sources
sources := $(GEN)/sqlite/sqlite3.c
cflags  := -I$(GEN)/sqlite -DSQLITE_THREADSAFE=1 -DSQLITE_OMIT_LOAD_EXTENSION $(addprefix -DSQLITE_ENABLE_,FTS4 FTS5 RTREE GEOPOLY \
        MEMSYS5 BYTECODE_VTAB DBSTAT_VTAB DBPAGE_VTAB)

$(TP)/sqlite/VERSION: | $(TP)/.sqlite
$(GEN)/sqlite/sqlite3.c: $(TP)/sqlite/VERSION | $(BUILD)/setup/test.mk
	$(call say,GEN,$@)
	$(Q)rm -rf $(@D) && mkdir -p $(@D)
	$(Q)env -u MAKEFLAGS -u MAKELEVEL $(MAKE) -C $(@D) -f $(CURDIR)/$(TP)/sqlite/main.mk TOP=$(CURDIR)/$(TP)/sqlite BCC=gcc sqlite3.c >$(@D)/log 2>&1 \
	    || { tail -n 20 $(@D)/log; exit 1; }
