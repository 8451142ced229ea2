/* SPDX-License-Identifier: Apache-2.0 */
/* Uses and misuses memory of VMs by /dev/shyper: areas, direct I/O, and removal while there are
 * any. */
#include <signal.h>
#include <string.h>
#include <sys/uio.h>

#include "tests/system/driver/fakevm.h"

#define RUN_BYTES (256 * 1024)

/* The fake counts open memory here. */
static long opens(int fd)
{
    struct shyper_vm_stat stat = { .size = sizeof(stat) };

    return ioctl(fd, SHYPER_IOC_STAT, &stat) == 0 ? (long)stat.run_ns : -1;
}

static void mapping_is_checked(void)
{
    int fd, mvm = ioctl(sys, SHYPER_IOC_VM_OPEN, 0);
    char *p;

    vm_make("a", &fd);
    MAP_REFUSED(PROT_READ, MAP_PRIVATE, fd, RAM, PAGE, EINVAL);
    MAP_REFUSED(PROT_READ | PROT_EXEC, MAP_SHARED, fd, RAM, PAGE, EINVAL);
    MAP_REFUSED(PROT_READ, MAP_SHARED, fd, RAM - (int)PAGE, PAGE, ENXIO);
    MAP_REFUSED(PROT_READ, MAP_SHARED, fd, RAM - (int)PAGE, 2 * PAGE, ENXIO);
    MAP_REFUSED(PROT_READ, MAP_SHARED, fd, RAM, RUN_BYTES + PAGE, ENXIO);
    MAP_REFUSED(PROT_READ, MAP_SHARED, fd, RAM + 2 * RUN_BYTES - (int)PAGE, 2 * PAGE, ENXIO);
    MAP_REFUSED(PROT_READ, MAP_SHARED, fd, RAM + 2 * RUN_BYTES, PAGE, ENXIO);
    MAP_REFUSED(PROT_READ, MAP_SHARED, fd, 0, PAGE, ENXIO);
    MAP_REFUSED(PROT_READ, MAP_SHARED, mvm, RAM, PAGE, EINVAL);
    CHECK(opens(fd) == 0);

    p = ram_map(fd, 0, PAGE);
    CHECK(p != MAP_FAILED && opens(fd) == 1);
    REFUSED(mprotect(p, PAGE, PROT_READ | PROT_EXEC), EACCES);
    REFUSED(mremap(p, PAGE, 4 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0, EFAULT);
    CHECK(munmap(p, PAGE) == 0 && opens(fd) == 0);
    close(mvm);
    gone(fd);
}

static void memory_is_open_while_any_area_is_there(void)
{
    char *p, *q;
    int fd;

    vm_make("slow", &fd);
    p = ram_map(fd, 0, RUN_BYTES);
    q = ram_map(fd, RUN_BYTES, RUN_BYTES);
    CHECK(p != MAP_FAILED && q != MAP_FAILED && opens(fd) == 1);
    p[0] = 1, p[RUN_BYTES - 1] = 2, q[0] = 3;
    CHECK(munmap(p + PAGE, PAGE) == 0);         /* a hole makes two areas of one */
    CHECK(munmap(p, PAGE) == 0 && munmap(q, RUN_BYTES) == 0 && opens(fd) == 1);
    CHECK(p[RUN_BYTES - 1] == 2);

    pid_t child = fork();
    if (child == 0) {
        p[RUN_BYTES - 1]++;
        _exit(0);
    }
    CHECK(waitpid(child, NULL, 0) == child && p[RUN_BYTES - 1] == 3 && opens(fd) == 1);
    CHECK(munmap(p + 2 * PAGE, RUN_BYTES - 2 * PAGE) == 0 && opens(fd) == 0);

    p = ram_map(fd, 0, PAGE);
    q = ram_map(fd, RUN_BYTES, PAGE);
    CHECK(p[0] == 1 && q[0] == 3);              /* the same memory as before */
    munmap(p, PAGE);
    munmap(q, PAGE);
    gone(fd);
}

static void an_area_outlives_its_fd(void)
{
    char *p;
    int fd, again, id = vm_make("a", &fd);

    p = ram_map(fd, 0, PAGE);
    close(fd);
    p[5] = 5;
    again = ioctl(sys, SHYPER_IOC_VM_OPEN, id);
    CHECK(opens(again) == 1);
    munmap(p, PAGE);
    CHECK(opens(again) == 0);
    gone(again);
}

static void direct_io_works_on_guest_memory(void)
{
    static char text[PAGE] __attribute__((aligned(4096))) = "from the disk";
    char *p;
    int fd, disk = open("/dev/ram0", O_RDWR | O_DIRECT);

    vm_make("a", &fd);
    p = ram_map(fd, 0, RUN_BYTES);
    CHECK(disk >= 0 && pwrite(disk, text, PAGE, 0) == (ssize_t)PAGE);
    CHECK(pread(disk, p + PAGE, PAGE, 0) == (ssize_t)PAGE && strcmp(p + PAGE, text) == 0);
    strcpy(p + 2 * PAGE, "from the guest");
    CHECK(pwrite(disk, p + 2 * PAGE, PAGE, PAGE) == (ssize_t)PAGE);
    CHECK(pread(disk, text, PAGE, PAGE) == (ssize_t)PAGE && strcmp(text, "from the guest") == 0);
    CHECK(pread(disk, p, RUN_BYTES, 0) == RUN_BYTES && strcmp(p + PAGE, "from the guest") == 0);
    munmap(p, RUN_BYTES);
    close(disk);
    gone(fd);
}

static void memory_that_cannot_be_closed_yet_is_closed_later(void)
{
    char *p;
    int fd;

    vm_make("tight", &fd);
    p = ram_map(fd, 0, PAGE);
    munmap(p, PAGE);
    CHECK(opens(fd) == 1);
    while (opens(fd) != 0) {
        usleep(1000);
    }
    gone(fd);
}

/* A pipe keeps the pages that vmsplice gave it, as I/O in flight does. */
static void memory_stays_open_while_io_holds_a_page(void)
{
    char text[PAGE];
    struct iovec io;
    int fd, ends[2];
    char *p;

    vm_make("a", &fd);
    CHECK(pipe(ends) == 0);
    p = ram_map(fd, 0, PAGE);
    strcpy(p, "in flight");
    io = (struct iovec){ .iov_base = p, .iov_len = PAGE };
    CHECK(vmsplice(ends[1], &io, 1, 0) == (ssize_t)PAGE);
    munmap(p, PAGE);
    CHECK(opens(fd) == 1);

    p = ram_map(fd, RUN_BYTES, PAGE);           /* mapped again meanwhile */
    CHECK(p != MAP_FAILED && opens(fd) == 1);
    munmap(p, PAGE);
    CHECK(opens(fd) == 1);
    CHECK(read(ends[0], text, PAGE) == (ssize_t)PAGE && strcmp(text, "in flight") == 0);
    while (opens(fd) != 0) {
        usleep(1000);
    }
    close(ends[0]);
    close(ends[1]);
    gone(fd);
}

static void removal_waits_for_the_last_area(void)
{
    int fd, status, id = vm_make("a", &fd);
    char *p = ram_map(fd, 0, PAGE);
    pid_t child = fork();

    if (child == 0) {
        munmap(p, PAGE);
        _exit(ioctl(fd, SHYPER_IOC_REMOVE, 0) == 0 ? 0 : 1);
    }
    while (vm_state(fd) != SHYPER_VM_STOPPED) {
        usleep(1000);
    }
    p[0] = 1;
    munmap(p, PAGE);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    REFUSED(ioctl(fd, SHYPER_IOC_BOOT, 0), ENOENT);
    REFUSED(ioctl(sys, SHYPER_IOC_VM_OPEN, id), ENOENT);
    close(fd);
}

static void a_removal_left_alone_ends_with_the_last_area(void)
{
    int fd, status, id = vm_make("a", &fd);
    char *p = ram_map(fd, 0, PAGE);
    pid_t child = fork();

    if (child == 0) {
        munmap(p, PAGE);
        ioctl(fd, SHYPER_IOC_REMOVE, 0);
        _exit(1);
    }
    while (vm_state(fd) != SHYPER_VM_STOPPED) {
        usleep(1000);
    }
    usleep(1000);
    kill(child, SIGKILL);
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    CHECK(vm_state(fd) == SHYPER_VM_STOPPED);
    munmap(p, PAGE);
    /* Killed before it marked the VM, the child left the removal to us. */
    if (ioctl(fd, SHYPER_IOC_REMOVE, 0) != 0) {
        CHECK(errno == ENOENT);
    }
    REFUSED(ioctl(sys, SHYPER_IOC_VM_OPEN, id), ENOENT);
    close(fd);
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
    ONE(mapping_is_checked);
    ONE(memory_is_open_while_any_area_is_there);
    ONE(an_area_outlives_its_fd);
    ONE(direct_io_works_on_guest_memory);
    ONE(memory_stays_open_while_io_holds_a_page);
    ONE(memory_that_cannot_be_closed_yet_is_closed_later);
    ONE(removal_waits_for_the_last_area);
    ONE(a_removal_left_alone_ends_with_the_last_area);
    return checks_done();
}
