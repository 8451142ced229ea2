/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/drivers/gic.h"
#include "hypervisor/core/platform.h"

const struct gic_driver *gic;
uint32_t gic_lr_count;
uint32_t gic_spi_end;
bool gic_traps_dir;

int gic_init(const char **why)
{
    *why = "interrupt controller: neither GICv2 nor GICv3";
    if (platform.gic_version != 2 && platform.gic_version != 3) return -ENODEV;
    gic = platform.gic_version == 2 ? &gic_driver_v2 : &gic_driver_v3;
    if (gic->init(why) != 0) return -ENODEV;
    /* With one, an underflow interrupt cannot tell a register that just became free from one that
     * is in use. */
    *why = "interrupt controller: fewer than two list registers";
    return gic_lr_count < 2 ? -ENODEV : 0;
}
