/* SPDX-License-Identifier: Apache-2.0 */
#include "mvm/daemon/client.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mvm/daemon/daemon.h"
#include "mvm/daemon/peer.h"
#include "mvm/daemon/serve.h"

#define SAY_EVERY_MS 1000

struct client *clients;
int client_patience_ms = 10000;
static uint64_t last_serial;

unsigned clients_count(void)
{
    unsigned count = 0;

    for (const struct client *c = clients; c != NULL; c = c->next) { count++; }
    return count;
}

static unsigned clients_of(uid_t uid)
{
    unsigned count = 0;

    for (const struct client *c = clients; c != NULL; c = c->next) { count += c->uid == uid; }
    return count;
}

struct client *client_with(uint64_t serial)
{
    for (struct client *c = clients; c != NULL; c = c->next) {
        if (c->serial == serial && !c->dead) { return c; }
    }
    return NULL;
}

/* However many there are, the log stays readable. */
static void complain(uid_t uid, pid_t pid, const char *what)
{
    static int64_t said_ms = -SAY_EVERY_MS;
    static uint64_t unsaid;

    the.refused++;
    if (the.now_ms - said_ms < SAY_EVERY_MS) {
        unsaid++;
        return;
    }
    say("process %d of user %u: %s (and %" PRIu64 " more)", (int)pid, (unsigned)uid, what, unsaid);
    said_ms = the.now_ms;
    unsaid = 0;
}

static void drop(struct client *c, const char *why)
{
    if (why != NULL) { complain(c->uid, c->pid, why); }
    c->dead = true;
}

/* --- answers --- */

static void flush_out(struct client *c)
{
    ssize_t sent = send(c->fd, c->out + c->out_done, c->out_bytes - c->out_done,
                        MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent < 0) {
        if (errno != EAGAIN && errno != EINTR) { drop(c, NULL); }
        return;
    }
    c->out_done += (size_t)sent;
    if (c->out_done == c->out_bytes) {
        free(c->out);
        c->out = NULL;
        c->deadline_ms = -1;
        if (c->closing) { drop(c, NULL); }
    }
}

static void out_set(struct client *c, char *line, size_t bytes)
{
    c->out = line;
    c->out_bytes = bytes;
    c->out_done = 0;
    c->deadline_ms = the.now_ms + client_patience_ms;
    flush_out(c);
}

void client_answer(struct client *c, json_t *answer)
{
    char *line = answer != NULL ? json_dumps(answer, JSON_COMPACT) : NULL;
    size_t bytes = line != NULL ? strlen(line) : 0;

    json_decref(answer);
    c->stage = CLIENT_READS;
    if (line == NULL) {
        drop(c, "no memory for an answer");
        return;
    }
    line[bytes] = '\n';
    out_set(c, line, bytes + 1);
}

void client_value(struct client *c, uint32_t value)
{
    client_answer(c, json_pack("{s:I}", "value", (json_int_t)value));
}

void client_refuse(struct client *c, int error, const char *message)
{
    client_answer(c, json_pack("{s:i, s:o}", "error", -error, "message",
                               wire_from_text(message, strlen(message))));
}

static void refuse_and_close(struct client *c, int error, const char *message)
{
    complain(c->uid, c->pid, message);
    c->closing = true;
    client_refuse(c, error, message);
}

/* --- files --- */

void config_close(const struct shyper_config *config)
{
    close(config->blob);
    for (unsigned i = 0; i < config->count; i++) { close(config->image[i].fd); }
}

void client_files_forget(struct client *c) { c->file_count = 0; }

void client_files_close(struct client *c)
{
    while (c->file_count > 0) { close(c->files[--c->file_count]); }
}

/* --- requests --- */

static bool files_take(struct client *c, const struct msghdr *m)
{
    const struct cmsghdr *head = CMSG_FIRSTHDR(m);
    bool good = (m->msg_flags & MSG_CTRUNC) == 0;

    if (head == NULL || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) {
        return good;
    }
    for (size_t at = 0; at + CMSG_LEN(0) < head->cmsg_len; at += sizeof(int)) {
        int fd;

        memcpy(&fd, CMSG_DATA(head) + at, sizeof fd);
        if (c->file_count < WIRE_FILES_MAX) {
            c->files[c->file_count++] = fd;
        } else {
            close(fd);
            good = false;
        }
    }
    return good;
}

static void request_take(struct client *c, size_t bytes)
{
    char why[ASK_WHY_BYTES];

    c->in_bytes = 0;
    c->deadline_ms = -1;
    c->armed = true;
    if (!ask_decode(c->in, bytes, c->files, c->file_count, &c->ask, why)) {
        client_files_close(c);
        refuse_and_close(c, -EINVAL, why);
        return;
    }
    c->stage = CLIENT_WAITS;
    serve(c);
}

