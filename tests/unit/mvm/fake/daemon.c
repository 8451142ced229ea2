/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/daemon/daemon.c mvm/daemon/client.c mvm/daemon/serve.c mvm/daemon/job.c
// sources: mvm/daemon/vms.c mvm/daemon/policy.c mvm/daemon/scroll.c mvm/daemon/logfile.c
// sources: mvm/daemon/ask.c mvm/libshyper/wire.c mvm/libshyper/remote.c mvm/libshyper/make.c
// sources: mvm/libshyper/recover.c mvm/libshyper/kept.c mvm/libshyper/kept_record.c
// sources: mvm/libshyper/load.c tests/unit/mvm/fake/shyper.c -ljansson -lpthread
#define _GNU_SOURCE
#include "tests/unit/mvm/fake/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "mvm/daemon/client.h"
#include "mvm/daemon/daemon.h"
#include "mvm/daemon/job.h"
#include "mvm/daemon/peer.h"
#include "mvm/libshyper/kept.h"
#include "mvm/libshyper/remote.h"
#include "tests/unit/mvm/fake/shyper.h"

static char folder[64], console[80];
static pthread_t thread;
bool peer_allowed;
uid_t peer_uid;

int64_t peer_group(void)        { return -1; }
struct peer peer_of(int fd)
{
    return (struct peer){ .uid = peer_uid, .pid = 1, .allowed = peer_allowed };
}

static void *run(void *context)
{
    assert_int_equal(daemon_run(), 0);
    return NULL;
}

static void daemon_start(void)
{
    char path[128];

    memset(&the, 0, sizeof(the));
    the.sys = shyper_open_device();
    assert_int_equal(pthread_create(&thread, NULL, run, NULL), 0);
    snprintf(path, sizeof(path), "%s/socket", folder);
    while (access(path, F_OK) != 0) { usleep(1000); }
}

/* A job that was left would meet the next test's daemon. */
static void jobs_end(void)
{
    struct shyper_daemon_status status = { .jobs = 1 };
    int fd;

    peer_allowed = true;
    peer_uid = 0;
    fd = remote_open();
    while (fd >= 0 && remote_struct(fd, "status", &status) == 0 && status.jobs != 0) {
        usleep(1000);
    }
    close(fd);
}

static void daemon_end(void)
{
    jobs_end();
    pthread_kill(thread, SIGTERM);
    pthread_join(thread, NULL);
    close(the.sys);
}

int connection(void)
{
    int fd;

    do { fd = remote_open(); } while (fd == -ECONNREFUSED);     /* bound, not yet listening */
    if (fd < 0) { fail_msg("connect: %s", strerror(-fd)); }
    assert_true(fd >= 0);
    return fd;
}

void serves_others(void)
{
    struct shyper_system_info info;
    int fd = connection();

    assert_int_equal(remote_ioctl(fd, SHYPER_IOC_SYSTEM_INFO, &info), 0);
    assert_int_equal(info.cpus, 4);
    close(fd);
}

int daemon_fresh(void **state)
{
    peer_allowed = true;
    peer_uid = 0;
    client_patience_ms = 10000;
    fake_start();
    strcpy(fake_vm(1, "hello", SHYPER_VM_RUNNING, 0)->console, "Hello, world\n");
    strcpy(folder, "/tmp/shyper-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    kept_folder = folder;
    logfile_folder = "/nowhere";
    snprintf(console, sizeof(console), "%s/console", folder);
    scroll_folder = console;
    daemon_start();
    serves_others();                    /* it has seen the VMs as they are now */
    return 0;
}

/* The process ends with it as a rule. */
static void daemon_forget(void)
{
    while (jobs_running() != 0) {       /* one that its policy began meanwhile */
        free(job_done());
        usleep(100);
    }
    while (clients != NULL) {
        struct client *next = clients->next;

        close(clients->fd);
        free(clients->out);
        free(clients);
        clients = next;
    }
    while (vms != NULL) {
        struct vm *next = vms->next;

        close(vms->fd);
        scroll_close(&vms->scroll);
        free(vms);
        vms = next;
    }
}

void another_daemon(void)
{
    daemon_end();
    daemon_forget();
    daemon_start();
}

int daemon_clean(void **state)
{
    char command[128];

    daemon_end();
    daemon_forget();
    fake_end();
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

int vm_connection(uint32_t id)
{
    int system = connection();
    int vm = remote_ioctl(system, SHYPER_IOC_VM_OPEN, (void *)(uintptr_t)id);

    close(system);
    return vm;
}
