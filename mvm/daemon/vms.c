/* SPDX-License-Identifier: Apache-2.0 */
#include "mvm/daemon/vms.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mvm/daemon/client.h"
#include "mvm/daemon/daemon.h"
#include "mvm/daemon/job.h"
#include "mvm/libshyper/kept.h"
#include "mvm/libshyper/shyper.h"

#define DRAIN_ROUNDS 16         /* a VM that never stops printing must not stop the loop */

struct vm *vms;

static bool is_mvm(const struct vm *vm) { return vm->info.id == SHYPER_MVM_ID; }

struct vm *vm_with_id(uint32_t id)
{
    for (struct vm *vm = vms; vm != NULL; vm = vm->next) {
        if (!vm->gone && vm->info.id == id) { return vm; }
    }
    return NULL;
}

bool vm_is_busy(const struct vm *vm)
{
    return vm->working || (the.making[0] != '\0' && strcmp(vm->info.name, the.making) == 0);
}

/* Somebody who removes a VM without us leaves what is kept of it to us. While a VM is being made the
 * id may already be that one's. */
static void vm_lost(struct vm *vm)
{
    vm->gone = true;
    clients_lose(vm);
    if (is_mvm(vm)) { return; }
    scroll_close(&vm->scroll);
    scroll_forget(vm->info.id, vm->info.name);
    if (the.making[0] == '\0' && !vm->working) { kept_forget(vm->info.id); }
}

static void gone_free(void)
{
    struct vm **at = &vms;

    while (*at != NULL) {
        struct vm *vm = *at;

        if (vm->gone && !vm->working) {
            *at = vm->next;
            close(vm->fd);
            free(vm);
        } else {
            at = &vm->next;
        }
    }
}

void vm_release(struct vm *vm)
{
    vm->working = false;
    gone_free();
}

/* After a restart of the management VM there are VMs of its former life, of whose images nothing is
 * kept. */
static void policy_check(const struct vm *vm)
{
    struct kept *k;

    if (vm->info.restart == SHYPER_RESTART_NEVER || vm->info.boot_time != 0) { return; }
    k = kept_read(vm->info.id, vm->info.name);
    if (k == NULL) {
        say("VM %" PRIu32 " (%s) has a restart policy, but its images are gone; it runs until it "
            "ends, then configure it again", vm->info.id, vm->info.name);
    }
    free(k);
}

void vm_policy_keep(struct vm *vm)
{
    if (memcmp(&vm->policy, &vm->policy_kept, sizeof vm->policy) != 0 &&
        kept_policy_write(vm->info.id, &vm->policy, sizeof vm->policy)) {
        vm->policy_kept = vm->policy;
    }
}

static void policy_restore(struct vm *vm)
{
    policy_init(&vm->policy);
    if (!kept_policy_read(vm->info.id, vm->info.name, &vm->policy, sizeof vm->policy)) {
        policy_init(&vm->policy);
    }
    vm->policy_kept = vm->policy;
}

static void vm_add(uint32_t id)
{
    struct vm *vm = calloc(1, sizeof *vm), **end = &vms;

    if (vm == NULL) { return; }
    vm->fd = shyper_vm_open(the.sys, id);
    if (vm->fd < 0 || shyper_vm_info(vm->fd, &vm->info) < 0) {
        if (vm->fd >= 0) { close(vm->fd); }
        free(vm);
        return;
    }
    policy_restore(vm);
    vm->scroll.fd = -1;
    if (!is_mvm(vm)) {
        scroll_open(&vm->scroll, id, vm->info.name);
        logfile_init(&vm->log, vm->info.name);
        if (!vm_is_busy(vm)) { policy_check(vm); }
    }
    while (*end != NULL) { end = &(*end)->next; }
    *end = vm;
}

void vms_scan(void)
{
    uint32_t after = UINT32_MAX;
    int id;

    for (struct vm *vm = vms; vm != NULL; vm = vm->next) {
        if (!vm->gone && shyper_vm_info(vm->fd, &vm->info) == -ENOENT) { vm_lost(vm); }
    }
    gone_free();
    while ((id = shyper_vm_next(the.sys, after)) >= 0) {
        after = (uint32_t)id;
        if (vm_with_id(after) == NULL) { vm_add(after); }
    }
    for (struct vm *vm = vms; vm != NULL; vm = vm->next) {
        if (vm_is_busy(vm)) { continue; }
        policy_look(&vm->policy, &vm->info, the.now_ms);
        vm_policy_keep(vm);
    }
}

static void gap_add(struct vm *vm, uint64_t lost)
{
    char text[64];
    int length = snprintf(text, sizeof text, "\n[%" PRIu64 " bytes were lost]\n", lost);

    scroll_add(&vm->scroll, text, (size_t)length, vm->scroll.head.taken + lost);
    logfile_add(&vm->log, text, (size_t)length);
}

void vm_drain(struct vm *vm)
{
    static char text[16384];

    if (vm->gone || is_mvm(vm)) { return; }
    for (unsigned round = 0; round < DRAIN_ROUNDS; round++) {
        uint64_t cursor = vm->scroll.head.taken, lost = 0;
        ssize_t got = shyper_console_read(vm->fd, &cursor, text, sizeof text, &lost);

        if (got <= 0) { return; }
        if (lost != 0) { gap_add(vm, lost); }
        scroll_add(&vm->scroll, text, (size_t)got, cursor);
        logfile_add(&vm->log, text, (size_t)got);
    }
}

void vms_drain(void)
{
    for (struct vm *vm = vms; vm != NULL; vm = vm->next) { vm_drain(vm); }
}

int64_t vms_due_ms(void)
{
    int64_t due = POLICY_NEVER;

    if (!job_has_room(0)) { return due; }       /* one that ends wakes the loop */
    for (const struct vm *vm = vms; vm != NULL; vm = vm->next) {
        if (vm->policy.due_ms != POLICY_NEVER && !vm->gone && !vm_is_busy(vm) &&
            (due == POLICY_NEVER || vm->policy.due_ms < due)) {
            due = vm->policy.due_ms;
        }
    }
    return due;
}

void vms_restart(void)
{
    for (struct vm *vm = vms; vm != NULL; vm = vm->next) {
        if (vm->policy.due_ms == POLICY_NEVER || vm->policy.due_ms > the.now_ms || vm->gone ||
            vm_is_busy(vm) || !job_has_room(0)) {
            continue;
        }
        policy_started(&vm->policy, the.now_ms);
        vm_policy_keep(vm);
        say("VM %" PRIu32 " (%s) is started again", vm->info.id, vm->info.name);
        if (!job_start(JOB_START, vm, NULL, NULL)) { vm->policy.due_ms = the.now_ms + 1000; }
    }
}
