// SPDX-License-Identifier: GPL-2.0-only
/* A kernel that hangs: the CPU that loads this takes no interrupt any more. */
#include <linux/irqflags.h>
#include <linux/module.h>

static int __init hang(void)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
	return 0;
}

module_init(hang);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("hangs");
