/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing of an answer is read beyond its newline, so a connection needs no buffer of ours and poll()
 * on it tells whether something new has come. */
#include "mvm/libshyper/remote.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "mvm/libshyper/kept.h"
#include "mvm/libshyper/manage.h"
#include "mvm/libshyper/wire.h"

static _Thread_local char message[1024];

const char *shyper_message(void) { return message; }

void message_set(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
}

bool remote_is(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

int remote_open(void)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), ret;

    if (fd < 0) { return -errno; }
    (void)snprintf(to.sun_path, sizeof to.sun_path, "%s/%s", kept_folder, WIRE_SOCKET);
    do {
        ret = connect(fd, (struct sockaddr *)&to, sizeof to);
    } while (ret < 0 && errno == EINTR);
    if (ret < 0) {
        ret = -errno;
        close(fd);
        return ret;
    }
    return fd;
}

static int gone(void)
{
    message_set("the daemon has ended or dropped this connection");
    return -ECONNRESET;
}

static int send_all(int fd, const char *line, size_t bytes, const int *files, unsigned count)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(WIRE_FILES_MAX * sizeof(int))];
    } control;

    while (bytes > 0) {
        struct iovec part = { .iov_base = (void *)(uintptr_t)line, .iov_len = bytes };
        struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };

        if (count > 0) {
            m.msg_control = &control;
            m.msg_controllen = CMSG_SPACE(count * sizeof(int));
            control.head = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
                                             .cmsg_type = SCM_RIGHTS,
                                             .cmsg_len = CMSG_LEN(count * sizeof(int)) };
            memcpy(CMSG_DATA(&control.head), files, count * sizeof(int));
        }
        ssize_t sent = sendmsg(fd, &m, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR) { continue; }
        if (sent < 0) { return errno == EPIPE || errno == ECONNRESET ? gone() : -errno; }
        count = 0;              /* they travel with the first byte */
        line += sent;
        bytes -= (size_t)sent;
    }
    return 0;
}

/* One line into `to`; its length, without the newline. */
static ssize_t line_receive(int fd, char *to, size_t room)
{
    size_t at = 0;

    for (;;) {
        ssize_t seen = recv(fd, to + at, room - at, MSG_PEEK), taken;
        char *end;

        if (seen < 0 && errno == EINTR) { continue; }
        if (seen <= 0) { return seen < 0 && errno != ECONNRESET ? -errno : gone(); }
        end = memchr(to + at, '\n', (size_t)seen);
        if (end != NULL) { seen = end + 1 - (to + at); }
        taken = recv(fd, to + at, (size_t)seen, 0);
        if (taken < 0 && errno == EINTR) { continue; }
        if (taken != seen) { return gone(); }
        at += (size_t)taken;
        if (end != NULL) { return (ssize_t)at - 1; }
        if (at == room) { return -EPROTO; }
    }
}

static int answer_receive(int fd, json_t **answer)
{
    static char line[WIRE_ANSWER_MAX];
    json_t *got;
    int error = 0;

    do {
        ssize_t bytes = line_receive(fd, line, sizeof line);

        if (bytes < 0) { return (int)bytes; }
        got = json_loadb(line, (size_t)bytes, JSON_ALLOW_NUL, NULL);
        if (got == NULL) { return -EPROTO; }
    } while (json_object_get(got, "event") != NULL && (json_decref(got), true));

    if (json_is_integer(json_object_get(got, "error"))) {
        const char *words = json_string_value(json_object_get(got, "message"));

        error = (int)json_integer_value(json_object_get(got, "error"));
        message_set("%s", words != NULL ? words : "");
        error = error > 0 && error < 4096 ? -error : -EPROTO;
    }
    if (error == 0 && answer != NULL) {
        *answer = got;
    } else {
        json_decref(got);
    }
    return error;
}

int remote_call(int fd, json_t *request, const int *files, unsigned count, json_t **answer)
{
    char *line = request != NULL ? json_dumps(request, JSON_COMPACT) : NULL;
    size_t bytes = line != NULL ? strlen(line) : 0;
    int ret;

    message_set("%s", "");
    json_decref(request);
    if (line == NULL) { return -ENOMEM; }
    line[bytes] = '\n';         /* in the place of the terminating zero */
    ret = bytes + 1 > WIRE_LINE_MAX ? -E2BIG : send_all(fd, line, bytes + 1, files, count);
    free(line);
    /* Who drops us may have said why before. */
    return ret < 0 && ret != -ECONNRESET ? ret : answer_receive(fd, answer);
}

