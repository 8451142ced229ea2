# SPDX-License-Identifier: Apache-2.0
sources   := main.c identity.c ids.c names.c clocks.c cputime.c limits.c scheduling.c
libraries := conformance
features  := posix symbols
