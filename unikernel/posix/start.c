/* SPDX-License-Identifier: Apache-2.0 */
/* The main thread and what a C library expects to find on its stack: argv, the environment and the
 * auxiliary vector, as the kernel of a static Linux program would leave them (System V ABI). All of
 * it is built by the thread itself at gate depth 0, so that its stack is backed as it is touched.
 */
#include "unikernel/posix/start.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/mm/space.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/time.h"
#include "unikernel/posix/bootargs.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/random.h"
#include "lib/err.h"
#include "lib/str.h"

#define STACK_SIZE  (8 * MIB)
#define STACK_SURE  (2 * MIB)       /* of it, if there is so much; the rest is there while there is memory */
#define GUARD_SIZE  4096U
#define NAME_SIZE   256U

#define PT_TLS      7
#define AT_PHDR     3
#define AT_PHENT    4
#define AT_PHNUM    5
#define AT_PAGESZ   6
#define AT_ENTRY    9
#define AT_UID      11
#define AT_EUID     12
#define AT_GID      13
#define AT_EGID     14
#define AT_CLKTCK   17
#define AT_RANDOM   25
#define AT_EXECFN   31
#define AT_MINSIGSTKSZ 51

struct program_header {             /* Elf64_Phdr */
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

extern char __tls_start[], __tls_file_size[], __tls_size[], __tls_align[];
extern const char uk_app_name[];

int main(int argc, char **argv, char **envp);
int __libc_start_main(int (*entry)(int, char **, char **), int argc, char **argv,
                      void (*init)(void), void (*fini)(void), void (*ldso)(void));

/* The boot arguments as words, cut where they do not fit. */
static unsigned read_arguments(char text[BOOTARGS_TEXT], char *args[BOOTARGS_WORDS + 1])
{
    const char *given = machine.bootargs != NULL ? machine.bootargs : "";
    unsigned words;

    if (!str_copy(text, BOOTARGS_TEXT, given)) {
        log_warn("main", "boot arguments: only the first %u characters are taken", BOOTARGS_TEXT - 1);
    }
    words = bootargs_split(text, args, BOOTARGS_WORDS + 1);
    if (words <= BOOTARGS_WORDS) return words;
    log_warn("main", "boot arguments: only the first %u words are taken", BOOTARGS_WORDS);
    return BOOTARGS_WORDS;
}

static void main_thread(void *arg)
{
    struct program_header tls = {
        .type = PT_TLS,
        .flags = 4,
        .vaddr = (uint64_t)__tls_start,
        .filesz = (uint64_t)__tls_file_size,
        .memsz = (uint64_t)__tls_size,
        .align = (uint64_t)__tls_align,
    };
    uint8_t random[16];
    char name[NAME_SIZE], home[] = "HOME=/";        /* the program may write into all it is given */
    char text[BOOTARGS_TEXT], *args[BOOTARGS_WORDS + 1];
    uint64_t vector[1 + BOOTARGS_WORDS + 1 + 2 + 2 * 14];
    unsigned argc = 0, n = 0, words, settings;

    random_bytes(random, sizeof(random));
    words = read_arguments(text, args);
    settings = bootargs_environment(args, words);
    (void)str_copy(name, sizeof(name), uk_app_name);
    vector[n++] = (uint64_t)name;
    for (unsigned i = settings; i < words; i++) vector[n++] = (uint64_t)args[i];
    argc = n;
    vector[n++] = 0;
    for (unsigned i = 0; i < settings; i++) vector[n++] = (uint64_t)args[i];
    vector[n++] = (uint64_t)home;
    vector[n++] = 0;
    const uint64_t auxiliary[] = {
        AT_PHDR, (uint64_t)&tls, AT_PHENT, sizeof(tls), AT_PHNUM, tls.memsz != 0 ? 1 : 0,
        AT_PAGESZ, 4096, AT_RANDOM, (uint64_t)random, AT_MINSIGSTKSZ, LINUX_MINSIGSTKSZ,
        AT_ENTRY, (uint64_t)main, AT_EXECFN, (uint64_t)uk_app_name, AT_CLKTCK, 100,
        AT_UID, 0, AT_EUID, 0, AT_GID, 0, AT_EGID, 0,
        0, 0,
    };
    memcpy(&vector[n], auxiliary, sizeof(auxiliary));
    (void)__libc_start_main(main, (int)argc, (char **)vector, NULL, NULL, NULL);
}

int posix_start(void)
{
    struct thread *t = thread_new(ROLE_MAIN, "main");
    uint64_t stack = 0, sure;
    int err;

    if (t == NULL) return -ENOMEM;
    err = space_map(&stack, STACK_SIZE, SPACE_R | SPACE_W | SPACE_LAZY, false);
    if (err == 0) err = space_protect(stack, GUARD_SIZE, 0);
    if (err != 0) return err;
    sure = stack + STACK_SIZE - STACK_SURE;
    err = space_map(&sure, STACK_SURE, SPACE_R | SPACE_W, false);
    if (err != 0 && err != -ENOMEM) return err;
    arch_thread_prepare(t, (void *)(stack + STACK_SIZE), main_thread, NULL);
    return thread_start(t, true);
}
