/* SPDX-License-Identifier: Apache-2.0 */
/* Threads in functions that stdio calls for a FILE of our own, whose lock it holds. */
#include "killing.h"

static volatile int may_return, gone_on;
static FILE *own;
static char memory[1 << 18];

static ssize_t write_spinning(void *cookie, const char *text, size_t len)
{
    ready(cookie);
    while (!may_return) { }
    return (ssize_t)len;
}

static ssize_t write_in_libc(void *cookie, const char *text, size_t len)
{
    ready(cookie);
    while (!may_return) memset(memory, 0, sizeof(memory));
    return (ssize_t)len;
}

static ssize_t write_napping(void *cookie, const char *text, size_t len)
{
    ready(cookie);
    while (!may_return) nap(1000);
    return (ssize_t)len;
}

static void *print_to_own(void *arg)
{
    fputc('x', own);
    gone_on = 1;
    return NULL;
}

/* The call of stdio is over first. */
void while_stdio_calls_it(void)
{
    static cookie_write_function_t *const writes[] = { write_spinning, write_in_libc, write_napping };

    gone_on = 0;
    for (unsigned i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
        own = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = writes[i] });
        CHECK(own != NULL && setvbuf(own, NULL, _IONBF, 0) == 0);
        for (long round = 0; round < ROUNDS; round++) {
            pthread_t t;

            may_return = 0;
            t = start(print_to_own, 0);
            nap(round * 13 % 100);
            CHECK(uk_thread_kill(ids[0]) == 0);
            nap(1000);
            CHECK(ftrylockfile(own) != 0);
            may_return = 1;
            ends(t);
            CHECK(!gone_on && ftrylockfile(own) == 0);
            funlockfile(own);
        }
        CHECK(fclose(own) == 0);
    }
    printf("killed while stdio calls it\n");
}
