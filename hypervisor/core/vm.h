/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual machine: configuration, memory, vCPUs, devices, counters.
 *
 * CREATED -> READY -> RUNNING <-> PAUSED -> STOPPING -> STOPPED -> (READY again by reset) ... ->
 * REMOVING -> gone; CRASHED beside STOPPED. Creation is decode-then-commit. State changes happen
 * under vm->lock; a VM leaves RUNNING only when its last vCPU has left its core, which the cores do
 * by themselves in their exit loops: nobody waits for them. */
#pragma once

#include "abi/profile.h"
#include "abi/vm.h"
#include "hypervisor/core/console.h"
#include "hypervisor/core/device.h"
#include "hypervisor/core/guest_mem.h"
#include "hypervisor/core/lock.h"
#include "hypervisor/core/stage2.h"
#include "hypervisor/core/vcpu.h"

struct vm_region {
    uint64_t ipa, bytes;
};

/** A profile blob, decoded (hypervisor/core/profile.c). Pointers point into the blob. */
struct vm_config {
    char name[SHYPER_NAME_MAX];
    uint32_t type;
    const char *cmdline;            /* "" when absent */
    uint64_t entry, dtb, load, ramdisk_load;
    const char *kernel, *ramdisk;   /* bundle members; NULL: none */
    const void *dtb_gic[2];         /* guest trees for GICv2, v3; NULL: none */
    uint32_t dtb_gic_bytes[2];
    struct vm_region memory[SHYPER_RUN_MAX];
    uint32_t memory_count;
    uint32_t cpu_count, cpu_master;
    uint32_t restart, restart_delay_ms;     /* SHYPER_RESTART_* */
    uint32_t heartbeat_ms;          /* 0: none */
    uint64_t cpu_bitmap;            /* 0: any */
    struct sched_config sched;
    struct device_config device[SHYPER_DEVICE_MAX];
    uint32_t device_count;
};

/**
 * Decode a profile blob completely.
 *
 * @blob  bytes long, already a private copy
 * @why   on failure: what is wrong, naming node and property (static text)
 * @return 0, -EINVAL. Limits of abi/profile.h hold for what is returned: names valid, numbers in
 * range, regions page aligned, ascending, disjoint, not wrapping; devices page-aligned, disjoint
 * from RAM and from each other.
 */
int profile_decode(const void *blob, uint32_t bytes, struct vm_config *out,
                   const char **why) must_check;

/** What a VM from the bundle is loaded with; data stays mapped and unchanged for restarts. */
struct vm_image {
    uint64_t ipa;
    const void *data;
    uint64_t bytes;
};

#define VM_IMAGE_MAX  3u            /* kernel, device tree, ramdisk */
#define VM_DEVICE_MAX (SHYPER_DEVICE_MAX + 2)
#define VM_LOG_BYTES  4096u

struct vm {
    uint32_t id;
    struct spinlock lock;
    enum shyper_vm_state state;
    enum shyper_vm_reason reason;
    uint32_t exit_status, restarts;
    bool is_mvm, boot_time;
    bool pausing;                   /* PAUSED, but nobody was told yet that all vCPUs have left */
    uint32_t vcpus_live;            /* vCPUs that have not left their cores (atomic) */
    struct vm_config config;        /* pointers of it: bundle VMs only, into the bundle */
    struct vcpu *vcpu[SHYPER_VCPU_MAX];
    uint32_t vcpu_count;
    uint32_t regions_made, devices_made;    /* of the configuration, see vm_make_some */
    struct vgic *vgic;
    struct stage2 s2;
    struct guest_mem mem;
    struct device device[VM_DEVICE_MAX];
    uint32_t device_count;
    struct vm_console console;
    struct text_ring log;
    struct spinlock log_lock;
    uint64_t log_second, log_lines;
    struct shyper_vm_fault fault;   /* the first since the start; under log_lock */
    struct vm_image image[VM_IMAGE_MAX];
    uint32_t image_count;
    uint32_t last_vcpu[CPU_MAX];    /* per core: the vCPU that ran there last, plus 1 */
    uint32_t load_index;            /* cursor of the bounded loading */
    uint64_t load_at;
    bool restart;                   /* vm_job starts it again from restart_at on */
    uint64_t restart_at, restarted_at;      /* counter values; 0: at once, never yet */
    uint32_t restart_wait_ms;       /* before the last restart */
    uint32_t beat_ms;               /* one heartbeat at least in this time; 0: none expected */
    uint64_t beat_by, beats;        /* counter value of the latest time for the next (atomic) */
};

extern struct vm *vms[SHYPER_VM_MAX];
extern struct spinlock vms_lock;    /* the table above */
struct vm *vm_of_mvm(void);         /* NULL when there is none */

/** Events for the MVM (SHYPER_EVENT_*): remembered until it asks, doorbell rung. */
void mvm_notify(uint32_t events);
