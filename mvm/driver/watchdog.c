// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/watchdog of a management VM that has a heartbeat: the hypervisor ends it as hung, and starts it again, when nobody
 * beats for as long as its bundle says. The watch runs since the kernel's start and cannot be stopped: the watchdog core
 * beats by itself until somebody opens the device, and after it was closed in good order.
 */
#define pr_fmt(fmt) "shyper: " fmt

#include <linux/module.h>
#include <linux/watchdog.h>

#include "shyper.h"

/* As of the driver arm,smc-wdt; docs/abi.md. */
enum { WDT_INIT, WDT_SET_TIMEOUT, WDT_ENABLE, WDT_PET, WDT_GET_TIMELEFT };

static int watchdog_ping(struct watchdog_device *w)
{
	return shyper_watchdog_call(WDT_PET, 0, NULL) ? -EIO : 0;
}

static int watchdog_set_timeout(struct watchdog_device *w, unsigned int seconds)
{
	if (shyper_watchdog_call(WDT_SET_TIMEOUT, min(seconds, w->max_hw_heartbeat_ms / 1000), NULL))
		return -EINVAL;
	w->timeout = seconds;
	return 0;
}

static int watchdog_start(struct watchdog_device *w)
{
	return watchdog_set_timeout(w, w->timeout);
}

static unsigned int watchdog_timeleft(struct watchdog_device *w)
{
	u64 out[2] = { 0 };

	shyper_watchdog_call(WDT_GET_TIMELEFT, 0, out);
	return (unsigned int)out[0];
}

static const struct watchdog_info watchdog_info = {
	.options = WDIOF_SETTIMEOUT | WDIOF_KEEPALIVEPING | WDIOF_MAGICCLOSE,
	.identity = "Shyper",
};

static const struct watchdog_ops watchdog_ops = {
	.owner = THIS_MODULE,
	.start = watchdog_start,
	.ping = watchdog_ping,
	.set_timeout = watchdog_set_timeout,
	.get_timeleft = watchdog_timeleft,
};

static struct watchdog_device watchdog = {
	.info = &watchdog_info,
	.ops = &watchdog_ops,
	.min_timeout = 1,
};

int shyper_watchdog_start(void)
{
	u64 seconds[2];
	int ret;

	if (shyper_watchdog_call(WDT_INIT, 0, seconds))
		return 0;	/* no heartbeat is expected */
	watchdog.timeout = (unsigned int)seconds[1];
	watchdog.max_hw_heartbeat_ms = watchdog.timeout * 1000;
	set_bit(WDOG_HW_RUNNING, &watchdog.status);
	ret = watchdog_register_device(&watchdog);
	if (ret)
		watchdog.timeout = 0;
	return ret;
}

void shyper_watchdog_stop(void)
{
	if (watchdog.timeout)
		watchdog_unregister_device(&watchdog);
}
