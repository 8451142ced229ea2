/* SPDX-License-Identifier: Apache-2.0 */
/* pack: makes the bundle that Shyper boots from. Everything is checked here, where somebody reads
 * the message; the hypervisor gets blobs it only has to decode. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include "lib/str.h"
#include "mvm/libshyper/number.h"
#include "tools/pack/pack.h"

static const char help[] =
    "Usage: pack -o BUNDLE [the management VM] [VMs that start at boot]\n"
    "       pack --list BUNDLE\n"
    "\n"
    "The management VM (leave it out for a system of boot-time VMs only):\n"
    "  --mvm-kernel FILE    arm64 Linux Image\n"
    "  --mvm-initrd FILE    its initramfs\n"
    "  --mvm-cmdline TEXT   its command line\n"
    "  --mvm-cpus LIST      physical CPUs it runs on, as 0 or 0-1,3 (default 0)\n"
    "  --mvm-restart WHEN   it is started again alone: never, on-crash or always (default)\n"
    "  --mvm-weight N       its part of CPUs it shares with guests (default 100, as theirs)\n"
    "  --mvm-heartbeat MS   without a heartbeat for so long it has hung (default: none)\n"
    "\n"
    "VMs that start at boot, each:\n"
    "  --vm PROFILE.json    the profile (docs/profile.md); what follows changes this VM only\n"
    "  --vm-name NAME       another name\n"
    "  --vm-kernel FILE     another kernel\n"
    "  --vm-ramdisk FILE    another ramdisk\n"
    "  --vm-cmdline TEXT    another command line\n"
    "\n"
    "  --pool SIZE          memory set aside for guests, as 256M (default: half of RAM)\n"
    "  -o, --output BUNDLE  the file to write\n"
    "  --list BUNDLE        show a bundle's members and check their CRCs\n"
    "  -h, --help           this text\n"
    "\n"
    "Exit status: 0 done, 1 something is wrong with the input, 2 wrong usage.\n";

struct options {
    const char *output, *list;
    struct profile mvm;
    bool has_mvm;
    struct {
        struct profile p;
        char *file;
    } vm[SHYPER_BUNDLE_VM_MAX];
    size_t vm_count;
    uint64_t pool_bytes;
};

static int usage(const char *why, const char *what)
{
    fprintf(stderr, "pack: %s%s%s\nTry: pack --help\n", why, what != NULL ? ": " : "",
            what != NULL ? what : "");
    return 2;
}

/* "0-1,3" as a bitmap. */
static bool cpus_read(const char *s, uint64_t *bitmap)
{
    uint64_t out = 0;

    do {
        char *end;
        unsigned long first = strtoul(s, &end, 10), last = first;

        if (end == s || *s < '0' || *s > '9') { return false; }
        if (*end == '-') {
            s = end + 1;
            last = strtoul(s, &end, 10);
            if (end == s || *s < '0' || *s > '9') { return false; }
        }
        if (last < first || last > 63 || (*end != '\0' && *end != ',')) { return false; }
        out |= MASK64(last, first);
        s = end + 1;
        if (*end == '\0') { break; }
    } while (true);
    *bitmap = out;
    return true;
}

/* The watchdog of Linux counts in seconds. */
static bool number_read(const char *s, uint32_t least, uint32_t most, uint32_t *to)
{
    uint64_t n;

    if (!number_from_text(s, &n) || n < least || n > most) { return false; }
    *to = (uint32_t)n;
    return true;
}

static bool text_set(char **to, const char *s)
{
    free(*to);
    *to = strdup(s);
    return *to != NULL;
}

static int failed(const char *about, const struct profile_errors *e)
{
    char *name;

    if (asprintf(&name, "pack: %s", about) < 0) { return usage("out of memory", NULL); }
    profile_errors_print(e, name, stderr);
    free(name);
    return 1;
}

static int vm_begin(struct options *o, const char *file)
{
    struct profile_errors e = { 0 };
    int err;

    if (o->vm_count == ARRAY_LEN(o->vm)) { return usage("too many VMs; a bundle holds 16", NULL); }
    o->vm[o->vm_count].file = strdup(file);
    err = o->vm[o->vm_count].file == NULL ? profile_no_memory(&e)
                                          : profile_read(file, &o->vm[o->vm_count].p, &e);
    o->vm_count++;
    return err < 0 ? failed(file, &e) : 0;
}

