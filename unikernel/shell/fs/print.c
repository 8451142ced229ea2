/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a file. */
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/log.h"
#include "unikernel/shell/commands.h"
#include "unikernel/shell/fs/place.h"
#include "unikernel/shell/fs/stream.h"
#include "lib/str.h"

#define CAT_PIECE 128U
#define ROW       16U

static void print(const char *command, const char *path)
{
    char piece[CAT_PIECE];
    STREAM_SCOPED(s);
    long n = stream_open(&s, path, NULL, 0);

    if (n == 0) {
        while ((n = stream_read(&s, piece, sizeof(piece))) > 0) console_write(piece, (size_t)n);
    }
    if (n < 0) complain(command, path, n);
    else console_write("\n", 1);
}

void command_cat(const struct words *w)   { print("cat", w->at[1]); }
void command_mount(const struct words *w) { print("mount", "/proc/mounts"); }

/* 16 bytes, less only at the end. */
static long read_row(struct stream *s, uint8_t row[ROW])
{
    long n = 0, got;

    while (n < (long)ROW) {
        got = stream_read(s, row + n, ROW - (uint64_t)n);
        if (got < 0) return got;
        if (got == 0) break;
        n += got;
    }
    return n;
}

static void print_row(uint64_t at, const uint8_t *row, unsigned n)
{
    static const char digits[] = "0123456789abcdef";
    char text[3 * ROW + 5 + ROW + 2], *bytes = text + 2, *signs = text + 3 * ROW + 5;

    memset(text, ' ', sizeof(text));
    for (unsigned i = 0; i < n; i++) {
        if (i == ROW / 2) bytes++;
        *bytes++ = digits[row[i] / 16];
        *bytes++ = digits[row[i] % 16];
        bytes++;
        signs[i] = row[i] >= ' ' && row[i] < 127 ? (char)row[i] : '.';
    }
    signs[-1] = signs[n] = '|';
    signs[n + 1] = '\0';
    log_text("%08lx%s\n", at, text);
}

/* As hexdump -C has it: a row that is as the one before is only hinted at, once. */
void command_hexdump(const struct words *w)
{
    uint8_t rows[2][ROW];
    bool skips = false;
    uint64_t at = 0;
    STREAM_SCOPED(s);
    long n = stream_open(&s, w->at[1], NULL, 0);

    while (n >= 0 && (n = read_row(&s, rows[at / ROW % 2])) > 0) {
        bool same = at > 0 && n == ROW && memcmp(rows[0], rows[1], ROW) == 0;

        if (!same) print_row(at, rows[at / ROW % 2], (unsigned)n);
        else if (!skips) log_text("*\n");
        skips = same;
        at += (uint64_t)n;
        if (n < (long)ROW) break;
    }
    if (n < 0) complain("hexdump", w->at[1], n);
    else if (at > 0) log_text("%08lx\n", at);
}
