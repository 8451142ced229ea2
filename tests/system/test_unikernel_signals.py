# SPDX-License-Identifier: Apache-2.0
"""Signals and interval timers of the unikernel: what POSIX programs expect of them, and how they end a program."""
import os

import pytest
from machine import BUILD, ROOT

OUT = os.path.join(BUILD, os.environ.get("COMPILER", "gcc"), "uk")
MACHINES = {
    "aarch64": ["qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu", "cortex-a53", "-semihosting"],
    "riscv64": ["qemu-system-riscv64", "-M", "virt"],
    "x86_64": ["qemu-system-x86_64", "-M", "microvm,acpi=off", "-cpu", "max"],
}


@pytest.fixture
def signals(start):
    def start_image(isa, arguments="", smp=1):
        return start(limit_s=300, command=[os.path.join(ROOT, "tools/uk_run.py"), "--", *MACHINES[isa], "-accel", "tcg,thread=single",
                                           "-m", "128", "-smp", str(smp), "-nodefaults", "-display", "none", "-no-reboot", "-kernel",
                                           os.path.join(OUT, isa, "signals", "signals.img"), "-append", arguments])
    return start_image


@pytest.mark.parametrize("smp", [1, 4])
@pytest.mark.parametrize("isa", MACHINES)
def test_signals_are_what_posix_programs_expect(signals, isa, smp):
    vm = signals(isa, smp=smp)
    vm.expect(r"done: \d+ tests, 0 failed\r+\n")
    assert vm.wait_end() == 0


@pytest.mark.parametrize("deed, signal", [("raise-15", 15), ("raise-9", 9), ("raise-64", 64), ("abort", 6), ("abort-handled", 6),
                                          ("alarm", 14), ("pipe", 13)])
@pytest.mark.parametrize("isa", MACHINES)
def test_a_signal_without_a_handler_ends_the_program(signals, isa, deed, signal):
    vm = signals(isa, deed)
    vm.expect(rf"\[main\] ended by signal {signal}\r+\n")
    assert vm.wait_end() == 128 + signal


@pytest.mark.parametrize("deed", ["raise-18", "raise-19", "raise-20"])
def test_nothing_stops_or_continues(signals, deed):
    assert signals("aarch64", deed).wait_end() == 3


@pytest.mark.parametrize("deed, report", [("blocked-fault", "null pointer: write of address 0x1"), ("no-stack", "stack overflow"),
                                          ("bad-stack", "a signal finds no stack for its handler")])
@pytest.mark.parametrize("isa", MACHINES)
def test_a_fault_that_no_handler_can_take_is_reported(signals, isa, deed, report):
    vm = signals(isa, deed)
    vm.expect(rf"FAULT in thread 100 \(main\): .*{report}")
    assert vm.wait_end() == 139
