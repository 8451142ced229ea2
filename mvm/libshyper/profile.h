/* SPDX-License-Identifier: Apache-2.0 */
/* VM profiles: from the JSON people write to the blob and the guest device tree Shyper takes
 * (abi/profile.h).
 *
 * The steps, each refusing what it can see is wrong:
 *   profile_parse    JSON text: syntax, keys, types, limits. Touches no file
 *   profile_files    the kernel and ramdisk: there, readable, whole; the arm64 Image header
 *   profile_layout   addresses nobody chose; overlaps; does everything fit. Touches no file
 *   profile_blob, profile_guest_dtb    the results
 * One library for the CLI in the management VM and for tools/pack on the host; it talks to no
 * kernel.
 *
 * Errors: functions return 0 or a negative E* and say in struct profile_errors what is wrong, where
 * and what to do. A struct profile is always safe to hand to profile_free, also after a failure. */
#pragma once

#include "abi/profile.h"
#include "abi/vm.h"
#include "lib/compiler.h"
#include "mvm/libshyper/profile_errors.h"

#define PROFILE_CHOOSE \
    UINT64_MAX /* address or length nobody gave; none is left after profile_layout */
#define PROFILE_TYPE_BY_IMAGE UINT32_MAX
#define PROFILE_MASTER_LOWEST UINT32_MAX
#define PROFILE_RESTART_UNSAID UINT32_MAX

struct profile_file {
    char *path;  /* as written; NULL: none */
    char *found; /* where profile_files found it */
    uint64_t bytes;
};

struct profile_window {
    char name[SHYPER_NAME_MAX];
    uint64_t ipa, bytes;
};

struct profile_run {
    uint64_t ipa, bytes;
};

struct profile {
    char name[SHYPER_NAME_MAX];
    uint32_t type; /* SHYPER_VM_TYPE_* or PROFILE_TYPE_BY_IMAGE */
    char cmdline[SHYPER_CMDLINE_MAX];

    struct profile_file kernel, ramdisk;
    struct profile_file symbols;       /* an ELF file; names in reports, nothing else */
    bool has_header;                   /* arm64 Image; else a raw binary */
    uint64_t text_offset, image_bytes; /* image_bytes: memory the kernel takes, with its BSS */
    uint64_t load, entry;
    uint64_t dtb;          /* 0: the guest wants none */
    uint64_t dtb_bytes;    /* the larger of its versions */
    uint64_t ramdisk_load; /* 0: none */

    struct profile_run memory[SHYPER_RUN_MAX];
    uint32_t memory_count;
    uint32_t cpu_count, cpu_master;
    uint64_t cpu_bitmap; /* 0: any */
    uint32_t sched_class, weight; /* SHYPER_CLASS_*; weight 0: the default */
    uint32_t priority, budget_us, period_us; /* realtime */
    uint32_t restart, restart_delay_ms; /* SHYPER_RESTART_* or PROFILE_RESTART_UNSAID */
    uint32_t heartbeat_ms;              /* 0: none */

    struct profile_window uart, gicd, gicc, gicr;
    uint32_t uart_irq, uart_model; /* INTID; SHYPER_UART_* */
    bool gicv2, gicv3;             /* versions for which the windows above work */
};

/**
 * Read JSON text of len bytes into *p, which need not be initialised.
 * Context: sets jansson's allocation functions meanwhile, so no other thread may be using jansson.
 */
int profile_parse(const char *json, size_t len, struct profile *p,
                  struct profile_errors *e) must_check;

/**
 * Look at the kernel and the ramdisk. Relative names are tried from the current folder, then from
 * `folder` (may be NULL).
 */
int profile_files(struct profile *p, const char *folder, struct profile_errors *e) must_check;

/** Choose what is open and check the whole. Needs what profile_files fills in. */
int profile_layout(struct profile *p, struct profile_errors *e) must_check;

/** Give it another name. False, and nothing changed, when that is no good name for a VM. */
bool profile_set_name(struct profile *p, const char *name) must_check;

/** "never", "on-crash" or "always" as SHYPER_RESTART_*. False: none of them. */
bool profile_restart_from_text(const char *text, uint32_t *policy) must_check;

/** All three steps on a file. */
int profile_load(const char *path, struct profile *p, struct profile_errors *e) must_check;

/** Read the JSON of a file, without the other steps. Its relative names count from
 * profile_folder(path). */
int profile_read(const char *path, struct profile *p, struct profile_errors *e) must_check;

/** The folder part of a path, in new memory; NULL when memory is short. */
char *profile_folder(const char *path);

/**
 * The blob, in new memory. for_bundle: with load addresses, member names and the device trees of
 * both GIC versions, for EL2 to load by itself; otherwise the caller loads the images, and the blob
 * only describes the VM.
 */
int profile_blob(const struct profile *p, bool for_bundle, void **blob, size_t *bytes,
                 struct profile_errors *e) must_check;

/** The guest's device tree for GIC version 2 or 3, in new memory. */
int profile_guest_dtb(const struct profile *p, uint32_t gic, void **dtb, size_t *bytes,
                      struct profile_errors *e) must_check;

/** Give back what p owns; p is then empty. */
void profile_free(struct profile *p);
