/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of /proc. Those that Linux has too have its form. */
#include "unikernel/fs/tmpfs.h"
#include "unikernel/fs/vfs.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/cputime.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/time.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/space.h"
#include "unikernel/posix/fs/proc.h"
#include "unikernel/posix/syscalls.h"

#define CENTISECOND  10000000U
#define KIB_PER_PAGE 4U

static void version(struct text *t) { text_add(t, "Unishyper version 0.1 (" UK_ISA ") #1\n"); }

static void seconds(struct text *t, uint64_t ns, char end)
{
    ns /= CENTISECOND;
    text_add(t, "%lu.%02lu%c", ns / 100, ns % 100, end);
}

static void uptime(struct text *t)
{
    uint64_t idle = 0;

    for (unsigned i = 0; i < cpu_count; i++) idle += cputime_of(cpus[i]->idle);
    seconds(t, time_ns(), ' ');
    seconds(t, idle, '\n');
}

static void meminfo(struct text *t)
{
    struct pages_stat p;
    struct fs_stat files;

    pages_stat(&p);
    tmpfs_stat(vfs_root->fs, &files);
    text_add(t,
             "MemTotal:       %8lu kB\nMemFree:        %8lu kB\n"
             "MemAvailable:   %8lu kB\nCached:         %8lu kB\n",
             p.total * KIB_PER_PAGE, p.free * KIB_PER_PAGE, MIN(p.left, p.free) * KIB_PER_PAGE,
             (files.pages - files.pages_free) * KIB_PER_PAGE);
}

static void cpuinfo(struct text *t)
{
    for (unsigned i = 0; i < cpu_count; i++) {
        text_add(t, "processor\t: %u\n", i);
        arch_cpuinfo(t, i);
        text_add(t, "\n");
    }
}

static void mounts(struct text *t)
{
    for (const struct fs *fs = vfs_root->fs; fs != NULL; fs = fs->next) {
        text_add(t, "%s /%s %s %s,relatime 0 0\n", fs->type, fs->at, fs->type,
                 fs->read_only ? "ro" : "rw");
    }
}

static int spent(struct thread *of, void *ns)
{
    *(uint64_t *)ns = cputime_of(of);
    return 0;
}

/* Held, ready, running, sleeping, ended */
static void threads(struct text *t)
{
    struct thread_info i = { 0 };
    uint64_t ns;

    while (thread_next(i.id, &i)) {
        /* Names are the application's, lines are not. */
        for (char *c = i.name; *c != '\0'; c++) {
            if (*c < ' ') *c = '?';
        }
        if (thread_with(i.id, spent, &ns) != 0) continue;
        text_add(t, "%5u %c %u %2u ", i.id, "HYRSX"[i.state], i.cpu, i.prio);
        seconds(t, ns, ' ');
        text_add(t, "%s\n", i.name);
    }
}

static void status(struct text *t)
{
    struct thread_info i = { 0 };
    struct space_stat s;
    unsigned count = 0;

    while (thread_next(i.id, &i)) {
        if (i.role > ROLE_IDLE && i.state != THREAD_EXITED) count++;
    }
    space_stat(&s);
    text_add(t,
             "Name:\t%s\nState:\tR (running)\nTgid:\t%u\nPid:\t%u\nPPid:\t0\n"
             "VmRSS:\t%8lu kB\nThreads:\t%u\n",
             proc_app_name, PID, PID, s.backed * KIB_PER_PAGE, count);
}

const struct proc_file proc_files[] = {
    { "version", version }, { "uptime", uptime },   { "meminfo", meminfo }, { "cpuinfo", cpuinfo },
    { "mounts", mounts },   { "threads", threads }, { "self", NULL },       { "status", status },
};
const unsigned proc_file_count = ARRAY_LEN(proc_files);
