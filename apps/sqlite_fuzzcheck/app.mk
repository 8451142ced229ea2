# SPDX-License-Identifier: Apache-2.0
# What fuzzers found, run again
sources   := $(addprefix $(TP)/sqlite/,test/fuzzcheck.c test/ossfuzz.c test/vt02.c test/fuzzinvariants.c ext/recover/dbdata.c \
        ext/recover/sqlite3recover.c ext/misc/randomjson.c)
cflags    := -I$(TP)/sqlite/test -I$(TP)/sqlite/ext/recover -DSQLITE_OSS_FUZZ -DSQLITE_STATIC_RANDOMJSON -DSQLITE_STRICT_SUBTYPE=1
libraries := sqlite
features  := posix symbols
