// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events for readers. Every open fd is a listener with event bits of its own, so no reader takes an event away from
 * another. The doorbell (doorbell.c) calls shyper_events_ring from interrupt context.
 */
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "shyper.h"

static DEFINE_SPINLOCK(listeners_lock);		/* the list and every listener's bits */
static LIST_HEAD(listeners);

void shyper_events_ring(u32 bits)
{
	struct shyper_listener *l;
	unsigned long flags;

	spin_lock_irqsave(&listeners_lock, flags);
	list_for_each_entry(l, &listeners, node) {
		l->bits |= bits;
		wake_up_interruptible(&l->wait);
	}
	spin_unlock_irqrestore(&listeners_lock, flags);
}

void shyper_listener_add(struct shyper_listener *l)
{
	init_waitqueue_head(&l->wait);
	spin_lock_irq(&listeners_lock);
	l->bits = 0;
	list_add_tail(&l->node, &listeners);
	spin_unlock_irq(&listeners_lock);
}

void shyper_listener_del(struct shyper_listener *l)
{
	spin_lock_irq(&listeners_lock);
	list_del(&l->node);
	spin_unlock_irq(&listeners_lock);
}

void shyper_listener_set(struct shyper_listener *l, u32 bits)
{
	spin_lock_irq(&listeners_lock);
	l->bits |= bits;
	spin_unlock_irq(&listeners_lock);
}

u32 shyper_listener_take(struct shyper_listener *l, u32 bits)
{
	u32 got;

	spin_lock_irq(&listeners_lock);
	got = l->bits & bits;
	l->bits &= ~bits;
	spin_unlock_irq(&listeners_lock);
	return got;
}

u32 shyper_listener_peek(struct shyper_listener *l, u32 bits)
{
	return READ_ONCE(l->bits) & bits;
}
