/* SPDX-License-Identifier: Apache-2.0 */
/* What may take long: loading images, and whatever waits for a VM's cores. Each job is a thread, which
 * touches nothing but its struct job, the hypervisor and what is kept of its VM. At most one works on
 * a VM, and one makes a VM, at a time. */
#pragma once

#include <sys/types.h>

#include "mvm/daemon/vms.h"
#include "mvm/libshyper/make.h"

#define JOBS_MAX      8
#define JOBS_PER_USER 4         /* a file system that hangs must not take all of them; root may */

enum job_kind { JOB_START, JOB_STOP, JOB_PAUSE, JOB_RESUME, JOB_REMOVE, JOB_DELCONFIG, JOB_CONFIG };

struct client;

struct job {
    struct job *next;
    enum job_kind kind;
    struct vm *vm;              /* NULL: it makes one */
    uint64_t client;            /* whose request this is; 0: a policy's */
    uid_t uid;
    int sys, fd;                /* of /dev/shyper */
    struct shyper_config config;        /* its files are closed at the end */
    int ret;
    uint32_t value;
    char why[WHY_BYTES];
};

/** Readable when jobs are done. */
int jobs_init(void) must_check;
bool job_has_room(uid_t uid);
unsigned jobs_running(void);

/** client NULL: for a policy. config: its files now belong to the job, if it could be started. */
bool job_start(enum job_kind kind, struct vm *vm, const struct client *client,
               const struct shyper_config *config) must_check;

/** A job that is done, for the caller to free; NULL: no more. */
struct job *job_done(void);
