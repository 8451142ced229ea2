/* SPDX-License-Identifier: Apache-2.0 */
/* Makes every system call there is a number for, with arguments that mean no good: none may crash or
 * hang, and ENOSYS is the answer where docs/posix.md says so and nowhere else. Exit status: 0 when
 * that held. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct call {
    const char *name;
    long number;
    int served;
};

static const struct call calls[] = {
#include "every_call.h"             /* made of docs/posix.md by tools/posix_table.py */
};

/* All arguments of a call are one of these: nothing, everything, a small number that is no descriptor
 * and no address, a page nobody has (main), an address of the kernel's, one no CPU knows. */
static long values[] = { 0, -1, 16, 0, (long)0xffffffff80000000, 0x0100000000000000 };
#define VALUES (sizeof(values) / sizeof(values[0]))

/* What some of these arguments would do is what they ask for. */
static const struct special {
    const char *name;
    enum {
        NEVER,                      /* does not come back */
        UNDO,                       /* changes how the thread ends or is waited for: set back at once */
        NOT_ZERO,                   /* nothing but zeros waits for ever, or closes standard input */
        NOT_PAGES,                  /* pages from there on are the program's own */
    } how;
} specials[] = {
    { "exit", NEVER },              /* ends the thread */
    { "exit_group", NEVER },        /* ends the program */
    { "pause", NEVER },             /* until a signal comes */
    { "rt_sigreturn", NEVER },      /* to what lies on the stack */
    { "set_tid_address", UNDO },
    { "set_robust_list", UNDO },
    { "alarm", UNDO },
    { "umask", UNDO },
    { "ppoll", NOT_ZERO },          /* of no descriptor, without a limit */
    { "pselect6", NOT_ZERO },
    { "select", NOT_ZERO },
    { "close", NOT_ZERO },
    { "close_range", NOT_ZERO },
    { "munmap", NOT_PAGES },
    { "mprotect", NOT_PAGES },
    { "madvise", NOT_PAGES },
    { "mlock", NOT_PAGES },
};

static int is_special(const struct call *c, int how)
{
    for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
        if (strcmp(specials[i].name, c->name) == 0) return (int)specials[i].how == how;
    }
    return 0;
}

static int made(const struct call *c, long v)
{
    long result = syscall(c->number, v, v, v, v, v, v);
    int missing = result == -1 && errno == ENOSYS;

    if (c->served && is_special(c, UNDO)) (void)syscall(c->number, 0, 24, 0, 0, 0, 0);
    if (missing == !c->served) return 1;
    printf("%s with %#lx: %s\n", c->name, v, missing ? "ENOSYS" : "not ENOSYS");
    return 0;
}

int main(void)
{
    unsigned failed = 0, count = 0;
    void *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED || munmap(page, 4096) != 0) return 2;
    values[3] = (long)page;
    for (const struct call *c = calls; c < calls + sizeof(calls) / sizeof(calls[0]); c++) {
        if (c->served && is_special(c, NEVER)) continue;
        for (size_t i = 0; i < VALUES; i++) {
            if (c->served && is_special(c, NOT_ZERO) && values[i] == 0) continue;
            if (c->served && is_special(c, NOT_PAGES) && values[i] == (long)page) continue;
            if (!made(c, values[i])) failed++;
        }
        count++;
    }
    printf("every_call: %u calls, %u answers differ from docs/posix.md\n", count, failed);
    fflush(stdout);
    return failed != 0;
}
