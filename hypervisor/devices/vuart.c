/* SPDX-License-Identifier: Apache-2.0 */
/* The UART guests see: a PL011 (DDI 0183G), or its SBSA subset, whose other end is the VM's
 * console.
 *
 * The line is infinitely fast and always there: the transmit FIFO is empty whenever the guest
 * looks, and whatever the console holds for the VM is in the receive FIFO. Hence
 *   - transmit (TX) is raised by a character written and stays until cleared, as when a FIFO
 *     drains at once;
 *   - receive (RX) and receive timeout (RT) are raised exactly while there is input. Clearing
 *     them does nothing until the input is read: what a real line does one timeout later happens
 *     at once, so no driver can miss a character.
 * CR's enables are stored and read back but gate nothing, because many small guests never set
 * them, and neither loopback nor IrDA nor DMA exist: their bits stay zero.
 *
 * Reserved registers read as zero and ignore writes, as on the real device. Lock: the state's
 * own, a device lock; it is held over the change of the interrupt line, so the line never lags
 * the registers. */
#include "abi/state.h"
#include "hypervisor/core/console.h"
#include "hypervisor/core/device.h"
#include "hypervisor/core/lock.h"
#include "hypervisor/core/page.h"
#include "hypervisor/core/vm.h"
#include "hypervisor/devices/vgic.h"
#include "hypervisor/drivers/pl011.h"
#include "lib/str.h"

#define VUART_BYTES   0x1000u
#define INTID_SPI     32u
#define INTID_SPI_END 1020u

#define CR_MASK       0xff01u       /* without SIREN, SIRLP, LBE */
#define FR_LINES      (PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD)

/* Registers that are only stored, in the order of saved state: where, which bits exist, value after
 * reset, and whether the SBSA subset has them. */
enum { REG_ILPR, REG_IBRD, REG_FBRD, REG_LCR_H, REG_CR, REG_IFLS, REG_IMSC, REG_DMACR, REG_COUNT };

static const struct {
    uint16_t offset, mask, reset;
    bool sbsa;
} reg_info[REG_COUNT] = {
    [REG_ILPR]  = { PL011_ILPR,  0x00ff,        0,      false },
    [REG_IBRD]  = { PL011_IBRD,  0xffff,        0,      false },
    [REG_FBRD]  = { PL011_FBRD,  0x003f,        0,      false },
    [REG_LCR_H] = { PL011_LCR_H, 0x00ff,        0,      false },
    [REG_CR]    = { PL011_CR,    CR_MASK,       0x0300, false },
    [REG_IFLS]  = { PL011_IFLS,  0x003f,        0x0012, false },
    [REG_IMSC]  = { PL011_IMSC,  PL011_INT_ALL, 0,      true },
    [REG_DMACR] = { PL011_DMACR, 0x0007,        0,      false },
};

