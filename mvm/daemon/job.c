/* SPDX-License-Identifier: Apache-2.0 */
#include "mvm/daemon/job.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/str.h"
#include "mvm/daemon/client.h"
#include "mvm/daemon/daemon.h"
#include "mvm/libshyper/shyper.h"

#define STACK_BYTES (256 * KIB)

static pthread_mutex_t done_lock = PTHREAD_MUTEX_INITIALIZER;
static struct job *done;                /* under done_lock */
static int done_event;
static struct { uid_t uid; bool used; } running[JOBS_MAX];      /* of the loop */

int jobs_init(void)
{
    done_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return done_event < 0 ? -errno : done_event;
}

unsigned jobs_running(void)
{
    unsigned count = 0;

    for (size_t i = 0; i < JOBS_MAX; i++) { count += running[i].used; }
    return count;
}

bool job_has_room(uid_t uid)
{
    unsigned all = 0, own = 0;

    for (size_t i = 0; i < JOBS_MAX; i++) {
        all += running[i].used;
        own += running[i].used && running[i].uid == uid;
    }
    return all < JOBS_MAX && (uid == 0 || own < JOBS_PER_USER);
}

static void run_config(struct job *job)
{
    job->ret = make_vm(job->sys, &job->config, &job->value, job->why);
    config_close(&job->config);
}

static void run(struct job *job)
{
    bool removed = false;

    switch (job->kind) {
    case JOB_START:  job->ret = make_start(job->fd, job->why); break;
    case JOB_STOP:   job->ret = shyper_vm_stop(job->fd); break;
    case JOB_PAUSE:  job->ret = shyper_ioctl(job->fd, SHYPER_IOC_PAUSE, NULL); break;
    case JOB_RESUME: job->ret = shyper_ioctl(job->fd, SHYPER_IOC_RESUME, NULL); break;
    case JOB_REMOVE: job->ret = make_drop(job->fd, job->why); break;
    case JOB_DELCONFIG:
        job->ret = make_delconfig(job->fd, &removed, job->why);
        job->value = removed;
        break;
    case JOB_CONFIG: run_config(job); break;
    }
}

static void *thread(void *context)
{
    static const uint64_t one = 1;
    struct job *job = context;

    run(job);
    pthread_mutex_lock(&done_lock);
    job->next = done;
    done = job;
    pthread_mutex_unlock(&done_lock);
    if (write(done_event, &one, sizeof one) < 0) { return NULL; }
    return NULL;
}

static bool thread_start(struct job *job)
{
    pthread_attr_t attr;
    pthread_t id;
    bool good;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    good = pthread_create(&id, &attr, thread, job) == 0;
    pthread_attr_destroy(&attr);
    return good;
}

bool job_start(enum job_kind kind, struct vm *vm, const struct client *client,
               const struct shyper_config *config)
{
    struct job *job = calloc(1, sizeof *job);
    size_t place = 0;

    while (running[place].used) { place++; }    /* job_has_room() was true */
    if (job == NULL) { return false; }
    job->kind = kind;
    job->vm = vm;
    job->client = client != NULL ? client->serial : 0;
    job->uid = client != NULL ? client->uid : 0;
    job->sys = the.sys;
    job->fd = vm != NULL ? vm->fd : -1;
    if (config != NULL) { job->config = *config; }
    if (!thread_start(job)) {
        free(job);
        return false;
    }
    running[place].used = true;
    running[place].uid = job->uid;
    if (vm != NULL) {
        vm->working = true;
    } else {
        (void)str_copy(the.making, sizeof the.making, job->config.name);
    }
    return true;
}

struct job *job_done(void)
{
    uint64_t count;
    struct job *job;

    if (read(done_event, &count, sizeof count) < 0 && errno != EAGAIN) { return NULL; }
    pthread_mutex_lock(&done_lock);
    job = done;
    if (job != NULL) { done = job->next; }
    pthread_mutex_unlock(&done_lock);
    if (job == NULL) { return NULL; }
    for (size_t i = 0; i < JOBS_MAX; i++) {
        if (running[i].used && running[i].uid == job->uid) {
            running[i].used = false;
            break;
        }
    }
    if (job->vm == NULL) { the.making[0] = '\0'; }
    return job;
}
