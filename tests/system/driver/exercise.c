/* SPDX-License-Identifier: Apache-2.0 */
/* Uses and misuses /dev/shyper: calls, events, consoles, and unloading, which is last. */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "abi/profile.h"
#include "tests/system/driver/fakevm.h"

static void system_calls_are_checked(void)
{
    struct shyper_system_info info = { .size = sizeof(info) };

    CHECK(ioctl(sys, SHYPER_IOC_VERSION, 0) == (SHYPER_ABI_MAJOR << 16 | SHYPER_ABI_MINOR));
    CHECK(ioctl(sys, SHYPER_IOC_SELF, 0) == 0);
    CHECK(ioctl(sys, SHYPER_IOC_SYSTEM_INFO, &info) == 0 && info.size == sizeof(info));
    REFUSED(ioctl(sys, 0x1234, 0), ENOTTY);
    REFUSED(ioctl(sys, SHYPER_IOC_BOOT, 0), ENOTTY);
    REFUSED(ioctl(sys, SHYPER_IOC_VERSION, 1), EINVAL);
    REFUSED(ioctl(sys, SHYPER_IOC_EVENTS, 1), EINVAL);
    CHECK(ioctl(sys, SHYPER_IOC_LOG_LEVEL, SHYPER_LOG_DEBUG) == SHYPER_LOG_INFO);
    REFUSED(ioctl(sys, SHYPER_IOC_LOG_LEVEL, SHYPER_LOG_DEBUG + 1), EINVAL);
    REFUSED(ioctl(sys, SHYPER_IOC_LOG_LEVEL, 1ull << 32), EINVAL);
    info.size--;
    REFUSED(ioctl(sys, SHYPER_IOC_SYSTEM_INFO, &info), EINVAL);
    REFUSED(ioctl(sys, SHYPER_IOC_SYSTEM_INFO, 0), EFAULT);
    REFUSED(ioctl(sys, SHYPER_IOC_SYSTEM_INFO, ~0xfffull), EFAULT);
    REFUSED(ioctl(sys, SHYPER_IOC_VM_OPEN, 3), ENOENT);
    REFUSED(ioctl(sys, SHYPER_IOC_VM_OPEN, 1ull << 32), EINVAL);
    REFUSED(ioctl(sys, SHYPER_IOC_VM_NEXT, 3), ENOENT);
    CHECK(ioctl(sys, SHYPER_IOC_VM_NEXT, 0xfffffffful) == 0);
    REFUSED(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, sys, 0) == MAP_FAILED ? -1 : 0, ENODEV);
}

static void creation_is_checked(void)
{
    static char blob[SHYPER_PROFILE_BYTES_MAX + 1] = "FAKE:a";
    struct shyper_ioc_create good = { .size = sizeof(good),
                                      .blob = (uintptr_t)blob,
                                      .blob_bytes = 6 },
                             c;

    c = good, c.size++;
    REFUSED(ioctl(sys, SHYPER_IOC_VM_CREATE, &c), EINVAL);
    c = good, c.id = 1;
    REFUSED(ioctl(sys, SHYPER_IOC_VM_CREATE, &c), EINVAL);
    c = good, c.blob_bytes = 0;
    REFUSED(ioctl(sys, SHYPER_IOC_VM_CREATE, &c), EINVAL);
    c = good, c.blob_bytes = sizeof(blob);
    REFUSED(ioctl(sys, SHYPER_IOC_VM_CREATE, &c), E2BIG);
    c = good, c.blob_bytes = ~0ull;
    REFUSED(ioctl(sys, SHYPER_IOC_VM_CREATE, &c), E2BIG);
    c = good, c.blob = 0;
    REFUSED(ioctl(sys, SHYPER_IOC_VM_CREATE, &c), EFAULT);
    c = good, c.blob_bytes = 3;
    REFUSED(ioctl(sys, SHYPER_IOC_VM_CREATE, &c), EINVAL);

    /* The id cannot be told: no VM is left. */
    struct shyper_ioc_create *read_only =
        mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *read_only = good;
    CHECK(mprotect(read_only, PAGE, PROT_READ) == 0);
    REFUSED(ioctl(sys, SHYPER_IOC_VM_CREATE, read_only), EFAULT);
    REFUSED(ioctl(sys, SHYPER_IOC_VM_NEXT, 0), ENOENT);
}

