// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doorbell: EL2 raises one edge interrupt, the hypercall info_events tells what happened and clears it. Every open
 * fd is a listener with event bits of its own, so no reader takes an event away from another.
 */
#define pr_fmt(fmt) "shyper: " fmt

#include <linux/interrupt.h>
#include <linux/of.h>
#include <linux/of_irq.h>
#include <linux/printk.h>
#include <linux/spinlock.h>

#include "shyper.h"

static DEFINE_SPINLOCK(listeners_lock);		/* the list and every listener's bits */
static LIST_HEAD(listeners);
static int doorbell;

static irqreturn_t doorbell_ring(int irq, void *data)
{
	struct shyper_listener *l;
	unsigned long flags;
	u64 bits;

	if (shyper_hcall(SHYPER_HCALL_INFO_EVENTS, 0, 0, 0, 0, &bits) || !bits)
		return IRQ_HANDLED;

	spin_lock_irqsave(&listeners_lock, flags);
	list_for_each_entry(l, &listeners, node) {
		l->bits |= (u32)bits;
		wake_up_interruptible(&l->wait);
	}
	spin_unlock_irqrestore(&listeners_lock, flags);
	return IRQ_HANDLED;
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

int shyper_events_start(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "shyper,hypervisor");
	int ret;

	doorbell = irq_of_parse_and_map(node, 0);
	of_node_put(node);
	if (!doorbell) {
		pr_err("the node \"shyper,hypervisor\" has no usable interrupt\n");
		return -ENODEV;
	}
	ret = request_irq(doorbell, doorbell_ring, 0, "shyper", &doorbell);
	if (ret)
		pr_err("cannot have the doorbell interrupt: error %d\n", ret);
	return ret;
}

void shyper_events_stop(void)
{
	free_irq(doorbell, &doorbell);
	irq_dispose_mapping(doorbell);
}
