/* SPDX-License-Identifier: Apache-2.0 */
/* guestmem ID            maps the RAM of a real VM that does not run, does direct I/O, misuses its fd
 * guestmem ID FILE IPA   compares a file with what lies at an address, through all pieces of RAM
 * guestmem - FILE BYTES  makes a file in which every eight bytes are others */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi/ioctl.h"
#include "tests/system/driver/check.h"

#define PAGE 4096u

static int sys, vm, disk;
static struct shyper_ioc_run first;

static char *ram_map(uint64_t offset, size_t bytes)
{
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vm,
                (off_t)(first.run.ipa + offset));
}

static void runs_are_whole_pages_in_order(void)
{
    struct shyper_ioc_run run = { .size = sizeof(run) };
    uint64_t end = 0;

    for (; ioctl(vm, SHYPER_IOC_RUN, &run) == 0; run.index++) {
        CHECK(run.run.bytes != 0 && (run.run.ipa | run.run.pa | run.run.bytes) % PAGE == 0);
        CHECK(run.run.ipa >= end);
        end = run.run.ipa + run.run.bytes;
    }
    CHECK(errno == ENOENT && run.index > 0);
}

static void new_memory_is_zero(void)
{
    char *p = ram_map(first.run.bytes - 64 * PAGE, 64 * PAGE);
    int other = 0;

    CHECK(p != MAP_FAILED);
    for (size_t i = 0; i < 64 * PAGE; i++) {
        other |= p[i];
    }
    CHECK(other == 0);
    munmap(p, 64 * PAGE);
}

static void what_is_written_is_there_after_a_new_mapping(void)
{
    char *p = ram_map(0, first.run.bytes);

    CHECK(p != MAP_FAILED);
    for (uint64_t at = 0; at < first.run.bytes; at += 16 * PAGE) {
        memcpy(p + at, &at, sizeof(at));
    }
    munmap(p, first.run.bytes);
    p = ram_map(0, first.run.bytes);
    for (uint64_t at = 0; at < first.run.bytes; at += 16 * PAGE) {
        CHECK(memcmp(p + at, &at, sizeof(at)) == 0);
    }
    munmap(p, first.run.bytes);
}

static void direct_io_reads_into_and_writes_from_it(void)
{
    static char text[PAGE] __attribute__((aligned(4096))) = "from the disk";
    char *p = ram_map(PAGE, 64 * PAGE);

    CHECK(pwrite(disk, text, PAGE, 0) == (ssize_t)PAGE);
    CHECK(pread(disk, p, PAGE, 0) == (ssize_t)PAGE && strcmp(p, text) == 0);
    strcpy(p + PAGE, "from the guest");
    CHECK(pwrite(disk, p + PAGE, PAGE, PAGE) == (ssize_t)PAGE);
    CHECK(pread(disk, text, PAGE, PAGE) == (ssize_t)PAGE && strcmp(text, "from the guest") == 0);
    CHECK(pread(disk, p, 64 * PAGE, 0) == 64 * PAGE && strcmp(p + PAGE, "from the guest") == 0);
    munmap(p, 64 * PAGE);
}

static void other_mappings_are_refused(void)
{
    int mvm = ioctl(sys, SHYPER_IOC_VM_OPEN, 0);

    MAP_REFUSED(PROT_READ, MAP_PRIVATE, vm, (off_t)first.run.ipa, PAGE, EINVAL);
    MAP_REFUSED(PROT_READ, MAP_SHARED, vm, (off_t)(first.run.ipa - PAGE), PAGE, ENXIO);
    MAP_REFUSED(PROT_READ, MAP_SHARED, vm, (off_t)(first.run.ipa - PAGE), 2 * PAGE, ENXIO);
    MAP_REFUSED(PROT_READ, MAP_SHARED, vm, (off_t)(first.run.ipa + first.run.bytes - PAGE),
                2 * PAGE, ENXIO);
    MAP_REFUSED(PROT_READ, MAP_SHARED, vm, 0, PAGE, ENXIO);
    MAP_REFUSED(PROT_READ, MAP_SHARED, vm, (off_t)first.run.ipa, 1ul << 40, ENXIO);
    MAP_REFUSED(PROT_READ, MAP_SHARED, mvm, 0x40000000, PAGE, EINVAL);
    MAP_REFUSED(PROT_READ, MAP_SHARED, sys, 0, PAGE, ENODEV);
    close(mvm);
}

