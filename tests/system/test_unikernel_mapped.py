# SPDX-License-Identifier: Apache-2.0
"""Files in memory, and the calls on memory: what POSIX programs expect of them, and of an archive that a boot loader brings."""
import os
import subprocess

import pytest
from machine import BUILD, ROOT

OUT = os.path.join(BUILD, os.environ.get("COMPILER", "gcc"), "uk")
QEMU = {
    "aarch64": ["qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu", "cortex-a53", "-semihosting"],
    "riscv64": ["qemu-system-riscv64", "-M", "virt"],
    "x86_64": ["qemu-system-x86_64", "-M", "q35", "-cpu", "max"],
}
ISAS = pytest.mark.parametrize("isa", QEMU)


@pytest.fixture
def mapped(start):
    def start_image(isa, *more, smp=1):
        return start(limit_s=300, command=[os.path.join(ROOT, "tools/uk_run.py"), "--", *QEMU[isa], "-accel", "tcg,thread=single", "-m",
                                           "64", "-smp", str(smp), "-nodefaults", "-display", "none", "-no-reboot", "-kernel",
                                           os.path.join(OUT, isa, "mapped", "mapped.img"), *more])
    return start_image


@pytest.mark.parametrize("smp", [1, 4])
@ISAS
def test_mapped_files_are_what_posix_programs_expect(mapped, isa, smp):
    vm = mapped(isa, smp=smp)
    vm.expect(r"done: \d+ tests, 0 failed\r+\n")
    assert vm.wait_end() == 0


@ISAS
def test_what_the_boot_loader_brings_can_be_mapped(mapped, tmp_path, isa):
    (tmp_path / "bytes").write_bytes(bytes(i % 251 for i in range(10000)))
    with open(tmp_path / "initrd", "wb") as out:
        subprocess.run("echo bytes | cpio --quiet -o -H newc", shell=True, cwd=tmp_path, stdout=out, check=True)
    vm = mapped(isa, "-append", "initrd", "-initrd", str(tmp_path / "initrd"))
    vm.expect("the initrd can be mapped\r+\n")
    assert vm.wait_end() == 0
