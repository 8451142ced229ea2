# SPDX-License-Identifier: Apache-2.0
# zlib, deflate and gzip
sources := $(addprefix $(TP)/zlib/,adler32.c compress.c crc32.c deflate.c gzclose.c gzlib.c gzread.c gzwrite.c infback.c inffast.c \
        inflate.c inftrees.c trees.c uncompr.c zutil.c)
cflags  := -I$(TP)/zlib -DHAVE_UNISTD_H
