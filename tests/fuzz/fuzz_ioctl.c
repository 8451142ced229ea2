/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/driver/decode.c
/* Bytes as an ioctl on either kind of file: any number, any argument, and a caller whose memory is just as long as the rest of
 * the input. What is taken keeps the rules the module relies on; every byte of the caller is read once at most, so that nothing
 * can change after it was checked; a call of the other kind of file, or of none, reads nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/uaccess.h>

#include "abi/profile.h"
#include "lib/compiler.h"
#include "mvm/driver/decode.h"
#include "tests/fuzz/must.h"

#define MEMORY 64u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t memory[MEMORY];      /* of the caller, `there` bytes of it */
static size_t there;
static uint32_t fetched[MEMORY];

unsigned long copy_from_user(void *to, const void *from, unsigned long bytes)
{
    uintptr_t at = (uintptr_t)from - (uintptr_t)memory;
    unsigned long n = at >= there ? 0 : MIN(bytes, there - at);

    for (unsigned long i = 0; i < n; i++) must(fetched[at + i]++ == 0);
    if (n > 0) memcpy(to, from, n);
    return bytes - n;
}

static const unsigned int numbers[] = {
    SHYPER_IOC_VERSION, SHYPER_IOC_SYSTEM_INFO, SHYPER_IOC_SYSTEM_LOG, SHYPER_IOC_VM_CREATE, SHYPER_IOC_VM_NEXT,
    SHYPER_IOC_VM_OPEN, SHYPER_IOC_EVENTS, SHYPER_IOC_SHUTDOWN, SHYPER_IOC_REBOOT, SHYPER_IOC_SELF, SHYPER_IOC_BOOT,
    SHYPER_IOC_STOP, SHYPER_IOC_RESET, SHYPER_IOC_REMOVE, SHYPER_IOC_INFO, SHYPER_IOC_STAT, SHYPER_IOC_LOG,
    SHYPER_IOC_CONSOLE_READ, SHYPER_IOC_CONSOLE_WRITE, SHYPER_IOC_RUN, SHYPER_IOC_PAUSE, SHYPER_IOC_RESUME, SHYPER_IOC_FAULT,
};

static bool is_buffer(unsigned int cmd)
{
    return cmd == SHYPER_IOC_SYSTEM_LOG || cmd == SHYPER_IOC_LOG || cmd == SHYPER_IOC_CONSOLE_READ ||
           cmd == SHYPER_IOC_CONSOLE_WRITE;
}

static void check_taken(unsigned int cmd, unsigned long arg, const union shyper_args *a)
{
    if (is_buffer(cmd)) {
        must(a->buf.size == sizeof(a->buf) && a->buf.rsv0 == 0);
        must(cmd != SHYPER_IOC_CONSOLE_WRITE || (a->buf.cursor == 0 && a->buf.lost == 0));
    } else if (cmd == SHYPER_IOC_VM_CREATE) {
        must(a->create.size == sizeof(a->create) && a->create.id == 0);
        must(a->create.blob_bytes > 0 && a->create.blob_bytes <= SHYPER_PROFILE_BYTES_MAX);
    } else if (cmd == SHYPER_IOC_RUN) {
        must(a->run.size == sizeof(a->run));
    } else if (cmd == SHYPER_IOC_VM_NEXT || cmd == SHYPER_IOC_VM_OPEN) {
        must(a->id == arg);
    } else if (_IOC_DIR(cmd) == _IOC_NONE) {
        must(arg == 0);
    } else {
        must(a->size == _IOC_SIZE(cmd));
    }
}

static bool is_known(unsigned int cmd)
{
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (numbers[i] == cmd) return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned int cmd;
    unsigned long arg;
    uint32_t reads = 0;
    int as_system, as_vm;
    union shyper_args a;

    if (size < 14) return 0;
    memcpy(&cmd, data + 2, sizeof(cmd));
    memcpy(&arg, data + 6, sizeof(arg));
    if (data[0] & 1) cmd = numbers[cmd % ARRAY_LEN(numbers)];
    if (data[0] & 2) arg = (unsigned long)memory + arg % MEMORY / (data[0] & 4 ? 1 : MEMORY);
    there = MIN(size - 14, MEMORY);
    memcpy(memory, data + 14, there);

    memset(fetched, 0, sizeof(fetched));
    as_system = shyper_system_decode(cmd, arg, &a);
    if (as_system == 0) check_taken(cmd, arg, &a);
    for (size_t i = 0; i < MEMORY; i++) reads += fetched[i];
    must(as_system != -ENOTTY || reads == 0);

    memset(fetched, 0, sizeof(fetched));
    as_vm = shyper_vm_decode(cmd, arg, &a);
    if (as_vm == 0) check_taken(cmd, arg, &a);
    must((as_system == -ENOTTY) + (as_vm == -ENOTTY) == (is_known(cmd) ? 1 : 2));
    return 0;
}