enum {
    OPT_MVM_KERNEL = 256,
    OPT_MVM_INITRD,
    OPT_MVM_CMDLINE,
    OPT_MVM_CPUS,
    OPT_MVM_RESTART,
    OPT_MVM_HEARTBEAT,
    OPT_MVM_WEIGHT,
    OPT_VM,
    OPT_VM_NAME,
    OPT_VM_KERNEL,
    OPT_VM_RAMDISK,
    OPT_VM_CMDLINE,
    OPT_POOL,
    OPT_LIST
};

static int option_take(struct options *o, int c, const char *arg)
{
    struct profile *vm = o->vm_count > 0 ? &o->vm[o->vm_count - 1].p : NULL;

    if (c >= OPT_VM_NAME && c <= OPT_VM_CMDLINE && vm == NULL) {
        return usage("a --vm-… option has to follow --vm", NULL);
    }
    switch (c) {
    case OPT_MVM_KERNEL:
        o->has_mvm = true;
        return text_set(&o->mvm.kernel.path, arg) ? 0 : usage("out of memory", NULL);
    case OPT_MVM_INITRD:
        return text_set(&o->mvm.ramdisk.path, arg) ? 0 : usage("out of memory", NULL);
    case OPT_MVM_CMDLINE:
        return str_copy(o->mvm.cmdline, sizeof o->mvm.cmdline, arg)
                   ? 0
                   : usage("--mvm-cmdline is longer than 1023 bytes", NULL);
    case OPT_MVM_CPUS:
        return cpus_read(arg, &o->mvm.cpu_bitmap)
                   ? 0
                   : usage("--mvm-cpus wants a list of CPUs below 64 as 0-1,3", arg);
    case OPT_MVM_RESTART:
        return profile_restart_from_text(arg, &o->mvm.restart)
                   ? 0
                   : usage("--mvm-restart wants never, on-crash or always", arg);
    case OPT_MVM_HEARTBEAT:
        return number_read(arg, 1000, SHYPER_HEARTBEAT_MS_MAX, &o->mvm.heartbeat_ms)
                   ? 0
                   : usage("--mvm-heartbeat wants milliseconds, 1000 to 3600000", arg);
    case OPT_MVM_WEIGHT:
        return number_read(arg, SHYPER_WEIGHT_MIN, SHYPER_WEIGHT_MAX, &o->mvm.weight)
                   ? 0
                   : usage("--mvm-weight wants a number from 1 to 10000", arg);
    case OPT_VM: return vm_begin(o, arg);
    case OPT_VM_NAME:
        return profile_set_name(vm, arg)
                   ? 0
                   : usage("--vm-name is no name for a VM (docs/profile.md)", arg);
    case OPT_VM_KERNEL: return text_set(&vm->kernel.path, arg) ? 0 : usage("out of memory", NULL);
    case OPT_VM_RAMDISK: return text_set(&vm->ramdisk.path, arg) ? 0 : usage("out of memory", NULL);
    case OPT_VM_CMDLINE:
        return str_copy(vm->cmdline, sizeof vm->cmdline, arg)
                   ? 0
                   : usage("--vm-cmdline is longer than 1023 bytes", NULL);
    case OPT_POOL:
        return size_from_text(arg, &o->pool_bytes) ? 0 : usage("--pool wants a size as 256M", arg);
    case OPT_LIST: o->list = arg; return 0;
    case 'o': o->output = arg; return 0;
    default: return usage("unknown or incomplete option", NULL);
    }
}

