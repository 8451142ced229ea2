/* SPDX-License-Identifier: Apache-2.0 */
/* Physical memory is an anonymous file. The test sees all of it at one place; a window shows one 2
 * MiB block of it at the address of that CPU and slot, as in EL2: a pointer kept from before reads
 * another block, and what lies behind the window is a fault. */
#define _GNU_SOURCE
#include "arch/host/host.h"
#include "hypervisor/core/cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SLOTS 3u                /* the last for registers, which are memory here */

uint64_t host_zeroed_bytes, host_cleaned_bytes;
uint32_t host_icache_syncs;
uint64_t host_image_pa;
static int file;
static uint64_t size;
static uint8_t *all, *windows;

static void must(bool holds, const char *what)
{
    if (holds) return;
    perror(what);
    abort();
}

void host_memory_init(uint64_t bytes)
{
    file = memfd_create("physical memory", MFD_CLOEXEC);
    must(file >= 0 && ftruncate(file, (off_t)bytes) == 0, "memfd");
    size = bytes;
    all = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
    windows = mmap(NULL, 2 * SLOTS * CPU_MAX * BLOCK_SIZE, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    must(all != MAP_FAILED && windows != MAP_FAILED, "mmap");
}

void *host_ram(pa_t at)
{
    must(at.v < size, "address beyond physical memory");
    return all + at.v;
}

void *arch_window(uint32_t slot, pa_t block)
{
    uint32_t cpu = (uint32_t)(this_cpu() - cpus);
    uint8_t *at = windows + 2 * (cpu * SLOTS + slot) *
                                BLOCK_SIZE; /* every second block stays without access */

    must(slot < SLOTS && is_aligned(block.v, BLOCK_SIZE) && block.v < size, "window");
    must(mmap(at, BLOCK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file,
              (off_t)block.v) == at,
         "window");
    return at;
}

void *arch_window_device(pa_t block)                            { return arch_window(SLOTS - 1, block); }
void *arch_map_device(pa_t base, uint64_t len)                  { return host_ram(base); }
const void *arch_map_readonly(pa_t base, uint64_t len)          { return host_ram(base); }
uint64_t arch_image_pa(void)                                    { return host_image_pa; }

void arch_zero_block(void *at, uint64_t len)
{
    must(is_aligned(len, PAGE_SIZE), "arch_zero_block");
    memset(at, 0, len);
    host_zeroed_bytes += len;
}

void arch_clean_to_poc(const void *at, uint64_t len)            { host_cleaned_bytes += len; }
void arch_icache_sync(void)                                     { host_icache_syncs++; }
