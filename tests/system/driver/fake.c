// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hypervisor inside the kernel, for tests of the module on a bare machine. It answers the hypercalls as abi/hcall.def
 * says, but VMs are only states, names and memory. A profile blob is "FAKE:" and the VM's name, where names have effects:
 *   slow...   is made, stops, pauses and is removed only at the third call
 *   stuck...  never stops, but can be removed
 *   tight...  cannot close its memory before the third try
 * A console gives back what is typed, and rings. vm_stat tells in run_ns whether the memory is open.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "shyper.h"

#define VMS 4
#define RUNS 2
#define RUN_BYTES (256 * 1024)
#define RAM 0x40000000ULL
#define CONSOLE_BYTES 16384

struct fake_vm {
	u32 state, reason;
	char name[SHYPER_NAME_MAX];
	void *run[RUNS];
	unsigned int opens, patience;
	u64 typed;
	char console[CONSOLE_BYTES];
};

static struct fake_vm vms[VMS] = { { .state = SHYPER_VM_RUNNING, .name = "mvm" } };
static DEFINE_SPINLOCK(vms_lock);

int shyper_probe(void)
{
	return 0;
}

long shyper_watchdog_call(u32 what, u32 arg, u64 out[2])
{
	return -1;
}

int shyper_doorbell_start(void)
{
	return 0;
}

void shyper_doorbell_stop(void)
{
}

void *shyper_buf_get(size_t bytes)
{
	return alloc_pages_exact(PAGE_ALIGN(bytes), GFP_KERNEL | __GFP_ZERO);
}

void shyper_buf_put(void *buf, size_t bytes)
{
	free_pages_exact(buf, PAGE_ALIGN(bytes));
}

u64 shyper_buf_ipa(const void *buf)
{
	return virt_to_phys((void *)(uintptr_t)buf);
}

static void memory_free(struct fake_vm *vm)
{
	unsigned int i;

	for (i = 0; i < RUNS; i++)
		if (vm->run[i])
			free_pages_exact(vm->run[i], RUN_BYTES);
}

/* A slow one is made by three calls in a row, between which nobody else may make one. */
static long create(const char *blob, u64 len, u64 *id)
{
	static unsigned int pieces;
	static char making[36];
	unsigned int i, run;

	if (len < 6 || len > 36 || memcmp(blob, "FAKE:", 5))
		return -EINVAL;
	if (pieces && memcmp(making, blob, len))
		return -EDEADLK;
	if (!memcmp(blob + 5, "slow", min(len - 5, 4ULL)) && pieces < 2) {
		memcpy(making, blob, len);
		pieces++;
		return -EAGAIN;
	}
	pieces = 0;
	for (i = 1; i < VMS && vms[i].state; i++)
		;
	if (i == VMS)
		return -ENOSPC;
	memset(&vms[i], 0, sizeof(vms[i]));
	for (run = 0; run < RUNS; run++)
		vms[i].run[run] = alloc_pages_exact(RUN_BYTES, GFP_ATOMIC | __GFP_ZERO);
	if (!vms[i].run[0] || !vms[i].run[1]) {
		memory_free(&vms[i]);
		return -ENOMEM;
	}
	memcpy(vms[i].name, blob + 5, len - 5);
	vms[i].state = SHYPER_VM_CREATED;
	*id = i;
	return 0;
}

/* EAGAIN twice for slow ones. */
static bool is_patient(struct fake_vm *vm)
{
	if (!strncmp(vm->name, "slow", 4) && vm->patience < 2) {
		vm->patience++;
		return true;
	}
	vm->patience = 0;
	return false;
}

static long move(struct fake_vm *vm, unsigned int from, u32 to, u32 reason)
{
	if (!(from >> vm->state & 1))
		return -EBUSY;
	vm->state = to;
	vm->reason = reason;
	shyper_events_ring(SHYPER_EVENT_STATE);
	return 0;
}

static long stop(struct fake_vm *vm)
{
	if (vm->state == SHYPER_VM_RUNNING || vm->state == SHYPER_VM_STOPPING) {
		vm->state = SHYPER_VM_STOPPING;
		if (!strncmp(vm->name, "stuck", 5) || is_patient(vm))
			return -EAGAIN;
	}
	return move(vm, 1 << SHYPER_VM_STOPPING, SHYPER_VM_STOPPED, SHYPER_REASON_REQUEST);
}

static long remove(struct fake_vm *vm)
{
	if (vm->opens) {
		move(vm, ~0u, SHYPER_VM_STOPPED, SHYPER_REASON_REQUEST);
		return -EBUSY;
	}
	vm->state = SHYPER_VM_REMOVING;
	if (is_patient(vm))
		return -EAGAIN;
	memory_free(vm);
	return move(vm, 1 << SHYPER_VM_REMOVING, 0, 0);
}

static long console_read(struct fake_vm *vm, struct shyper_text *text, u64 len, u64 cursor, u64 *value)
{
	u64 oldest = vm->typed > CONSOLE_BYTES ? vm->typed - CONSOLE_BYTES : 0;
	u64 from = max(cursor, oldest), i;
	u64 bytes = min(len - sizeof(*text), vm->typed - min(from, vm->typed));

	for (i = 0; i < bytes; i++)
		((char *)(text + 1))[i] = vm->console[(from + i) % CONSOLE_BYTES];
	text->next = from + bytes;
	text->bytes = (u32)bytes;
	text->lost = (u32)(from - cursor);
	*value = sizeof(*text) + bytes;
	return 0;
}

