/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The bundle: what the boot loader hands to Shyper as the initrd. A cpio archive (newc), written by
 * tools/pack.
 *
 * shyper/config.dtb    first member. A flattened device tree: compatible = "shyper,bundle-1"
 *                      pool-bytes (u64: guest memory to set aside; 0: half of RAM)
 *                      vms (string list: profile blobs of the VMs that start at boot; absent: none)
 *                      members (string list) and crcs (u32 each, same order): CRC-32/ISO-HDLC of
 * every other member's data Its own CRC stands behind the tree, as the last four bytes of the
 * member, big-endian shyper/mvm.dtb       profile blob of the management VM (abi/profile.h); absent
 * when there is none mvm/kernel, mvm/ramdisk vm/NAME.dtb          profile blob of a boot-time VM
 * vm/NAME/kernel, vm/NAME/ramdisk
 *
 * Data of kernels and ramdisks begin at a multiple of 4096 bytes from the archive's start; entries
 * named "shyper/filler" fill the gaps and mean nothing. The `kernel` and `ramdisk` strings of a
 * blob are member names.
 */
#pragma once

#define SHYPER_BUNDLE_COMPATIBLE "shyper,bundle-1"
#define SHYPER_BUNDLE_CONFIG     "shyper/config.dtb"
#define SHYPER_BUNDLE_MVM        "shyper/mvm.dtb"
#define SHYPER_BUNDLE_FILLER     "shyper/filler"
#define SHYPER_BUNDLE_ALIGN      4096
#define SHYPER_BUNDLE_VM_MAX     16     /* VMs that start at boot */
