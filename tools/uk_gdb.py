# SPDX-License-Identifier: Apache-2.0
"""gdb commands that know the unikernel's threads (gdb -x tools/uk_gdb.py): uk threads, uk bt ID, uk thread [ID].

gdb sees the machine's CPUs. A thread that does not run is looked at by giving the selected CPU its registers for a while; before
the machine goes on the CPU has its own again.
"""
import contextlib

import gdb

# Where uk_inline.h keeps what gdb calls so, when a thread gave way (context) and when it was interrupted (frame)
AARCH64 = {
    "self": "$TPIDR_EL1",
    "context": {**{f"x{n}": f"x19_x30[{n - 19}]" for n in range(19, 31)}, "sp": "sp", "pc": "x19_x30[11]"},
    "frame": {**{f"x{n}": f"x[{n}]" for n in range(31)}, "sp": "sp", "pc": "pc"},
}
RISCV64 = {
    "self": "$sscratch",
    "context": {**{f"s{n}" if n else "fp": f"s0_s11[{n}]" for n in range(12)}, "ra": "ra", "sp": "sp", "pc": "ra"},
    "frame": {**{f"t{n}": f"t0_t2[{n}]" for n in range(3)}, **{f"t{n}": f"t3_t6[{n - 3}]" for n in range(3, 7)},
              **{f"a{n}": f"a[{n}]" for n in range(8)}, **{f"s{n}": f"s2_s11[{n - 2}]" for n in range(2, 12)},
              "fp": "s0", **{name: name for name in ("s1", "ra", "sp", "gp", "tp", "pc")}},
}
X86_64 = {
    "self": "*(unsigned long *)$gs_base",
    "context": {**{name: name for name in ("rbx", "rbp", "r12", "r13", "r14", "r15")}, "rsp": "sp", "rip": "pc"},
    "frame": {**{f"r{n}": f"r{n}" for n in range(8, 16)},
              **{name: name for name in ("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp")}, "rsp": "sp", "rip": "pc"},
}
STATES = ["held", "ready", "running", "blocked", "exited"]          # enum thread_state
SCHEDULER = ("kernel/sched.c", "kernel/thread.c", "kernel/place.c", "kernel/sched.h")
GOES_ON = ("continue", "step", "next", "stepi", "nexti", "finish", "until", "advance", "jump", "detach")

own = {}                            # registers that were overwritten, while a thread is looked at


def isa():
    name = gdb.selected_inferior().architecture().name()
    return AARCH64 if "aarch64" in name else RISCV64 if "riscv" in name else X86_64


def number(expression):
    return int(gdb.parse_and_eval(f"(unsigned long)({expression})"))


def threads():
    """All threads, as values of type struct thread, by id."""
    kind = gdb.lookup_type("struct thread")
    offset = next(f.bitpos // 8 for f in kind.fields() if f.name == "all")
    try:
        head = gdb.lookup_static_symbol("threads").value()["all"]
        found, node = [], head["next"]
        while node != 0 and node != head.address:
            found.append((node.cast(gdb.lookup_type("char").pointer()) - offset).cast(kind.pointer()).dereference())
            node = node.dereference()["next"]
    except gdb.MemoryError:
        return []
    return sorted(found, key=lambda t: int(t["id"]))


def thread_named(text):
    for t in threads():
        if text == str(int(t["id"])):
            return t
    raise gdb.GdbError(f"uk: no thread with id '{text}'; `uk threads` lists them")


def running():
    """Address of each thread that runs, and gdb's name of its CPU."""
    selected, found = gdb.selected_thread(), {}
    for cpu in gdb.selected_inferior().threads():
        cpu.switch()
        with contextlib.suppress(gdb.error):
            found[number(isa()["self"])] = cpu
    selected.switch()
    return found


def write(registers):
    """Half-way through, pc and stack belong to different threads, and gdb looks for its frame after each: not far, then."""
    limit = gdb.parameter("backtrace limit")
    gdb.execute("set backtrace limit 1")
    for name, value in registers.items():
        gdb.execute(f"set ${name} = {value:#x}")
    gdb.execute(f"set backtrace limit {limit if limit is not None else 'unlimited'}")


def restore():
    if own:
        write(own)
    own.clear()


def show(t):
    """Let the selected CPU look as if it ran t, which no CPU does."""
    restore()
    kind = "frame" if t["preempted"] else "context"
    places = isa()[kind]
    own.update((name, number(f"${name}")) for name in places)
    write({name: number(f"((struct thread *){int(t.address):#x})->{kind}.{place}") for name, place in places.items()})


def look_at(t):
    """Select the CPU that runs t, or show(t)."""
    restore()
    cpu = running().get(int(t.address))
    if cpu is None:
        show(t)
    else:
        cpu.switch()


@contextlib.contextmanager
def looking_at(t):
    selected = gdb.selected_thread()
    try:
        look_at(t)
        yield
    finally:
        restore()
        selected.switch()


def where():
    """The function that waits, or runs: the innermost that is not the scheduler's."""
    frame = innermost = gdb.newest_frame()
    while frame is not None and frame.find_sal().symtab is not None and frame.find_sal().symtab.filename.endswith(SCHEDULER):
        frame = frame.older()
    return (frame.name() if frame is not None else None) or innermost.name() or f"{innermost.pc():#x}"


class Uk(gdb.Command):
    """The unikernel's threads: uk threads, uk bt ID, uk thread [ID]."""

    def __init__(self):
        super().__init__("uk", gdb.COMMAND_STATUS, prefix=True)


class UkThreads(gdb.Command):
    """All threads: id, name, state, CPU, priority, and the function in which each runs or waits."""

    def __init__(self):
        super().__init__("uk threads", gdb.COMMAND_STATUS)

    def invoke(self, arg, from_tty):
        every = threads()
        if not every:
            raise gdb.GdbError("uk: there are no threads yet")
        busy = running()
        print(f"{'ID':>5}  {'NAME':<16} {'STATE':<8} CPU PRIO  IN")
        for t in every:
            state = "running" if int(t.address) in busy else STATES[int(t["state"])]
            with looking_at(t):
                place = where()
            print(f"{int(t['id']):>5}  {t['name'].string():<16} {state:<8} {int(t['cpu']['index']):>3} {int(t['prio']):>4}  {place}")


class UkBt(gdb.Command):
    """The frames of one thread: uk bt ID."""

    def __init__(self):
        super().__init__("uk bt", gdb.COMMAND_STACK)

    def invoke(self, arg, from_tty):
        with looking_at(thread_named(arg)):
            gdb.execute("backtrace")


class UkThread(gdb.Command):
    """Look at one thread, until the machine goes on: uk thread ID. Without ID: at the CPU again."""

    def __init__(self):
        super().__init__("uk thread", gdb.COMMAND_STACK)

    def invoke(self, arg, from_tty):
        if arg:
            look_at(thread_named(arg))
        else:
            restore()
        gdb.execute("frame")


class UkCpu(gdb.Command):
    """Give the CPU its own registers back. Done by itself before the machine goes on."""

    def __init__(self):
        super().__init__("uk cpu", gdb.COMMAND_STACK)

    def invoke(self, arg, from_tty):
        restore()


for command in (Uk, UkThreads, UkBt, UkThread, UkCpu):
    command()
for name in GOES_ON:
    gdb.execute(f"define hook-{name}\nuk cpu\nend")
