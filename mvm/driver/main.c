// SPDX-License-Identifier: GPL-2.0-only
/*
 * shyper.ko: /dev/shyper in the management VM. This file has the system fd; VM fds are in vm.c. The interface is
 * abi/ioctl.h; everything is refused that this version does not know.
 */
#define pr_fmt(fmt) "shyper: " fmt

#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "shyper.h"

static long system_info(void __user *arg)
{
	struct shyper_system_info *info = shyper_buf_get(sizeof(*info));
	u64 wrote;
	long ret;

	if (!info)
		return -ENOMEM;
	ret = shyper_hcall(SHYPER_HCALL_INFO_SYSTEM, shyper_buf_ipa(info), sizeof(*info), 0, 0, &wrote);
	if (!ret && wrote != sizeof(*info))
		ret = -EIO;
	if (!ret && copy_to_user(arg, info, sizeof(*info)))
		ret = -EFAULT;
	shyper_buf_put(info, sizeof(*info));
	return ret;
}

/* Hypercalls without arguments or with a small one, whose value is the result. */
static long value_of(u32 function, u64 argument)
{
	u64 value = 0;
	long ret = shyper_hcall(function, argument, 0, 0, 0, &value);

	return ret ? ret : (long)(value & INT_MAX);
}

static long system_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct shyper_listener *listener = file->private_data;
	void __user *p = (void __user *)arg;
	union shyper_args args;
	int ret = shyper_system_decode(cmd, arg, &args);

	if (ret)
		return ret;
	switch (cmd) {
	case SHYPER_IOC_VERSION:
		return value_of(SHYPER_HCALL_INFO_VERSION, 0);
	case SHYPER_IOC_SYSTEM_INFO:
		return system_info(p);
	case SHYPER_IOC_SYSTEM_LOG:
		return shyper_text_read(SHYPER_HCALL_INFO_LOG, NULL, &args.buf, p);
	case SHYPER_IOC_VM_CREATE:
		return shyper_vm_create(&args.create, p);
	case SHYPER_IOC_VM_NEXT:
		return value_of(SHYPER_HCALL_VM_NEXT, args.id);
	case SHYPER_IOC_VM_OPEN:
		return shyper_vm_open_fd(args.id);
	case SHYPER_IOC_EVENTS:
		return shyper_listener_take(listener, ~0u);
	case SHYPER_IOC_SHUTDOWN:
		return value_of(SHYPER_HCALL_SYSTEM_SHUTDOWN, 0);
	case SHYPER_IOC_REBOOT:
		return value_of(SHYPER_HCALL_SYSTEM_REBOOT, 0);
	case SHYPER_IOC_SELF:
		return value_of(SHYPER_HCALL_INFO_SELF, 0);
	case SHYPER_IOC_LOG_LEVEL:
		return value_of(SHYPER_HCALL_SYSTEM_LOG_LEVEL, args.id);
	default:
		return -ENOTTY;
	}
}

static __poll_t system_poll(struct file *file, poll_table *table)
{
	struct shyper_listener *listener = file->private_data;

	poll_wait(file, &listener->wait, table);
	return shyper_listener_peek(listener, ~0u) ? EPOLLPRI : 0;
}

static int system_open(struct inode *inode, struct file *file)
{
	struct shyper_listener *listener = kzalloc(sizeof(*listener), GFP_KERNEL);

	if (!listener)
		return -ENOMEM;
	shyper_listener_add(listener);
	file->private_data = listener;
	return nonseekable_open(inode, file);
}

static int system_release(struct inode *inode, struct file *file)
{
	struct shyper_listener *listener = file->private_data;

	shyper_listener_del(listener);
	kfree(listener);
	return 0;
}

static const struct file_operations system_fops = {
	.owner = THIS_MODULE,
	.open = system_open,
	.release = system_release,
	.unlocked_ioctl = system_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = system_poll,
};

static struct miscdevice system_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "shyper",
	.mode = 0600,
	.fops = &system_fops,
};

static int __init shyper_init(void)
{
	int ret = shyper_probe();

	if (ret)
		return ret;
	ret = shyper_map_init();
	if (ret)
		return ret;
	ret = shyper_doorbell_start();
	if (ret)
		goto out_map;
	ret = shyper_vms_init();
	if (ret)
		goto out_doorbell;
	ret = shyper_watchdog_start();
	if (ret)
		goto out_doorbell;
	ret = misc_register(&system_device);
	if (ret)
		goto out_watchdog;
	return 0;

out_watchdog:
	shyper_watchdog_stop();
out_doorbell:
	shyper_doorbell_stop();
out_map:
	shyper_map_exit();
	return ret;
}

static void __exit shyper_exit(void)
{
	misc_deregister(&system_device);
	shyper_watchdog_stop();
	shyper_doorbell_stop();
	shyper_map_exit();
}

static const struct of_device_id shyper_match[] __maybe_unused = {
	{ .compatible = "shyper,hypervisor" },
	{ }
};
MODULE_DEVICE_TABLE(of, shyper_match);

module_init(shyper_init);
module_exit(shyper_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Shyper management interface");
