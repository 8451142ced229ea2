# SPDX-License-Identifier: Apache-2.0
# SQLite as a store of keys and values; several times in one boot: it makes a database, then uses it
sources   := $(TP)/sqlite/test/kvtest.c
libraries := sqlite commands
features  := posix symbols
