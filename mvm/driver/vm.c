// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM fds. All fds of one VM share a struct shyper_vm, found by id in the list of open VMs.
 *
 * An id can be given to a new VM after a removal. All removals pass through here, so shyper_vms_sem makes that safe:
 * calls on a VM hold it for reading around "is it gone?" and the hypercall, creation and the steps of a removal hold it
 * for writing. An fd of a removed VM answers ENOENT for ever.
 *
 * Each VM that was made from here, now or by a module loaded before, holds a reference on the module: rmmod is refused
 * while one exists, so that VMs cannot be left without anybody who could end them.
 */
#include <linux/anon_inodes.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "abi/profile.h"
#include "shyper.h"

DECLARE_RWSEM(shyper_vms_sem);
static DEFINE_MUTEX(create_lock);		/* the making of one VM; outside of shyper_vms_sem */
static DEFINE_MUTEX(vms_lock);			/* the list, and the step from the last reference to none */
static LIST_HEAD(vms);

struct vm_file {
	struct shyper_vm *vm;
	struct shyper_listener listener;
};

long shyper_vm_hcall(struct shyper_vm *vm, u32 function, u64 a2, u64 a3, u64 a4, u64 *value)
{
	long ret = -ENOENT;

	down_read(&shyper_vms_sem);
	if (!vm->gone)
		ret = shyper_hcall(function, vm->id, a2, a3, a4, value);
	up_read(&shyper_vms_sem);
	return ret;
}

/* For calls that do a piece of work and say EAGAIN while some is left. */
long shyper_vm_hcall_again(struct shyper_vm *vm, u32 function, bool interruptible)
{
	long ret;

	while ((ret = shyper_vm_hcall(vm, function, 0, 0, 0, NULL)) == -EAGAIN) {
		if (interruptible && signal_pending(current))
			return -ERESTARTSYS;
		cond_resched();
	}
	return ret;
}

long shyper_vm_remove_step(struct shyper_vm *vm)
{
	long ret = -ENOENT;

	down_write(&shyper_vms_sem);
	if (!vm->gone) {
		ret = shyper_hcall(SHYPER_HCALL_VM_REMOVE, vm->id, 0, 0, 0, NULL);
		vm->gone = !ret;
		if (vm->gone && !vm->boot_time)
			module_put(THIS_MODULE);
	}
	up_write(&shyper_vms_sem);
	return ret;
}

/*
 * While its memory is mapped the VM cannot go (EBUSY). It is stopped at once, and whoever gives up the last mapping
 * finishes the removal, even if this caller has been interrupted.
 */
static long vm_remove(struct shyper_vm *vm)
{
	bool mapped;
	long ret;

	for (;;) {
		mapped = READ_ONCE(vm->maps);
		ret = shyper_vm_remove_step(vm);
		if (ret != -EAGAIN && (ret != -EBUSY || !mapped))
			return ret;
		if (signal_pending(current))
			return -ERESTARTSYS;
		if (ret == -EBUSY) {
			mutex_lock(&vm->map_lock);
			vm->removing = vm->maps != 0;
			mutex_unlock(&vm->map_lock);
			if (wait_event_interruptible(vm->idle, !READ_ONCE(vm->maps)))
				return -ERESTARTSYS;
			if (READ_ONCE(vm->gone))
				return 0;
		}
		cond_resched();
	}
}

static void vm_free(struct kref *refs)
{
	struct shyper_vm *vm = container_of(refs, struct shyper_vm, refs);

	list_del(&vm->node);
	mutex_unlock(&vms_lock);
	kfree(vm);
}

void shyper_vm_put(struct shyper_vm *vm)
{
	kref_put_mutex(&vm->refs, vm_free, &vms_lock);
}

static struct shyper_vm *vm_get(u32 id)
{
	struct shyper_vm *vm;

	mutex_lock(&vms_lock);
	list_for_each_entry(vm, &vms, node) {
		if (vm->id == id && !READ_ONCE(vm->gone)) {
			kref_get(&vm->refs);
			goto out;
		}
	}
	vm = kzalloc(sizeof(*vm), GFP_KERNEL);
	if (vm) {
		vm->id = id;
		kref_init(&vm->refs);
		shyper_map_vm_init(vm);
		list_add(&vm->node, &vms);
	}
out:
	mutex_unlock(&vms_lock);
	return vm;
}

