/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "tests/unit/mvm/fake/shyper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/profile.h"

struct fake fake;

void fake_start(void)
{
    fake = (struct fake){ .log_level = SHYPER_LOG_INFO, .pool_free = 256 * MIB, .gic = 3, .vms_max = FAKE_VMS };
    strcpy(fake.created_name, "hello");
    fake_vm(0, "mvm", SHYPER_VM_RUNNING, 0)->info.type = SHYPER_VM_TYPE_MVM;
}

void fake_end(void)
{
    for (uint32_t i = 0; i < FAKE_VMS; i++) {
        if (fake.vm[i].info.state != 0) {
            close(fake.vm[i].memory);
        }
    }
}

struct fake_vm *fake_vm(uint32_t id, const char *name, uint32_t state, uint32_t reason)
{
    struct fake_vm *vm = &fake.vm[id];

    *vm = (struct fake_vm){ .takes = sizeof(vm->typed), .memory = memfd_create("vm", MFD_CLOEXEC) };
    vm->info = (struct shyper_vm_info){ .size = sizeof(vm->info),
                                        .id = id,
                                        .type = SHYPER_VM_TYPE_BARE_METAL,
                                        .state = state,
                                        .reason = reason,
                                        .vcpus = 1,
                                        .cpu_bitmap = 2,
                                        .memory_bytes = 64 * MIB,
                                        .weight = SHYPER_WEIGHT_DEFAULT };
    snprintf(vm->info.name, sizeof(vm->info.name), "%s", name);
    if (ftruncate(vm->memory, FAKE_RAM + 64 * (off_t)MIB) != 0) {
        perror("fake memory");
    }
    return vm;
}

printf_like(1, 2)
static void ask(const char *format, ...)
{
    size_t at = strlen(fake.asked);
    va_list args;

    va_start(args, format);
    vsnprintf(fake.asked + at, sizeof(fake.asked) - at, format, args);
    va_end(args);
}

/* VM fds are told apart by the file behind them, so that copies of them work as well. */
static struct fake_vm *vm_of(int fd)
{
    struct stat mine, its;

    for (uint32_t i = 0; i < FAKE_VMS; i++) {
        if (fake.vm[i].info.state != 0 && fstat(fd, &mine) == 0 &&
            fstat(fake.vm[i].memory, &its) == 0 && mine.st_ino == its.st_ino) {
            return &fake.vm[i];
        }
    }
    return NULL;
}

int shyper_open_device(void)
{
    return fake.open_error != 0 ? fake.open_error : open("/dev/null", O_RDWR | O_CLOEXEC);
}
int shyper_open(void)       { return shyper_open_device(); }
int shyper_log_level(int sys, uint32_t level)
{
    int before = (int)fake.log_level;

    fake.log_level = level;
    return before;
}

int shyper_self(int sys)    { return 0; }
int shyper_events(int sys)  { return 0; }

int shyper_system_shutdown(int sys)
{
    ask("shutdown, ");
    return -EIO;                /* the real one does not return when it works */
}

int shyper_system_reboot(int sys)
{
    ask("restart, ");
    return -EIO;
}

int shyper_system_info(int sys, struct shyper_system_info *out)
{
    *out = (struct shyper_system_info){ .size = sizeof(*out),
                                        .abi_major = 1,
                                        .cpus = 4,
                                        .gic_version = fake.gic,
                                        .pool_bytes = 512 * MIB,
                                        .pool_free_bytes = fake.pool_free,
                                        .version = "fake",
                                        .log_level = fake.log_level,
                                        .vms_max = fake.vms_max };
    for (uint32_t i = 0; i < FAKE_VMS; i++) {
        out->vms += fake.vm[i].info.state != 0;
    }
    return 0;
}

int shyper_vm_next(int sys, uint32_t after)
{
    for (uint32_t i = after + 1; i < FAKE_VMS; i++) {
        if (fake.vm[i].info.state != 0) {
            return (int)i;
        }
    }
    return -ENOENT;
}

