# SPDX-License-Identifier: Apache-2.0
# The verbs are listed by `make help`. Everything is built under build/; nothing is written elsewhere.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:

include mk/common.mk
include mk/setup.mk
include abi/build.mk
include hypervisor/build.mk
include unikernel/build.mk
include tools/build.mk
include mvm/build.mk
include mk/run.mk
include tests/build.mk
include mk/check.mk
include mk/help.mk
