/* SPDX-License-Identifier: Apache-2.0 */
/* A file is opened for each addition: then whoever rotates, deletes or mounts there needs not tell
 * us. */
#include "mvm/daemon/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/str.h"
#include "mvm/daemon/daemon.h"

#define PATH_BYTES 256

const char *logfile_folder = "/var/log/shyper";
uint64_t logfile_lost;

void logfile_init(struct logfile *l, const char *name)
{
    *l = (struct logfile){ 0 };
    (void)str_copy(l->name, sizeof l->name, name);
}

static int file_open(const struct logfile *l)
{
    char path[PATH_BYTES], old[PATH_BYTES + 2];
    struct stat st;

    (void)snprintf(path, sizeof path, "%s/%s.log", logfile_folder, l->name);
    (void)snprintf(old, sizeof old, "%s.1", path);
    if (lstat(path, &st) == 0 && st.st_size >= (off_t)LOGFILE_BYTES) { (void)rename(path, old); }
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
}

static size_t file_write(int fd, const char *text, size_t bytes)
{
    ssize_t done = write(fd, text, bytes);

    if (done >= 0 && (size_t)done < bytes) { errno = ENOSPC; }
    return done > 0 ? (size_t)done : 0;
}

/* What is missing is noted in the file as well, before what follows it. */
static bool gap_note(struct logfile *l, int fd)
{
    char text[64];
    int length;

    if (l->lost == 0) { return true; }
    length = snprintf(text, sizeof text, "\n[%" PRIu64 " bytes were lost: no room]\n", l->lost);
    return file_write(fd, text, (size_t)length) == (size_t)length;
}

void logfile_add(struct logfile *l, const char *text, size_t bytes)
{
    int fd = access(logfile_folder, F_OK) == 0 ? file_open(l) : -2;
    size_t done = 0;

    if (fd == -2) { return; }
    if (fd >= 0 && gap_note(l, fd)) {
        done = file_write(fd, text, bytes);
        if (done > 0) { l->lost = 0; }
    }
    if (done < bytes && l->lost == 0) {
        say("%s/%s.log: %s; what the VM's console shows is not logged until there is room",
            logfile_folder, l->name, strerror(errno));
    }
    l->lost += bytes - done;
    logfile_lost += bytes - done;
    if (fd >= 0) { close(fd); }
}
