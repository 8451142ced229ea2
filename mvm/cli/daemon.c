/* SPDX-License-Identifier: Apache-2.0 */
/* `system daemon`: that there is one at a time, and that it has what it needs. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "mvm/cli/cli.h"
#include "mvm/daemon/daemon.h"
#include "mvm/libshyper/kept.h"
#include "mvm/libshyper/remote.h"

#define LOCK_WAIT_MS 10000      /* a command that works without a daemon has it meanwhile */

static int another_runs(void)
{
    struct shyper_daemon_status status;
    int fd = remote_open();

    if (fd < 0) {
        return 0;
    }
    if (shyper_daemon_status(fd, &status) < 0) {
        status.pid = 0;
    }
    close(fd);
    return failed(EXIT_FAILED, "daemon: there is one already, process %" PRIu32, status.pid);
}

int system_daemon(const struct request *r)
{
    int lock, status = device_open(&the.sys);

    if (status != 0 || (status = another_runs()) != 0) {
        return status;
    }
    lock = kept_lock(LOCK_WAIT_MS);
    if (lock < 0) {
        return failed(EXIT_FAILED, "daemon: %s: %s", kept_folder,
                      lock == -EBUSY ? "another shyper command is at work" : strerror(-lock));
    }
    say("serves as process %d", (int)getpid());
    status = daemon_run();
    close(lock);
    close(the.sys);
    return status == 0 ? EXIT_OK : EXIT_FAILED;
}
