# SPDX-License-Identifier: Apache-2.0
# Threads that use a database at the same time
sources   := $(addprefix $(TP)/sqlite/,test/threadtest3.c src/test_multiplex.c)
cflags    := -I$(TP)/sqlite/src
libraries := sqlite
features  := posix symbols