/* INFO, STAT and FAULT: a structure that EL2 fills. */
static long struct_read(struct shyper_vm *vm, u32 function, u32 bytes, void __user *arg)
{
	void *buf = shyper_buf_get(bytes);
	u64 wrote;
	long ret;

	if (!buf)
		return -ENOMEM;
	ret = shyper_vm_hcall(vm, function, shyper_buf_ipa(buf), bytes, 0, &wrote);
	if (!ret && wrote != bytes)
		ret = -EIO;
	if (!ret && copy_to_user(arg, buf, bytes))
		ret = -EFAULT;
	shyper_buf_put(buf, bytes);
	return ret;
}

static long run_read(struct shyper_vm *vm, struct shyper_ioc_run *req, void __user *arg)
{
	struct shyper_run *buf = shyper_buf_get(sizeof(*buf));
	u64 wrote;
	long ret;

	if (!buf)
		return -ENOMEM;
	ret = shyper_vm_hcall(vm, SHYPER_HCALL_MEMORY_RUN, req->index, shyper_buf_ipa(buf), 0, &wrote);
	if (!ret && wrote != sizeof(*buf))
		ret = -EIO;
	req->run = *buf;
	shyper_buf_put(buf, sizeof(*buf));
	if (!ret && copy_to_user(arg, req, sizeof(*req)))
		ret = -EFAULT;
	return ret;
}

static long vm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vm_file *vf = file->private_data;
	void __user *p = (void __user *)arg;
	union shyper_args args;
	int ret = shyper_vm_decode(cmd, arg, &args);

	if (ret)
		return ret;
	switch (cmd) {
	case SHYPER_IOC_BOOT:
		return shyper_vm_hcall_again(vf->vm, SHYPER_HCALL_VM_BOOT, true);
	case SHYPER_IOC_STOP:
		return shyper_vm_hcall_again(vf->vm, SHYPER_HCALL_VM_STOP, true);
	case SHYPER_IOC_RESET:
		return shyper_vm_hcall_again(vf->vm, SHYPER_HCALL_VM_RESET, true);
	case SHYPER_IOC_PAUSE:
		return shyper_vm_hcall_again(vf->vm, SHYPER_HCALL_VM_PAUSE, true);
	case SHYPER_IOC_RESUME:
		return shyper_vm_hcall_again(vf->vm, SHYPER_HCALL_VM_RESUME, true);
	case SHYPER_IOC_REMOVE:
		return vm_remove(vf->vm);
	case SHYPER_IOC_INFO:
		return struct_read(vf->vm, SHYPER_HCALL_VM_INFO, args.size, p);
	case SHYPER_IOC_STAT:
		return struct_read(vf->vm, SHYPER_HCALL_VM_STAT, args.size, p);
	case SHYPER_IOC_FAULT:
		return struct_read(vf->vm, SHYPER_HCALL_VM_FAULT, args.size, p);
	case SHYPER_IOC_LOG:
		return shyper_text_read(SHYPER_HCALL_VM_LOG, vf->vm, &args.buf, p);
	case SHYPER_IOC_CONSOLE_READ:
		/* Taken before looking: what arrives meanwhile sets it again. */
		shyper_listener_take(&vf->listener, SHYPER_EVENT_CONSOLE);
		return shyper_text_read(SHYPER_HCALL_CONSOLE_READ, vf->vm, &args.buf, p);
	case SHYPER_IOC_CONSOLE_WRITE:
		return shyper_text_write(vf->vm, &args.buf, p);
	case SHYPER_IOC_RUN:
		return run_read(vf->vm, &args.run, p);
	default:
		return -ENOTTY;
	}
}

static __poll_t vm_poll(struct file *file, poll_table *table)
{
	struct vm_file *vf = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &vf->listener.wait, table);
	if (shyper_listener_peek(&vf->listener, SHYPER_EVENT_CONSOLE))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(vf->vm->gone))
		mask |= EPOLLHUP;
	return mask;
}

static int vm_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vm_file *vf = file->private_data;

	return shyper_map(vf->vm, vma);
}

