# SPDX-License-Identifier: Apache-2.0
# Lua's interpreter. Modules are looked for beside the scripts of an archive, and in the folder the program is in.
sources  := $(addprefix $(TP)/lua/src/,lapi.c lauxlib.c lbaselib.c lcode.c lcorolib.c lctype.c ldblib.c ldebug.c ldo.c ldump.c \
        lfunc.c lgc.c linit.c liolib.c llex.c lmathlib.c lmem.c loadlib.c lobject.c lopcodes.c loslib.c lparser.c lstate.c \
        lstring.c lstrlib.c ltable.c ltablib.c ltm.c lua.c lundump.c lutf8lib.c lvm.c lzio.c)
cflags   := -DLUA_USE_POSIX -DLUA_COMPAT_5_3 -DLUA_PATH_DEFAULT='"/initrd/?.lua;./?.lua"'
features := posix symbols
