# SPDX-License-Identifier: Apache-2.0
# zlib's own test
sources   := $(TP)/zlib/test/example.c
libraries := zlib
features  := posix symbols
