# SPDX-License-Identifier: Apache-2.0
"""The unikernel as a boot-time guest of Shyper, without a management VM: the same images as on the bare machine."""
import json
import os
import re
import subprocess

import pytest
from machine import BUILD
from test_unikernel import BLAMED, FAULTS, SOME_FAULTS
from test_unikernel_files import archive  # noqa: F401

OUT = os.path.join(BUILD, os.environ.get("COMPILER", "gcc"))
SHELL = "☻ SHELL➜ "


@pytest.fixture
def guests(start, tmp_path):
    """guests({name: (image, settings)}, ...) starts Shyper with these VMs. A settings' "cmdline" is the boot arguments."""
    def start_guests(vms, gic=3, cpu="cortex-a57", smp=1, limit_s=180, qemu=()):
        command = [os.path.join(OUT, "tools/pack"), "-o", str(tmp_path / "bundle")]
        for name, (image, settings) in vms.items():
            profile = {"name": name, "kernel": os.path.join(OUT, "uk/aarch64", image + ".img"), **settings}
            path = tmp_path / (name + ".json")
            path.write_text(json.dumps(profile))
            command += ["--vm", str(path)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return start(kernel=os.path.join(OUT, "hypervisor/shyper.bin"), initrd=str(tmp_path / "bundle"), el=2, gic=gic,
                     cpu=cpu, smp=smp, mem=512, limit_s=limit_s, qemu=qemu)
    return start_guests


@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("cpu", ["cortex-a53", "cortex-a57", "cortex-a72", "max"])
def test_says_hello_knows_where_it_is_and_ends(guests, gic, cpu):
    machine = guests({"hello": ("hello-bare/hello_world", {})}, gic=gic, cpu=cpu)
    machine.expect(r"\[hello\] Running on Shyper, VM 1\r+\n")
    machine.expect(r"\[hello\] Hello from Unishyper 💗\r+\n")
    machine.expect("hello exited with status 0")
    assert machine.wait_end() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_exit_status_reaches_the_hypervisor(guests, gic):
    machine = guests({"st": ("exit_status/exit_status", {"cmdline": "42"})}, gic=gic)
    machine.expect("st exited with status 42")
    assert machine.wait_end() == 0


@pytest.mark.parametrize("gic,memory", [(2, "64M"), (3, "64M"), (3, "128M")])
def test_is_what_posix_programs_expect(guests, gic, memory):
    # A guest has no wall clock.
    machine = guests({"smoke": ("smoke/posix_smoke", {"memory": memory, "cmdline": "the_wall_clock_is_set"})}, gic=gic)
    machine.expect(r"done: \d+ tests, 0 failed\r+\n")
    machine.expect("smoke exited with status 0")
    assert machine.wait_end() == 0


@pytest.mark.parametrize("gic,cpus", [(3, 4), pytest.param(2, 1, marks=pytest.mark.long)])
def test_files_are_what_posix_programs_expect_in_a_guest_too(guests, gic, cpus):
    machine = guests({name: (f"{name}/{name}", {"memory": "64M", "cpus": cpus}) for name in ("files", "devices")}, gic=gic, smp=2, limit_s=300,
                     qemu=["-accel", "tcg,thread=single"])
    ended = set()
    for _ in range(2):
        match = machine.expect(r"(files|devices) exited with status (\d+)")
        assert match.group(2) == "0"
        ended.add(match.group(1))
    assert ended == {"files", "devices"}
    assert machine.wait_end() == 0


def test_a_guest_s_ramdisk_is_at_initrd(guests, archive):  # noqa: F811
    machine = guests({"files": ("files/files", {"memory": "64M", "cmdline": "initrd", "ramdisk": str(archive)})})
    machine.expect(r"\[files\] the initrd is there\r+\n")
    machine.expect("files exited with status 0")
    assert machine.wait_end() == 0


# regression: uk 29
@pytest.mark.parametrize("gic,cpus", [(2, 2), (3, 4), pytest.param(2, 4, marks=pytest.mark.long),
                                      pytest.param(3, 2, marks=pytest.mark.long)])
def test_posix_programs_find_the_same_on_several_virtual_cpus(guests, gic, cpus):
    machine = guests({"smoke": ("smoke/posix_smoke", {"memory": "64M", "cpus": cpus, "cmdline": "the_wall_clock_is_set"})}, gic=gic, smp=2,
                     limit_s=300, qemu=["-accel", "tcg,thread=single"])
    machine.expect(r"done: \d+ tests, 0 failed\r+\n")
    assert "does not start" not in machine.before()
    machine.expect("smoke exited with status 0")
    assert machine.wait_end() == 0


@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("cpus", [2, 4])
def test_runs_on_several_virtual_cpus(guests, gic, cpus):
    machine = guests({"threads": ("threading/threading", {"memory": "64M", "cpus": cpus})}, gic=gic, smp=2)
    machine.expect("Task yielding tests run OK!")
    assert "does not start" not in machine.before()
    machine.expect("threads exited with status 0")
    assert machine.wait_end() == 0


def test_two_guests_side_by_side(guests):
    machine = guests({"one": ("smoke/posix_smoke", {"memory": "64M", "cmdline": "the_wall_clock_is_set"}),
                      "two": ("threading/threading", {"memory": "64M"})}, smp=1)
    wanted = [r"one exited with status (\d+)", r"two exited with status (\d+)"]
    for _ in range(2):
        match = machine.expect(wanted)
        assert match.group(1) == "0"
        wanted = [w for w in wanted if not w.startswith(match.group(0)[:3])]
    assert machine.wait_end() == 0


def test_a_fault_ends_the_guest_with_a_report(guests):
    machine = guests({"bad": ("faults/faults", {"cmdline": "read-null"})})
    machine.expect(r"\[bad\] FAULT in thread 100 \(main\): null pointer: read of address 0x0")
    machine.expect(r"read_null\+0x")
    machine.expect("bad exited with status 139")
    assert machine.wait_end() == 0


@pytest.mark.parametrize("deed", SOME_FAULTS)
def test_a_fault_of_a_thread_ends_that_thread_alone(guests, deed):
    machine = guests({"bad": ("faults/faults", {"cmdline": deed + " thread"})})
    machine.expect(r"\[bad\] FAULT in thread 101 \(system-thread\): " + FAULTS[deed] + "\r+\n")
    machine.expect(BLAMED.get(deed, "in_thread") + r"\+0x")
    machine.expect("joined: the thread was ended")
    machine.expect("bad exited with status 3")
    assert machine.wait_end() == 0


def test_a_fault_in_the_kernel_s_half_ends_the_guest(guests):
    machine = guests({"bad": ("faults/faults", {"cmdline": "run-kernel-data"})})
    machine.expect(r"\[bad\] FAULT in thread 100 \(main\), in the kernel: execution of address 0x[0-9a-f]{16}: not allowed there\r+\n")
    machine.expect(r"call_at\+0x")
    machine.expect("bad exited with status 70")
    assert machine.wait_end() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_shell_on_the_guest_s_console(guests, gic):
    machine = guests({"hello": ("hello/hello_world", {})}, gic=gic)
    for command, answer in (("ps", r"Running +KERNEL +terminal"), ("free", "heap: +total"), ("help", "command|-- show"),
                            ("nonsense", "command not found: \"nonsense\"")):
        machine.expect(re.escape(SHELL))
        machine.send(command + "\r")
        machine.expect(answer)
    machine.expect(re.escape(SHELL))
    machine.send("shutdown\r")
    machine.expect("hello exited with status 0")
    assert machine.wait_end() == 0


def test_reboot_from_the_shell_starts_the_guest_afresh(guests):
    machine = guests({"hello": ("hello/hello_world", {})})
    for _ in range(2):
        machine.expect("Type 'help'")
        machine.expect(re.escape(SHELL))
        machine.send("reboot\r")
        machine.expect("hello asked for a reset")
    machine.expect("Type 'help'")
    machine.expect(re.escape(SHELL))
    machine.send("shutdown\r")
    machine.expect("hello exited with status 0")
    assert machine.wait_end() == 0
