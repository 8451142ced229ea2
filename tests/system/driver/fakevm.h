/* SPDX-License-Identifier: Apache-2.0 */
/* VMs of the fake hypervisor of fake.c. Waiting is always for an event; the caller's time limit
 * finds a hang. */
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/ioctl.h"
#include "tests/system/driver/check.h"

#define RAM       0x40000000
#define PAGE      4096u

static int sys;

static inline int vm_make(const char *name, int *fd)
{
    char blob[64];
    struct shyper_ioc_create create = { .size = sizeof(create), .blob = (uintptr_t)blob };

    *fd = -1;
    create.blob_bytes = (uint64_t)snprintf(blob, sizeof(blob), "FAKE:%s", name);
    if (ioctl(sys, SHYPER_IOC_VM_CREATE, &create) != 0) {
        return -1;
    }
    *fd = ioctl(sys, SHYPER_IOC_VM_OPEN, (unsigned long)create.id);
    return (int)create.id;
}

static inline int vm_state(int fd)
{
    struct shyper_vm_info info = { .size = sizeof(info) };

    return ioctl(fd, SHYPER_IOC_INFO, &info) == 0 ? (int)info.state : -1;
}

static inline char *ram_map(int fd, long offset, size_t bytes)
{
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, RAM + offset);
}

static inline void gone(int fd)
{
    CHECK(ioctl(fd, SHYPER_IOC_REMOVE, 0) == 0);
    close(fd);
}