static void client_read(struct client *c)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(WIRE_FILES_MAX * sizeof(int))];
    } control;
    struct iovec part = { .iov_base = c->in + c->in_bytes, .iov_len = sizeof c->in - c->in_bytes };
    struct msghdr m = { .msg_iov = &part,
                        .msg_iovlen = 1,
                        .msg_control = &control,
                        .msg_controllen = sizeof control };
    ssize_t got = recvmsg(c->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    const char *end;

    if (got < 0 && (errno == EAGAIN || errno == EINTR)) { return; }
    if (got <= 0) {
        drop(c, NULL);
        return;
    }
    if (c->in_bytes == 0 && c->deadline_ms < 0) { c->deadline_ms = the.now_ms + client_patience_ms; }
    end = memchr(c->in + c->in_bytes, '\n', (size_t)got);
    c->in_bytes += (size_t)got;
    if (!files_take(c, &m)) {
        refuse_and_close(c, -EINVAL, "too many files came along");
    } else if (end != NULL && end + 1 == c->in + c->in_bytes) {
        request_take(c, c->in_bytes - 1);
    } else if (end != NULL) {
        refuse_and_close(c, -EINVAL, "a request came before the answer to the last one");
    } else if (c->in_bytes == sizeof c->in) {
        refuse_and_close(c, -E2BIG, "a request is too long");
    }
}

/* A client that leaves while its request waits takes it along. */
short client_events(const struct client *c)
{
    if (c->out != NULL) { return POLLOUT; }
    return c->stage == CLIENT_READS ? POLLIN : POLLRDHUP;
}

void client_ready(struct client *c, short events)
{
    if (c->out != NULL) {
        flush_out(c);
    } else if (c->stage == CLIENT_READS) {
        client_read(c);
    } else if ((events & (POLLRDHUP | POLLHUP | POLLERR)) != 0) {
        drop(c, NULL);
    }
}

/* --- coming and going --- */

static const char *unwelcome(const struct peer *peer)
{
    if (!peer->allowed) { return "is neither root nor in the group shyper"; }
    if (clients_count() >= CLIENTS_MAX) { return "there are too many connections already"; }
    if (peer->uid != 0 && clients_of(peer->uid) >= CLIENTS_PER_USER) {
        return "has too many connections already";
    }
    return NULL;
}

void client_accept(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct client *c, **end = &clients;
    struct peer peer;
    const char *why;

    if (fd < 0) { return; }
    peer = peer_of(fd);
    why = unwelcome(&peer);
    c = why == NULL ? calloc(1, sizeof *c) : NULL;
    if (c == NULL) {
        char line[160];
        int length = snprintf(line, sizeof line, "{\"error\": %d, \"message\": \"user %u %s\"}\n",
                              peer.allowed ? EAGAIN : EACCES, (unsigned)peer.uid,
                              why != NULL ? why : "found no memory");

        complain(peer.uid, peer.pid, why != NULL ? why : "there is no memory for its connection");
        (void)!send(fd, line, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
        close(fd);
        return;
    }
    c->fd = fd;
    c->uid = peer.uid;
    c->pid = peer.pid;
    c->serial = ++last_serial;
    c->deadline_ms = the.now_ms + client_patience_ms;
    while (*end != NULL) { end = &(*end)->next; }
    *end = c;
}

static void client_free(struct client *c)
{
    client_files_close(c);
    close(c->fd);
    free(c->out);
    free(c);
}

static void wake(struct client *c)
{
    char *line;

    if (!c->listens || !c->armed || c->events == 0 || c->stage != CLIENT_READS || c->out != NULL ||
        c->in_bytes != 0) {
        return;
    }
    line = strdup(WIRE_EVENT);
    if (line == NULL) { return; }
    c->armed = false;
    out_set(c, line, strlen(line));
}

void clients_tidy(void)
{
    struct client **at = &clients;

    while (*at != NULL) {
        struct client *c = *at;

        if (c->deadline_ms >= 0 && c->deadline_ms <= the.now_ms && !c->dead) {
            drop(c, c->out != NULL ? "does not take its answer" : "does not finish its request");
        }
        if (!c->dead) { wake(c); }
        if (c->dead) {
            *at = c->next;
            client_free(c);
        } else {
            at = &c->next;
        }
    }
}

int64_t clients_deadline_ms(void)
{
    int64_t earliest = -1;

    for (const struct client *c = clients; c != NULL; c = c->next) {
        if (c->deadline_ms >= 0 && (earliest < 0 || c->deadline_ms < earliest)) {
            earliest = c->deadline_ms;
        }
    }
    return earliest;
}

void clients_tell(uint32_t events)
{
    for (struct client *c = clients; c != NULL; c = c->next) { c->events |= events; }
}

void clients_lose(const struct vm *vm)
{
    for (struct client *c = clients; c != NULL; c = c->next) {
        if (c->vm == vm) { c->vm = NULL; }
    }
}