int shyper_vm_open(int sys, uint32_t id)
{
    return id < FAKE_VMS && fake.vm[id].info.state != 0 ? dup(fake.vm[id].memory) : -ENOENT;
}

int shyper_vm_device(int fd) { return dup(fd); }

int shyper_vm_create(int sys, const void *blob, size_t bytes, uint32_t *id)
{
    int free_id = 1;

    strcat(fake.log, fake.log_of_create);
    if (fake.create_error != 0) {
        return fake.create_error;
    }
    while (fake.vm[free_id].info.state != 0) {
        free_id++;
    }
    fake_vm((uint32_t)free_id, fake.created_name, SHYPER_VM_CREATED, 0)->info.restart =
        fake.created_restart;
    ask("create %d, ", free_id);
    *id = (uint32_t)free_id;
    return 0;
}

/* One step of life: allowed from the states in the mask only. */
static int step(int fd, const char *verb, unsigned from_states, uint32_t to, uint32_t reason)
{
    struct fake_vm *vm = vm_of(fd);

    if (vm == NULL) {
        return -ENOENT;
    }
    ask("%s %u, ", verb, vm->info.id);
    if (vm->info.id == SHYPER_MVM_ID) {
        return -EACCES;
    }
    if ((from_states >> vm->info.state & 1) == 0) {
        return -EBUSY;
    }
    vm->info.state = to;
    vm->info.reason = reason;
    return 0;
}

int shyper_vm_boot(int fd)
{
    return step(fd, "boot", 1u << SHYPER_VM_CREATED | 1u << SHYPER_VM_READY, SHYPER_VM_RUNNING, 0);
}

int fake_started(int fd)
{
    struct fake_vm *vm = vm_of(fd);

    vm->info.state = SHYPER_VM_RUNNING;
    vm->info.reason = 0;
    return 0;
}

int shyper_vm_stop(int fd)
{
    if (fake.ends_first) {
        vm_of(fd)->info.state = SHYPER_VM_STOPPED;
        vm_of(fd)->info.reason = SHYPER_REASON_RESET;
    }
    return step(fd, "stop", 1u << SHYPER_VM_RUNNING | 1u << SHYPER_VM_PAUSED, SHYPER_VM_STOPPED,
                SHYPER_REASON_REQUEST);
}

int shyper_vm_pause(int fd)
{
    return step(fd, "pause", 1u << SHYPER_VM_RUNNING, SHYPER_VM_PAUSED, 0);
}

int shyper_vm_resume(int fd)
{
    return step(fd, "resume", 1u << SHYPER_VM_PAUSED, SHYPER_VM_RUNNING, 0);
}

int shyper_vm_reset(int fd)
{
    int ret = step(fd, "reset", 1u << SHYPER_VM_STOPPED | 1u << SHYPER_VM_CRASHED, SHYPER_VM_READY, 0);

    if (ret == 0) {
        vm_of(fd)->info.restarts++;
    }
    return ret;
}

int shyper_vm_remove(int fd)
{
    struct fake_vm *vm = vm_of(fd);
    int ret = step(fd, "remove", ~0u, 0, 0);

    if (ret == 0) {
        close(vm->memory);
    }
    return ret;
}

int shyper_vm_info(int fd, struct shyper_vm_info *out)
{
    struct fake_vm *vm = vm_of(fd);

    if (vm == NULL) {
        return -ENOENT;
    }
    *out = vm->info;
    return 0;
}

int shyper_vm_stat(int fd, struct shyper_vm_stat *out)
{
    *out = (struct shyper_vm_stat){
        .size = sizeof(*out), .exits = { 1, 2, 3 }, .run_ns = 1500000000, .refused = 4, .ready_ns = 20000000, .switches = 9,
        .beats = 7
    };
    return vm_of(fd) != NULL ? 0 : -ENOENT;
}

