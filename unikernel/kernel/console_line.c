/* SPDX-License-Identifier: Apache-2.0 */
/* The line is edited by who wants to know whether it is there: reads and polls. */
#include "unikernel/kernel/console_line.h"
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/thread.h"
#include "lib/err.h"
#include "lib/str.h"

#define CTRL_D 4
#define CTRL_U 21
#define CTRL_V 22

static char text[4096];

static struct {
    struct spinlock lock;
    bool claimed, silent;
    bool quoted;                    /* the next character means nothing but itself */
    bool whole;                     /* it is read, and nothing more is typed into it */
    size_t at, len;                 /* next to read; end */
} line = { .lock = SPINLOCK(LOCK_LINE) };

static void echo(const char *bytes, size_t len)
{
    if (!line.silent) console_write(bytes, len);
}

/* Shown as ^X: it would move the cursor. */
static bool is_control(char c) { return ((uint8_t)c < 32 && c != '\t' && c != '\n') || c == 127; }

static void put(char c)
{
    text[line.len++] = c;
    if (is_control(c)) {
        echo((const char[]){ '^', (char)(c ^ 64) }, 2);
    } else {
        echo(&c, 1);
    }
}

/* Take the last character off the line: its UTF-8 continuation bytes go with it. */
static void erase(void)
{
    if (line.len == 0) return;
    do line.len--; while (line.len > 0 && ((uint8_t)text[line.len] & 0xc0) == 0x80);
    echo("\b \b\b \b", is_control(text[line.len]) ? 6 : 3);
}

static void edit(char c)
{
    bool quoted = line.quoted, end = !quoted && (c == '\r' || c == '\n');

    line.quoted = !quoted && c == CTRL_V;
    if (line.quoted) return;
    line.whole = end || (!quoted && c == CTRL_D);
    if (end) {
        put('\n');
    } else if (!quoted && (c == '\b' || c == 127)) {
        erase();
    } else if (!quoted && c == CTRL_U) {
        while (line.len > 0) erase();
    } else if (!line.whole && line.len + 1 < sizeof(text)) {
        put(c);
    }
}

/* One byte at a time, since the lock keeps interrupts away. */
static bool edit_next(void)
{
    LOCK_SCOPED(&line.lock);
    char c;

    if (line.claimed || line.whole || !console_take(&c)) return false;
    edit(c);
    return true;
}

long console_take_line(char *out, size_t len)
{
    while (edit_next()) { }
    LOCK_SCOPED(&line.lock);
    if (line.claimed) return 0;
    if (!line.whole) return -EAGAIN;
    if (out == NULL) return (long)(line.len - line.at);
    len = MIN(len, line.len - line.at);
    memcpy(out, text + line.at, len);
    line.at += len;
    if (line.at == line.len) {
        line.at = line.len = 0;
        line.whole = false;
    }
    return (long)len;
}

long console_read(char *out, size_t len)
{
    long n = 0;
    int err = 0;

    while (len > 0 && err == 0) {
        n = console_take_line(out, len);
        if (n != -EAGAIN) break;
        err = console_wait(NEVER);
    }
    return err != 0 ? err : n;
}

void console_echo(bool on) { line.silent = !on; }
void console_claim(void) { line.claimed = true; }
bool console_is_claimed(void) { return line.claimed; }