static void vm_calls_are_checked(void)
{
    struct shyper_vm_info info = { .size = sizeof(info) - 4 };
    struct shyper_vm_fault fault = { .size = sizeof(fault) };
    struct shyper_ioc_run run = { .size = sizeof(run), .index = 2 };
    struct shyper_ioc_buf buf = { .size = sizeof(buf), .bytes = 10 };
    int fd, id = vm_make("a", &fd);

    CHECK(id == 1 && vm_state(fd) == SHYPER_VM_CREATED);
    REFUSED(ioctl(fd, SHYPER_IOC_INFO, &info), EINVAL);
    REFUSED(ioctl(fd, SHYPER_IOC_INFO, 0), EFAULT);
    REFUSED(ioctl(fd, SHYPER_IOC_FAULT, &fault), ENOENT);
    REFUSED(ioctl(fd, SHYPER_IOC_BOOT, 1), EINVAL);
    REFUSED(ioctl(fd, SHYPER_IOC_REMOVE, 1), EINVAL);
    REFUSED(ioctl(fd, SHYPER_IOC_VERSION, 0), ENOTTY);
    REFUSED(ioctl(fd, SHYPER_IOC_RUN, &run), ENOENT);
    run.size = 0;
    REFUSED(ioctl(fd, SHYPER_IOC_RUN, &run), EINVAL);
    REFUSED(ioctl(fd, SHYPER_IOC_CONSOLE_WRITE, &buf), EFAULT);
    CHECK(ioctl(fd, SHYPER_IOC_CONSOLE_WRITE, &(struct shyper_ioc_buf){ .size = sizeof(buf) }) ==
          0);
    buf.rsv0 = 1;
    REFUSED(ioctl(fd, SHYPER_IOC_CONSOLE_READ, &buf), EINVAL);
    buf.rsv0 = 0, buf.cursor = 1;
    REFUSED(ioctl(fd, SHYPER_IOC_CONSOLE_WRITE, &buf), EINVAL);
    REFUSED(ioctl(fd, SHYPER_IOC_STOP, 0), EBUSY);
    CHECK(ioctl(fd, SHYPER_IOC_BOOT, 0) == 0 && vm_state(fd) == SHYPER_VM_RUNNING);
    REFUSED(ioctl(fd, SHYPER_IOC_BOOT, 0), EBUSY);
    gone(fd);
}

static void an_unknown_fd_number_is_no_vm(void)
{
    int fd = open("/dev/null", O_RDWR);

    REFUSED(ioctl(fd, SHYPER_IOC_BOOT, 0), ENOTTY);
    close(fd);
    REFUSED(ioctl(fd, SHYPER_IOC_BOOT, 0), EBADF);
}

static void an_old_fd_is_not_the_next_vm(void)
{
    int old, fd, id = vm_make("a", &old);
    struct pollfd p = { .fd = old, .events = POLLIN };

    CHECK(ioctl(old, SHYPER_IOC_REMOVE, 0) == 0);
    CHECK(vm_make("b", &fd) == id);
    REFUSED(ioctl(old, SHYPER_IOC_BOOT, 0), ENOENT);
    REFUSED(ram_map(old, 0, PAGE) == MAP_FAILED ? -1 : 0, ENOENT);
    CHECK(poll(&p, 1, 0) == 1 && (p.revents & POLLHUP) != 0);
    CHECK(vm_state(old) == -1 && vm_state(fd) == SHYPER_VM_CREATED);
    close(old);
    CHECK(vm_state(fd) == SHYPER_VM_CREATED);
    gone(fd);
}

