/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an ioctl asks for: copied from the caller once and checked completely, before anything is done. Also compiled for
 * the host, by tests and fuzzers (mvm/arch/host).
 */
#pragma once

#include "abi/ioctl.h"

union shyper_args {
	u32 id;				/* VM_NEXT, VM_OPEN; of LOG_LEVEL the level */
	u32 size;			/* of a structure that EL2 fills */
	struct shyper_ioc_create create;
	struct shyper_ioc_buf buf;
	struct shyper_ioc_run run;
};

/*
 * Return 0; -ENOTTY: not a call of this kind of fd; -EFAULT: not the caller's memory; -EINVAL: a size this version does not
 * know, a reserved field that is not 0, or an argument to a call without one; -E2BIG: a blob beyond all profiles.
 */
int shyper_system_decode(unsigned int cmd, unsigned long arg, union shyper_args *out);
int shyper_vm_decode(unsigned int cmd, unsigned long arg, union shyper_args *out);
