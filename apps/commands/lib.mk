# SPDX-License-Identifier: Apache-2.0
# A program with this library is run several times in one boot, for tests
sources := main.c
cflags  := -Dmain=program_main
