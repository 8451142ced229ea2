/* SPDX-License-Identifier: Apache-2.0 */
/* The heartbeat: a profile's heartbeat_ms of 1500. The first life beats for longer than that and then hangs; the second,
 * which the restart policy makes of it, is done. RAM that no image covers tells the lives apart. */
#include "tests/guests/lib/guest.h"

#define WDT         0x82003d06u
#define WDT_INIT    0u
#define WDT_TIMEOUT 1u
#define WDT_ENABLE  2u
#define WDT_PET     3u
#define WDT_LEFT    4u
#define MARK        UINT64_C(0xbea7bea7bea7bea7)

static void wait_ms(uint64_t ms)
{
    uint64_t until = time_now() + time_hz() * ms / 1000;

    while (time_now() < until) {}
}

static void driver(void (*call)(struct smccc *io))
{
    struct smccc io = { { WDT, WDT_INIT } };

    call(&io);
    report(io.x[0] == 0 && io.x[1] == 1 && io.x[2] == 1, "a driver may set one second");
    io = (struct smccc){ { WDT, WDT_TIMEOUT, 2 } };
    call(&io);
    report((int32_t)io.x[0] == -2, "two seconds are refused");
    io = (struct smccc){ { WDT, WDT_LEFT } };
    call(&io);
    report(io.x[0] == 0 && io.x[1] <= 1, "the time left is told");
    io = (struct smccc){ { WDT, WDT_ENABLE, 0 } };
    call(&io);
    report(io.x[0] == 0, "the driver may stop");
}

void guest_main(void)
{
    uint32_t bytes;
    const uint8_t *memory = dtb_property("memory", "reg", &bytes);
    volatile uint64_t *mark = (volatile uint64_t *)(uintptr_t)(dtb_u64(memory) + dtb_u64(memory + 8) - 4096);
    const char *node = dtb_property("watchdog", "compatible", &bytes);

    report(node != NULL && bytes == sizeof("arm,smc-wdt"), "the tree has the watchdog");
    driver(hvc_call);
    driver(smc_call);
    for (uint32_t i = 0; i < 6; i++) {
        wait_ms(300);
        hvc(WDT, WDT_PET, 0, 0);
    }
    report(true, "%s life beats", *mark == MARK ? "second" : "first");
    if (*mark == MARK) {
        *mark = 0;
        return;
    }
    *mark = MARK;
    dsb();
    while (true) {}
}
