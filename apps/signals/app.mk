# SPDX-License-Identifier: Apache-2.0
sources   := main.c actions.c masks.c queues.c faults.c interrupts.c timers.c threads.c refusals.c ours.c
libraries := conformance
features  := posix symbols
