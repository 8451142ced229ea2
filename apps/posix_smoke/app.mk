# SPDX-License-Identifier: Apache-2.0
sources  := main.c memory.c threads.c registers.c time.c sched.c inherit.c
features := symbols
