/* SPDX-License-Identifier: Apache-2.0 */
/* For programs that run as the management VM, mvm_*.c: its hypercalls, and small VMs to make with
 * them. */
#pragma once

#include "abi/hcall.h"
#include "abi/profile.h"
#include "abi/vm.h"
#include "lib/err.h"
#include "tests/guests/lib/guest.h"

#define GUEST_RAM 0x40000000u           /* where VMs made here have theirs, and are entered */

struct mvm_profile {
    const char *name;
    uint32_t cpus;
    uint64_t bitmap;                    /* 0: any */
    uint64_t ram_at, ram_bytes;         /* 0: at GUEST_RAM */
};

/** Interrupt controller on, doorbell enabled. Once, first. */
void mvm_init(void);

/** One hypercall: its error, and its value unless NULL. */
int64_t mvm_call(uint32_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t *value);
/** The same, again as long as there is work left. */
int64_t mvm_finish(uint32_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t *value);

/** A profile blob for a VM with a UART and an interrupt controller. Returns its length. */
uint32_t mvm_blob(const struct mvm_profile *p, void *out, uint32_t room);
/** The new VM's id; negative: refused. */
int64_t mvm_create(const struct mvm_profile *p);
/** Copy into a VM's RAM. */
int64_t mvm_write(uint64_t id, uint64_t ipa, const void *from, uint64_t bytes);

struct shyper_vm_info mvm_info(uint64_t id);
/** Wait until the VM's state is this or it crashed; true: it is this. */
bool mvm_wait(uint64_t id, enum shyper_vm_state state);
struct shyper_system_info mvm_system(void);

/* A guest that starts all its vCPUs and then does as told. */
enum payload_end { PAYLOAD_EXIT, PAYLOAD_SPIN, PAYLOAD_WFI, PAYLOAD_OFF };
#define PAYLOAD_STATUS 7u
int64_t mvm_write_payload(uint64_t id, uint32_t cpus, enum payload_end end);
