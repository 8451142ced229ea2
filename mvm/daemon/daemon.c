/* SPDX-License-Identifier: Apache-2.0 */
/* `shyper system daemon`. The lock of what is kept comes first: whoever has it is the daemon, and
 * whatever socket lies there is then a dead one's. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "mvm/daemon/daemon.h"
#include "mvm/daemon/peer.h"
#include "mvm/daemon/serve.h"
#include "mvm/libshyper/kept.h"
#include "mvm/libshyper/shyper.h"

enum { POLL_SIGNAL, POLL_LISTENER, POLL_SYSTEM, POLL_JOBS, POLL_CLIENTS };

struct daemon the;

void say(const char *format, ...)
{
    char text[1200];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) { *c = ' '; }       /* words of clients */
    }
    fprintf(stderr, "shyper daemon: %s\n", text);
}

int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- the start --- */

static void socket_path(struct sockaddr_un *to)
{
    *to = (struct sockaddr_un){ .sun_family = AF_UNIX };
    (void)snprintf(to->sun_path, sizeof to->sun_path, "%s/%s", kept_folder, WIRE_SOCKET);
}

/* What is made here belongs to root already, and to a group that need not be the right one. */
static int rights_give(const char *path, mode_t mode)
{
    int64_t group = peer_group();

    if ((group >= 0 && chown(path, (uid_t)-1, (gid_t)group) != 0) || chmod(path, mode) != 0) {
        say("%s: cannot set its group and mode: %s", path, strerror(errno));
        return -errno;
    }
    return 0;
}

static int listener_make(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un at;
    mode_t before;
    int ret;

    socket_path(&at);
    (void)unlink(at.sun_path);
    before = umask(0177);       /* until the group may */
    ret = fd >= 0 ? bind(fd, (struct sockaddr *)&at, sizeof at) : -1;
    umask(before);
    if (ret != 0) {
        say("%s: %s", at.sun_path, strerror(errno));
        return -1;
    }
    if (rights_give(kept_folder, 0750) < 0 || rights_give(at.sun_path, 0660) < 0 ||
        listen(fd, CLIENTS_MAX) != 0) {
        return -1;
    }
    if (peer_group() < 0) { say("there is no group " PEER_GROUP ": only root is served"); }
    return fd;
}

static int signals_make(void)
{
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* --- the loop --- */

static int wait_ms(void)
{
    int64_t due = vms_due_ms(), deadline = clients_deadline_ms();

    if (due < 0 || (deadline >= 0 && deadline < due)) { due = deadline; }
    if (due < 0) { return -1; }
    return (int)MIN(MAX(due - clock_ms(), 0), 1000000);
}

static void events_take(void)
{
    int events = shyper_events(the.sys);

    if (events <= 0) { return; }
    if (((uint32_t)events & SHYPER_EVENT_STATE) != 0) { vms_scan(); }
    vms_drain();
    clients_tell((uint32_t)events);
}

static void waiting_serve(void)
{
    for (struct client *c = clients; c != NULL; c = c->next) {
        if (c->stage == CLIENT_WAITS && !c->dead) { serve(c); }
    }
}

static unsigned poll_clients(struct pollfd *at)
{
    unsigned count = 0;

    for (struct client *c = clients; c != NULL; c = c->next) {
        at[count++] = (struct pollfd){ .fd = c->fd, .events = client_events(c) };
    }
    return count;
}

/* New ones stand at the end of the list, behind those that were polled. */
static void clients_ready(const struct pollfd *at, unsigned count)
{
    struct client *c = clients;

    for (unsigned i = 0; i < count; i++, c = c->next) {
        if (at[i].revents != 0 && !c->dead) { client_ready(c, at[i].revents); }
    }
}

/* Returns when a signal wants it to. */
static void loop(struct pollfd *fds)
{
    for (;;) {
        unsigned count = poll_clients(fds + POLL_CLIENTS);
        struct job *job;

        if (poll(fds, POLL_CLIENTS + count, wait_ms()) < 0 && errno != EINTR) { return; }
        the.now_ms = clock_ms();
        if (fds[POLL_SIGNAL].revents != 0) { return; }
        while (fds[POLL_JOBS].revents != 0 && (job = job_done()) != NULL) { serve_done(job); }
        if (fds[POLL_SYSTEM].revents != 0) { events_take(); }
        clients_ready(fds + POLL_CLIENTS, count);
        if (fds[POLL_LISTENER].revents != 0) { client_accept(fds[POLL_LISTENER].fd); }
        waiting_serve();
        vms_restart();
        clients_tidy();
    }
}

static bool scroll_wanted(uint32_t id, const char *name)
{
    const struct vm *vm = vm_with_id(id);

    return vm != NULL && strcmp(vm->info.name, name) == 0;
}

int daemon_run(void)
{
    static struct pollfd fds[POLL_CLIENTS + CLIENTS_MAX];
    struct sockaddr_un at;

    the.now_ms = clock_ms();
    make_recover(the.sys, say);
    fds[POLL_SIGNAL] = (struct pollfd){ .fd = signals_make(), .events = POLLIN };
    fds[POLL_SYSTEM] = (struct pollfd){ .fd = the.sys, .events = POLLPRI };
    fds[POLL_JOBS] = (struct pollfd){ .fd = jobs_init(), .events = POLLIN };
    fds[POLL_LISTENER] = (struct pollfd){ .fd = listener_make(), .events = POLLIN };
    if (fds[POLL_SIGNAL].fd < 0 || fds[POLL_JOBS].fd < 0 || fds[POLL_LISTENER].fd < 0) {
        return -EIO;
    }
    vms_scan();
    vms_drain();
    scroll_clean(scroll_wanted);
    loop(fds);
    socket_path(&at);
    (void)unlink(at.sun_path);
    return 0;
}
