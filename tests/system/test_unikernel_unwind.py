# SPDX-License-Identifier: Apache-2.0
"""FEATURES=unwind: the tables of kernel, libc and application lead from a leaf to where its thread began."""
import os
import re
import subprocess

import pytest
from machine import BUILD, ROOT

OUT = os.path.join(BUILD, os.environ.get("COMPILER", "gcc"), "uk")
QEMU = {
    "aarch64": ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-semihosting"],
    "riscv64": ["qemu-system-riscv64", "-M", "virt"],
    "x86_64": ["qemu-system-x86_64", "-M", "q35", "-cpu", "max"],
}


def image(isa, name):
    return os.path.join(OUT, isa, "unwind", "unwind." + name)


def machine_of(isa, argument=""):
    return [*QEMU[isa], "-m", "64", "-nodefaults", "-display", "none", "-no-reboot", "-kernel", image(isa, "img"),
            *(["-append", argument] if argument else [])]


def functions(isa):
    """Start of each function -> its names."""
    names = {}
    for line in subprocess.run(["nm", image(isa, "elf")], capture_output=True, text=True, check=True).stdout.splitlines():
        address, kind, name = line.split()
        if kind in "tTwW":
            names.setdefault(int(address, 16), set()).add(name.split(".")[0])       # without the compiler's suffixes
    return names


@pytest.mark.parametrize("isa", QEMU)
def test_frames_are_found_through_libc_and_cleanups_run(start, isa):
    machine = start(limit_s=120, command=[os.path.join(ROOT, "tools/uk_run.py"), "--", *machine_of(isa)])
    machine.expect(r"cleanup of the last\r+\ncleanup of one above\r+\nend of the stack\r+\n")
    frames = [(int(at, 16), int(begin, 16)) for at, begin in re.findall(r"frame: (0x\w+) in (0x\w+)", machine.before())]
    assert machine.wait_end() == 0
    names = functions(isa)
    # The last one is where the thread begins, which has no table.
    path = [names[begin] for at, begin in frames[:-1] if begin <= at]
    assert len(path) == len(frames) - 1
    steps = iter(path)
    for function in ("compare", "__qsort_r", "inner", "outer", "main", "libc_start_main_stage2", "main_thread"):
        assert any(function in step for step in steps), (function, path)
    begin = min(start_of for start_of, known in names.items() if "thread_begin_asm" in known)
    assert begin < frames[-1][0] < begin + 64
