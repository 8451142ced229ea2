// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#include "abi/profile.h"
#include "decode.h"

enum takes { NOTHING, ID, SIZED, TEXT_OUT, TEXT_IN, CREATE, RUN };

struct call {
	unsigned int cmd;
	enum takes takes;
};

static const struct call system_calls[] = {
	{ SHYPER_IOC_VERSION, NOTHING },
	{ SHYPER_IOC_SYSTEM_INFO, SIZED },
	{ SHYPER_IOC_SYSTEM_LOG, TEXT_OUT },
	{ SHYPER_IOC_VM_CREATE, CREATE },
	{ SHYPER_IOC_VM_NEXT, ID },
	{ SHYPER_IOC_VM_OPEN, ID },
	{ SHYPER_IOC_EVENTS, NOTHING },
	{ SHYPER_IOC_SHUTDOWN, NOTHING },
	{ SHYPER_IOC_REBOOT, NOTHING },
	{ SHYPER_IOC_SELF, NOTHING },
	{ SHYPER_IOC_LOG_LEVEL, ID },
	{ }
};

static const struct call vm_calls[] = {
	{ SHYPER_IOC_BOOT, NOTHING },
	{ SHYPER_IOC_STOP, NOTHING },
	{ SHYPER_IOC_RESET, NOTHING },
	{ SHYPER_IOC_REMOVE, NOTHING },
	{ SHYPER_IOC_PAUSE, NOTHING },
	{ SHYPER_IOC_RESUME, NOTHING },
	{ SHYPER_IOC_INFO, SIZED },
	{ SHYPER_IOC_STAT, SIZED },
	{ SHYPER_IOC_FAULT, SIZED },
	{ SHYPER_IOC_LOG, TEXT_OUT },
	{ SHYPER_IOC_CONSOLE_READ, TEXT_OUT },
	{ SHYPER_IOC_CONSOLE_WRITE, TEXT_IN },
	{ SHYPER_IOC_RUN, RUN },
	{ }
};

static int args_get(void *to, size_t bytes, unsigned long arg)
{
	return copy_from_user(to, (const void __user *)arg, bytes) ? -EFAULT : 0;
}

static int create_check(const struct shyper_ioc_create *c)
{
	if (c->size != sizeof(*c) || c->id || !c->blob_bytes)
		return -EINVAL;
	return c->blob_bytes > SHYPER_PROFILE_BYTES_MAX ? -E2BIG : 0;
}

static int buf_check(const struct shyper_ioc_buf *buf, bool is_input)
{
	if (buf->size != sizeof(*buf) || buf->rsv0)
		return -EINVAL;
	return is_input && (buf->cursor || buf->lost) ? -EINVAL : 0;
}

static int decode(const struct call *call, unsigned int cmd, unsigned long arg, union shyper_args *out)
{
	int ret;

	while (call->cmd && call->cmd != cmd)
		call++;
	if (!call->cmd)
		return -ENOTTY;

	switch (call->takes) {
	case ID:
		out->id = (u32)arg;
		return arg > 0xffffffffUL ? -EINVAL : 0;
	case SIZED:			/* the size of the structure is in the call's number */
		ret = args_get(&out->size, sizeof(out->size), arg);
		return ret ? ret : out->size == _IOC_SIZE(cmd) ? 0 : -EINVAL;
	case TEXT_OUT:
	case TEXT_IN:
		ret = args_get(&out->buf, sizeof(out->buf), arg);
		return ret ? ret : buf_check(&out->buf, call->takes == TEXT_IN);
	case CREATE:
		ret = args_get(&out->create, sizeof(out->create), arg);
		return ret ? ret : create_check(&out->create);
	case RUN:
		ret = args_get(&out->run, sizeof(out->run), arg);
		return ret ? ret : out->run.size == sizeof(out->run) ? 0 : -EINVAL;
	default:
		return arg ? -EINVAL : 0;
	}
}

int shyper_system_decode(unsigned int cmd, unsigned long arg, union shyper_args *out)
{
	return decode(system_calls, cmd, arg, out);
}

int shyper_vm_decode(unsigned int cmd, unsigned long arg, union shyper_args *out)
{
	return decode(vm_calls, cmd, arg, out);
}
