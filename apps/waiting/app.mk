# SPDX-License-Identifier: Apache-2.0
sources   := main.c pipes.c fifos.c polls.c epolls.c events.c timers.c wall.c queues.c threads.c console.c
libraries := conformance
features  := posix symbols
