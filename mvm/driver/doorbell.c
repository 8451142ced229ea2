// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doorbell: EL2 raises one edge interrupt, the hypercall info_events tells what happened and clears it.
 */
#define pr_fmt(fmt) "shyper: " fmt

#include <linux/interrupt.h>
#include <linux/of.h>
#include <linux/of_irq.h>
#include <linux/printk.h>

#include "shyper.h"

static int doorbell;

static irqreturn_t doorbell_ring(int irq, void *data)
{
	u64 bits = 0;

	if (!shyper_hcall(SHYPER_HCALL_INFO_EVENTS, 0, 0, 0, 0, &bits) && bits)
		shyper_events_ring((u32)bits);
	return IRQ_HANDLED;
}

int shyper_doorbell_start(void)
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
	if (ret) {
		pr_err("cannot have the doorbell interrupt: error %d\n", ret);
		return ret;
	}
	/* EL2 rings only when nothing is waiting; what happened before us must not keep it silent. */
	shyper_hcall(SHYPER_HCALL_INFO_EVENTS, 0, 0, 0, 0, NULL);
	return 0;
}

void shyper_doorbell_stop(void)
{
	free_irq(doorbell, &doorbell);
	irq_dispose_mapping(doorbell);
}
