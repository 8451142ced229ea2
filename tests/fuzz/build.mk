# SPDX-License-Identifier: Apache-2.0
# Fuzzing by libFuzzer (clang), under ASan and UBSan. tests/fuzz/fuzz_X.c is one target; its line `// sources:` names what it
# is linked with, as for unit tests (`libfdt` and words with a dash included). Inputs that found something new stay in
# build/fuzz/corpus/X; tests/fuzz/seeds puts the first ones there. A crash leaves its input in build/fuzz/crash-X-*.
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
fuzz_selected := $(if $(T),$(filter $(T:fuzz_%=%),$(FUZZ_TARGETS)),$(FUZZ_TARGETS))

fuzz_libfdt := $(foreach f,fdt fdt_ro fdt_wip fdt_rw fdt_sw fdt_strerror fdt_addresses fdt_empty_tree fdt_check,$(BUILD)/fuzz/libfdt/$(f).o)
$(fuzz_libfdt): $(BUILD)/fuzz/libfdt/%.o: | $(TP)/.dtc
	$(mkdir)
	$(Q)clang -g -O1 -w -fsanitize=address,fuzzer-no-link -I$(TP)/dtc/libfdt -c $(TP)/dtc/libfdt/$*.c -o $@
$(BUILD)/fuzz/libfdt.a: $(fuzz_libfdt)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(BUILD)/fuzz/libfdt.a $(wildcard tests/fuzz/*.h hypervisor/*/*.[ch] lib/*.[ch] mvm/libshyper/*.[ch] unikernel/kernel/*.[ch]) | $(ABI_HEADERS)
	$(mkdir)
	$(call say,FUZZ,$@)
	$(Q)clang $(CSTD) -g -O1 $(WARN) -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Iarch/host -I. -I$(GEN) \
	    -isystem $(TP)/dtc/libfdt $< $$(tests/unit/rules --sources $< | sed 's,\blibfdt\b,$(BUILD)/fuzz/libfdt.a,') -o $@

$(BUILD)/fuzz/seeds: tests/fuzz/seeds $(wildcard tests/unit/hypervisor/core/fixtures/*.dts)
	$(mkdir)
	$(Q)$(PYTHON) tests/fuzz/seeds $(BUILD)/fuzz/corpus
	$(Q)touch $@

.PHONY: fuzz $(FUZZ_TARGETS:%=fuzz-%)
## fuzz: run the fuzzers, each for FUZZ_SECONDS (60); T=name runs one
fuzz: $(fuzz_selected:%=fuzz-%)

$(FUZZ_TARGETS:%=fuzz-%): fuzz-%: $(BUILD)/fuzz/fuzz_% $(BUILD)/fuzz/seeds
	@mkdir -p $(BUILD)/fuzz/corpus/$*
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -timeout=5 -rss_limit_mb=1024 -max_len=8192 -print_final_stats=1 \
	    -artifact_prefix=$(BUILD)/fuzz/crash-$*- $(BUILD)/fuzz/corpus/$* >$(BUILD)/fuzz/$*.log 2>&1 \
	    || { tail -n 40 $(BUILD)/fuzz/$*.log; exit 1; }
	@printf '  %-24s %s\n' 'fuzz_$*' "$$(sed -n 's/^Done //p' $(BUILD)/fuzz/$*.log), no crash"
