/* SPDX-License-Identifier: Apache-2.0 */
/* One function per ioctl, on /dev/shyper or by the daemon. Nothing is decided here. */
#include "mvm/libshyper/shyper.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "mvm/libshyper/remote.h"

static int result_of(int ret)
{
    return ret < 0 ? -errno : ret;
}

int shyper_ioctl(int fd, unsigned long request, void *arg)
{
    if (remote_is(fd)) {
        return remote_ioctl(fd, request, arg);
    }
    message_set("%s", "");
    return result_of(ioctl(fd, request, arg));
}

static int with_value(int fd, unsigned long request, uint32_t value)
{
    return shyper_ioctl(fd, request, (void *)(uintptr_t)value);
}

int shyper_open_device(void)        { return result_of(open("/dev/shyper", O_RDWR | O_CLOEXEC)); }
int shyper_system_shutdown(int sys) { return with_value(sys, SHYPER_IOC_SHUTDOWN, 0); }
int shyper_system_reboot(int sys)   { return with_value(sys, SHYPER_IOC_REBOOT, 0); }
int shyper_self(int sys)            { return with_value(sys, SHYPER_IOC_SELF, 0); }
int shyper_events(int sys)          { return with_value(sys, SHYPER_IOC_EVENTS, 0); }
int shyper_log_level(int sys, uint32_t to)  { return with_value(sys, SHYPER_IOC_LOG_LEVEL, to); }
int shyper_vm_next(int sys, uint32_t after) { return with_value(sys, SHYPER_IOC_VM_NEXT, after); }
int shyper_vm_open(int sys, uint32_t id)    { return with_value(sys, SHYPER_IOC_VM_OPEN, id); }
int shyper_vm_boot(int vm)          { return with_value(vm, SHYPER_IOC_BOOT, 0); }
int shyper_vm_stop(int vm)          { return with_value(vm, SHYPER_IOC_STOP, 0); }
int shyper_vm_pause(int vm)         { return with_value(vm, SHYPER_IOC_PAUSE, 0); }
int shyper_vm_resume(int vm)        { return with_value(vm, SHYPER_IOC_RESUME, 0); }
int shyper_vm_reset(int vm)         { return with_value(vm, SHYPER_IOC_RESET, 0); }
int shyper_vm_remove(int vm)        { return with_value(vm, SHYPER_IOC_REMOVE, 0); }

int shyper_open(void)
{
    int fd = remote_open(), device;

    if (fd >= 0) {
        return fd;
    }
    device = shyper_open_device();
    return device == -EACCES && fd == -EACCES ? -EPERM : device;
}

int shyper_system_info(int sys, struct shyper_system_info *out)
{
    struct shyper_system_info info = { .size = sizeof(info) };
    int ret = shyper_ioctl(sys, SHYPER_IOC_SYSTEM_INFO, &info);

    if (ret == 0) {
        *out = info;
    }
    return ret;
}

int shyper_vm_info(int vm, struct shyper_vm_info *out)
{
    struct shyper_vm_info info = { .size = sizeof(info) };
    int ret = shyper_ioctl(vm, SHYPER_IOC_INFO, &info);

    if (ret == 0) {
        *out = info;
        out->name[SHYPER_NAME_MAX - 1] = 0;
    }
    return ret;
}

int shyper_vm_stat(int vm, struct shyper_vm_stat *out)
{
    struct shyper_vm_stat stat = { .size = sizeof(stat) };
    int ret = shyper_ioctl(vm, SHYPER_IOC_STAT, &stat);

    if (ret == 0) {
        *out = stat;
    }
    return ret;
}

int shyper_vm_fault(int vm, struct shyper_vm_fault *out)
{
    struct shyper_vm_fault fault = { .size = sizeof(fault) };
    int ret = shyper_ioctl(vm, SHYPER_IOC_FAULT, &fault);

    if (ret == 0) {
        *out = fault;
    }
    return ret;
}

int shyper_vm_run(int vm, uint32_t index, struct shyper_run *out)
{
    struct shyper_ioc_run run = { .size = sizeof(run), .index = index };
    int ret = shyper_ioctl(vm, SHYPER_IOC_RUN, &run);

    if (ret == 0) {
        *out = run.run;
    }
    return ret;
}

int shyper_vm_create(int sys, const void *blob, size_t bytes, uint32_t *id)
{
    struct shyper_ioc_create create = { .size = sizeof(create),
                                        .blob = (uintptr_t)blob,
                                        .blob_bytes = bytes };
    int ret = shyper_ioctl(sys, SHYPER_IOC_VM_CREATE, &create);

    if (ret == 0) {
        *id = create.id;
    }
    return ret;
}

static ssize_t text_read(int fd, unsigned long request, uint64_t *cursor, char *text, size_t room,
                         uint64_t *lost)
{
    struct shyper_ioc_buf buf = {
        .size = sizeof(buf), .addr = (uintptr_t)text, .bytes = room, .cursor = *cursor
    };
    int ret = shyper_ioctl(fd, request, &buf);

    if (ret < 0) {
        return ret;
    }
    *cursor = buf.cursor;
    *lost = buf.lost;
    return (ssize_t)buf.bytes;
}

ssize_t shyper_system_log(int sys, uint64_t *cursor, char *text, size_t room, uint64_t *lost)
{
    return text_read(sys, SHYPER_IOC_SYSTEM_LOG, cursor, text, room, lost);
}

ssize_t shyper_vm_log(int vm, uint64_t *cursor, char *text, size_t room, uint64_t *lost)
{
    return text_read(vm, SHYPER_IOC_LOG, cursor, text, room, lost);
}

ssize_t shyper_console_read(int vm, uint64_t *cursor, char *text, size_t room, uint64_t *lost)
{
    return text_read(vm, SHYPER_IOC_CONSOLE_READ, cursor, text, room, lost);
}

ssize_t shyper_console_write(int vm, const char *text, size_t bytes)
{
    struct shyper_ioc_buf buf = { .size = sizeof(buf), .addr = (uintptr_t)text, .bytes = bytes };
    int ret = shyper_ioctl(vm, SHYPER_IOC_CONSOLE_WRITE, &buf);

    return ret < 0 ? ret : (ssize_t)buf.bytes;
}

int shyper_vm_device(int vm)
{
    struct shyper_vm_info info;
    int sys, fd, ret;

    if (!remote_is(vm)) {
        return result_of(fcntl(vm, F_DUPFD_CLOEXEC, 0));
    }
    ret = shyper_vm_info(vm, &info);
    sys = ret < 0 ? ret : shyper_open_device();
    if (sys < 0) {
        return sys;
    }
    fd = shyper_vm_open(sys, info.id);
    close(sys);
    return fd;
}
