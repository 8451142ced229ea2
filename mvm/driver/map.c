// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest memory in a process: mmap() of a VM fd, offset = guest address.
 *
 * EL2 makes a VM's memory accessible to this VM while it is "open". It is opened for the first area and closed after the
 * last one, and not before the last reference to any of its pages is gone: direct I/O can outlive the mapping it was
 * started through. The pool is reserved memory with struct pages, so pages are handed out one by one on first touch,
 * like any other file's, and read() and O_DIRECT work on them.
 */
#define pr_fmt(fmt) "shyper: " fmt

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "shyper.h"

/* Nothing tells when the block layer lets go of a page, or EL2 has memory again, so it is looked at this often. */
#define CLOSE_RETRY_MS 10

static struct workqueue_struct *closers;

static bool page_of(const struct shyper_vm *vm, u64 ipa, struct page **page)
{
	unsigned int i;

	for (i = 0; i < vm->run_count; i++) {
		const struct shyper_run *run = &vm->runs[i];

		if (ipa >= run->ipa && ipa - run->ipa < run->bytes) {
			*page = pfn_to_page(PHYS_PFN(run->pa + (ipa - run->ipa)));
			return true;
		}
	}
	return false;
}

/*
 * Reserved pages have one reference of their own; more means that somebody can still reach them. Only what has been
 * mapped since the memory was opened needs a look.
 */
static bool pages_in_use(const struct shyper_vm *vm)
{
	unsigned int i;
	u64 at, end;

	for (i = 0; i < vm->run_count; i++) {
		const struct shyper_run *run = &vm->runs[i];

		end = min(run->ipa + run->bytes, vm->mapped_to);
		for (at = max(run->ipa, vm->mapped_from); at < end; at += PAGE_SIZE)
			if (page_count(pfn_to_page(PHYS_PFN(run->pa + (at - run->ipa)))) != 1)
				return true;
		cond_resched();
	}
	return false;
}

/*
 * Called with map_lock held and maps == 1: the last area is gone. Returns false when it is too early, or when EL2 cannot
 * close now, which only its memory running short can cause: then later.
 */
static bool close_try(struct shyper_vm *vm)
{
	long ret;

	if (pages_in_use(vm))
		return false;
	ret = shyper_vm_hcall_again(vm, SHYPER_HCALL_MEMORY_CLOSE, false);
	if (ret && ret != -ENOENT) {
		pr_warn_ratelimited("VM %u: its memory stays open: error %ld\n", vm->id, ret);
		return false;
	}
	vm->maps = 0;
	if (vm->removing)
		while (shyper_vm_remove_step(vm) == -EAGAIN)
			cond_resched();
	wake_up_all(&vm->idle);
	return true;
}

static void close_later(struct work_struct *work)
{
	struct shyper_vm *vm = container_of(to_delayed_work(work), struct shyper_vm, close_work);
	bool done;

	mutex_lock(&vm->map_lock);
	done = vm->maps > 1 || close_try(vm);
	if (vm->maps > 1)
		vm->maps--;		/* mapped again meanwhile: the new area carries on */
	mutex_unlock(&vm->map_lock);

	if (!done) {
		queue_delayed_work(closers, &vm->close_work, msecs_to_jiffies(CLOSE_RETRY_MS));
		return;
	}
	shyper_vm_put(vm);
	module_put(THIS_MODULE);
}

static void area_open(struct vm_area_struct *vma)
{
	struct shyper_vm *vm = vma->vm_private_data;

	mutex_lock(&vm->map_lock);
	vm->maps++;
	mutex_unlock(&vm->map_lock);
}

static void area_close(struct vm_area_struct *vma)
{
	struct shyper_vm *vm = vma->vm_private_data;

	mutex_lock(&vm->map_lock);
	if (vm->maps > 1) {
		vm->maps--;
	} else if (!close_try(vm)) {
		/* The count of this area now stands for the pages in use; the module has to stay for it. */
		kref_get(&vm->refs);
		__module_get(THIS_MODULE);
		queue_delayed_work(closers, &vm->close_work, msecs_to_jiffies(CLOSE_RETRY_MS));
	}
	mutex_unlock(&vm->map_lock);
}

