/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What the hypervisor tells the management VM about the system and its VMs. Little endian,
 * naturally aligned, no pointers; `size` is the structure's size in the version that wrote it:
 * readers take what they know, and new fields are only appended. Reserved fields are zero. */
#pragma once

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

#define SHYPER_ABI_MAJOR 1
#define SHYPER_ABI_MINOR 0

#define SHYPER_NAME_MAX   32        /* bytes, with the terminating zero */
#define SHYPER_VCPU_MAX   8
#define SHYPER_VM_MAX     32
#define SHYPER_RUN_MAX    16        /* pieces of a VM's RAM */
#define SHYPER_MVM_ID     0

/* Vendor hypervisor UID (call 0x8600FF01): "Shyper-Cyb-hivre" as four little-endian words in
 * x0..x3. */
#define SHYPER_UID_0 0x53687970u
#define SHYPER_UID_1 0x65722d43u
#define SHYPER_UID_2 0x2d687962u
#define SHYPER_UID_3 0x65727669u

/* info_events */
#define SHYPER_EVENT_CONSOLE \
    (1u << 0) /* some guest wrote to its console, or its input queue has room again */
#define SHYPER_EVENT_STATE    (1u << 1)     /* some VM changed its state */

enum shyper_vm_state {
    SHYPER_VM_CREATED = 1,          /* configured; memory not loaded yet */
    SHYPER_VM_READY   = 2,          /* reset after a stop */
    SHYPER_VM_RUNNING = 3,
    SHYPER_VM_PAUSED  = 4,
    SHYPER_VM_STOPPED = 5,          /* by request or by the guest itself, see reason */
    SHYPER_VM_CRASHED = 6,
    SHYPER_VM_REMOVING = 7,
    SHYPER_VM_STOPPING = 8,         /* vCPUs are leaving */
};

enum shyper_vm_reason {
    SHYPER_REASON_NONE      = 0,
    SHYPER_REASON_REQUEST   = 1,    /* vm_stop */
    SHYPER_REASON_OFF       = 2,    /* PSCI SYSTEM_OFF */
    SHYPER_REASON_RESET     = 3,    /* PSCI SYSTEM_RESET */
    SHYPER_REASON_EXIT      = 4,    /* info_exit, see exit_status */
    SHYPER_REASON_FAULT     = 5,    /* could not go on, see the VM's log */
    SHYPER_REASON_CPUS_OFF  = 6,    /* the last vCPU called CPU_OFF */
};

struct shyper_system_info {
    uint32_t size;
    uint16_t abi_major, abi_minor;
    uint32_t cpus, gic_version;
    uint64_t uptime_ns;
    uint64_t pool_bytes, pool_free_bytes;           /* guest memory */
    uint64_t hyp_bytes, hyp_free_bytes;             /* the hypervisor's own pages */
    uint32_t vms, vms_max;
    char version[64];
};

struct shyper_vm_info {
    uint32_t size;
    uint32_t id;
    char name[SHYPER_NAME_MAX];
    uint32_t type;                  /* SHYPER_VM_TYPE_* of abi/profile.h */
    uint32_t state, reason, exit_status;
    uint32_t vcpus, restarts;
    uint64_t cpu_bitmap;            /* physical CPUs its vCPUs are on */
    uint64_t memory_bytes;
    uint64_t vcpu_on_bitmap;        /* vCPUs that are on */
    uint32_t boot_time, rsv0;       /* 1: started from the bundle */
};

enum shyper_exit {
    SHYPER_EXIT_HYPERCALL, SHYPER_EXIT_PSCI, SHYPER_EXIT_MMIO, SHYPER_EXIT_MEMORY, SHYPER_EXIT_WFI,
    SHYPER_EXIT_SYSREG, SHYPER_EXIT_IRQ, SHYPER_EXIT_INJECTED, SHYPER_EXIT_OTHER, SHYPER_EXIT_COUNT
};

struct shyper_vm_stat {
    uint32_t size, rsv0;
    uint64_t exits[16];             /* by enum shyper_exit */
    uint64_t run_ns;                /* sum over vCPUs */
    uint64_t refused;               /* hypercalls answered with an error */
    uint64_t console_lost;          /* output bytes dropped because nobody read them */
    uint64_t memory_bytes;          /* guest RAM touched so far */
    uint64_t hyp_bytes;             /* hypervisor pages spent on this VM */
};

/** Head of every text answer (logs, consoles); the text follows. */
struct shyper_text {
    uint64_t next;                  /* cursor for the next call */
    uint32_t bytes;                 /* of text behind this structure */
    uint32_t lost;                  /* bytes between the cursor given and the first one returned */
};

struct shyper_run {
    uint64_t ipa, pa, bytes;
};
