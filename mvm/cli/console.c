/* SPDX-License-Identifier: Apache-2.0 */
/* `vm console`: one loop between a terminal (or a pipe) and a VM's console in the hypervisor.
 *
 * Order in the loop: take the events, look at the VM's state, show all there is, type what is
 * pending, then end or sleep. What happens after the events were taken rings again, so nothing is
 * slept over, and a VM that has ended has been shown to its last byte. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "mvm/cli/cli.h"
#include "mvm/cli/keys.h"
#include "mvm/libshyper/manage.h"
#include "mvm/libshyper/shyper.h"

struct console {
    struct target target;
    const char *until;
    bool found, input_open, raw;
    int64_t deadline_ms;        /* negative: none */
    uint64_t cursor;
    struct watch watch;
    struct keys keys;
    struct termios saved;
    char last;                  /* byte shown */
};

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
    signalled = number;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void raw_enter(struct console *c)
{
    struct termios t;

    c->raw = isatty(0) && tcgetattr(0, &c->saved) == 0;
    if (c->raw) {
        t = c->saved;
        cfmakeraw(&t);
        tcsetattr(0, TCSANOW, &t);
    }
}

static void raw_leave(struct console *c)
{
    if (c->raw) {
        tcsetattr(0, TCSANOW, &c->saved);
    }
}

/* A raw terminal does not return the carriage at a line's end; guests that do not either shall
 * still look right. */
static void show(struct console *c, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (c->raw && text[i] == '\n' && c->last != '\r') {
            putchar('\r');
        }
        putchar(text[i]);
        c->last = text[i];
    }
    fflush(stdout);
}

static int output_drain(struct console *c)
{
    char text[4096];
    uint64_t lost = 0;
    ssize_t got;

    while (!c->found &&
           (got = shyper_console_read(c->target.vm, &c->cursor, text, sizeof(text), &lost)) != 0) {
        if (got < 0) {
            return (int)got;
        }
        if (lost != 0) {
            note("[%" PRIu64 " bytes were lost]%s", lost, c->raw ? "\r" : "");
        }
        show(c, text, (size_t)got);
        c->found = c->until != NULL && watch_sees(&c->watch, c->until, text, (size_t)got);
    }
    return 0;
}

/* Standard input through the escape filter, and from there to the guest as far as it takes it. */
static int input_move(struct console *c)
{
    ssize_t got = shyper_console_write(c->target.vm, c->keys.pending, c->keys.bytes);

    if (got < 0) {
        return (int)got;
    }
    keys_taken(&c->keys, (size_t)got);
    return 0;
}

/* A terminal is read even when the guest takes nothing, or the escape key could not be found. */
static bool input_wanted(const struct console *c)
{
    return c->input_open && (c->raw || keys_room(&c->keys) > 0);
}

static void input_read(struct console *c)
{
    char text[256];
    ssize_t got = read(0, text, c->raw ? sizeof(text) : MIN(sizeof(text), keys_room(&c->keys)));

    if (got > 0) {
        keys_add(&c->keys, text, (size_t)got, c->raw);
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
        c->input_open = false;
    }
}

/* Returns false when the time is up, a signal wants us to leave, or nobody takes what we show. */
static bool wait_for_more(struct console *c)
{
    struct pollfd fds[] = {
        { .fd = c->target.sys, .events = POLLPRI | POLLIN },
        { .fd = c->target.vm, .events = POLLIN },
        { .fd = input_wanted(c) ? 0 : -1, .events = POLLIN },
        { .fd = 1 },                /* POLLERR: nobody reads what we show any more */
    };
    int64_t left = -1;

    if (c->deadline_ms >= 0) {
        left = c->deadline_ms - now_ms();
        if (left <= 0) {
            return false;
        }
    }
    if (poll(fds, ARRAY_LEN(fds), (int)MIN(left, 1000000)) > 0 && fds[2].revents != 0) {
        input_read(c);
    }
    return signalled == 0 && !c->keys.leave && (fds[3].revents & POLLERR) == 0 && !ferror(stdout);
}

/* The hypervisor starts a VM of the bundle again that asked for a reset, the daemon others. */
static bool has_ended(const struct console *c)
{
    const struct shyper_vm_info *info = &c->target.info;
    struct shyper_kept kept;

    if (info->boot_time != 0 && info->reason == SHYPER_REASON_RESET) {
        return false;
    }
    if ((info->state == SHYPER_VM_STOPPED || info->state == SHYPER_VM_CRASHED) &&
        shyper_vm_kept(c->target.vm, &kept) == 0 && kept.restart_in_ms != SHYPER_NO_RESTART) {
        return false;
    }
    return info->state == SHYPER_VM_STOPPED || info->state == SHYPER_VM_CRASHED ||
           info->state == SHYPER_VM_REMOVING;
}

/* Returns 0 or a negative errno of the VM's; *ended tells whether the VM has. */
static int follow(struct console *c, bool *ended)
{
    *ended = false;
    do {
        int ret = shyper_events(c->target.sys);

        if (ret >= 0) {
            ret = shyper_vm_info(c->target.vm, &c->target.info);
        }
        if (ret >= 0) {
            ret = output_drain(c);
        }
        *ended = ret >= 0 && has_ended(c);
        if (ret >= 0 && !c->found && !*ended && c->keys.bytes != 0) {
            ret = input_move(c);
        }
        if (ret < 0 && ret != -EINTR) {
            return ret;
        }
    } while (!c->found && !*ended && wait_for_more(c));
    if (c->keys.leave && input_move(c) < 0) {
        return -EIO;
    }
    return 0;
}

/* The next prompt shall stand at the start of a line. */
static void line_end(const struct console *c)
{
    if (isatty(1) && c->last != 0 && c->last != '\n') {
        putchar('\n');
    }
}

static int console(struct console *c)
{
    char words[WORDS];
    bool ended;
    int ret;

    if (isatty(0)) {
        note("[console of VM %" PRIu32 " (%s), %s; Ctrl-] q leaves]", c->target.info.id,
             c->target.info.name, state_words(&c->target.info, words));
    }
    raw_enter(c);
    ret = follow(c, &ended);
    raw_leave(c);
    line_end(c);
    if (ret == -ENOENT && c->target.info.id != SHYPER_MVM_ID) {
        note("[VM %" PRIu32 " (%s) was removed]", c->target.info.id, c->target.info.name);
        return c->until == NULL ? EXIT_OK : EXIT_FAILED;
    }
    if (ret < 0) {
        return refuse("console", &c->target.info, ret);
    }
    if (ended) {
        note("[VM %" PRIu32 " (%s) %s]", c->target.info.id, c->target.info.name,
             state_words(&c->target.info, words));
    }
    if (c->until != NULL && !c->found && !c->keys.leave) {
        return failed(EXIT_FAILED, "console: '%s' was not shown", c->until);
    }
    return signalled == 0 ? EXIT_OK : 128 + (int)signalled;
}

int vm_console(const struct request *r)
{
    static const int leave_on[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction act = { .sa_handler = on_signal };
    struct console c = { .until = r->until, .input_open = true, .deadline_ms = -1 };
    int status = target_open(r->operand, &c.target);

    if (status != 0) {
        return status;
    }
    if (r->timeout_ms >= 0) {
        c.deadline_ms = now_ms() + r->timeout_ms;
    }
    for (size_t i = 0; i < ARRAY_LEN(leave_on); i++) {
        sigaction(leave_on[i], &act, NULL);
    }
    status = console(&c);
    target_close(&c.target);
    return status;
}
