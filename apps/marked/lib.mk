# SPDX-License-Identifier: Apache-2.0
# A program with this library is measured from main to its end (tests/bench/programs.py)
sources := main.c
cflags  := -Dmain=program_main
