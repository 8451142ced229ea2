# SPDX-License-Identifier: Apache-2.0
"""The variables of make APP=...: what they do, and one line for values that make no sense."""
import os
import re
import signal
import subprocess
import time

import pytest
from machine import ROOT, Slot
from test_unikernel import OUT, make

HANG_S = 120
ISAS = ["aarch64", "riscv64", "x86_64"]
# ARCH, MACHINE -> what QEMU is started as
MACHINES = {
    ("aarch64", "qemu"): "qemu-system-aarch64 -M virt,gic-version=2 ",
    ("riscv64", "qemu"): "qemu-system-riscv64 -M virt ",
    ("x86_64", "microvm"): "qemu-system-x86_64 -M microvm ",
    ("x86_64", "pc"): "qemu-system-x86_64 -M pc ",
    ("x86_64", "q35"): "qemu-system-x86_64 -M q35 ",
    ("x86_64", "qemu"): "qemu-system-x86_64 -M microvm,acpi=off ",
}


@pytest.mark.alone
@pytest.mark.parametrize("words,message", [
    (["SMP=0"], "SMP=0 is no number of CPUs"),
    (["SMP=two"], "SMP=two is no number of CPUs"),
    (["MEM=64M"], "MEM=64M is no number of MiB"),
    (["MEM="], "MEM= is no number of MiB"),
    (["GIC=4"], "GIC=4 is not supported; there are: 2 3"),
    (["EL=3"], "EL=3 is not supported; there are: 1 2"),
    (["LOG=loud"], "LOG=loud is not supported; there are: error warn info debug"),
    (["ARCH=aarch64", "MACHINE=pc"], "MACHINE=pc is not supported for aarch64; there is: qemu"),
    (["FEATURES=shell warp"], "unknown feature warp; there are: fs posix shell symbols unwind"),
])
def test_a_value_that_makes_no_sense_is_refused_in_one_line(words, message):
    status, output = make("APP=hello_world", *words, "run")
    assert status == 2
    assert message in output and len(output.splitlines()) == 1


# regression: uk 74
@pytest.mark.alone
@pytest.mark.parametrize("isa,machine", [pytest.param(*key, id="-".join(key)) for key in MACHINES])
def test_each_machine_runs_as_asked_and_its_status_reaches_make(isa, machine):
    status, output = make("V=1", f"ARCH={isa}", f"MACHINE={machine}", "APP=exit_status", "FEATURES=", "ARGS=3", "SMP=2", "MEM=64", "LOG=debug",
                          "run")
    assert MACHINES[isa, machine] in output
    assert re.search(r"\]\[D\]\[core 0\]\[boot\] 6[0-4] MiB, 2 CPUs, a clock of \d+ Hz\n", output)
    assert status == 2 and "Error 3" in output


@pytest.mark.alone
def test_log_says_how_much_the_kernel_tells():
    told = {level: make("APP=exit_status", "FEATURES=", "ARGS=0", "SMP=2", "MEM=64", f"LOG={level}", "run")[1]
            for level in ("debug", "info")}
    assert re.search(r"\]\[D\]\[core 0\]\[boot\] 6[0-4] MiB, 2 CPUs, a clock of \d+ Hz\n", told["debug"])
    assert "[boot]" not in told["info"]


@pytest.mark.alone
@pytest.mark.parametrize("isa", ISAS)
def test_size_tells_what_each_feature_costs(isa):
    status, output = make(f"ARCH={isa}", "APP=hello_world", "size")
    added = {features: int(n) for n, features in re.findall(r"^ *\d+ +\d+ +(\d+)  (.+)$", output, re.MULTILINE)}
    assert status == 0 and set(added) == {"none", "fs", "posix", "shell", "symbols", "unwind", "shell+symbols"}
    assert added["none"] == 0 and all(n > 0 for features, n in added.items() if features != "none")
    assert added["posix"] == added["fs"], "it can tell of no signals"


@pytest.mark.alone
@pytest.mark.parametrize("isa", ISAS)
def test_make_run_gives_each_isa_s_shell_what_a_script_types(isa):
    status, output = make(f"ARCH={isa}", "APP=hello_world", "run", typed="ps\n")
    assert status == 0
    assert "Hello from Unishyper 💗\n" in output
    assert output.index(" [ TID] STATUS PRI NAME") < output.index("shutdown\n")


@pytest.mark.alone
@pytest.mark.parametrize("isa", ISAS)
def test_make_debug_waits_for_the_gdb_it_names_and_ends_with_main(isa):
    clean = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    words = [f"ARCH={isa}", "APP=exit_status", "FEATURES=", "ARGS=3"]
    assert make(*words, "uk-build")[0] == 0
    slot = Slot()
    machine = subprocess.Popen(["timeout", "-k", "2", str(HANG_S), "make", *words, "debug"], cwd=ROOT, env=clean, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        told, command = machine.stdout.readline().strip().split(": ", 1)
        assert told == "waiting for a debugger"
        # It may be there before QEMU listens.
        command = command.replace(" ", f" -q -ex 'set tcp connect-timeout {HANG_S}' ", 1)
        gdb = subprocess.run(["timeout", "-k", "2", str(HANG_S), "sh", "-c", command], cwd=ROOT, check=False, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True,
                             input="uk threads\nhbreak main\ncontinue\nuk threads\ndelete\ncontinue\n").stdout
        output = machine.stdout.read()
        assert gdb.index("there are no threads yet") < gdb.index("main (argc=2") < gdb.index("100  main"), gdb
        assert machine.wait() == 2 and "Error 3" in output and "halted" not in output
    finally:
        machine.terminate()
        machine.communicate()
        slot.release()


def runs(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(") ", 1)[1][0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("options", [[], ["--shell"]])
def test_whatever_ends_the_tool_leaves_no_machine_behind(options):
    slot = Slot()
    command = [os.path.join(ROOT, "tools/uk_run.py"), *options, "--", "qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-m",
               "64", "-nodefaults", "-display", "none", "-kernel", os.path.join(OUT, "hello/hello_world.img")]
    tool, machine = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE), None
    try:
        while b"Type 'help'" not in tool.stdout.readline():
            assert tool.poll() is None
        with open(f"/proc/{tool.pid}/task/{tool.pid}/children", encoding="utf-8") as file:
            machine, = map(int, file.read().split())
        tool.kill()
        deadline = time.monotonic() + HANG_S
        while runs(machine):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        tool.kill()
        if machine is not None and runs(machine):
            os.kill(machine, signal.SIGKILL)
        tool.wait()
        slot.release()


def calls_in(isa, image):
    """The system calls an image has."""
    names = subprocess.run([f"{isa}-linux-gnu-nm", os.path.join(os.path.dirname(OUT), isa, image)], check=True, capture_output=True, text=True).stdout
    return set(re.findall(r" __uk_sys_(\w+)$", names, re.MULTILINE))


@pytest.mark.parametrize("isa", ["aarch64", "riscv64", "x86_64"])
def test_an_image_has_the_calls_that_its_program_can_make_and_no_other(isa):
    """Each program that runs shows that none is missing; one that makes calls by number has all there are."""
    hello, smoke, every = (calls_in(isa, image) for image in ("hello-bare/hello_world.elf", "smoke/posix_smoke.elf", "every_call/every_call.elf"))
    assert {"writev", "exit_group"} <= hello < every
    assert not {"sched_setparam", "clock_nanosleep", "mprotect"} & hello
    assert {"sched_setparam", "clock_nanosleep", "mprotect"} <= smoke
    assert {"openat", "getdents64", "rt_sigaction", "prlimit64"} <= every
