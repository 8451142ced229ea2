# SPDX-License-Identifier: Apache-2.0
"""The unikernel's own test programs as static musl programs on Linux: what they ask of the unikernel is what Linux does.

Time is counted in instructions (-icount), so a busy host changes nothing.
"""
import glob
import os
import re

import pytest
from machine import BUILD

# ISA -> kernel, QEMU, console and what else Linux has to be told
LINUX = {
    "aarch64": ("linux/boot/vmlinuz-*", ["qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu", "cortex-a53"], "console=ttyAMA0 cma=0"),
    "x86_64": ("linux-x86_64/boot/vmlinuz-*", ["qemu-system-x86_64", "-M", "q35", "-cpu", "max,x2apic=off"], "console=ttyS0"),
    "riscv64": ("linux-riscv64/boot/vmlinux-*", ["qemu-system-riscv64", "-M", "virt"], "console=ttyS0"),
}
# Where we are not Linux: docs/unikernel.md
LEFT_OUT = "memory_is_never_writable_and_executable a_sleep_of_nothing_yields"


@pytest.mark.parametrize("isa", ["aarch64", pytest.param("x86_64", marks=pytest.mark.long), pytest.param("riscv64", marks=pytest.mark.long)])
def test_linux_does_what_our_test_programs_ask(start, isa):
    pattern, qemu, words = LINUX[isa]
    kernel, = glob.glob(os.path.join(BUILD, "third_party", pattern))
    programs = f"/posix_smoke {LEFT_OUT} , /threading , /stress 2026 1"
    vm = start(limit_s=600, command=[*qemu, "-smp", "2", "-m", "192", "-icount", "shift=0,sleep=off", "-seed", "1", "-nodefaults", "-display",
                                     "none", "-no-reboot", "-serial", "stdio", "-kernel", kernel, "-initrd",
                                     os.path.join(BUILD, f"linux/{isa}.cpio"), "-append",
                                     f"{words} quiet panic=-1 rdinit=/init -- {programs}"])
    vm.expect(r"done: \d+ tests, 0 failed\r+\n")
    assert sorted(re.findall(r"skip (\w+)", vm.before())) == sorted(LEFT_OUT.split())
    vm.expect("init: /posix_smoke: exit status 0\r+\n")
    vm.expect("Task yielding tests run OK!\r+\n")
    vm.expect("init: /threading: exit status 0\r+\n")
    vm.expect("stress: seed 2026, .* all was right\r+\n")
    vm.expect("init: /stress: exit status 0\r+\n")
    assert vm.wait_end() == 0
