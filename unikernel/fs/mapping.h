/* SPDX-License-Identifier: Apache-2.0 */
/* Files in the application's memory. */
#pragma once

#include "unikernel/fs/vnode.h"
#include "unikernel/mm/mapping.h"

struct mapping {
    struct mapping *next;           /* by address */
    uint64_t at, end;
    struct vnode *v;                /* a reference */
    uint64_t offset;                /* of the file: what is at `at` */
    bool shared;
    bool direct;                    /* pages of the file itself; else copies, made when touched */
    bool may_write;                 /* as far as the descriptor says */
};

/** Before v is mapped for the first time. */
void mapping_begin(struct vnode *v);

/**
 * Before [at, end) gets these rights. -EACCES when a shared mapping of a file that is not open for
 * writing is to be written; -ENOMEM.
 */
int mapping_protect(uint64_t at, uint64_t end, unsigned rights) must_check;

/** The first part of [at, end) that a file is mapped in, as it is; false: there is none. The reference
 * becomes the caller's. */
bool mapping_next(uint64_t at, uint64_t end, struct mapping *out) must_check;

/** As of space_discard, whatever is mapped in [at, end). */
int mapping_discard(uint64_t at, uint64_t end) must_check;

/** The pages of [from, end) are going to be taken from v, and nobody gets at them any more. v's lock is
 * held, and its size is the new one. */
void mapping_forget(struct vnode *v, uint64_t from, uint64_t end);
