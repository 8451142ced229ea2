# SPDX-License-Identifier: Apache-2.0
"""A machine that counts: QEMU with tests/bench/count.c, what that writes, and the names of what was executed."""
import bisect
import collections
import os
import subprocess
import tempfile

OUT = "build/bench"
HANG_S = 300
STEADY = ["-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2026-01-01T00:00:00,clock=vm"]
SEALED = ["-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio", "-monitor", "none"]

Row = collections.namedtuple("Row", "name unit value aim peers how")
benchmarks = {}
where_notes = []


class Missing(Exception):
    """Something that was to be measured is not there or did not get to its mark; the text says what."""


def benchmark(function, name=None):
    benchmarks[name or function.__name__] = function
    return function


class Report:
    """What the plugin wrote: totals per mark, in order, and instruction counts by address."""

    def __init__(self, path):
        self.marks = collections.defaultdict(list)
        self.pages = collections.defaultdict(list)
        self.cpus = collections.defaultdict(list)   # (whose mark it was, instructions of the first two)
        self.pcs = {}
        self.console = ""
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                words = line.split()
                if words[0] == "mark":
                    self.marks[words[1]].append(int(words[2]))
                    self.pages[words[1]].append(int(words[3]))
                    self.cpus[words[1]].append((int(words[4]), [int(n) for n in words[5:]]))
                elif words[0] == "pc":
                    self.pcs[int(words[1], 16)] = int(words[2])

    def first(self, name):
        if not self.marks[name]:
            raise Missing(f"did not reach mark {name}")
        return self.marks[name][0]

    def cost(self, name):
        """Instructions of what stands between two marks of a pair, more than a nop there costs; the middle one of all pairs."""
        nop = sorted(b - a for a, b in zip(self.marks["97"], self.marks["97"][1:]))
        pairs = list(zip(self.marks[name][::2], self.marks[name][1::2]))
        if not nop or not pairs:
            raise Missing(f"did not reach mark {name}")
        return sorted(b - a for a, b in pairs)[len(pairs) // 2] - (nop[len(nop) // 2] - 1) - 1

    def latency(self, name, handler):
        """Instructions from behind the last mark `name` before each first mark `handler` to that; the middle one."""
        came = [(self.marks[name][bisect.bisect_left(self.marks[name], at) - 1], at) for at in self.marks[handler]
                if self.marks[name] and at > self.marks[name][0]]
        first = {since: at for since, at in reversed(came)}
        if not first:
            raise Missing(f"did not reach marks {name} and {handler}")
        return sorted(at - since for since, at in first.items())[len(first) // 2] - 1


def run(machine, count, fatal=True):
    """Run QEMU (command and options) to its end or to the mark named stop; return the plugin's report."""
    with tempfile.NamedTemporaryFile(dir=OUT) as out:
        command = [*machine, *SEALED, *STEADY, "-plugin", ",".join([f"{OUT}/count.so", f"out={out.name}", *count])]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=HANG_S, check=False)
            console, status = done.stdout, done.returncode
        except subprocess.TimeoutExpired as hang:
            console, status = hang.stdout or b"", f"none: hangs for {HANG_S} s"
        if status != 0 and fatal:
            tail = console[-1500:].decode(errors="replace")
            raise Missing(f"QEMU's status was {status}; the console ends with:\n{tail}")
        report = Report(out.name)
        report.console = console.decode(errors="replace")
        return report


def symbols_of(elf, kinds="tTwW"):
    """Sorted (address, name) of the functions in an ELF file, or of symbols of other kinds (nm's letters)."""
    listing = subprocess.run(["nm", "-n", elf], stdout=subprocess.PIPE, text=True, check=True).stdout
    words = (line.split() for line in listing.splitlines())
    return [(int(w[0], 16), w[2]) for w in words if len(w) == 3 and w[1] in kinds and w[2][0] not in "$."]


def address_of(elf, name, kinds="tTwW"):
    found = [address for address, symbol in symbols_of(elf, kinds) if symbol == name]
    if not found:
        raise Missing(f"{elf} has no symbol {name}")
    return found[0]


def by_function(report, elf):
    """[(instructions, function)], most first. Addresses outside the file belong to the guest or to boot code before the MMU."""
    symbols = symbols_of(elf)
    starts = [address for address, _ in symbols]
    counts = collections.Counter()
    for pc, count in report.pcs.items():
        at = bisect.bisect_right(starts, pc) - 1
        counts[symbols[at][1] if at >= 0 and pc - starts[at] < 0x10000 else f"outside {os.path.basename(elf)}"] += count
    return [(count, name) for name, count in counts.most_common()]


def note_where(name, report, elf, divide=1):
    top = by_function(report, elf)
    where_notes.append((name, ", ".join(f"{function} {count // divide}" for count, function in top[:12])))


def peer(measure):
    """A peer's figure, or why there is none."""
    try:
        return measure()
    except Missing as why:
        return str(why).splitlines()[0]
