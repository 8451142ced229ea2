/* SPDX-License-Identifier: Apache-2.0 */
/* libshyper, system part: /dev/shyper as C functions. A system fd and VM fds are ordinary file
 * descriptors, to be polled and closed like others (abi/ioctl.h says what poll reports). When the
 * daemon runs they are connections to it instead, on which the same functions work; such a system fd
 * is readable (POLLIN) where /dev/shyper reports POLLPRI. What starts, makes and removes VMs with
 * their images is in manage.h.
 *
 * Every function returns a negative errno on failure and then leaves its out-parameters untouched.
 * ENOENT on a VM fd means that the VM has been removed. */
#pragma once

#include <sys/types.h>

#include "abi/ioctl.h"
#include "lib/compiler.h"

/** A new system fd, by the daemon if there is one. ENOENT: no module; EACCES: not root and no daemon;
 * EPERM: the daemon is for others. */
int shyper_open(void) must_check;
/** The same, never by the daemon. */
int shyper_open_device(void) must_check;

/** Any call of abi/ioctl.h; the functions below are its names. `arg` may be a number. */
int shyper_ioctl(int fd, unsigned long request, void *arg) must_check;

int shyper_system_info(int sys, struct shyper_system_info *out) must_check;
int shyper_system_shutdown(int sys) must_check;
int shyper_system_reboot(int sys) must_check;
/** The caller's own VM id. */
int shyper_self(int sys) must_check;
/** SHYPER_EVENT_* since the last call on this fd. */
int shyper_events(int sys) must_check;

/** Take a blob (abi/profile.h); *id is the new VM's. */
int shyper_vm_create(int sys, const void *blob, size_t bytes, uint32_t *id) must_check;
/** The smallest VM id greater than `after`; UINT32_MAX starts. ENOENT: no more. */
int shyper_vm_next(int sys, uint32_t after) must_check;
/** A new VM fd. */
int shyper_vm_open(int sys, uint32_t id) must_check;
/** Another one for the same VM, never by the daemon, so that it can be mapped. EACCES: not root. */
int shyper_vm_device(int vm) must_check;

int shyper_vm_boot(int vm) must_check;
int shyper_vm_stop(int vm) must_check;
int shyper_vm_pause(int vm) must_check;
int shyper_vm_resume(int vm) must_check;
int shyper_vm_reset(int vm) must_check;
int shyper_vm_remove(int vm) must_check;
int shyper_vm_info(int vm, struct shyper_vm_info *out) must_check;
int shyper_vm_stat(int vm, struct shyper_vm_stat *out) must_check;
/** The first fault since the VM's start. ENOENT: none. */
int shyper_vm_fault(int vm, struct shyper_vm_fault *out) must_check;
/** The index-th piece of the VM's RAM. ENOENT: no more. */
int shyper_vm_run(int vm, uint32_t index, struct shyper_run *out) must_check;

/** What the hypervisor's log takes from now on, SHYPER_LOG_*; returns the level before. */
int shyper_log_level(int sys, uint32_t level) must_check;

/**
 * Text from *cursor on (0: the oldest kept): at most `room` bytes, which are not terminated. Moves
 * the cursor; *lost is what was overwritten before it could be read. Returns the bytes read, 0 when
 * there is nothing new.
 */
ssize_t shyper_system_log(int sys, uint64_t *cursor, char *text, size_t room,
                          uint64_t *lost) must_check;
ssize_t shyper_vm_log(int vm, uint64_t *cursor, char *text, size_t room, uint64_t *lost) must_check;
ssize_t shyper_console_read(int vm, uint64_t *cursor, char *text, size_t room,
                            uint64_t *lost) must_check;
/** Type `bytes` of text; returns how many were taken, which is less when the guest does not read.
 */
ssize_t shyper_console_write(int vm, const char *text, size_t bytes) must_check;

/** What shyper_load_* puts somewhere: a file's first `bytes` bytes, or memory. */
struct shyper_source {
    int fd;                     /* -1: data */
    const void *data;
    uint64_t bytes;
};

/** Copy into guest RAM at ipa. ERANGE: no RAM there; ENODATA: the file is shorter than said. */
int shyper_load(int vm, uint64_t ipa, const struct shyper_source *from) must_check;
