# SPDX-License-Identifier: Apache-2.0
# Headers made from the declarations in abi/*.def.

ABI_HEADERS := $(GEN)/abi/hcall.h $(GEN)/abi/event.h

$(GEN)/abi/%.h: abi/%.def tools/gen_abi.py
	$(mkdir)
	$(call say,GEN,$@)
	$(Q)$(PYTHON) tools/gen_abi.py $* $< > $@

.PHONY: docs docs-check
## docs: renew the tables of docs/abi.md and docs/regressions.md
docs:
	$(Q)$(PYTHON) tools/gen_abi.py doc docs/abi.md
	$(Q)tools/gen_regressions.py doc

docs-check:
	$(Q)$(PYTHON) tools/gen_abi.py doc-check docs/abi.md
	$(Q)tools/gen_regressions.py check