static int vm_release(struct inode *inode, struct file *file)
{
	struct vm_file *vf = file->private_data;

	shyper_listener_del(&vf->listener);
	shyper_vm_put(vf->vm);
	kfree(vf);
	return 0;
}

const struct file_operations shyper_vm_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = vm_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = vm_poll,
	.mmap = vm_mmap,
	.release = vm_release,
};

long shyper_vm_open_fd(u32 id)
{
	struct shyper_vm_info *info;
	struct vm_file *vf;
	long ret = -ENOMEM;

	vf = kzalloc(sizeof(*vf), GFP_KERNEL);
	if (!vf)
		return ret;
	vf->vm = vm_get(id);
	if (!vf->vm)
		goto out_file;

	info = shyper_buf_get(sizeof(*info));
	if (!info)
		goto out_vm;
	ret = shyper_vm_hcall(vf->vm, SHYPER_HCALL_VM_INFO, shyper_buf_ipa(info), sizeof(*info), 0, NULL);
	if (!ret)
		vf->vm->boot_time = info->boot_time;
	shyper_buf_put(info, sizeof(*info));
	if (ret)
		goto out_vm;

	shyper_listener_add(&vf->listener);
	shyper_listener_set(&vf->listener, SHYPER_EVENT_CONSOLE);	/* there may be output already */
	ret = anon_inode_getfd("shyper-vm", &shyper_vm_fops, vf, O_RDWR | O_CLOEXEC);
	if (ret >= 0)
		return ret;
	shyper_listener_del(&vf->listener);
out_vm:
	shyper_vm_put(vf->vm);
out_file:
	kfree(vf);
	return ret;
}

/*
 * Made piece by piece, between which calls on other VMs have their turn. What an error leaves half-made, EL2 has undone;
 * it would undo it for a second creator's pieces too, so there is one at a time. No signal ends it half-way.
 */
static long create_whole(u64 blob, u64 bytes, u64 *id)
{
	long ret;

	if (mutex_lock_interruptible(&create_lock))
		return -ERESTARTSYS;
	do {
		cond_resched();
		down_write(&shyper_vms_sem);
		ret = shyper_hcall(SHYPER_HCALL_VM_CREATE, blob, bytes, 0, 0, id);
		if (!ret)
			__module_get(THIS_MODULE);
		up_write(&shyper_vms_sem);
	} while (ret == -EAGAIN);
	mutex_unlock(&create_lock);
	return ret;
}

long shyper_vm_create(struct shyper_ioc_create *req, void __user *arg)
{
	void *blob = shyper_buf_get(req->blob_bytes);
	struct shyper_vm *vm;
	u64 id = 0;
	long ret;

	if (!blob)
		return -ENOMEM;
	ret = -EFAULT;
	if (!copy_from_user(blob, u64_to_user_ptr(req->blob), req->blob_bytes)) {
		ret = create_whole(shyper_buf_ipa(blob), req->blob_bytes, &id);
	}
	shyper_buf_put(blob, req->blob_bytes);
	if (ret)
		return ret;

	req->id = (u32)id;
	if (!copy_to_user(arg, req, sizeof(*req)))
		return 0;

	/* Nobody will ever learn this id: take the VM back. */
	vm = vm_get(req->id);
	if (vm) {
		while (shyper_vm_remove_step(vm) == -EAGAIN)
			cond_resched();
		shyper_vm_put(vm);
	}
	return -EFAULT;
}

/* Of the VMs that exist already, those made from the management VM. */
static int vms_adopt(struct shyper_vm_info *info)
{
	u64 id = U32_MAX;
	long ret;

	while (!(ret = shyper_hcall(SHYPER_HCALL_VM_NEXT, id, 0, 0, 0, &id))) {
		ret = shyper_hcall(SHYPER_HCALL_VM_INFO, id, shyper_buf_ipa(info), sizeof(*info), 0, NULL);
		if (ret)
			break;
		if (id != SHYPER_MVM_ID && !info->boot_time)
			__module_get(THIS_MODULE);
	}
	return ret == -ENOENT ? 0 : (int)ret;
}

int shyper_vms_init(void)
{
	struct shyper_vm_info *info = shyper_buf_get(sizeof(*info));
	int ret;

	if (!info)
		return -ENOMEM;
	ret = vms_adopt(info);
	shyper_buf_put(info, sizeof(*info));
	return ret;
}
