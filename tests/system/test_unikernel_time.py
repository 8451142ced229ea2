# SPDX-License-Identifier: Apache-2.0
"""The unikernel's time: against a watch of ours, and how late the most urgent thread is, in instructions (apps/timing)."""
import re
import time

import pytest
from test_unikernel_isa import EVERY_ISA, boot

SECONDS = 6
MACHINES = [("aarch64", None), ("riscv64", "plic"), ("x86_64", "microvm"), ("x86_64", "q35"), ("x86_64", "pc")]
BOUND = 200000          # docs/unikernel.md states it


# regression: uk 21
@pytest.mark.parametrize("isa,machine", MACHINES)
def test_clocks_are_right_within_one_percent(start, isa, machine):
    """What a line is late is the host's; the least of many is compared at the beginning and at the end."""
    vm = start(limit_s=120, command=boot(isa, "timing", f"clock {SECONDS}", machine=machine))
    late = {"monotonic": [], "wall": []}
    for _ in range(SECONDS * 20):
        told = vm.expect(r"clocks (\d+) (\d+)\r+\n")
        now = time.monotonic_ns()
        for clock, ns in zip(late, told.groups()):
            late[clock].append(now - int(ns))
    assert vm.wait_end() == 0
    for clock, values in late.items():
        third = len(values) // 3
        drift = min(values[-third:]) - min(values[:third])
        assert abs(drift) < 0.01 * SECONDS * 1e9 * 2 / 3, clock


# regression: uk 20, 27, 28
@EVERY_ISA
def test_the_most_urgent_thread_waits_for_nobody(start, isa):
    vm = start(limit_s=120, command=boot(isa, "timing", "bound", counted=True))
    worst = vm.expect(r"worst: sleep (\d+), call (\d+), lock (\d+) of which (\d+) are its owner's\r+\n")
    slept, called, locked, owned = map(int, worst.groups())
    assert vm.wait_end() == 0
    assert slept < BOUND and called < BOUND and locked - owned < BOUND
