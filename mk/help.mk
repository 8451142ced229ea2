# SPDX-License-Identifier: Apache-2.0
# `make help`: one line per verb. A verb describes itself where it is defined, by a line `## name: what it does` above its
# rule, in any makefile of this tree; nothing else has to be edited.
.PHONY: help clean

## help: this list
help:
	@printf 'Shyper: type-1 hypervisor, management VM and unikernel. Usage: make VERB [VARIABLE=value]\n\n'
	@sed -n 's/^## \([^:]*\): */\1\t/p' $(filter-out %.d,$(MAKEFILE_LIST)) | LC_ALL=C sort | awk -F '\t' '{ printf "  %-10s %s\n", $$1, $$2 }'
	@printf '\nVariables: V=1 shows commands, COMPILER=gcc|clang, T=name one test; the rest: docs/get-started.md\n'

## clean: remove what was built; the downloads and the unpacked third-party trees stay
clean:
	$(Q)find $(BUILD) -mindepth 1 -maxdepth 1 ! -name cache ! -name third_party ! -name apt -exec rm -rf {} + 2>/dev/null || :
