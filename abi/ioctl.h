/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* /dev/shyper: what the kernel module offers to the CLI and the daemon.
 *
 * open("/dev/shyper") gives a system fd; SHYPER_IOC_VM_OPEN on it gives a VM fd. read() is not
 * used. poll() on a system fd reports POLLPRI after an event (info_events); poll() on a VM fd
 * reports POLLIN when console output beyond the fd's cursor may be there. mmap() on a VM fd maps
 * guest RAM: offset = IPA (page aligned), inside one run; shared mappings only. Every structure
 * begins with its size; a size the module does not know is refused with EINVAL, as are reserved
 * bits. Errors of the hypervisor arrive as errno.
 */
#pragma once

#ifdef __KERNEL__
#include <linux/ioctl.h>
#include <linux/types.h>
#else
#include <sys/ioctl.h>
#include <stdint.h>
#endif
#include "abi/vm.h"

/** A buffer in the caller's address space. */
struct shyper_ioc_buf {
    uint32_t size, rsv0;
    uint64_t addr;                  /* user address */
    uint64_t bytes;                 /* in: room or length; out: bytes transferred */
    uint64_t cursor;                /* in/out, text calls only */
    uint64_t lost;                  /* out, text calls only */
};

struct shyper_ioc_create {
    uint32_t size, id;              /* out: id */
    uint64_t blob;                  /* user address of the profile blob */
    uint64_t blob_bytes;
};

#define SHYPER_IOC_MAGIC       'S'
/* system fd */
#define SHYPER_IOC_VERSION     _IO(SHYPER_IOC_MAGIC, 0) /* ABI major << 16 | minor */
#define SHYPER_IOC_SYSTEM_INFO _IOR(SHYPER_IOC_MAGIC, 1, struct shyper_system_info)
#define SHYPER_IOC_SYSTEM_LOG  _IOWR(SHYPER_IOC_MAGIC, 2, struct shyper_ioc_buf)
#define SHYPER_IOC_VM_CREATE   _IOWR(SHYPER_IOC_MAGIC, 3, struct shyper_ioc_create)
#define SHYPER_IOC_VM_NEXT \
    _IO(SHYPER_IOC_MAGIC, 4) /* arg: after; returns the id, ENOENT at the end */
#define SHYPER_IOC_VM_OPEN       _IO(SHYPER_IOC_MAGIC, 5) /* arg: id; returns a VM fd */
#define SHYPER_IOC_EVENTS                                                   \
    _IO(SHYPER_IOC_MAGIC, 6) /* returns and clears this fd's SHYPER_EVENT_* \
                              */
#define SHYPER_IOC_SHUTDOWN    _IO(SHYPER_IOC_MAGIC, 7)
#define SHYPER_IOC_REBOOT      _IO(SHYPER_IOC_MAGIC, 8)
#define SHYPER_IOC_SELF          _IO(SHYPER_IOC_MAGIC, 9) /* returns the caller's VM id */
#define SHYPER_IOC_LOG_LEVEL   _IO(SHYPER_IOC_MAGIC, 10) /* arg: SHYPER_LOG_*; returns the level before */
/* VM fd; all wait until the hypervisor has finished (interruptible) */
#define SHYPER_IOC_BOOT        _IO(SHYPER_IOC_MAGIC, 32)
#define SHYPER_IOC_STOP        _IO(SHYPER_IOC_MAGIC, 33)
#define SHYPER_IOC_RESET       _IO(SHYPER_IOC_MAGIC, 34)
#define SHYPER_IOC_REMOVE      _IO(SHYPER_IOC_MAGIC, 35)
#define SHYPER_IOC_INFO        _IOR(SHYPER_IOC_MAGIC, 36, struct shyper_vm_info)
#define SHYPER_IOC_STAT        _IOR(SHYPER_IOC_MAGIC, 37, struct shyper_vm_stat)
#define SHYPER_IOC_LOG         _IOWR(SHYPER_IOC_MAGIC, 38, struct shyper_ioc_buf)
#define SHYPER_IOC_CONSOLE_READ  _IOWR(SHYPER_IOC_MAGIC, 39, struct shyper_ioc_buf)
#define SHYPER_IOC_CONSOLE_WRITE _IOWR(SHYPER_IOC_MAGIC, 40, struct shyper_ioc_buf)
#define SHYPER_IOC_RUN \
    _IOWR(SHYPER_IOC_MAGIC, 41, struct shyper_ioc_run) /* the index-th piece of RAM */
#define SHYPER_IOC_PAUSE       _IO(SHYPER_IOC_MAGIC, 42)
#define SHYPER_IOC_RESUME      _IO(SHYPER_IOC_MAGIC, 43)
#define SHYPER_IOC_FAULT \
    _IOR(SHYPER_IOC_MAGIC, 44, struct shyper_vm_fault) /* the first since its start; ENOENT: none */

struct shyper_ioc_run {
    uint32_t size, index;
    struct shyper_run run;          /* out */
};
