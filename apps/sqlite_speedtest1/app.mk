# SPDX-License-Identifier: Apache-2.0
# What SQLite's makers measure it with
sources   := $(TP)/sqlite/test/speedtest1.c
libraries := sqlite
features  := posix symbols
