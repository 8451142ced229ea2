/* SPDX-License-Identifier: Apache-2.0 */
/* The bundle (abi/bundle.h), read in place. Nothing is copied; members are found by name. */
#pragma once

#include "abi/bundle.h"
#include "hypervisor/core/types.h"

#define BUNDLE_MEMBER_MAX 64

struct bundle_member {
    const char *name;
    const void *data;               /* 4-byte aligned */
    uint32_t bytes;
    uint32_t crc;                   /* what the data's CRC-32 must be */
};

struct bundle {
    uint32_t count;                 /* fillers and folders are left out */
    struct bundle_member member[BUNDLE_MEMBER_MAX];
    const struct bundle_member *mvm;                        /* profile of the MVM; NULL: none */
    const struct bundle_member *vm[SHYPER_BUNDLE_VM_MAX];   /* profiles of boot-time VMs */
    uint32_t vm_count;
    uint64_t pool_bytes;            /* 0: half of RAM */
};

/**
 * Check the archive at `at`, len bytes readable, and list its members.
 *
 * The configuration and the MVM's profile are checked against their CRCs here. What belongs to one
 * VM is not: whoever uses it asks bundle_member_is_whole(), so that damage stops that VM only.
 * @return 0; -EINVAL, *why says what is wrong (static text), *b is not to be used
 */
int bundle_open(struct bundle *b, const void *at, uint64_t len, const char **why) must_check;

bool bundle_member_is_whole(const struct bundle_member *m);

/** NULL: there is none. */
const struct bundle_member *bundle_find(const struct bundle *b, const char *name);
