/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The VM profile blob: a flattened device tree (version 17) whose nodes and properties are named
 * here. People write JSON; the CLI or tools/pack checks it and makes this. Numbers are big-endian
 * cells as usual in device trees, 64-bit ones two cells.
 *
 * /                    compatible = "shyper,profile-1"
 *                      name (string, 1..31 bytes of [A-Za-z0-9._-]), type (u32, SHYPER_VM_TYPE_*)
 *                      cmdline (string, < 1024 bytes; for people, the guest's tree holds it too)
 * /image               entry (u64, IPA), dtb (u64, IPA handed to the guest in x0; 0: none)
 *                      boot-time VMs also: load (u64), kernel (string: file in the bundle), ramdisk
 * (string), ramdisk-load (u64), dtb-gicv2 / dtb-gicv3 (bytes: the guest's tree per GIC version) the
 * MVM: kernel, ramdisk only (addresses are chosen at boot) /memory              reg (pairs of u64:
 * IPA, bytes; 4 KiB multiples, ascending, not overlapping; at most 16). The MVM: none /cpus count
 * (u32), bitmap (u64: allowed physical CPUs; 0: any), master (u32; 0xFFFFFFFF: lowest)
 * /cpus               class (u32, SHYPER_CLASS_*), weight, priority, budget-us, period-us (u32 each);
 * absent: fair with the default weight. A property that does not belong to the class is refused
 * /restart             policy (u32, SHYPER_RESTART_*), delay-ms (u32); absent: never
 * /heartbeat           timeout-ms (u32); absent: none. The VM has to call the watchdog of docs/abi.md at
 * least that often from its start on
 * /devices/dev@N       type (u32, SHYPER_DEV_*), name (string), reg (u64 IPA, u64 bytes), irq (u32
 * INTID, 0: none), cfg (u32 cells, <= 16)
 */
#pragma once

#define SHYPER_PROFILE_COMPATIBLE "shyper,profile-1"
#define SHYPER_PROFILE_BYTES_MAX  (64 * 1024)
#define SHYPER_CMDLINE_MAX        1024
#define SHYPER_DEVICE_MAX         16
#define SHYPER_CFG_MAX            16

/* What kind of system the guest is. */
#define SHYPER_VM_TYPE_LINUX      0
#define SHYPER_VM_TYPE_BARE_METAL 1
#define SHYPER_VM_TYPE_MVM        3

/* Emulated devices; the numbers are those of the JSON names EMU_DEVICE_T_*. */
#define SHYPER_DEV_CONSOLE        0         /* a UART: cfg[0] = SHYPER_UART_* */
#define SHYPER_DEV_GICD           1
#define SHYPER_DEV_GICR           11

#define SHYPER_UART_SBSA          0
#define SHYPER_UART_PL011         1

/* GICC (version 2) is not emulated: the CPU interface's virtual view is mapped at this device's
 * address. */
#define SHYPER_DEV_GICC           16
