/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the PL011 (DDI 0183G chapter 3). The SBSA UART has DR, RSR, FR, IMSC, RIS, MIS
 * and ICR only. Used by the driver of the board's UART and by the UART that guests see. */
#pragma once

#define PL011_DR        0x000u
#define PL011_RSR       0x004u          /* ECR when written */
#define PL011_FR        0x018u
#define PL011_ILPR      0x020u
#define PL011_IBRD      0x024u
#define PL011_FBRD      0x028u
#define PL011_LCR_H     0x02cu
#define PL011_CR        0x030u
#define PL011_IFLS      0x034u
#define PL011_IMSC      0x038u
#define PL011_RIS       0x03cu
#define PL011_MIS       0x040u
#define PL011_ICR       0x044u
#define PL011_DMACR     0x048u
#define PL011_ID        0xfe0u          /* PeriphID0..3, PCellID0..3, one byte in each word */

#define PL011_DR_BAD    0x700u          /* framing error, parity error or break; not overrun */

#define PL011_FR_CTS    0x001u
#define PL011_FR_DSR    0x002u
#define PL011_FR_DCD    0x004u
#define PL011_FR_BUSY   0x008u
#define PL011_FR_RXFE   0x010u
#define PL011_FR_TXFF   0x020u
#define PL011_FR_TXFE   0x080u

#define PL011_LCR_FEN   0x010u
#define PL011_LCR_8BIT  0x060u

#define PL011_CR_UARTEN 0x001u
#define PL011_CR_TXE    0x100u
#define PL011_CR_RXE    0x200u

#define PL011_INT_RX    0x010u
#define PL011_INT_TX    0x020u
#define PL011_INT_RT    0x040u
#define PL011_INT_ALL   0x7ffu