static int options_read(struct options *o, int argc, char **argv)
{
    static const struct option known[] = {
        { "mvm-kernel", required_argument, NULL, OPT_MVM_KERNEL },
        { "mvm-initrd", required_argument, NULL, OPT_MVM_INITRD },
        { "mvm-cmdline", required_argument, NULL, OPT_MVM_CMDLINE },
        { "mvm-cpus", required_argument, NULL, OPT_MVM_CPUS },
        { "mvm-restart", required_argument, NULL, OPT_MVM_RESTART },
        { "mvm-heartbeat", required_argument, NULL, OPT_MVM_HEARTBEAT },
        { "mvm-weight", required_argument, NULL, OPT_MVM_WEIGHT },
        { "vm", required_argument, NULL, OPT_VM },
        { "vm-name", required_argument, NULL, OPT_VM_NAME },
        { "vm-kernel", required_argument, NULL, OPT_VM_KERNEL },
        { "vm-ramdisk", required_argument, NULL, OPT_VM_RAMDISK },
        { "vm-cmdline", required_argument, NULL, OPT_VM_CMDLINE },
        { "pool", required_argument, NULL, OPT_POOL },
        { "list", required_argument, NULL, OPT_LIST },
        { "output", required_argument, NULL, 'o' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int c, err;

    while ((c = getopt_long(argc, argv, "o:h", known, NULL)) != -1) {
        if (c == 'h') {
            fputs(help, stdout);
            exit(0);
        }
        err = option_take(o, c, optarg);
        if (err != 0) { return err; }
    }
    if (optind < argc) { return usage("unexpected argument", argv[optind]); }
    if (o->list != NULL) { return 0; }
    if (o->output == NULL) { return usage("no output file; give -o BUNDLE", NULL); }
    if (!o->has_mvm && (o->mvm.ramdisk.path != NULL || o->mvm.cmdline[0] != '\0' ||
                        o->mvm.restart != PROFILE_RESTART_UNSAID || o->mvm.heartbeat_ms != 0 ||
                        o->mvm.weight != 0)) {
        return usage("--mvm-… options without --mvm-kernel", NULL);
    }
    if (!o->has_mvm && o->vm_count == 0) {
        return usage("nothing to pack; give --mvm-kernel or --vm", NULL);
    }
    return 0;
}

static int mvm_add(struct options *o, struct pack *b)
{
    struct profile_errors e = { 0 };
    struct profile *p = &o->mvm;

    p->cpu_count = (uint32_t)__builtin_popcountll(p->cpu_bitmap);
    if (p->cpu_count > SHYPER_VCPU_MAX) { return usage("--mvm-cpus names more than 8 CPUs", NULL); }
    if (profile_files(p, NULL, &e) < 0 || pack_add(b, p, &e) < 0) {
        return failed("management VM", &e);
    }
    return 0;
}

static int vm_add(struct options *o, size_t i, struct pack *b)
{
    struct profile_errors e = { 0 };
    struct profile *p = &o->vm[i].p;
    char *folder = profile_folder(o->vm[i].file);
    int err = folder == NULL ? profile_no_memory(&e) : profile_files(p, folder, &e);

    free(folder);
    if (err == 0) { err = profile_layout(p, &e); }
    if (err == 0) { err = pack_add(b, p, &e); }
    return err < 0 ? failed(o->vm[i].file, &e) : 0;
}

int main(int argc, char **argv)
{
    static struct options o = {
        .mvm = { .name = "mvm",
                 .type = SHYPER_VM_TYPE_MVM,
                 .cpu_bitmap = 1,
                 .cpu_master = PROFILE_MASTER_LOWEST,
                 .restart = PROFILE_RESTART_UNSAID,
                 .restart_delay_ms = SHYPER_RESTART_DELAY_MS_DEFAULT },
    };
    static struct pack b;
    struct profile_errors e = { 0 };
    int status = options_read(&o, argc, argv);

    if (status == 0 && o.list != NULL) {
        status = pack_list(o.list, &e) < 0 ? failed(o.list, &e) : 0;
    } else if (status == 0) {
        b.pool_bytes = o.pool_bytes;
        if (o.has_mvm) { status = mvm_add(&o, &b); }
        for (size_t i = 0; status == 0 && i < o.vm_count; i++) { status = vm_add(&o, i, &b); }
        if (status == 0 && pack_write(&b, o.output, &e) < 0) { status = failed(o.output, &e); }
    }
    pack_free(&b);
    profile_free(&o.mvm);
    for (size_t i = 0; i < o.vm_count; i++) {
        profile_free(&o.vm[i].p);
        free(o.vm[i].file);
    }
    return status;
}
