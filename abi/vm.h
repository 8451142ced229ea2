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
    SHYPER_REASON_HUNG      = 7,    /* its heartbeat stopped */
};

/* What the hypervisor's log takes: lines of its level and the more urgent ones. */
enum shyper_log_level {
    SHYPER_LOG_ERROR = 0,
    SHYPER_LOG_WARN  = 1,
    SHYPER_LOG_INFO  = 2,           /* from the start */
    SHYPER_LOG_DEBUG = 3,           /* what VMs do, step by step */
};

/* How a VM shares its cores. */
enum shyper_vm_class {
    SHYPER_CLASS_FAIR      = 0,     /* by weight, over what the others leave */
    SHYPER_CLASS_REALTIME  = 1,     /* fixed priority, at most budget_us in every period_us while
                                     * others want the core */
    SHYPER_CLASS_EXCLUSIVE = 2,     /* its cores are its own */
};

#define SHYPER_WEIGHT_MIN     1u
#define SHYPER_WEIGHT_DEFAULT 100u
#define SHYPER_WEIGHT_MAX     10000u
#define SHYPER_PRIORITY_MAX   31u   /* of the class realtime; larger is more urgent */
#define SHYPER_PERIOD_US_MIN  100u
#define SHYPER_PERIOD_US_MAX  1000000u

/* What happens when a VM ends by itself. Never after vm_stop. */
enum shyper_restart {
    SHYPER_RESTART_NEVER    = 0,
    SHYPER_RESTART_ON_CRASH = 1,    /* it crashed, hung, or exited with a status other than 0 */
    SHYPER_RESTART_ALWAYS   = 2,    /* also after power-off, exit and the last CPU_OFF */
};

/* A VM waits restart_delay_ms before its first restart; the wait doubles with every restart that
 * follows within SHYPER_RESTART_CALM_MS of the one before, up to SHYPER_RESTART_DELAY_MS_MAX. A
 * guest's own SYSTEM_RESET is obeyed at once and under every policy, or after SHYPER_RESET_DELAY_MS
 * when it was started again less than SHYPER_RESET_CALM_MS ago. */
#define SHYPER_RESTART_DELAY_MS_DEFAULT 1000u
#define SHYPER_RESTART_DELAY_MS_MAX     60000u
#define SHYPER_RESTART_CALM_MS          60000u
#define SHYPER_RESET_DELAY_MS           100u
#define SHYPER_RESET_CALM_MS            1000u

#define SHYPER_HEARTBEAT_MS_MIN 10u
#define SHYPER_HEARTBEAT_MS_MAX 3600000u

struct shyper_system_info {
    uint32_t size;
    uint16_t abi_major, abi_minor;
    uint32_t cpus, gic_version;
    uint64_t uptime_ns;
    uint64_t pool_bytes, pool_free_bytes;           /* guest memory */
    uint64_t hyp_bytes, hyp_free_bytes;             /* the hypervisor's own pages */
    uint32_t vms, vms_max;
    char version[64];
    uint32_t log_level, rsv0;       /* SHYPER_LOG_*, see system_log_level */
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
    uint32_t sched_class, weight;   /* SHYPER_CLASS_*; weight of fair ones */
    uint32_t priority, budget_us, period_us;        /* realtime */
    uint32_t restart, restart_delay_ms;             /* SHYPER_RESTART_* */
    uint32_t heartbeat_ms;          /* 0: none asked for */
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
    uint64_t ready_ns;              /* sum over vCPUs: could have run, another vCPU had the core */
    uint64_t switches;              /* times one of its vCPUs came onto a core */
    uint64_t beats;                 /* heartbeats since its start */
};

enum shyper_fault {
    SHYPER_FAULT_NONE, SHYPER_FAULT_READ, SHYPER_FAULT_WRITE, SHYPER_FAULT_FETCH,
    SHYPER_FAULT_INSTRUCTION, SHYPER_FAULT_MEMORY
};

/** The first fault since the VM's start: what it did that nothing answers to, and its registers. */
struct shyper_vm_fault {
    uint32_t size, kind;            /* SHYPER_FAULT_*; MEMORY: the hypervisor had none left for it */
    uint32_t vcpu, exception_level; /* of the guest */
    uint64_t uptime_ns;             /* of the machine */
    uint64_t count;                 /* faults since the start, this one included */
    uint64_t syndrome;              /* ESR_EL2 */
    uint64_t address, ipa;          /* virtual, and what it translated to; 0: does not apply */
    uint64_t pc, pstate, sp;
    uint64_t x[31];
    uint64_t ttbr0, ttbr1, tcr, sctlr, vbar;
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