static long console_write(struct fake_vm *vm, const char *text, u64 len, u64 *value)
{
	u64 i;

	len = min(len, 100ULL);
	for (i = 0; i < len; i++)
		vm->console[vm->typed++ % CONSOLE_BYTES] = text[i];
	*value = len;
	shyper_events_ring(SHYPER_EVENT_CONSOLE);
	return 0;
}

static long vm_call(u32 function, struct fake_vm *vm, u64 a2, u64 a3, u64 a4, u64 *value)
{
	void *buf = function == SHYPER_HCALL_MEMORY_RUN ? phys_to_virt(a3) : phys_to_virt(a2);

	switch (function) {
	case SHYPER_HCALL_VM_BOOT:
		return move(vm, 1 << SHYPER_VM_CREATED | 1 << SHYPER_VM_READY, SHYPER_VM_RUNNING, 0);
	case SHYPER_HCALL_VM_STOP:
		return stop(vm);
	case SHYPER_HCALL_VM_PAUSE:
		if (vm->state == SHYPER_VM_RUNNING && is_patient(vm))
			return -EAGAIN;
		return move(vm, 1 << SHYPER_VM_RUNNING, SHYPER_VM_PAUSED, 0);
	case SHYPER_HCALL_VM_RESUME:
		return move(vm, 1 << SHYPER_VM_PAUSED, SHYPER_VM_RUNNING, 0);
	case SHYPER_HCALL_VM_RESET:
		return move(vm, 1 << SHYPER_VM_STOPPED, SHYPER_VM_READY, 0);
	case SHYPER_HCALL_VM_REMOVE:
		return vm == vms ? -EPERM : remove(vm);
	case SHYPER_HCALL_VM_INFO: {
		struct shyper_vm_info info = { .size = sizeof(info), .id = (u32)(vm - vms), .state = vm->state,
					       .reason = vm->reason, .vcpus = 1, .memory_bytes = RUNS * RUN_BYTES };
		memcpy(info.name, vm->name, sizeof(info.name));
		memcpy(buf, &info, sizeof(info));
		*value = sizeof(info);
		return 0;
	}
	case SHYPER_HCALL_VM_STAT: {
		struct shyper_vm_stat stat = { .size = sizeof(stat), .run_ns = vm->opens };

		memcpy(buf, &stat, sizeof(stat));
		*value = sizeof(stat);
		return 0;
	}
	case SHYPER_HCALL_VM_FAULT: {
		struct shyper_vm_fault fault = { .size = sizeof(fault), .kind = SHYPER_FAULT_READ };

		if (vm->state != SHYPER_VM_CRASHED)
			return -ENOENT;
		memcpy(buf, &fault, sizeof(fault));
		*value = sizeof(fault);
		return 0;
	}
	case SHYPER_HCALL_VM_LOG:
	case SHYPER_HCALL_CONSOLE_READ:
		return console_read(vm, buf, a3, a4, value);
	case SHYPER_HCALL_CONSOLE_WRITE:
		return console_write(vm, buf, a3, value);
	case SHYPER_HCALL_MEMORY_RUN:
		if (a2 >= RUNS)
			return -ENOENT;
		*(struct shyper_run *)buf = (struct shyper_run){ .ipa = RAM + a2 * RUN_BYTES, .bytes = RUN_BYTES,
								 .pa = virt_to_phys(vm->run[a2]) };
		*value = sizeof(struct shyper_run);
		return 0;
	case SHYPER_HCALL_MEMORY_OPEN:
		vm->opens++;
		return 0;
	case SHYPER_HCALL_MEMORY_CLOSE:
		if (!strncmp(vm->name, "tight", 5) && ++vm->patience < 3)
			return -ENOMEM;
		if (is_patient(vm))
			return -EAGAIN;
		vm->opens--;
		return 0;
	default:
		return -EPERM;
	}
}

static long call(u32 function, u64 a1, u64 a2, u64 a3, u64 a4, u64 *value)
{
	switch (function) {
	case SHYPER_HCALL_INFO_VERSION:
		*value = SHYPER_ABI_MAJOR << 16 | SHYPER_ABI_MINOR;
		return 0;
	case SHYPER_HCALL_INFO_SELF:
		*value = 0;
		return 0;
	case SHYPER_HCALL_INFO_SYSTEM:
		*(struct shyper_system_info *)phys_to_virt(a1) = (struct shyper_system_info){
			.size = sizeof(struct shyper_system_info), .version = "fake" };
		*value = sizeof(struct shyper_system_info);
		return 0;
	case SHYPER_HCALL_INFO_LOG:
		return console_read(&vms[0], phys_to_virt(a1), a2, a3, value);
	case SHYPER_HCALL_SYSTEM_LOG_LEVEL:
		*value = SHYPER_LOG_INFO;
		return a1 <= SHYPER_LOG_DEBUG ? 0 : -EINVAL;
	case SHYPER_HCALL_VM_CREATE:
		return create(phys_to_virt(a1), a2, value);
	case SHYPER_HCALL_VM_NEXT:
		for (*value = (u32)(a1 + 1); *value < VMS; ++*value)
			if (vms[*value].state)
				return 0;
		return -ENOENT;
	}
	if (a1 >= VMS || !vms[a1].state)
		return -ENOENT;
	return vm_call(function, &vms[a1], a2, a3, a4, value);
}

long shyper_hcall(u32 function, u64 a1, u64 a2, u64 a3, u64 a4, u64 *value)
{
	u64 ignored = 0;
	long ret;

	spin_lock(&vms_lock);
	ret = call(function, a1, a2, a3, a4, value ? value : &ignored);
	spin_unlock(&vms_lock);
	return ret;
}