static void misuse_is_refused(void)
{
    struct shyper_vm_info info = { .size = sizeof(info) - 1 };
    struct shyper_ioc_buf buf = { .size = sizeof(buf), .rsv0 = 1 };
    struct shyper_ioc_create create = { .size = sizeof(create),
                                        .blob = (uintptr_t)&info,
                                        .blob_bytes = sizeof(info) };

    REFUSED(ioctl(vm, SHYPER_IOC_INFO, &info), EINVAL);
    REFUSED(ioctl(vm, SHYPER_IOC_INFO, 8), EFAULT);
    REFUSED(ioctl(vm, SHYPER_IOC_BOOT, 7), EINVAL);
    REFUSED(ioctl(vm, SHYPER_IOC_CONSOLE_READ, &buf), EINVAL);
    REFUSED(ioctl(vm, SHYPER_IOC_VERSION, 0), ENOTTY);
    REFUSED(ioctl(sys, SHYPER_IOC_BOOT, 0), ENOTTY);
    REFUSED(ioctl(sys, SHYPER_IOC_VM_OPEN, 31), ENOENT);
    REFUSED(ioctl(sys, SHYPER_IOC_VM_OPEN, 0xffffffff), ENOENT);
    REFUSED(ioctl(sys, SHYPER_IOC_VM_CREATE, &create), EINVAL);
    CHECK(ioctl(sys, SHYPER_IOC_SELF, 0) == 0);
}

/* Page by page, so that no mapping crosses from one piece into the next. One mapping is held all
 * the while: the memory is closed whenever the last one goes, which takes its time. */
static int compare(const char *name, uint64_t ipa)
{
    static char text[PAGE];
    char *held = ram_map(0, PAGE);
    int file = open(name, O_RDONLY);
    uint64_t done = 0;
    ssize_t got;

    while ((got = read(file, text, PAGE)) > 0) {
        char *p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, vm, (off_t)(ipa + done));

        if (p == MAP_FAILED || memcmp(p, text, (size_t)got) != 0) {
            printf("differs in the page at %#llx\n", (unsigned long long)(ipa + done));
            return 1;
        }
        munmap(p, PAGE);
        done += (uint64_t)got;
    }
    munmap(held, PAGE);
    printf("same %llu bytes\n", (unsigned long long)done);
    return got != 0;
}

static int make(const char *name, uint64_t bytes)
{
    FILE *file = fopen(name, "w");

    for (uint64_t at = 0; file != NULL && at < bytes; at += sizeof(at)) {
        uint64_t left = bytes - at, value = at * UINT64_C(0x9e3779b97f4a7c15);

        fwrite(&value, left < sizeof(value) ? left : sizeof(value), 1, file);
    }
    return file == NULL || fclose(file) != 0;
}

static unsigned pieces(void)
{
    struct shyper_ioc_run run = { .size = sizeof(run) };

    while (ioctl(vm, SHYPER_IOC_RUN, &run) == 0) {
        printf("piece %#llx %#llx\n", (unsigned long long)run.run.ipa,
               (unsigned long long)run.run.bytes);
        run.index++;
    }
    return run.index;
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 4) {
        fprintf(stderr, "usage: guestmem ID [FILE IPA] | - FILE BYTES\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 4 && strcmp(argv[1], "-") == 0) {
        return make(argv[2], strtoull(argv[3], NULL, 0));
    }
    first.size = sizeof(first);
    sys = open("/dev/shyper", O_RDWR);
    vm = ioctl(sys, SHYPER_IOC_VM_OPEN, strtoul(argv[1], NULL, 10));
    if (sys < 0 || vm < 0 || ioctl(vm, SHYPER_IOC_RUN, &first) != 0) {
        perror("guestmem");
        return 1;
    }
    printf("pieces: %u\n", pieces());
    if (argc == 4) {
        return compare(argv[2], strtoull(argv[3], NULL, 0));
    }
    disk = open("/dev/ram0", O_RDWR | O_DIRECT);
    if (disk < 0) {
        perror("/dev/ram0");
        return 1;
    }
#define ONE(name) check_run(#name, name)
    ONE(runs_are_whole_pages_in_order);
    ONE(new_memory_is_zero);
    ONE(what_is_written_is_there_after_a_new_mapping);
    ONE(direct_io_reads_into_and_writes_from_it);
    ONE(other_mappings_are_refused);
    ONE(misuse_is_refused);
    return checks_done();
}
