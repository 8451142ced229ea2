/* SPDX-License-Identifier: Apache-2.0 */
/* Device trees for tests: compiled from a source file by dtc, or dumped by QEMU as its firmware
 * would hand them over. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct tree {
    void *fdt;
    size_t len;             /* of the allocation: reading one byte more is an ASan error */
};

/** Compile a .dts (path relative to the repository). Fails the test when it cannot. */
struct tree tree_from_dts(const char *path);

/** The tree QEMU's virt machine makes for these options, e.g. "-M virt,gic-version=3 -smp 2 -m
 * 512", used part only. */
struct tree tree_from_qemu(const char *options);

/** A copy with `room` spare bytes, for libfdt to edit; tree_pack() cuts the allocation down to what
 * is used. */
struct tree tree_editable(const struct tree *t, size_t room);
void tree_pack(struct tree *t);
void tree_free(struct tree *t);

/** Deterministic random numbers. */
uint32_t tree_random(uint32_t *seed);
