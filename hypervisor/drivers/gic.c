/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/drivers/gic.h"
#include "hypervisor/core/platform.h"

const struct gic_driver *gic;
uint32_t gic_lr_count;
uint32_t gic_spi_end;

int gic_init(const char **why)
{
    switch (platform.gic_version) {
    case 2:
        gic = &gic_driver_v2;
        break;
    case 3:
        gic = &gic_driver_v3;
        break;
    default:
        *why = "interrupt controller: neither GICv2 nor GICv3";
        return -ENODEV;
    }
    return gic->init(why);
}
