/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon: one loop that never waits for a client, a file of a client's, or a VM. What may take
 * long is a job in a thread of its own (job.h); everything else belongs to the loop.
 *
 *     daemon.c   start, the loop, the end          client.c    connections and their limits
 *     ask.c      a request's decoding              serve.c     a request's carrying out
 *     vms.c      the VMs there are                 policy.c    when a VM is started again
 *     scroll.c   what a VM's console showed        logfile.c   the same as a file
 */
#pragma once

#include "lib/compiler.h"
#include "mvm/libshyper/manage.h"

struct daemon {
    int sys;                    /* /dev/shyper */
    int64_t now_ms;             /* of this turn of the loop */
    uint64_t refused;           /* connections */
    char making[SHYPER_NAME_MAX];       /* the VM that a job is making; "": none */
};

extern struct daemon the;

/** Serve until a signal. `the.sys` is open and the lock of what is kept is held. */
int daemon_run(void) must_check;

/** One line on standard error, and there to the kernel's log in our management VM. */
void say(const char *format, ...) printf_like(1, 2);

int64_t clock_ms(void);
