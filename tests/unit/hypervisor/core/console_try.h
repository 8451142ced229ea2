/* SPDX-License-Identifier: Apache-2.0 */
/* VMs with a console each, and a UART that takes what they show. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hypervisor/core/vm.h"
#include "tests/unit/hypervisor/fake/fake_page.h"
#include "tests/unit/hypervisor/fake/fake_uart.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, no_vms, all_freed)

struct vm *vms[SHYPER_VM_MAX];
struct spinlock vms_lock;
static uint32_t notified;

void mvm_notify(uint32_t events)
{
    assert_int_equal(events, SHYPER_EVENT_CONSOLE);
    /* The doorbell takes locks of the vGIC and of a core, which come before that of a console. */
    for (uint32_t i = 0; i < SHYPER_VM_MAX; i++) {
        if (vms[i] != NULL) assert_int_equal(vms[i]->console.lock.next, vms[i]->console.lock.owner);
    }
    notified++;
}

static inline struct vm *vm_new(uint32_t id, const char *name, bool is_mvm)
{
    struct vm *vm = calloc(1, sizeof(*vm));
    vm->id = id;
    vm->is_mvm = is_mvm;
    strcpy(vm->config.name, name);
    assert_int_equal(console_vm_init(vm), 0);
    vms[id] = vm;
    return vm;
}

static inline int no_vms(void **state)
{
    (void)state;
    notified = 0;
    (void)fake_uart_taken();
    return 0;
}

/* Every test gives back what it took, the focus included. */
static inline int all_freed(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < SHYPER_VM_MAX; i++) {
        struct vm *vm = vms[i];
        vms[i] = NULL;
        if (vm != NULL) console_vm_destroy(vm);
        free(vm);
    }
    return fake_page_live() != 0;
}

static inline void say(struct vm *vm, const char *s)
{
    while (*s != '\0') console_vm_put(vm, (uint8_t)*s++);
}

static inline void type(const char *s)
{
    while (*s != '\0') console_uart_rx((uint8_t)*s++);
}

static inline const char *heard(struct vm *vm)
{
    static char text[512];
    uint32_t n = 0;
    uint8_t c;

    while (console_vm_get(vm, &c)) text[n++] = (char)c;
    text[n] = '\0';
    return text;
}

static inline const char *shown(struct vm *vm, uint64_t *cursor, uint64_t *lost)
{
    static char text[CONSOLE_OUT_BYTES + 1];

    text[console_read(vm, cursor, (uint8_t *)text, CONSOLE_OUT_BYTES, lost)] = '\0';
    return text;
}

static inline void fill(void)
{
    for (uint32_t i = 0; i < CONSOLE_IN_BYTES; i++) console_uart_rx((uint8_t)('a' + i % 26));
}