static vm_fault_t area_fault(struct vm_fault *vmf)
{
	struct shyper_vm *vm = vmf->vma->vm_private_data;
	struct page *page;

	if (!page_of(vm, (u64)vmf->pgoff << PAGE_SHIFT, &page))
		return VM_FAULT_SIGBUS;
	get_page(page);
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct area_ops = {
	.open = area_open,
	.close = area_close,
	.fault = area_fault,
};

/* Where the VM's memory is. Does not change during its life. */
static int runs_read(struct shyper_vm *vm)
{
	struct shyper_run *buf;
	unsigned int i;
	long ret = 0;
	u64 wrote;

	buf = shyper_buf_get(sizeof(*buf));
	if (!buf)
		return -ENOMEM;
	for (i = 0; i < SHYPER_RUN_MAX; i++) {
		ret = shyper_vm_hcall(vm, SHYPER_HCALL_MEMORY_RUN, i, shyper_buf_ipa(buf), 0, &wrote);
		if (ret)
			break;
		if (wrote != sizeof(*buf) || (buf->ipa | buf->pa | buf->bytes) & ~PAGE_MASK || !buf->bytes ||
		    !pfn_valid(PHYS_PFN(buf->pa)) || !pfn_valid(PHYS_PFN(buf->pa + buf->bytes - 1))) {
			ret = -EIO;
			break;
		}
		vm->runs[i] = *buf;
	}
	shyper_buf_put(buf, sizeof(*buf));
	if (ret && ret != -ENOENT)
		return (int)ret;
	vm->run_count = i;
	return 0;
}

/* The whole range has to lie in one run. */
static bool range_ok(const struct shyper_vm *vm, u64 ipa, u64 bytes)
{
	unsigned int i;
	u64 end;

	if (check_add_overflow(ipa, bytes, &end))
		return false;
	for (i = 0; i < vm->run_count; i++)
		if (ipa >= vm->runs[i].ipa && end <= vm->runs[i].ipa + vm->runs[i].bytes)
			return true;
	return false;
}

int shyper_map(struct shyper_vm *vm, struct vm_area_struct *vma)
{
	u64 bytes = vma->vm_end - vma->vm_start;
	long ret = 0;

	if (!(vma->vm_flags & VM_SHARED) || vma->vm_flags & VM_EXEC || vm->id == SHYPER_MVM_ID)
		return -EINVAL;
	vma->vm_flags &= ~VM_MAYEXEC;
	vma->vm_flags |= VM_DONTEXPAND | VM_DONTDUMP;

	if (mutex_lock_interruptible(&vm->map_lock))
		return -ERESTARTSYS;
	if (vm->removing || READ_ONCE(vm->gone))
		ret = -ENOENT;
	if (!ret && !vm->run_count)
		ret = runs_read(vm);
	if (!ret && !range_ok(vm, (u64)vma->vm_pgoff << PAGE_SHIFT, bytes))
		ret = -ENXIO;
	if (!ret && !vm->maps)
		ret = shyper_vm_hcall_again(vm, SHYPER_HCALL_MEMORY_OPEN, true);
	if (!ret) {
		u64 ipa = (u64)vma->vm_pgoff << PAGE_SHIFT;

		vm->mapped_from = vm->maps ? min(vm->mapped_from, ipa) : ipa;
		vm->mapped_to = vm->maps ? max(vm->mapped_to, ipa + bytes) : ipa + bytes;
		vm->maps++;
		vma->vm_private_data = vm;	/* kept by the file, which the area keeps */
		vma->vm_ops = &area_ops;
	}
	mutex_unlock(&vm->map_lock);
	return (int)ret;
}

void shyper_map_vm_init(struct shyper_vm *vm)
{
	mutex_init(&vm->map_lock);
	init_waitqueue_head(&vm->idle);
	INIT_DELAYED_WORK(&vm->close_work, close_later);
}

int shyper_map_init(void)
{
	closers = alloc_workqueue("shyper", 0, 0);
	return closers ? 0 : -ENOMEM;
}

void shyper_map_exit(void)
{
	destroy_workqueue(closers);
}
