# SPDX-License-Identifier: Apache-2.0
# A small gzip of zlib's
sources   := $(TP)/zlib/test/minigzip.c
libraries := zlib
features  := posix symbols
