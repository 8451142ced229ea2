/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/mvm_restart.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/mvm.h"
#include "hypervisor/core/quiesce.h"
#include "lib/fdt_cursor.h"
#include "lib/siphash.h"
#include "lib/str.h"

static uint8_t *kaslr_seed, *rng_seed;      /* in its tree; NULL: none */
static enum { ENDED, DEVICES_STOP, CLEAR } progress;

bool mvm_seeds(uint8_t out[PLATFORM_ENTROPY])
{
    static uint64_t made;
    uint64_t key[2], word;

    memcpy(key, platform.entropy, sizeof(key));
    for (uint32_t i = 0; i < PLATFORM_ENTROPY; i += sizeof(word)) {
        word = siphash(key, ++made);
        memcpy(out + i, &word, sizeof(word));
    }
    return platform.has_entropy;
}

void mvm_restart_tree(void *tree, uint32_t bytes)
{
    struct fdt_cursor c;
    struct fdt_token t;
    const char *why;
    int tag;

    if (fdt_cursor_open(&c, tree, bytes, &why) < 0) return;
    while ((tag = fdt_cursor_next(&c, &t)) > 0 && tag != FDT_TAG_END) {
        if (tag != FDT_TAG_PROP) continue;
        if (strcmp(t.name, "kaslr-seed") == 0) kaslr_seed = (uint8_t *)tree + (t.data - (uint8_t *)tree);
        if (strcmp(t.name, "rng-seed") == 0) rng_seed = (uint8_t *)tree + (t.data - (uint8_t *)tree);
    }
}

static void reseed(void)
{
    uint8_t seeds[PLATFORM_ENTROPY];

    if (kaslr_seed == NULL || rng_seed == NULL || !mvm_seeds(seeds)) return;
    memcpy(kaslr_seed, seeds, 8);
    memcpy(rng_seed, seeds + 8, PLATFORM_ENTROPY - 8);
}

static int refuse(const char *what, const char *why)
{
    log_error("mvm", "not started again: %s%s", what, why);
    return -EPERM;
}

static int close_some(struct vm *mvm)
{
    for (uint32_t id = 0; id < SHYPER_VM_MAX; id++) {
        struct vm *vm = vms[id];

        if (vm == NULL || vm->mem.opens == 0) continue;
        if (guest_mem_close_some(vm, mvm) == 0) vm->mem.opens = 0;
        return -EAGAIN;
    }
    return 0;
}

int mvm_clear_some(struct vm *mvm)
{
    const char *what;
    int err;

    switch (progress) {
    case ENDED:
        if (mvm->config.restart == SHYPER_RESTART_NEVER) return refuse("its profile", " says so");
        quiesce_begin();
        progress = DEVICES_STOP;
        return -EAGAIN;
    case DEVICES_STOP:
        err = quiesce_some(&what);
        if (err == -ENODEV)
            return refuse(what, " may still write to memory, and how to stop it is not known");
        if (err == -EIO) return refuse(what, " does not stop");
        if (err == 0) err = close_some(mvm);
        if (err != 0) return err;
        reseed();
        progress = CLEAR;
        return 0;
    default:
        return 0;
    }
}

void mvm_give_up(struct vm *mvm)
{
    log_error("mvm", "could not be started again; the guests go on without it");
    {
        spin_guard(&mvm->lock);
        mvm->state = SHYPER_VM_CRASHED;
    }
    console_start(NULL);
}

void mvm_restarted(void)
{
    progress = ENDED;
    mvm_events_forget();
    log_leave_uart();
}