static int value_of(int ret, json_t *answer)
{
    json_t *value;

    if (ret < 0) { return ret; }
    value = json_object_get(answer, "value");
    ret = json_is_integer(value) ? (int)json_integer_value(value) : -EPROTO;
    json_decref(answer);
    return ret;
}

int remote_plain(int fd, const char *name)
{
    json_t *answer = NULL;
    int ret = remote_call(fd, json_pack("{s:s}", "op", name), NULL, 0, &answer);

    return value_of(ret, answer);
}

int remote_struct(int fd, const char *name, void *data)
{
    const struct wire_struct *type = wire_op_named(name)->data;
    json_t *answer;
    int ret = remote_call(fd, json_pack("{s:s}", "op", name), NULL, 0, &answer);

    if (ret < 0) { return ret; }
    if (!wire_to_struct(type, json_object_get(answer, "data"), data)) { ret = -EPROTO; }
    json_decref(answer);
    return ret;
}

static int with_number(int fd, const char *name, const char *key, uint32_t number)
{
    json_t *answer = NULL;
    int ret = remote_call(fd, json_pack("{s:s, s:I}", "op", name, key, (json_int_t)number), NULL, 0,
                          &answer);

    return value_of(ret, answer);
}

/* A VM handle is a connection of its own. */
static int open_vm(uint32_t id)
{
    int fd = remote_open(), ret;

    if (fd < 0) { return fd; }
    ret = with_number(fd, "open", "id", id);
    if (ret < 0) {
        close(fd);
        return ret;
    }
    return fd;
}

static int text_read(int fd, const char *name, struct shyper_ioc_buf *buf)
{
    char *to = (char *)(uintptr_t)buf->addr;
    json_t *answer;
    ssize_t bytes;
    int ret = remote_call(
        fd,
        json_pack("{s:s, s:I, s:I}", "op", name, "cursor", (json_int_t)buf->cursor, "bytes",
                  (json_int_t)MIN(buf->bytes, WIRE_SHOWN_MAX)),
        NULL, 0, &answer);

    if (ret < 0) { return ret; }
    bytes = wire_to_text(json_object_get(answer, "text"), to, buf->bytes);
    if (bytes >= 0) {
        buf->bytes = (uint64_t)bytes;
        buf->cursor = (uint64_t)json_integer_value(json_object_get(answer, "cursor"));
        buf->lost = (uint64_t)json_integer_value(json_object_get(answer, "lost"));
    }
    json_decref(answer);
    return bytes < 0 ? -EPROTO : 0;
}

static int text_write(int fd, const char *name, struct shyper_ioc_buf *buf)
{
    const char *from = (const char *)(uintptr_t)buf->addr;
    uint64_t done = 0;
    int ret = 0;

    while (done < buf->bytes) {
        size_t part = MIN(buf->bytes - done, WIRE_TYPED_MAX);
        json_t *answer = NULL;

        ret = remote_call(
            fd, json_pack("{s:s, s:o}", "op", name, "text", wire_from_text(from + done, part)), NULL,
            0, &answer);
        ret = value_of(ret, answer);
        if (ret <= 0) { break; }
        done += MIN((uint64_t)ret, part);
        if ((size_t)ret < part) { break; }
    }
    if (ret < 0 && done == 0) { return ret; }
    buf->bytes = done;
    return 0;
}

int remote_ioctl(int fd, unsigned long request, void *arg)
{
    const struct wire_op *op = wire_op_of_ioctl(request);
    uint32_t number = (uint32_t)(uintptr_t)arg;

    if (op == NULL) { return -ENOTTY; }
    switch (op->shape) {
    case WIRE_PLAIN:  return remote_plain(fd, op->name);
    case WIRE_STRUCT: return remote_struct(fd, op->name, arg);
    case WIRE_READ:   return text_read(fd, op->name, arg);
    case WIRE_WRITE:  return text_write(fd, op->name, arg);
    case WIRE_ID:
        return request == SHYPER_IOC_VM_OPEN ? open_vm(number)
                                             : with_number(fd, op->name, "id", number);
    case WIRE_LEVEL:  return with_number(fd, op->name, "level", number);
    default:          return -ENOTTY;
    }
}
