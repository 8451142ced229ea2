# SPDX-License-Identifier: Apache-2.0
# Fuzzing by libFuzzer: each tests/fuzz/fuzz_X.c is one target (tests/native.mk builds it). It starts from the inputs in
# tests/fuzz/corpus/X; what it finds beside stays in build/fuzz/corpus/X. A crash leaves its input in build/fuzz/crash-X-*.
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
fuzz_selected := $(if $(T),$(filter $(T:fuzz_%=%),$(FUZZ_TARGETS)),$(FUZZ_TARGETS))

$(BUILD)/fuzz/seeds: tests/fuzz/seeds $(wildcard tests/unit/hypervisor/core/fixtures/*.dts)
	$(mkdir)
	$(Q)$(PYTHON) tests/fuzz/seeds $(BUILD)/fuzz/corpus
	$(Q)touch $@

.PHONY: fuzz fuzz-corpus $(FUZZ_TARGETS:%=fuzz-%) $(FUZZ_TARGETS:%=fuzz-corpus-%)
## fuzz: run the fuzzers, each for FUZZ_SECONDS (60); T=name runs one
fuzz: $(fuzz_selected:%=fuzz-%)

$(FUZZ_TARGETS:%=fuzz-%): fuzz-%: $(BUILD)/fuzz/fuzz_% $(BUILD)/fuzz/seeds
	@mkdir -p $(BUILD)/fuzz/corpus/$*
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -timeout=5 -rss_limit_mb=1024 -max_len=8192 -print_final_stats=1 \
	    -artifact_prefix=$(BUILD)/fuzz/crash-$*- $(BUILD)/fuzz/corpus/$* $(wildcard tests/fuzz/corpus/$*) \
	    >$(BUILD)/fuzz/$*.log 2>&1 || { tail -n 40 $(BUILD)/fuzz/$*.log; exit 1; }
	@printf '  %-24s %s\n' 'fuzz_$*' "$$(sed -n 's/^Done //p' $(BUILD)/fuzz/$*.log), no crash"

# The inputs in the tree anew, from what was found: as few and short as execute the same, and some long ones, because where an
# input is a sequence of steps that alone would keep single steps.
fuzz-corpus: $(fuzz_selected:%=fuzz-corpus-%)

fuzz_merge = $< -merge=1 $(1) $(wildcard tests/fuzz/corpus/$*) $(BUILD)/fuzz/corpus/$* >$(BUILD)/fuzz/$*.merge.log 2>&1

$(FUZZ_TARGETS:%=fuzz-corpus-%): fuzz-corpus-%: $(BUILD)/fuzz/fuzz_% $(BUILD)/fuzz/seeds
	$(Q)rm -rf $(BUILD)/fuzz/merged/$* && mkdir -p $(BUILD)/fuzz/merged/$*/few $(BUILD)/fuzz/merged/$*/all
	$(Q)$(call fuzz_merge,-use_counters=0 -max_len=1200 $(BUILD)/fuzz/merged/$*/few)
	$(Q)$(call fuzz_merge,-max_len=600 $(BUILD)/fuzz/merged/$*/all)
	$(Q)cd $(BUILD)/fuzz/merged/$* && for f in $$(ls -S all | head -n 6); do cp all/$$f few/; done
	$(Q)rm -rf tests/fuzz/corpus/$* && mkdir -p tests/fuzz/corpus && mv $(BUILD)/fuzz/merged/$*/few tests/fuzz/corpus/$*
	@printf '  %-24s %s\n' 'fuzz_$*' "$$(ls tests/fuzz/corpus/$* | wc -l) inputs, $$(du -sb tests/fuzz/corpus/$* | cut -f1) bytes"
