# SPDX-License-Identifier: Apache-2.0
# minigzip, several times in one boot
sources   := $(TP)/zlib/test/minigzip.c
libraries := zlib commands
features  := posix symbols
