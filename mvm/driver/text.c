// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text between EL2 and a caller's buffer, one page per hypercall whatever the caller's size is: logs and console output
 * by cursor, console input as it comes.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "shyper.h"

/* One piece of at most a page. Returns the bytes copied to the caller, 0 at the end of the text. */
static long text_piece(u32 function, struct shyper_vm *vm, void *page, struct shyper_ioc_buf *req, u64 done)
{
	struct shyper_text *text = page;
	u64 room = min_t(u64, req->bytes - done, PAGE_SIZE - sizeof(*text));
	u64 len = sizeof(*text) + room;
	u64 wrote = 0;
	long ret;

	if (vm)
		ret = shyper_vm_hcall(vm, function, shyper_buf_ipa(page), len, req->cursor, &wrote);
	else
		ret = shyper_hcall(function, shyper_buf_ipa(page), len, req->cursor, 0, &wrote);
	if (ret)
		return ret;
	if (wrote < sizeof(*text) || wrote > len || text->bytes > wrote - sizeof(*text))
		return -EIO;
	if (copy_to_user(u64_to_user_ptr(req->addr + done), text + 1, text->bytes))
		return -EFAULT;
	req->cursor = text->next;
	req->lost += text->lost;
	return text->bytes;
}

long shyper_text_read(u32 function, struct shyper_vm *vm, struct shyper_ioc_buf *req, void __user *arg)
{
	void *page = shyper_buf_get(PAGE_SIZE);
	u64 done = 0;
	long ret;

	if (!page)
		return -ENOMEM;

	req->lost = 0;
	do {
		ret = text_piece(function, vm, page, req, done);
		if (ret <= 0)
			break;
		done += ret;
		cond_resched();
	} while (done < req->bytes && !signal_pending(current));
	shyper_buf_put(page, PAGE_SIZE);

	if (ret < 0 && !done)
		return ret;
	req->bytes = done;
	return copy_to_user(arg, req, sizeof(*req)) ? -EFAULT : 0;
}

/*
 * EL2 takes what fits, in steps of its own. Only when it takes nothing does it promise an event once there is room, so
 * that is where to stop.
 */
long shyper_text_write(struct shyper_vm *vm, struct shyper_ioc_buf *req, void __user *arg)
{
	void *page = shyper_buf_get(PAGE_SIZE);
	u64 done = 0, taken, piece;
	long ret;

	if (!page)
		return -ENOMEM;

	do {
		piece = min_t(u64, req->bytes - done, PAGE_SIZE);
		taken = 0;
		ret = -EFAULT;
		if (copy_from_user(page, u64_to_user_ptr(req->addr + done), piece))
			break;
		ret = shyper_vm_hcall(vm, SHYPER_HCALL_CONSOLE_WRITE, shyper_buf_ipa(page), piece, 0, &taken);
		if (ret)
			break;
		if (taken > piece) {
			ret = -EIO;
			break;
		}
		done += taken;
		cond_resched();
	} while (taken && done < req->bytes && !signal_pending(current));
	shyper_buf_put(page, PAGE_SIZE);

	if (ret < 0 && !done)
		return ret;
	req->bytes = done;
	return copy_to_user(arg, req, sizeof(*req)) ? -EFAULT : 0;
}
