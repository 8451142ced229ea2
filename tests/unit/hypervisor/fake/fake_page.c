/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_page.h"

#include <stdlib.h>
#include <string.h>

static uint32_t fail_in, live, reserved;

void fake_page_fail(uint32_t nth)  { fail_in = nth; }
uint32_t fake_page_live(void)      { return live; }

void *page_alloc(enum page_type type, uint32_t vm_id, uint32_t count)
{
    (void)type;
    (void)vm_id;
    if (fail_in > 0 && --fail_in == 0) return NULL;
    uint64_t bytes = (uint64_t)count * PAGE_SIZE;
    uint64_t align = (count & (count - 1)) == 0 ? bytes : PAGE_SIZE;
    void *p = aligned_alloc(align, bytes);
    if (p == NULL) abort();
    memset(p, 0, bytes);
    live += count;
    return p;
}

int page_reserve(uint32_t vm_id, uint32_t count)
{
    (void)vm_id;
    if (fail_in > 0 && --fail_in == 0) return -ENOMEM;
    reserved = count;
    return 0;
}

void page_unreserve(uint32_t vm_id)         { (void)vm_id; }
uint32_t fake_page_reserved(void)           { return reserved; }

void page_free(void *p, uint32_t count)
{
    if (p == NULL || count > live) abort();
    live -= count;
    free(p);
}

pa_t page_pa(const void *p)                 { return PA((uintptr_t)p); }
void *page_va(pa_t pa)                      { return (void *)(uintptr_t)pa.v; }
uint64_t page_bytes_total(void)             { return UINT64_C(1) << 30; }
uint64_t page_bytes_free(void)              { return page_bytes_total() - (uint64_t)live * PAGE_SIZE; }
uint64_t page_bytes_of_vm(uint32_t vm_id)   { (void)vm_id; return (uint64_t)live * PAGE_SIZE; }
