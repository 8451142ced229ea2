# SPDX-License-Identifier: Apache-2.0
"""The unikernel's own test programs as static musl programs on Linux: what they ask of the unikernel is what Linux does.

Time is counted in instructions (-icount), so a busy host changes nothing.
"""
import glob
import os
import re

import pytest
from machine import BUILD

# Where we are not Linux: docs/unikernel.md
OURS = ["memory_is_never_writable_and_executable", "a_sleep_of_nothing_yields", "what_is_promised_to_one_is_not_given_to_another"]
# Linux 6.12 keeps any number of free pages for each CPU, and does not count them.
COUNTING = ["memory_is_taken_when_touched_and_comes_back", "all_of_memory_can_be_used_up_and_the_system_lives",
            "ended_threads_leave_nothing_behind"]
# ISA -> kernel, QEMU, console and what else Linux has to be told, cases left out
LINUX = {
    "aarch64": ("linux/boot/vmlinuz-*", ["qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu", "cortex-a53", "-m", "192"],
                "console=ttyAMA0 cma=0", OURS),
    "x86_64": ("linux-x86_64/boot/vmlinuz-*", ["qemu-system-x86_64", "-M", "q35", "-cpu", "max,x2apic=off", "-m", "192"],
               "console=ttyS0", OURS),
    "riscv64": ("linux-riscv64/boot/vmlinux-*", ["qemu-system-riscv64", "-M", "virt", "-m", "512"],
                "console=ttyS0", OURS + COUNTING),
}

# A deed of apps/faults -> the signal that ends it. What the kernel takes as arguments of its first program is limited.
SIGNALS = {"read-null": 11, "write-code": 11, "run-data": 11, "undefined": 4, "stack": 11, "after-unmap": 11}


ISAS = pytest.mark.parametrize("isa", ["aarch64", pytest.param("x86_64", marks=pytest.mark.long), pytest.param("riscv64", marks=pytest.mark.long)])


@pytest.fixture
def linux_runs(start):
    """Linux that runs some of our programs one after the other."""
    def start_linux(isa, programs):
        pattern, qemu, words, _ = LINUX[isa]
        kernel, = glob.glob(os.path.join(BUILD, "third_party", pattern))
        return start(limit_s=600, command=[*qemu, "-smp", "2", "-icount", "shift=0,sleep=off", "-seed", "1", "-nodefaults", "-display",
                                           "none", "-no-reboot", "-serial", "stdio", "-kernel", kernel, "-initrd",
                                           os.path.join(BUILD, f"linux/{isa}.cpio"), "-append",
                                           f"{words} quiet panic=-1 rdinit=/init -- {programs}"])
    return start_linux


@ISAS
def test_linux_does_what_our_test_programs_ask(linux_runs, isa):
    left_out = LINUX[isa][3]
    faults = " , ".join(f"/faults {deed}" for deed in SIGNALS)
    vm = linux_runs(isa, f"{faults} , /posix_smoke {' '.join(left_out)} , /threading , /stress 2026 1")
    for signal in SIGNALS.values():
        vm.expect(f"init: /faults: signal {signal}\r+\n")
    vm.expect(r"done: \d+ tests, 0 failed\r+\n")
    assert sorted(re.findall(r"skip (\w+)", vm.before())) == sorted(left_out)
    vm.expect("init: /posix_smoke: exit status 0\r+\n")
    vm.expect("Task yielding tests run OK!\r+\n")
    vm.expect("init: /threading: exit status 0\r+\n")
    vm.expect("stress: seed 2026, .* all was right\r+\n")
    vm.expect("init: /stress: exit status 0\r+\n")
    assert vm.wait_end() == 0


# What is run in one boot, with arguments, and the cases that are left out there.
PROGRAMS = {"files": ["files", "devices"], "mapped": ["mapped"], "signals": ["signals"], "system": ["system there_is_nobody_but_root"],
            "waiting": ["waiting"]}


@pytest.mark.parametrize("programs", PROGRAMS.values(), ids=PROGRAMS.keys())
@ISAS
def test_linux_does_what_our_conformance_programs_ask(linux_runs, isa, programs):
    vm = linux_runs(isa, " , ".join("/" + program for program in programs))
    for program in programs:
        name, *left_out = program.split()
        vm.expect(r"done: \d+ tests, 0 failed\r+\n")
        assert re.findall(r"skip (\w+)", vm.before()) == left_out
        vm.expect(f"init: /{name}: exit status 0\r+\n")
    assert vm.wait_end() == 0


@ISAS
def test_linux_tells_a_program_without_children_the_same(linux_runs, isa):
    vm = linux_runs(isa, "/no_processes linux")
    vm.expect("init: /no_processes: exit status 0\r+\n")
    assert vm.wait_end() == 0