int shyper_vm_fault(int fd, struct shyper_vm_fault *out)
{
    struct fake_vm *vm = vm_of(fd);

    if (vm == NULL || vm->fault.count == 0) {
        return -ENOENT;
    }
    *out = vm->fault;
    return 0;
}

int shyper_vm_run(int fd, uint32_t index, struct shyper_run *out)
{
    *out = (struct shyper_run){ .ipa = FAKE_RAM, .bytes = 64 * MIB };
    return fake.load_error != 0 ? fake.load_error : index == 0 ? 0 : -ENOENT;
}

/* Cursors count bytes from the start of `from`. */
static ssize_t text_give(const char *from, uint64_t *cursor, char *text, size_t room,
                         uint64_t *lost)
{
    size_t length = strlen(from), at = MIN((size_t)*cursor, length), bytes = MIN(room, length - at);

    memcpy(text, from + at, bytes);
    *cursor += bytes;
    *lost = 0;
    return (ssize_t)bytes;
}

ssize_t shyper_system_log(int sys, uint64_t *cursor, char *text, size_t room, uint64_t *lost)
{
    return text_give(fake.log, cursor, text, room, lost);
}

ssize_t shyper_vm_log(int fd, uint64_t *cursor, char *text, size_t room, uint64_t *lost)
{
    struct fake_vm *vm = vm_of(fd);

    return vm != NULL ? text_give(vm->log, cursor, text, room, lost) : -ENOENT;
}

ssize_t shyper_console_read(int fd, uint64_t *cursor, char *text, size_t room, uint64_t *lost)
{
    struct fake_vm *vm = vm_of(fd);

    return vm != NULL ? text_give(vm->console, cursor, text, room, lost) : -ENOENT;
}

/* The guest answers to everything it gets by showing it. */
ssize_t shyper_console_write(int fd, const char *text, size_t bytes)
{
    struct fake_vm *vm = vm_of(fd);

    if (vm == NULL) {
        return -ENOENT;
    }
    bytes = MIN(bytes, vm->takes);
    strncat(vm->typed, text, MIN(bytes, sizeof(vm->typed) - 1 - strlen(vm->typed)));
    strncat(vm->console, text, MIN(bytes, sizeof(vm->console) - 1 - strlen(vm->console)));
    return (ssize_t)bytes;
}

static int text_ioctl(ssize_t (*read)(int, uint64_t *, char *, size_t, uint64_t *), int fd,
                      struct shyper_ioc_buf *buf)
{
    ssize_t got = read(fd, &buf->cursor, (char *)(uintptr_t)buf->addr, buf->bytes, &buf->lost);

    if (got >= 0) {
        buf->bytes = (uint64_t)got;
    }
    return got < 0 ? (int)got : 0;
}

int shyper_ioctl(int fd, unsigned long request, void *arg)
{
    switch (request) {
    case SHYPER_IOC_SYSTEM_INFO:  return shyper_system_info(fd, arg);
    case SHYPER_IOC_SYSTEM_LOG:   return text_ioctl(shyper_system_log, fd, arg);
    case SHYPER_IOC_VM_NEXT:      return shyper_vm_next(fd, (uint32_t)(uintptr_t)arg);
    case SHYPER_IOC_LOG_LEVEL:    return shyper_log_level(fd, (uint32_t)(uintptr_t)arg);
    case SHYPER_IOC_SELF:         return shyper_self(fd);
    case SHYPER_IOC_SHUTDOWN:     return shyper_system_shutdown(fd);
    case SHYPER_IOC_INFO:         return shyper_vm_info(fd, arg);
    case SHYPER_IOC_STAT:         return shyper_vm_stat(fd, arg);
    case SHYPER_IOC_LOG:          return text_ioctl(shyper_vm_log, fd, arg);
    default:                      return -ENOTTY;
    }
}
