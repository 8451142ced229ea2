// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls: SMCCC 1.1 calls of the vendor hypervisor service, numbers in abi/hcall.def. Results are x0 = 0 or a
 * negative errno, x1 = value.
 */
#define pr_fmt(fmt) "shyper: " fmt

#include <linux/arm-smccc.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/printk.h>

#include "shyper.h"

#define SHYPER_UID_CALL 0x8600FF01u
#define SHYPER_WATCHDOG_CALL 0x82003D06u

long shyper_hcall(u32 function, u64 a1, u64 a2, u64 a3, u64 a4, u64 *value)
{
	struct arm_smccc_res res;

	arm_smccc_1_1_hvc(SHYPER_HCALL_BASE | function, a1, a2, a3, a4, &res);
	if (value)
		*value = res.a1;
	return (long)res.a0;
}

long shyper_watchdog_call(u32 what, u32 arg, u64 out[2])
{
	struct arm_smccc_res res;

	arm_smccc_1_1_hvc(SHYPER_WATCHDOG_CALL, what, arg, &res);
	if (out) {
		out[0] = res.a1;
		out[1] = res.a2;
	}
	return (long)res.a0;
}

/*
 * An HVC is an undefined instruction where no EL2 is behind us, so the device tree is asked first, then the UID, and
 * only then a call of ours is made.
 */
int shyper_probe(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "shyper,hypervisor");
	struct arm_smccc_res res;
	u64 version, self;
	long ret;

	if (!node) {
		pr_err("not running under Shyper: the device tree has no node \"shyper,hypervisor\"\n");
		return -ENODEV;
	}
	of_node_put(node);

	arm_smccc_1_1_hvc(SHYPER_UID_CALL, &res);
	if ((u32)res.a0 != SHYPER_UID_0 || (u32)res.a1 != SHYPER_UID_1 ||
	    (u32)res.a2 != SHYPER_UID_2 || (u32)res.a3 != SHYPER_UID_3) {
		pr_err("not running under Shyper: another hypervisor answers\n");
		return -ENODEV;
	}

	ret = shyper_hcall(SHYPER_HCALL_INFO_VERSION, 0, 0, 0, 0, &version);
	if (ret || version >> 16 != SHYPER_ABI_MAJOR) {
		pr_err("the hypervisor speaks ABI %llu.%llu, this module %u.%u: use those of one release\n",
		       version >> 16, version & 0xffff, SHYPER_ABI_MAJOR, SHYPER_ABI_MINOR);
		return -ENODEV;
	}

	ret = shyper_hcall(SHYPER_HCALL_INFO_SELF, 0, 0, 0, 0, &self);
	if (ret || self != SHYPER_MVM_ID) {
		pr_err("this is VM %llu, not the management VM\n", self);
		return -ENODEV;
	}
	return 0;
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
