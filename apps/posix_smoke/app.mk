# SPDX-License-Identifier: Apache-2.0
sources   := main.c map.c memory.c threads.c sync.c registers.c time.c sched.c inherit.c
libraries := conformance
features  := symbols
