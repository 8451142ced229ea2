# SPDX-License-Identifier: Apache-2.0
"""Files of the unikernel: what POSIX programs expect of them, and the archive that a boot loader brings."""
import os
import subprocess

import pytest
from machine import BUILD, ROOT

OUT = os.path.join(BUILD, os.environ.get("COMPILER", "gcc"), "uk")

# Name of the machine -> its ISA and how QEMU is started
MACHINES = {
    "aarch64": ("aarch64", ["qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu", "cortex-a53", "-semihosting"]),
    "riscv64": ("riscv64", ["qemu-system-riscv64", "-M", "virt"]),
    "q35": ("x86_64", ["qemu-system-x86_64", "-M", "q35", "-cpu", "max"]),
    "microvm": ("x86_64", ["qemu-system-x86_64", "-M", "microvm,acpi=off", "-cpu", "max"]),
}


@pytest.fixture
def files(start):
    def start_image(machine, arguments="", smp=1, initrd=None, program="files"):
        isa, qemu = MACHINES[machine]
        more = [] if initrd is None else ["-initrd", str(initrd)]
        return start(limit_s=300, command=[os.path.join(ROOT, "tools/uk_run.py"), "--", *qemu, "-accel", "tcg,thread=single", "-m", "64",
                                           "-smp", str(smp), "-nodefaults", "-display", "none", "-no-reboot", "-kernel",
                                           os.path.join(OUT, isa, program, program + ".img"), "-append", arguments, *more])
    return start_image


@pytest.fixture
def archive(tmp_path):
    """An archive as cpio makes it, of two names for a file, a symbolic link, and a file larger than a page table's reach."""
    content = tmp_path / "content"
    (content / "etc").mkdir(parents=True)
    (content / "etc/motd").write_text("hello from the initrd\n")
    (content / "link").symlink_to("etc/motd")
    (content / "one").write_text("two names")
    (content / "one").chmod(0o640)
    os.link(content / "one", content / "two")
    (content / "large").write_bytes(bytes(range(250)) * 4000)
    with open(tmp_path / "initrd", "wb") as out:
        subprocess.run("find . | cpio --quiet -o -H newc", shell=True, cwd=content, stdout=out, check=True)
    return tmp_path / "initrd"


# regression: uk 45, 46, 48
@pytest.mark.parametrize("smp", [1, 4])
@pytest.mark.parametrize("machine", ["aarch64", "riscv64", "q35"])
@pytest.mark.parametrize("program", ["files", "devices"])
def test_files_are_what_posix_programs_expect(files, machine, smp, program):
    vm = files(machine, smp=smp, program=program)
    vm.expect(r"done: \d+ tests, 0 failed\r+\n")
    assert vm.wait_end() == 0


# regression: uk 46, 48
@pytest.mark.parametrize("smp", [1, 4])
@pytest.mark.parametrize("machine", ["aarch64", "riscv64", "q35"])
def test_waiting_is_what_posix_programs_expect(files, machine, smp):
    vm = files(machine, smp=smp, program="waiting")
    vm.expect(r"done: \d+ tests, 0 failed\r+\n")
    assert vm.wait_end() == 0


@pytest.mark.parametrize("machine", MACHINES)
def test_what_the_boot_loader_brings_is_there(files, archive, machine):
    vm = files(machine, "initrd", initrd=archive)
    vm.expect("the initrd is there\r+\n")
    assert vm.wait_end() == 0


@pytest.mark.parametrize("machine", MACHINES)
def test_an_archive_that_was_cut_is_told_and_not_there(files, archive, machine):
    archive.write_bytes(archive.read_bytes()[:-600000])
    vm = files(machine, "initrd", initrd=archive)
    vm.expect(r"\[initrd\] cut off inside an entry\r+\n")
    assert vm.wait_end() == 1


@pytest.mark.parametrize("machine", ["aarch64", "riscv64", "q35"])
def test_what_is_typed_comes_as_the_terminal_is_set(files, machine):
    vm = files(machine, "keys", program="devices")
    vm.expect(r"secret\? ")
    vm.send("pssx\x7ft\r")
    assert vm.expect(r"(.*)\[5 bytes: psst\]\r+\n").group(1) == ""
    vm.expect(r"three keys\? ")
    vm.send("\x02q\r")
    assert vm.expect(r"(.*)\[3 bytes: 02 71 0d\]\r+\n").group(1) == ""
    vm.expect(r"line\? ")
    vm.send("seen\r")
    vm.expect(r"seen\r+\n\[5 bytes: seen\]\r+\n")
    assert vm.wait_end() == 0


@pytest.mark.parametrize("smp", [1, 4])
@pytest.mark.parametrize("machine", ["aarch64", "riscv64", "q35"])
def test_the_keyboard_is_waited_for_as_other_files(files, machine, smp):
    vm = files(machine, "console", smp=smp, program="waiting")
    for asked, keys in [("line", "linx\x7fé\x7fe\x7f\x7fneé\r"), ("half", "half"), ("rest", "rest\r"), ("epoll", "yes\r"),
                        ("end", "\x04"), ("key", "k"), ("one of two", "1"), ("two", "2"), ("last", "last\r")]:
        vm.expect(asked + r"\? ")
        vm.send(keys)
    vm.expect(r"done: 6 tests, 0 failed\r+\n")
    assert vm.wait_end() == 0
