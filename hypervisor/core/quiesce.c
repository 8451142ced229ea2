/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/quiesce.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/core/timer.h"
#include "lib/mmio.h"

#define STOP_NS   1000000000u       /* a device has so long to stop */
#define SETTLE_NS 10000000u         /* what was on its way has arrived */
#define FUNCTIONS_PER_PIECE 64u

#define VIRTIO_MAGIC     0x000u
#define VIRTIO_DEVICE_ID 0x008u
#define VIRTIO_STATUS    0x070u

#define PCI_COMMAND      0x04u
#define PCI_MASTER       0x04u
#define CAPS_FROM        0x100u     /* extended capabilities */
#define CAPS_MAX         32u
#define CAP_SRIOV        0x10u
#define SRIOV_CONTROL    0x08u
#define SRIOV_ENABLE     0x09u      /* the functions, and their memory */
#define PCI_HEADER_TYPE  0x0eu
#define ECAM_FN_BYTES    0x1000u

static struct {
    uint32_t device;                /* of platform.dma */
    uint32_t function;              /* of a PCI host, counted from the beginning of its window */
    uint64_t deadline;
} at;

static volatile void *reg_at(uint64_t pa)
{
    return (uint8_t *)arch_window_device(PA(align_down(pa, BLOCK_SIZE))) + (pa & (BLOCK_SIZE - 1));
}

static void wait_for(uint64_t ns)
{
    at.deadline = time_count() + time_count_of_ns(ns);
}

static void next_device(void)
{
    at.device++;
    at.function = 0;
    wait_for(at.device < platform.dma_count ? STOP_NS : SETTLE_NS);
}

void quiesce_begin(void)
{
    at.device = UINT32_MAX;
    next_device();
}

/* Virtio 1.2, 4.2.2 and 2.1.2: a reset is done when the status reads 0. */
static bool virtio_stops(const struct dma_device *d)
{
    volatile void *regs = reg_at(d->base);

    if (mmio_read32(regs, VIRTIO_MAGIC) != 0x74726976 || mmio_read32(regs, VIRTIO_DEVICE_ID) == 0)
        return true;
    mmio_write32(regs, VIRTIO_STATUS, 0);
    return mmio_read32(regs, VIRTIO_STATUS) == 0;
}

/* Virtual functions show no vendor, so they are not found themselves: they go with their physical
 * function's enable (PCIe 5.0, 9.3.3.3). A function without extended capabilities reads 0 or all
 * ones here. */
static void virtual_functions_stop(volatile void *regs)
{
    for (uint32_t cap = CAPS_FROM, n = 0; cap >= CAPS_FROM && n < CAPS_MAX; n++) {
        uint32_t head = mmio_read32(regs, cap);

        if (head == 0 || head == UINT32_MAX) return;
        if ((head & 0xffff) == CAP_SRIOV) {
            uint16_t control = mmio_read16(regs, cap + SRIOV_CONTROL);

            mmio_write16(regs, cap + SRIOV_CONTROL, (uint16_t)(control & ~SRIOV_ENABLE));
            return;
        }
        cap = head >> 20 & 0xffc;
    }
}

/* True when it is one of several of its device. Without bus mastering a function sends neither
 * requests nor message interrupts. */
static bool function_stops(uint64_t config)
{
    volatile void *regs = reg_at(config);
    uint16_t command;

    if (mmio_read16(regs, 0) == 0xffff) return false;
    command = mmio_read16(regs, PCI_COMMAND);
    mmio_write16(regs, PCI_COMMAND, (uint16_t)(command & ~PCI_MASTER));
    virtual_functions_stop(regs);
    (void)mmio_read16(regs, PCI_COMMAND);       /* the writes have arrived */
    return (mmio_read8(regs, PCI_HEADER_TYPE) & 0x80) != 0;
}

/* Each bus there is room for: no bridge tells of one that hangs on the host itself. */
static bool pci_stops(const struct dma_device *d)
{
    for (uint32_t i = 0; i < FUNCTIONS_PER_PIECE; i++) {
        uint64_t config = (uint64_t)at.function * ECAM_FN_BYTES;

        if (config >= d->len) return true;
        at.function++;
        if (!function_stops(d->base + config) && at.function % 8 == 1) at.function += 7;
    }
    return false;
}

int quiesce_some(const char **what)
{
    const struct dma_device *d = &platform.dma[at.device];

    *what = platform.dma_unknown;
    if (*what != NULL) return -ENODEV;
    if (at.device < platform.dma_count) {
        *what = "virtio device";
        if (d->kind == DMA_PCI_ECAM ? pci_stops(d) : virtio_stops(d)) next_device();
        else if (d->kind == DMA_VIRTIO_MMIO && time_count() > at.deadline) return -EIO;
        return -EAGAIN;
    }
    return time_count() < at.deadline ? -EAGAIN : 0;
}
