/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle (abi/bundle.h) in the making: its members in order, and what its config member says. */
#pragma once

#include "abi/bundle.h"
#include "lib/compiler.h"
#include "mvm/libshyper/profile.h"

#define PACK_MEMBER_MAX (3 * (SHYPER_BUNDLE_VM_MAX + 1))

struct pack_member {
    char name[SHYPER_NAME_MAX + 16];
    void *data; /* owned */
    size_t bytes, align;
};

struct pack {
    uint64_t pool_bytes;
    struct pack_member member[PACK_MEMBER_MAX];
    size_t member_count;
    char vm[SHYPER_BUNDLE_VM_MAX][SHYPER_NAME_MAX];
    size_t vm_count;
};

/** Add a VM that has been laid out, or the MVM (type SHYPER_VM_TYPE_MVM): its blob, kernel and
 * ramdisk. */
int pack_add(struct pack *b, const struct profile *p, struct profile_errors *e) must_check;

/** Write everything to `path`; the file appears complete or not at all. */
int pack_write(const struct pack *b, const char *path, struct profile_errors *e) must_check;

/** Print the members of the bundle in `path` and check their CRCs. */
int pack_list(const char *path, struct profile_errors *e) must_check;

void pack_free(struct pack *b);
