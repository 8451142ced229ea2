/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of VMs in files, so that whoever manages them may be killed at any moment and the next
 * one goes on. Internal to libshyper and the daemon.
 *
 *     lock            held by the daemon for its life, by others for one operation
 *     new/            a VM being made: its record is complete, but not yet its memory
 *     ID/             the same of a complete VM; it gets here in one step (rename)
 *     ID/starting     somebody wants it to run: reset, load and boot are not finished
 *     ID/policy       when the daemon starts it again (daemon/policy.h)
 *     ID.gone/        being deleted
 *
 * A record is record.json and the copies of images that have no file of their own, or whose VM has a
 * restart policy. An image that is not copied is known by its path and what stat() says of it: once
 * that changes, it is not used any more. */
#pragma once

#include <sys/stat.h>

#include "mvm/libshyper/manage.h"

/** /run/shyper: is gone after a restart of the management VM. Tests put it elsewhere. */
extern const char *kept_folder;

struct kept_image {
    char path[SHYPER_PATH_MAX];
    uint64_t ipa, bytes;
    uint32_t copied;
    uint64_t device, inode, size;       /* of the file at config time */
    int64_t changed_ns;                 /* its ctime */
};

struct kept {
    char name[SHYPER_NAME_MAX];
    char profile[SHYPER_PATH_MAX];
    unsigned count;
    struct kept_image image[SHYPER_LOADS_MAX];
};

/** Make the folder and take the lock, waiting up to wait_ms. EBUSY: somebody else has it. The result
 * is closed to give it back. */
int kept_lock(unsigned wait_ms) must_check;

/* --- with the lock held --- */

/** Begin a record of a VM without images yet; what an earlier one left is gone. */
int kept_begin(const struct shyper_config *config) must_check;
/** Add the images, as copies if `copy` says so. */
int kept_images(const struct shyper_config *config, bool copy) must_check;
/** The record is that of VM `id` from now on. */
int kept_commit(uint32_t id) must_check;
/** Forget one being made, or that of a VM; both may be missing. */
void kept_abandon(void);
void kept_forget(uint32_t id);

/** The name of the VM that was being made, if its making was begun. */
bool kept_unfinished(char name[SHYPER_NAME_MAX]) must_check;

/** Set the mark ID/starting, take it away, ask for it. */
int kept_starting(uint32_t id) must_check;
void kept_started(uint32_t id);
bool kept_is_starting(uint32_t id);

/** The policy of a VM whose name is `name`. What cannot be kept begins anew with the next daemon. */
bool kept_policy_write(uint32_t id, const void *policy, size_t bytes) must_check;
bool kept_policy_read(uint32_t id, const char *name, void *policy, size_t bytes) must_check;

/** Call `visit` for every record, having deleted what was being deleted. */
void kept_visit(void (*visit)(uint32_t id, void *), void *context);

/* --- without --- */

/** The record of VM `id` if its name is `name`, in new memory; NULL: there is none. */
struct kept *kept_read(uint32_t id, const char *name);
/** Open an image. ESTALE: it is not the file any more that it was. */
int kept_open(const struct kept_image *image) must_check;
/** SHYPER_KEPT_* of a record (NULL: nothing), and how many bytes of it are copies. */
uint32_t kept_state(const struct kept *k, uint64_t *copied_bytes);
