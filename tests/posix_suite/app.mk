# SPDX-License-Identifier: Apache-2.0
# All its sources are in one object, which build.mk makes.
sources  :=
features := posix symbols
