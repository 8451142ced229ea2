/* SPDX-License-Identifier: Apache-2.0 */
/* libshyper, what takes more than one ioctl: making a VM with its images, starting it again with
 * them, and keeping what that needs. The same functions work on the system and VM handles of
 * shyper.h, whether they are /dev/shyper or connections to the daemon, which then does the work.
 *
 * Every function returns a negative errno on failure; shyper_message() then says why in words, or is
 * empty. */
#pragma once

#include <sys/types.h>

#include "abi/vm.h"
#include "lib/compiler.h"

#define SHYPER_LOADS_MAX 4
#define SHYPER_PATH_MAX  4096

/** The first `bytes` bytes of an open regular file, to be copied to ipa. */
struct shyper_image {
    int fd;
    uint64_t ipa, bytes;
};

struct shyper_config {
    char name[SHYPER_NAME_MAX];         /* as in the blob */
    char profile[SHYPER_PATH_MAX];      /* where it was read, for people */
    int blob;                           /* a regular file */
    unsigned count;
    struct shyper_image image[SHYPER_LOADS_MAX];
};

enum shyper_kept_images {
    SHYPER_KEPT_NOTHING = 0,            /* nothing is known of its images */
    SHYPER_KEPT_FILES   = 1,            /* the files it was made of, as long as they stay the same */
    SHYPER_KEPT_COPIES  = 2,            /* copies of them */
    SHYPER_KEPT_CHANGED = 3,            /* some of the files are gone or are not the same any more */
};

#define SHYPER_NO_RESTART UINT32_MAX

/** What is kept of a VM for its next start. */
struct shyper_kept {
    uint32_t images;                    /* SHYPER_KEPT_* */
    uint32_t restart_in_ms;             /* until its policy starts it; SHYPER_NO_RESTART: will not */
    uint64_t copied_bytes;
    char profile[SHYPER_PATH_MAX];
};

struct shyper_daemon_status {
    uint32_t pid, clients, vms, jobs;   /* connections; VMs; requests being carried out */
    uint64_t resident_bytes;            /* of the daemon's memory */
    uint64_t kept_bytes;                /* under /run/shyper: copies of images, consoles */
    uint64_t refused;                   /* connections dropped for their behaviour or their user */
    uint64_t log_lost;                  /* bytes of console output no log file had room for */
};

/** Why the last call of this library failed, in words; "" when there is no more than the errno. */
const char *shyper_message(void);

/** Make a VM and load its images. Whatever fails, nothing stays. */
int shyper_vm_config(int sys, const struct shyper_config *config, uint32_t *id) must_check;

/** From any state but running to running: a VM that has ended is reset and gets its images again. */
int shyper_vm_start(int vm) must_check;

/** Remove a VM and forget what was kept of it. */
int shyper_vm_drop(int vm) must_check;

/** Forget what is kept of a VM, so that its policy ends; remove it too unless it runs. *removed
 * tells. */
int shyper_vm_delconfig(int vm, bool *removed) must_check;

int shyper_vm_kept(int vm, struct shyper_kept *out) must_check;

/** ENOTCONN: there is no daemon. */
int shyper_daemon_status(int sys, struct shyper_daemon_status *out) must_check;