/* PL011 r1p5, made by Arm; then the PrimeCell id. */
static const uint8_t ids[8] = { 0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

struct vuart {
    struct spinlock lock;
    bool sbsa, tx_raw;
    uint32_t reg[REG_COUNT];
};
_Static_assert(ARRAY_LEN(((struct shyper_state_vuart *)0)->reg) == REG_COUNT, "all are saved");

static uint32_t vuart_raw(struct device *d)
{
    struct vuart *u = d->state;
    uint32_t input = console_vm_has_input(d->vm) ? PL011_INT_RX | PL011_INT_RT : 0;

    return input | (u->tx_raw && console_vm_can_put(d->vm) ? PL011_INT_TX : 0);
}

static void vuart_drive(struct device *d)
{
    struct vuart *u = d->state;

    if (d->config.irq == 0) return;
    vgic_set_spi(d->vm, d->config.irq, (vuart_raw(d) & u->reg[REG_IMSC]) != 0);
}

/* The stored register at an offset, or REG_COUNT. */
static uint32_t vuart_stored(const struct vuart *u, uint64_t offset)
{
    uint32_t r = 0;

    while (r < REG_COUNT && (reg_info[r].offset != offset || (u->sbsa && !reg_info[r].sbsa))) r++;
    return r;
}

/* FR: nothing of it is kept here, so no lock is needed. */
static inline uint32_t vuart_flags(struct device *d)
{
    return (console_vm_can_put(d->vm) ? PL011_FR_TXFE : PL011_FR_TXFF | PL011_FR_BUSY) | FR_LINES |
           (console_vm_has_input(d->vm) ? 0 : PL011_FR_RXFE);
}

static uint32_t vuart_read(struct device *d, uint64_t offset)
{
    struct vuart *u = d->state;
    uint32_t r;
    uint8_t c = 0;

    switch (offset) {
    case PL011_DR:
        (void)console_vm_get(d->vm, &c);
        vuart_drive(d);
        return c;
    case PL011_FR:
        return vuart_flags(d);
    case PL011_RIS:
        return vuart_raw(d);
    case PL011_MIS:
        return vuart_raw(d) & u->reg[REG_IMSC];
    default:
        if (offset >= PL011_ID && offset < PL011_ID + 4 * sizeof(ids)) {
            return ids[(offset - PL011_ID) / 4];
        }
        r = vuart_stored(u, offset);
        return r < REG_COUNT ? u->reg[r] : 0;
    }
}

static void vuart_write(struct device *d, uint64_t offset, uint32_t value)
{
    struct vuart *u = d->state;
    uint32_t r;

    switch (offset) {
    case PL011_DR:
        console_vm_put(d->vm, (uint8_t)value);
        u->tx_raw = true;
        break;
    case PL011_ICR:
        if ((value & PL011_INT_TX) != 0) u->tx_raw = false;
        break;
    default:
        r = vuart_stored(u, offset);
        if (r == REG_COUNT) return;
        u->reg[r] = value & reg_info[r].mask;
        if (r != REG_IMSC) return;
        break;
    }
    vuart_drive(d);
}

static bool vuart_mmio(struct device *d, struct vcpu *v, struct mmio_access *a)
{
    struct vuart *u = d->state;
    uint64_t offset = align_down(a->offset, 4);
    uint32_t shift = (uint32_t)(a->offset - offset) * 8;

    if (a->offset >= VUART_BYTES || a->size > 4) return false;
    if (!a->write && a->offset == PL011_FR) {   /* asked before each byte put out */
        a->value = vuart_flags(d);
        return true;
    }
    spin_guard(&u->lock);
    if (!a->write) {
        a->value = (vuart_read(d, offset) >> shift) & MASK64(a->size * 8u - 1, 0);
    } else if (shift == 0) {        /* the upper bytes of a register cannot be written alone */
        vuart_write(d, offset, (uint32_t)a->value);
    }
    return true;
}

static void vuart_input(void *of)
{
    struct device *d = of;
    struct vuart *u = d->state;

    spin_guard(&u->lock);
    vuart_drive(d);
}

static void vuart_reset_registers(struct vuart *u)
{
    u->tx_raw = false;
    for (uint32_t r = 0; r < REG_COUNT; r++) u->reg[r] = reg_info[r].reset;
}

static int vuart_create(struct device *d)
{
    const struct device_config *c = &d->config;
    struct vuart *u;
    int err;

    if (c->cfg_count > 1 || c->cfg[0] > SHYPER_UART_PL011 || c->len < VUART_BYTES) return -EINVAL;
    if (c->irq != 0 && (c->irq < INTID_SPI || c->irq >= INTID_SPI_END)) return -EINVAL;
    u = page_alloc(PAGE_DEVICE, d->vm->id, 1);
    if (u == NULL) return -ENOMEM;
    u->sbsa = c->cfg[0] == SHYPER_UART_SBSA;
    vuart_reset_registers(u);
    d->state = u;
    err = console_listen(d->vm, vuart_input, d);        /* a VM has one console, so one UART */
    if (err != 0) {
        page_free(u, 1);
        d->state = NULL;
    }
    return err;
}

static void vuart_destroy(struct device *d)
{
    console_unlisten(d->vm);
    page_free(d->state, 1);
    d->state = NULL;
}

static void vuart_reset(struct device *d)
{
    struct vuart *u = d->state;

    console_vm_reset(d->vm);
    spin_guard(&u->lock);
    vuart_reset_registers(u);
    vuart_drive(d);
}

static int vuart_save(struct device *d, struct state_writer *w)
{
    struct vuart *u = d->state;
    struct shyper_state_vuart s;

    memset(&s, 0, sizeof(s));
    spin_guard(&u->lock);
    s.kind = u->sbsa ? SHYPER_UART_SBSA : SHYPER_UART_PL011;
    memcpy(s.reg, u->reg, sizeof(s.reg));
    s.tx_raw = u->tx_raw;
    s.input_bytes = console_vm_input_save(d->vm, s.input);
    return state_put(w, SHYPER_STATE_VUART, 1, &s, sizeof(s));
}

static int vuart_restore(struct device *d, struct state_reader *in)
{
    struct vuart *u = d->state;
    struct shyper_state_vuart s;
    struct state_reader r = *in;
    int err = state_get(&r, SHYPER_STATE_VUART, 1, &s, sizeof(s));

    if (err != 0) return err;
    if (s.kind != (u->sbsa ? SHYPER_UART_SBSA : SHYPER_UART_PL011)) return -EPROTO;
    if (s.rsv0 != 0 || s.tx_raw > 1 || s.input_bytes > CONSOLE_IN_BYTES) return -EPROTO;
    for (uint32_t i = 0; i < REG_COUNT; i++) {
        if ((s.reg[i] & ~(uint32_t)reg_info[i].mask) != 0) return -EPROTO;
    }

    *in = r;
    spin_guard(&u->lock);
    memcpy(u->reg, s.reg, sizeof(s.reg));
    u->tx_raw = s.tx_raw != 0;
    console_vm_input_restore(d->vm, s.input, s.input_bytes);
    vuart_drive(d);
    return 0;
}

DEVICE_MODEL(vuart) = {
    .type = SHYPER_DEV_CONSOLE,
    .create = vuart_create,
    .mmio = vuart_mmio,
    .reset = vuart_reset,
    .save = vuart_save,
    .restore = vuart_restore,
    .destroy = vuart_destroy,
};