static void every_fd_has_its_own_events(void)
{
    int fd, other = open("/dev/shyper", O_RDWR);
    struct pollfd p[] = { { .fd = sys, .events = POLLPRI }, { .fd = other, .events = POLLPRI } };

    vm_make("a", &fd);
    ioctl(sys, SHYPER_IOC_EVENTS, 0);
    ioctl(other, SHYPER_IOC_EVENTS, 0);
    CHECK(poll(p, 2, 0) == 0);
    CHECK(ioctl(fd, SHYPER_IOC_BOOT, 0) == 0 && poll(p, 2, -1) == 2);
    CHECK(ioctl(sys, SHYPER_IOC_EVENTS, 0) == SHYPER_EVENT_STATE &&
          ioctl(sys, SHYPER_IOC_EVENTS, 0) == 0);
    CHECK(poll(p, 2, 0) == 1 && ioctl(other, SHYPER_IOC_EVENTS, 0) == SHYPER_EVENT_STATE);
    close(other);
    gone(fd);
}

/* In a child, wait for this on fd; it ends with status 0 when poll has said so. */
static pid_t sleeper(int fd, short events, short expected)
{
    struct pollfd p = { .fd = fd, .events = events };
    pid_t child = fork();

    if (child == 0) {
        do {
            if (poll(&p, 1, -1) != 1) {
                _exit(1);
            }
        } while ((p.revents & expected) == 0);
        _exit(0);
    }
    return child;
}

static void wakes(pid_t child)
{
    int status;

    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void who_sleeps_in_poll_is_woken(void)
{
    char text[] = "x", got[16];
    struct shyper_ioc_buf in = { .size = sizeof(in), .addr = (uintptr_t)text, .bytes = 1 };
    struct shyper_ioc_buf out = { .size = sizeof(out),
                                  .addr = (uintptr_t)got,
                                  .bytes = sizeof(got) };
    pid_t child;
    int fd;

    vm_make("a", &fd);
    CHECK(ioctl(fd, SHYPER_IOC_CONSOLE_READ, &out) == 0);
    child = sleeper(fd, POLLIN, POLLIN);
    CHECK(ioctl(fd, SHYPER_IOC_CONSOLE_WRITE, &in) == 0);
    wakes(child);

    ioctl(sys, SHYPER_IOC_EVENTS, 0);
    child = sleeper(sys, POLLPRI, POLLPRI);
    CHECK(ioctl(fd, SHYPER_IOC_BOOT, 0) == 0);
    wakes(child);

    out.bytes = sizeof(got);
    CHECK(ioctl(fd, SHYPER_IOC_CONSOLE_READ, &out) == 0);
    child = sleeper(fd, 0, POLLHUP);
    CHECK(ioctl(fd, SHYPER_IOC_REMOVE, 0) == 0);
    wakes(child);
    close(fd);
}

static void two_clients_are_served_at_once(void)
{
    pid_t child[2];

    for (int i = 0; i < 2; i++) {
        child[i] = fork();
        if (child[i] == 0) {
            char name[] = { 's', 'l', 'o', 'w', (char)('0' + i), 0 };

            sys = open("/dev/shyper", O_RDWR | O_CLOEXEC);
            for (int n = 0; n < 50; n++) {
                int fd;

                if (vm_make(name, &fd) < 0 || fd < 0 || ioctl(fd, SHYPER_IOC_BOOT, 0) != 0 ||
                    ioctl(fd, SHYPER_IOC_STOP, 0) != 0 || ioctl(fd, SHYPER_IOC_REMOVE, 0) != 0) {
                    _exit(1);
                }
                close(fd);
            }
            _exit(0);
        }
    }
    wakes(child[0]);
    wakes(child[1]);
    REFUSED(ioctl(sys, SHYPER_IOC_VM_NEXT, 0), ENOENT);
}

static void console_text_goes_through_in_pieces(void)
{
    static char text[10000], got[20000];
    struct shyper_ioc_buf in = { .size = sizeof(in),
                                 .addr = (uintptr_t)text,
                                 .bytes = sizeof(text) };
    struct shyper_ioc_buf out = { .size = sizeof(out),
                                  .addr = (uintptr_t)got,
                                  .bytes = sizeof(got) };
    struct shyper_ioc_buf nowhere = { .size = sizeof(nowhere), .addr = 8, .bytes = sizeof(got) };
    struct pollfd p = { .events = POLLIN };
    int fd;

    vm_make("a", &fd);
    p.fd = fd;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)(i * 11 + i / 251);
    }
    CHECK(poll(&p, 1, 0) == 1);
    CHECK(ioctl(fd, SHYPER_IOC_CONSOLE_READ, &out) == 0 && out.bytes == 0 && poll(&p, 1, 0) == 0);
    CHECK(ioctl(fd, SHYPER_IOC_CONSOLE_WRITE, &in) == 0 && in.bytes == sizeof(text) &&
          poll(&p, 1, -1) == 1);
    REFUSED(ioctl(fd, SHYPER_IOC_CONSOLE_READ, &nowhere), EFAULT);
    out.bytes = sizeof(got);
    CHECK(ioctl(fd, SHYPER_IOC_CONSOLE_READ, &out) == 0 && out.bytes == sizeof(text) &&
          out.cursor == sizeof(text));
    CHECK(memcmp(got, text, sizeof(text)) == 0 && out.lost == 0 && poll(&p, 1, 0) == 0);
    CHECK(ioctl(fd, SHYPER_IOC_CONSOLE_WRITE, &in) == 0);
    out.bytes = sizeof(got), out.cursor = 0;
    CHECK(ioctl(fd, SHYPER_IOC_CONSOLE_READ, &out) == 0 && out.lost == 2 * sizeof(text) - 16384 &&
          out.bytes == 16384);
    gone(fd);
}

