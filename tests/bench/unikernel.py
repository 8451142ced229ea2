# SPDX-License-Identifier: Apache-2.0
"""Rows of the unikernel, for each ISA, with the same source on Linux in the same machine beside it (apps/benches)."""
import bisect
import collections
import os
import re
import subprocess

import counting
from counting import Missing, Row, address_of, benchmark, note_where, peer

Isa = collections.namedtuple("Isa", "machine options entry console")
ISAS = {
    "aarch64": Isa(["qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu", "cortex-a53"], ["-semihosting"],
                   0x40200000, "ttyAMA0"),
    "x86_64": Isa(["qemu-system-x86_64", "-M", "microvm,acpi=off", "-cpu", "max,x2apic=off"],
                  ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"], 0x200000, "ttyS0 reboot=t"),
    "riscv64": Isa(["qemu-system-riscv64", "-M", "virt"], [], 0x80200000, "ttyS0"),
}
# Where harts can interrupt each other; elsewhere they ask the firmware, OpenSBI.
MESSAGES = ["qemu-system-riscv64", "-M", "virt,aia=aplic-imsic"]
HOW = "all privilege levels, the middle one of 200, one CPU"

# apps/benches/bench.h
END, SYSCALL, YIELD, YIELDED, THREAD, MALLOC_64, MALLOC_4K, MUTEX, SIGNAL, WOKEN, SPIN, SIGNALLED, \
    OPEN_CLOSE, TMPFS_READ, TMPFS_WRITE, PIPE_READ, PIPE_WRITE, POLL_NONE, POLL_ALL, RAISE = (str(mark) for mark in range(100, 120))
MANY = {1: [], 2: ["cpus=many"]}
NOPS = 1000                 # in a stretch between two SPIN
ALONE = "syscall_null yield_pair thread_life malloc_64 malloc_4k mutex timer_irq"


def uk_file(args, isa, name):
    return f"{args.build}/uk/{isa}/{name}"


def machine_of(isa, smp):
    return MESSAGES if isa == "riscv64" and smp > 1 else ISAS[isa].machine


def on_unishyper(args, isa, names, smp=1, count=(), command=None, app="benches"):
    machine = [*(command or machine_of(isa, smp)), *ISAS[isa].options, "-smp", str(smp), "-m", "64"]
    return counting.run([*machine, "-kernel", uk_file(args, isa, f"{app}/{app}.img"), "-append", names],
                        ["stop=" + END, *MANY[smp], *count])


def on_linux(args, isa, names, smp=1, app="benches"):
    kernel = getattr(args, "linux_" + isa)
    if not os.path.exists(kernel):
        raise Missing("not available")
    machine = [*machine_of(isa, smp), "-smp", str(smp), "-m", "512", "-kernel", kernel, "-initrd", f"build/linux/{isa}.cpio"]
    words = f"console={ISAS[isa].console} quiet nokaslr panic=-1 rdinit=/init -- /{app} {names}"
    return counting.run([*machine, "-append", words], ["stop=" + END, *MANY[smp]])


reports = {}


def report_of(run, args, isa, names, smp=1, app="benches"):
    """A run's report, made once for all rows that need it."""
    key = run.__name__, isa, names, app
    if key not in reports:
        try:
            reports[key] = run(args, isa, names, smp, app=app)
        except Missing as why:
            reports[key] = why
    if isinstance(reports[key], Missing):
        raise reports[key]
    return reports[key]


def middle(costs, what):
    """(instructions, index) of the middle one of [(instructions, index)]."""
    if not costs:
        raise Missing(f"{what} did not happen")
    return sorted(costs)[len(costs) // 2]


def pairs(report, mark):
    """[(instructions between the two, index of the first)] of the marks that stand in pairs."""
    at = report.marks[mark]
    return [(b - a - 1, 2 * i) for i, (a, b) in enumerate(zip(at[::2], at[1::2]))]


def simple(mark):
    return lambda report: middle(pairs(report, mark), "mark " + mark)


def yields(report):
    """Those in which the other thread had its turn, once."""
    at, others = report.marks[YIELD], report.marks[YIELDED]
    turns = [bisect.bisect(others, b) - bisect.bisect(others, a) for a, b in zip(at[::2], at[1::2])]
    return middle([(cost - 1, i) for (cost, i), n in zip(pairs(report, YIELD), turns) if n == 1], "a yield there and back")


def interrupted(report):
    return middle([(cost - NOPS, i) for cost, i in pairs(report, SPIN) if cost > NOPS], "an interrupt")


def wake_ups(report):
    """The waking CPU until pthread_cond_signal has returned, the other one until the thread runs."""
    costs = []
    for i, ((waker, begin), (_, told), (_, woken)) in enumerate(zip(*(report.cpus[m] for m in (SIGNAL, SIGNALLED, WOKEN)))):
        other = 1 - waker
        costs.append((told[waker] - begin[waker] - 1 + woken[other] - begin[other] - 1, i))
    return middle(costs, "a wake-up")


def row(name, aim, cost_of, marks, how, names=ALONE, smp=1):
    """Make the rows of one measure for all ISAS. marks: between which the costs are."""
    def measure(isa):
        def rows(args):
            value, index = cost_of(report_of(on_unishyper, args, isa, names, smp))
            if value > aim:
                where = on_unishyper(args, isa, names, smp, [f"where={marks[0]}:{marks[1]}:{index}"])
                note_where(f"{name}@{isa}", where, uk_file(args, isa, "benches/benches.elf"))
            peers = {"linux": peer(lambda: cost_of(report_of(on_linux, args, isa, names, smp))[0])}
            if machine_of(isa, smp) != ISAS[isa].machine:
                peers["by the firmware"] = cost_of(on_unishyper(args, isa, names, smp, command=ISAS[isa].machine))[0]
            yield Row(f"{name}@{isa}", "instructions", value, f"<= {aim}", peers, how)
        return rows
    for isa in ISAS:
        benchmark(measure(isa), f"{name}@{isa}")


row("yield_pair", 150, yields, (YIELD, YIELD), f"sched_yield to another thread, and its sched_yield; {HOW}")
row("thread_life", 1500, simple(THREAD), (THREAD, THREAD), f"pthread_create and pthread_join of a thread that returns; {HOW}")
row("malloc_64", 60, simple(MALLOC_64), (MALLOC_64, MALLOC_64), f"malloc(64) and free; {HOW}")
row("malloc_4k", 100, simple(MALLOC_4K), (MALLOC_4K, MALLOC_4K), f"malloc(4096) and free; {HOW}")
row("mutex", 40, simple(MUTEX), (MUTEX, MUTEX), f"pthread_mutex_lock and unlock of a free default mutex; {HOW}")
row("syscall_null", 25, simple(SYSCALL), (SYSCALL, SYSCALL), f"getppid; {HOW}")
row("timer_irq", 250, interrupted, (SPIN, SPIN),
    f"the end of a sleep of a thread that has to wait for the interrupted one; {HOW}")
row("wake_remote", 1500, wake_ups, (SIGNAL, WOKEN),
    "pthread_cond_signal on one CPU, and the other from idling to the return of pthread_cond_wait, the middle one of 200, all levels; "
    "riscv64: harts have an IMSIC, and beside it the machine on which the firmware interrupts them",
    "wake_remote", 2)


def ratio(name, aim, marks, how):
    """Rows of what apps/posix_benches does between marks {what: mark}: ours / Linux, the greatest of them, each with its two figures beside."""
    def measure(isa):
        def rows(args):
            ours, linux = (report_of(run, args, isa, name, app="posix_benches") for run in (on_unishyper, on_linux))
            costs = {what: (*middle(pairs(ours, mark), what), middle(pairs(linux, mark), what)[0]) for what, mark in marks.items()}
            worst = max(costs, key=lambda what: costs[what][0] / costs[what][2])
            value = round(costs[worst][0] / costs[worst][2], 3)
            if value > aim:
                between = f"where={marks[worst]}:{marks[worst]}:{costs[worst][1]}"
                note_where(f"{name}@{isa}", on_unishyper(args, isa, name, count=[between], app="posix_benches"),
                           uk_file(args, isa, "posix_benches/posix_benches.elf"))
            yield Row(f"{name}@{isa}", "x Linux", value, f"<= {aim}", {what: f"{here} / {there}" for what, (here, _, there) in costs.items()}, how)
        return rows
    for isa in ISAS:
        benchmark(measure(isa), f"{name}@{isa}")


ratio("open_close", 0.5, {"open+close": OPEN_CLOSE}, f"open and close of a file on tmpfs; {HOW}")
ratio("tmpfs_1", 0.5, {"pread": TMPFS_READ, "pwrite": TMPFS_WRITE}, f"one byte of a file on tmpfs; {HOW}")
ratio("pipe_1", 0.5, {"write": PIPE_WRITE, "read": PIPE_READ}, f"one byte into a pipe, and out of it; nobody waits; {HOW}")
ratio("poll_100", 0.5, {"none": POLL_NONE, "all": POLL_ALL}, f"poll of 100 eventfds, of which none or all are ready, without waiting; {HOW}")
ratio("signal", 0.5, {"raise": RAISE}, f"raise, the handler, and its return; {HOW}")


def hello(args, isa, *count):
    elf = uk_file(args, isa, "hello-bare/hello_world.elf")
    return counting.run([*ISAS[isa].machine, *ISAS[isa].options, "-m", "64", "-kernel", elf[:-4] + ".img"],
                        [f"at={ISAS[isa].entry:#x}:entry", f"at={address_of(elf, 'main'):#x}:main", "stop=main", *count])


def uk_boot(isa):
    def rows(args):
        report = hello(args, isa)
        value = report.first("main") - report.first("entry")
        if value > 200000:
            note_where(f"uk_boot@{isa}", hello(args, isa, "where=entry:main"), uk_file(args, isa, "hello-bare/hello_world.elf"))
        yield Row(f"uk_boot@{isa}", "instructions", value, "<= 200000", {}, "the image's entry to main, all privilege levels, 64 MiB")
    return rows


def uk_ram(isa):
    def rows(args):
        pages = hello(args, isa, "pages=entry").pages["main"][0]
        yield Row(f"uk_ram@{isa}", "KiB", 4 * pages, "<= 256", {}, "distinct 4 KiB pages written by the time of main, 64 MiB")
    return rows


def size_of(name, image, aim, how, less=None):
    """less: only what the image has more than that one"""
    def measure(isa):
        def rows(args):
            size, base = (os.path.getsize(uk_file(args, isa, file)) if file else 0 for file in (image, less))
            yield Row(f"{name}@{isa}", "bytes", size - base, f"<= {aim}", {}, how)
        return rows
    for isa in ISAS:
        benchmark(measure(isa), f"{name}@{isa}")


for one in ISAS:
    benchmark(uk_boot(one), f"uk_boot@{one}")
    benchmark(uk_ram(one), f"uk_ram@{one}")
size_of("uk_image", "hello-bare/hello_world.img", 65536, "hello_world with FEATURES= empty, as booted")
size_of("uk_image_full", "hello-full/hello_world.img", 114688, "hello_world with shell, symbols and unwind tables, as booted")
size_of("uk_image_posix", "hello-posix/hello_world.img", 49152, "what posix (with files in memory) and shell add to that image",
        less="hello-bare/hello_world.img")


@benchmark
def kvm(args):
    """On the CPU itself, where the host lets us: cycles of its time stamp counter, and so with all that runs on the host."""
    aims = {"yield_pair": 317, "thread_life": 1452, "malloc_64": 83}
    machine = ["qemu-system-x86_64", "-M", "microvm,acpi=off", "-cpu", "host", "-enable-kvm", *ISAS["x86_64"].options, "-m", "64",
               *counting.SEALED, "-kernel", uk_file(args, "x86_64", "benches/benches.img"), "-append", " ".join(aims)]
    console, none = "", "no KVM here"
    if os.access("/dev/kvm", os.R_OK | os.W_OK):
        none = "not to be had of this KVM"
        try:
            console = subprocess.run(machine, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                     timeout=20, check=False).stdout
        except subprocess.TimeoutExpired:
            pass
    ticks = dict(re.findall(r"^(\w+): (\d+) ticks", console, re.MULTILINE))
    for name, aim in aims.items():
        yield Row(f"kvm_{name}", "cycles", ticks.get(name, none), f"< {aim}", {}, "x86_64, the mean of 200, the first ones too")
