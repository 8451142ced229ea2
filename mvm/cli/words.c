/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the ABI as words. A number from a newer hypervisor is shown as it is. */
#include <inttypes.h>

#include "abi/profile.h"
#include "mvm/cli/cli.h"

static const char *const state_names[] = {
    [SHYPER_VM_CREATED] = "created", [SHYPER_VM_READY] = "ready", [SHYPER_VM_RUNNING] = "running",
    [SHYPER_VM_PAUSED] = "paused", [SHYPER_VM_STOPPED] = "stopped", [SHYPER_VM_CRASHED] = "crashed",
    [SHYPER_VM_REMOVING] = "removing", [SHYPER_VM_STOPPING] = "stopping",
};

static const char *const reason_names[] = {
    [SHYPER_REASON_NONE] = "none", [SHYPER_REASON_REQUEST] = "request", [SHYPER_REASON_OFF] = "off",
    [SHYPER_REASON_RESET] = "reset", [SHYPER_REASON_EXIT] = "exit", [SHYPER_REASON_FAULT] = "fault",
    [SHYPER_REASON_CPUS_OFF] = "cpus off", [SHYPER_REASON_HUNG] = "hung",
};

static const char *const exit_names[SHYPER_EXIT_COUNT] = {
    [SHYPER_EXIT_HYPERCALL] = "hypercall", [SHYPER_EXIT_PSCI] = "psci", [SHYPER_EXIT_MMIO] = "mmio",
    [SHYPER_EXIT_MEMORY] = "memory", [SHYPER_EXIT_WFI] = "wfi", [SHYPER_EXIT_SYSREG] = "sysreg",
    [SHYPER_EXIT_IRQ] = "irq", [SHYPER_EXIT_INJECTED] = "injected", [SHYPER_EXIT_OTHER] = "other",
};

static const char *const class_names[] = {
    [SHYPER_CLASS_FAIR] = "fair", [SHYPER_CLASS_REALTIME] = "realtime",
    [SHYPER_CLASS_EXCLUSIVE] = "exclusive",
};

static const char *const restart_names[] = {
    [SHYPER_RESTART_NEVER] = "never", [SHYPER_RESTART_ON_CRASH] = "on-crash",
    [SHYPER_RESTART_ALWAYS] = "always",
};

static const char *const fault_names[] = {
    [SHYPER_FAULT_NONE] = "none", [SHYPER_FAULT_READ] = "read", [SHYPER_FAULT_WRITE] = "write",
    [SHYPER_FAULT_FETCH] = "fetch", [SHYPER_FAULT_INSTRUCTION] = "instruction",
    [SHYPER_FAULT_MEMORY] = "memory",
};

static const char *const level_names[] = {
    [SHYPER_LOG_ERROR] = "error", [SHYPER_LOG_WARN] = "warn", [SHYPER_LOG_INFO] = "info",
    [SHYPER_LOG_DEBUG] = "debug",
};

#define NAME(names, value) ((value) < ARRAY_LEN(names) ? (names)[value] : "unknown")

const char *class_name(uint32_t class)    { return NAME(class_names, class); }
const char *restart_name(uint32_t policy) { return NAME(restart_names, policy); }
const char *fault_name(uint32_t kind)     { return NAME(fault_names, kind); }
const char *level_name(uint32_t level)    { return NAME(level_names, level); }

const char *state_name(uint32_t state)
{
    return state < ARRAY_LEN(state_names) && state_names[state] != NULL ? state_names[state]
                                                                        : "unknown";
}

const char *reason_name(uint32_t reason)
{
    return NAME(reason_names, reason);
}

const char *exit_name(unsigned kind)
{
    return kind < ARRAY_LEN(exit_names) ? exit_names[kind] : NULL;
}

const char *state_words(const struct shyper_vm_info *info, char to[WORDS])
{
    bool over = info->state == SHYPER_VM_STOPPED || info->state == SHYPER_VM_CRASHED;

    if (over && info->reason == SHYPER_REASON_EXIT) {
        snprintf(to, WORDS, "exited (status %" PRIu32 ")", info->exit_status);
    } else if (over && info->reason != SHYPER_REASON_NONE) {
        snprintf(to, WORDS, "%s (%s)", state_name(info->state), reason_name(info->reason));
    } else {
        snprintf(to, WORDS, "%s", state_name(info->state));
    }
    return to;
}

const char *class_words(const struct shyper_vm_info *info, char to[WORDS])
{
    if (info->sched_class == SHYPER_CLASS_FAIR) {
        snprintf(to, WORDS, "fair %" PRIu32, info->weight);
    } else if (info->sched_class == SHYPER_CLASS_REALTIME) {
        snprintf(to, WORDS, "realtime %" PRIu32 ": %" PRIu32 "/%" PRIu32 " us", info->priority,
                 info->budget_us, info->period_us);
    } else {
        snprintf(to, WORDS, "%s", class_name(info->sched_class));
    }
    return to;
}

const char *type_words(uint32_t type, char to[WORDS])
{
    switch (type) {
    case SHYPER_VM_TYPE_LINUX:      return "linux";
    case SHYPER_VM_TYPE_BARE_METAL: return "bare-metal";
    case SHYPER_VM_TYPE_MVM:        return "mvm";
    default:
        snprintf(to, WORDS, "type %" PRIu32, type);
        return to;
    }
}

/* The largest unit that divides evenly, so that nothing is rounded away. */
const char *bytes_words(uint64_t bytes, char to[WORDS])
{
    static const char units[] = "BKMGT";
    unsigned unit = 0;

    while (bytes != 0 && bytes % 1024 == 0 && unit < 4) {
        bytes /= 1024;
        unit++;
    }
    snprintf(to, WORDS, "%" PRIu64 "%.*s", bytes, unit > 0, &units[unit]);
    return to;
}

const char *time_words(uint64_t ns, char to[WORDS])
{
    snprintf(to, WORDS, "%" PRIu64 ".%03" PRIu64 " s", ns / 1000000000, ns / 1000000 % 1000);
    return to;
}

/* "0-3,6" */
const char *cpus_words(uint64_t bitmap, char to[WORDS])
{
    size_t at = 0;

    snprintf(to, WORDS, "-");
    for (unsigned first = 0; first < 64 && at + 8 < WORDS; first++) {
        unsigned last = first;

        if ((bitmap >> first & 1) == 0) {
            continue;
        }
        while (last < 63 && (bitmap >> (last + 1) & 1) != 0) {
            last++;
        }
        at += (size_t)snprintf(to + at, WORDS - at, first == last ? "%s%u" : "%s%u-%u",
                               at != 0 ? "," : "", first, last);
        first = last;
    }
    return to;
}