static uint64_t frame_of(const void *at)
{
    int file = open("/proc/self/pagemap", O_RDONLY);
    uint64_t entry = 0;

    CHECK(pread(file, &entry, 8, (off_t)((uintptr_t)at / PAGE * 8)) == 8 && entry >> 63 != 0);
    close(file);
    return entry & ((1ull << 55) - 1);
}

/* So many pages in a row of which none lies in memory behind the one before it. */
static char *scattered_pages(size_t count)
{
    int file = memfd_create("pages", 0);
    char *all, *p = mmap(NULL, count * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t last = 0;
    char used[32] = { 0 };

    CHECK(ftruncate(file, sizeof(used) * PAGE) == 0);
    all = mmap(NULL, sizeof(used) * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    memset(all, 0x5a, sizeof(used) * PAGE);
    for (size_t i = 0, from = 0; i < count; i++) {
        while (used[from] || frame_of(all + from * PAGE) == last + 1) {
            from = (from + 1) % sizeof(used);
        }
        used[from] = 1;
        last = frame_of(all + from * PAGE);
        CHECK(mmap(p + i * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file,
                   (off_t)(from * PAGE)) != MAP_FAILED);
    }
    munmap(all, sizeof(used) * PAGE);
    close(file);
    return p;
}

static void buffers_may_lie_on_scattered_pages(void)
{
    char *p = scattered_pages(8), *edge = p + PAGE;
    struct shyper_ioc_create *create = (void *)(edge - 8);
    struct shyper_vm_info *info = (void *)(edge - 16);
    struct shyper_ioc_buf buf = { .size = sizeof(buf), .addr = (uintptr_t)p + 10, .bytes = 10000 };
    int fd;

    strcpy(p + 4 * PAGE - 7, "FAKE:name-on-two-pages");
    *create = (struct shyper_ioc_create){ .size = sizeof(*create),
                                          .blob = (uintptr_t)p + 4 * PAGE - 7,
                                          .blob_bytes = 22 };
    CHECK(ioctl(sys, SHYPER_IOC_VM_CREATE, create) == 0);
    fd = ioctl(sys, SHYPER_IOC_VM_OPEN, (unsigned long)create->id);
    memset(info, 0, sizeof(*info));
    info->size = sizeof(*info);
    CHECK(ioctl(fd, SHYPER_IOC_INFO, info) == 0 && strcmp(info->name, "name-on-two-pages") == 0);
    for (size_t i = 0; i < buf.bytes; i++) {
        p[10 + i] = (char)(i * 7 + i / 509);
    }
    CHECK(ioctl(fd, SHYPER_IOC_CONSOLE_WRITE, &buf) == 0 && buf.bytes == 10000);
    buf.addr = (uintptr_t)p + 5 * PAGE + 1;
    CHECK(ioctl(fd, SHYPER_IOC_CONSOLE_READ, &buf) == 0 && buf.bytes == 10000);
    CHECK(memcmp(p + 10, p + 5 * PAGE + 1, 10000) == 0 && p[5 * PAGE] == 0x5a &&
          p[5 * PAGE + 10001] == 0x5a);
    gone(fd);
    munmap(p, 8 * PAGE);
}

static void on_alarm(int number)
{
}

static void waiting_can_be_interrupted(void)
{
    struct sigaction act = { .sa_handler = on_alarm };
    int fd, slow, status;
    pid_t child;

    vm_make("stuck", &fd);
    CHECK(ioctl(fd, SHYPER_IOC_BOOT, 0) == 0);
    sigaction(SIGALRM, &act, NULL);
    ualarm(20000, 20000);
    REFUSED(ioctl(fd, SHYPER_IOC_STOP, 0), EINTR);
    ualarm(0, 0);
    child = fork();
    if (child == 0) {
        ioctl(fd, SHYPER_IOC_STOP, 0);
        _exit(0);
    }
    kill(child, SIGKILL);
    CHECK(waitpid(child, &status, 0) == child);
    gone(fd);

    vm_make("slow", &slow);
    REFUSED(ioctl(slow, SHYPER_IOC_PAUSE, 0), EBUSY);
    CHECK(ioctl(slow, SHYPER_IOC_BOOT, 0) == 0 && ioctl(slow, SHYPER_IOC_PAUSE, 0) == 0);
    CHECK(vm_state(slow) == SHYPER_VM_PAUSED && ioctl(slow, SHYPER_IOC_RESUME, 0) == 0);
    REFUSED(ioctl(slow, SHYPER_IOC_RESUME, 0), EBUSY);
    CHECK(vm_state(slow) == SHYPER_VM_RUNNING && ioctl(slow, SHYPER_IOC_STOP, 0) == 0);
    CHECK(vm_state(slow) == SHYPER_VM_STOPPED && ioctl(slow, SHYPER_IOC_RESET, 0) == 0);
    CHECK(vm_state(slow) == SHYPER_VM_READY);
    gone(slow);
}

static void the_module_stays_while_it_is_used(void)
{
    int fd, id = vm_make("b", &fd);
    char *p;

    p = ram_map(fd, 0, PAGE);
    close(fd);
    close(sys);
    REFUSED((int)syscall(SYS_delete_module, "shyper_fake", O_NONBLOCK), EWOULDBLOCK);
    munmap(p, PAGE);
    /* Nobody has anything open, but the VM is there. */
    REFUSED((int)syscall(SYS_delete_module, "shyper_fake", O_NONBLOCK), EWOULDBLOCK);
    sys = open("/dev/shyper", O_RDWR | O_CLOEXEC);
    gone(ioctl(sys, SHYPER_IOC_VM_OPEN, id));
    close(sys);
    CHECK(syscall(SYS_delete_module, "shyper_fake", O_NONBLOCK) == 0);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    sys = open("/dev/shyper", O_RDWR | O_CLOEXEC);
    if (sys < 0) {
        perror("/dev/shyper");
        return 1;
    }
#define ONE(name) check_run(#name, name)
    ONE(system_calls_are_checked);
    ONE(creation_is_checked);
    ONE(vm_calls_are_checked);
    ONE(an_unknown_fd_number_is_no_vm);
    ONE(an_old_fd_is_not_the_next_vm);
    ONE(every_fd_has_its_own_events);
    ONE(who_sleeps_in_poll_is_woken);
    ONE(two_clients_are_served_at_once);
    ONE(console_text_goes_through_in_pieces);
    ONE(buffers_may_lie_on_scattered_pages);
    ONE(waiting_can_be_interrupted);
    ONE(the_module_stays_while_it_is_used);
    return checks_done();
}
