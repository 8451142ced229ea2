/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of shyper.ko share.
 *
 * Locks, outermost first: mmap_lock (the kernel's) -> vm.map_lock -> shyper_vms_sem; shyper_vms_lock and the listener
 * lock are innermost. No hypercall sleeps, each does a bounded piece of work.
 */
#pragma once

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "abi/hcall.h"
#include "abi/ioctl.h"
#include "abi/vm.h"
#include "decode.h"

/* --- hcall.c ---------------------------------------------------------------------------------- */

long shyper_hcall(u32 function, u64 a1, u64 a2, u64 a3, u64 a4, u64 *value);
int shyper_probe(void);

/* A watchdog call of docs/abi.md; its x1 and x2 in out, unless that is NULL. */
long shyper_watchdog_call(u32 what, u32 arg, u64 out[2]);

/* Physically contiguous memory for one hypercall; its IPA is its physical address. */
void *shyper_buf_get(size_t bytes);
void shyper_buf_put(void *buf, size_t bytes);
u64 shyper_buf_ipa(const void *buf);

/* --- doorbell.c ------------------------------------------------------------------------------- */

int shyper_doorbell_start(void);
void shyper_doorbell_stop(void);

/* --- watchdog.c ------------------------------------------------------------------------------- */

int shyper_watchdog_start(void);
void shyper_watchdog_stop(void);

/* --- events.c --------------------------------------------------------------------------------- */

/* One per open fd: SHYPER_EVENT_* bits that its reader has not seen. */
struct shyper_listener {
	struct list_head node;
	u32 bits;
	wait_queue_head_t wait;
};

void shyper_events_ring(u32 bits);
void shyper_listener_add(struct shyper_listener *l);
void shyper_listener_del(struct shyper_listener *l);
void shyper_listener_set(struct shyper_listener *l, u32 bits);
u32 shyper_listener_take(struct shyper_listener *l, u32 bits);
u32 shyper_listener_peek(struct shyper_listener *l, u32 bits);

/* --- text.c: logs and consoles ---------------------------------------------------------------- */

struct shyper_vm;

/* req is what was decoded from arg, where the result goes. */
long shyper_text_read(u32 function, struct shyper_vm *vm, struct shyper_ioc_buf *req, void __user *arg);
long shyper_text_write(struct shyper_vm *vm, struct shyper_ioc_buf *req, void __user *arg);

/* --- vm.c, map.c ------------------------------------------------------------------------------ */

/* One VM of the hypervisor that somebody here has open; all its fds share it. */
struct shyper_vm {
	struct list_head node;		/* in the list of open VMs, while not gone */
	struct kref refs;
	u32 id;
	bool gone;			/* removed: the id may mean another VM now; under shyper_vms_sem */
	bool boot_time;			/* came with the bundle */
	bool removing;			/* finish the removal when the last mapping goes; under map_lock */

	struct mutex map_lock;
	unsigned int maps;		/* areas that map its memory, plus one while pages are still in use by I/O */
	u64 mapped_from, mapped_to;	/* covers all areas since maps was 0 */
	struct shyper_run runs[SHYPER_RUN_MAX];
	unsigned int run_count;
	wait_queue_head_t idle;		/* maps became 0 */
	struct delayed_work close_work;
};

struct file;
struct vm_area_struct;

extern struct rw_semaphore shyper_vms_sem;
extern const struct file_operations shyper_vm_fops;

int shyper_vms_init(void);
long shyper_vm_open_fd(u32 id);
long shyper_vm_create(struct shyper_ioc_create *req, void __user *arg);
long shyper_vm_hcall(struct shyper_vm *vm, u32 function, u64 a2, u64 a3, u64 a4, u64 *value);
long shyper_vm_hcall_again(struct shyper_vm *vm, u32 function, bool interruptible);
long shyper_vm_remove_step(struct shyper_vm *vm);
void shyper_vm_put(struct shyper_vm *vm);

int shyper_map_init(void);
void shyper_map_exit(void);
void shyper_map_vm_init(struct shyper_vm *vm);
int shyper_map(struct shyper_vm *vm, struct vm_area_struct *vma);
