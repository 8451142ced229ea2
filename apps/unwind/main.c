/* SPDX-License-Identifier: Apache-2.0 */
/* What unwind tables are good for: a leaf below libc names its callers, none of which need have a
 * frame pointer, up to where the thread began; and a forced unwind runs the cleanups on its way. */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unwind.h>

#define NOINLINE __attribute__((noinline))

static int leaves;
static struct _Unwind_Exception end;
static sem_t never;

static _Unwind_Reason_Code print_frame(struct _Unwind_Context *frame, void *arg)
{
    const char *who = arg;
    unsigned long at = _Unwind_GetIP(frame);

    if (at == 0) return _URC_END_OF_STACK;
    printf("%s: 0x%lx in 0x%lx\n", who, at, _Unwind_GetRegionStart(frame));
    return _URC_NO_REASON;
}

NOINLINE static int compare(const void *a, const void *b)
{
    if (leaves++ == 0) _Unwind_Backtrace(print_frame, "frame");
    return *(const int *)a - *(const int *)b;
}

NOINLINE static int inner(int *numbers)
{
    qsort(numbers, 4, sizeof(*numbers), compare);
    return numbers[0];
}

NOINLINE static int outer(int *numbers) { return inner(numbers) + 1; }

static void clean(const char **name) { printf("cleanup of %s\n", *name); }

static _Unwind_Reason_Code stop(int version, _Unwind_Action actions, _Unwind_Exception_Class kind,
                                struct _Unwind_Exception *what, struct _Unwind_Context *frame, void *arg)
{
    if (actions & _UA_END_OF_STACK) {
        puts("end of the stack");
        pthread_exit(arg);
    }
    return _URC_NO_REASON;
}

NOINLINE static void fail(int depth)
{
    const char *name __attribute__((cleanup(clean))) = depth == 0 ? "the last" : "one above";

    if (depth > 0) fail(depth - 1);
    else _Unwind_ForcedUnwind(&end, stop, &end);
    printf("%s is not reached\n", name);
}

static void *failing(void *arg)
{
    fail(1);
    return NULL;
}

/* For a debugger to look at: it waits here for ever. */
NOINLINE static void wait_here(void) { while (sem_wait(&never) != 0) { } }

static void *waiting(void *arg)
{
    pthread_setname_np(pthread_self(), "waiter");
    wait_here();
    return NULL;
}

int main(int argc, char **argv)
{
    int numbers[] = { 3, 4, 2, 1 };
    void *result;
    pthread_t t;

    if (argc > 1 && strcmp(argv[1], "wait") == 0) {
        sem_init(&never, 0, 0);
        if (pthread_create(&t, NULL, waiting, NULL) == 0) pthread_join(t, NULL);
        return 1;
    }
    if (outer(numbers) != 2) return 1;
    if (pthread_create(&t, NULL, failing, NULL) != 0) return 1;
    pthread_join(t, &result);
    return result == &end ? 0 : 1;
}
