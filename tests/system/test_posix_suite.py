# SPDX-License-Identifier: Apache-2.0
"""The Open POSIX Test Suite, which nobody here wrote: each of its tests ends on the unikernel as on Linux, but for those that
tests/posix_suite/expected names, and those have to differ as it says.

Linux boots once and runs them one after the other; the unikernel boots for each. Time is counted in instructions, so sleeping costs
nothing and a busy host changes nothing.
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import threading

import pytest
from machine import BUILD, ROOT, Slot
from test_unikernel_linux import LINUX
from test_unikernel_signals import OUT

# Where instructions are counted, QEMU cannot tell the time within an access to x2APIC.
MACHINES = {
    "aarch64": ["qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu", "cortex-a53", "-semihosting"],
    "riscv64": ["qemu-system-riscv64", "-M", "virt"],
    "x86_64": ["qemu-system-x86_64", "-M", "microvm,acpi=off", "-cpu", "max,x2apic=off"],
}
# An instruction takes 2**SHIFT ns. PAUSE costs QEMU as much as hundreds of others, so who spins on x86_64 is given fewer of them.
SHIFT = {"aarch64": 3, "riscv64": 3, "x86_64": 6}
USUAL = ["-seed", "1", "-m", "256", "-smp", "1", "-nodefaults", "-display", "none", "-no-reboot"]
LIMIT_S = 120
FOR_EVER = "icount sleep disabled and no active timers"      # says QEMU when nothing will happen any more
WORDS = {0: "pass", 1: "fail", 2: "unresolved", 4: "unsupported", 5: "untested"}


def word_of(status):
    return WORDS.get(status, f"status-{status}")


def counted(isa):
    return ["-icount", f"shift={SHIFT[isa]},sleep=off", *USUAL]


def run_on_linux(start, isa):
    """Name of each test -> how it ended, what it printed."""
    pattern, qemu, words, _ = LINUX[isa]
    kernel, = glob.glob(os.path.join(BUILD, "third_party", pattern))
    vm = start(limit_s=3600, command=[*qemu, *counted(isa), "-serial", "stdio", "-kernel", kernel, "-initrd",
                                      os.path.join(BUILD, f"linux/posix_suite/{isa}.cpio"), "-append", f"{words} quiet panic=-1 rdinit=/init"])
    assert vm.wait_end() == 0
    vm.log.flush()
    with open(vm.log.path, encoding="utf-8", errors="replace", newline="") as file:
        parts = re.split(r"(?m)^suite: (\S+): (\w+) (\d+)\r*$", file.read())
    return {name: ("hang" if how == "limit" else word_of(int(number)), text) for text, name, how, number in
            zip(parts[::4], parts[1::4], parts[2::4], parts[3::4])}


def run_here(isa, test):
    command = [os.path.join(ROOT, "tools/uk_run.py"), "--", *MACHINES[isa], *counted(isa), "-kernel",
               os.path.join(OUT, isa, "posix_suite/posix_suite.img"), "-append", test]
    text = ""
    slot = Slot(limit_s=3600)
    try:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace") as vm:
            limit = threading.Timer(LIMIT_S, vm.kill)
            limit.start()
            for line in vm.stdout:
                text += line
                if FOR_EVER in line:
                    vm.kill()
            limit.cancel()
    finally:
        slot.release()
    return "hang" if vm.returncode < 0 else word_of(vm.returncode), text


def expected_differences(isa):
    """Name of each test that ends otherwise here -> how, and those that may end on Linux in any way. A paragraph is a reason and, with
    two blanks in front, lines of how tests end here; in [] is the ISA, where it is one only."""
    found, by_chance = {}, set()
    with open(os.path.join(ROOT, "tests/posix_suite/expected"), encoding="utf-8") as file:
        for line in file:
            match = re.fullmatch(r"  (?:\[(\w+)\] )?([\w-]+)(\??): (.*)\n", line)
            if match and match[1] in (None, isa):
                found.update(dict.fromkeys(match[4].split(), match[2]))
                by_chance.update(match[4].split() if match[3] else [])
    return found, by_chance


@pytest.mark.long
@pytest.mark.parametrize("isa", MACHINES)
def test_posix_is_what_it_is_on_linux(start, isa):
    with open(os.path.join(OUT, isa, "posix_suite/tests"), encoding="utf-8") as file:
        tests = file.read().split()
    linux = run_on_linux(start, isa)
    assert list(linux) == tests
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        here = dict(zip(tests, pool.map(lambda test: run_here(isa, test), tests)))
    expected, by_chance = expected_differences(isa)
    for test in tests:      # Instructions are counted: what hangs does so again, unless it was the host or QEMU.
        if here[test][0] == "hang" and "hang" not in (linux[test][0], expected.get(test)):
            here[test] = run_here(isa, test)
    differing = {test: here[test][0] for test in tests if here[test][0] != linux[test][0] or test in by_chance}
    print(f"{len(tests)} tests, {len(tests) - len(differing)} end as on Linux, {len(differing)} otherwise")
    for test in sorted({*differing.items()} ^ {*expected.items()}):
        name = test[0]
        if name in linux:
            print(f"== {name}: Linux: {linux[name][0]}\n{linux[name][1][-1000:]}\n-- here: {here[name][0]}\n{here[name][1][-2000:]}")
    assert differing == expected
