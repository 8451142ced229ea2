/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of addresses. They never mix: what the guest calls physical (ipa_t), what the bus calls
 * physical (pa_t), and what this hypervisor dereferences (plain pointers). */
#pragma once

#include "lib/compiler.h"
#include "lib/err.h"

typedef struct { uint64_t v; } pa_t;
typedef struct { uint64_t v; } ipa_t;

#define PA(x)  ((pa_t){ (x) })
#define IPA(x) ((ipa_t){ (x) })

#define PAGE_SIZE  4096u
#define PAGE_SHIFT 12
#define BLOCK_SIZE (2 * MIB)
#define BLOCK_SHIFT 21

#define CPU_MAX 8
#define MPIDR_AFFINITY (MASK64(39, 32) | MASK64(23, 0))

struct vm;
struct vcpu;
struct cpu;
struct device;
struct platform;
struct shyper_vm_fault;
