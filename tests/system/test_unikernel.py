# SPDX-License-Identifier: Apache-2.0
"""The unikernel on a bare machine: every way in, what a POSIX program may expect, the shell, faults and the exit status."""
import os
import re
import subprocess

import pytest
from machine import BUILD, ROOT, Slot

OUT = os.path.join(BUILD, os.environ.get("COMPILER", "gcc"), "uk/aarch64")
SHELL = "☻ SHELL➜ "
MACHINES = [(gic, el) for gic in (2, 3) for el in (1, 2)]


@pytest.fixture
def uk(start):
    """uk(image, arguments, ...) starts an image: 60 seconds without end find a hang, semihosting brings the exit status."""
    def start_image(image, arguments="", mem=64, cpu="cortex-a53", gic=3, el=1, smp=1, limit_s=180,
                    qemu=()):
        folder = os.path.join(OUT, image)
        kernel, = [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".img")]
        return start(kernel=kernel, append=arguments, mem=mem, cpu=cpu, gic=gic, el=el, smp=smp, limit_s=limit_s,
                     qemu=["-semihosting", *qemu])
    return start_image


@pytest.mark.parametrize("cpu", ["cortex-a53", "cortex-a57", "cortex-a72", "max"])
@pytest.mark.parametrize("gic,el", MACHINES)
def test_says_hello_and_ends_with_status_0(uk, cpu, gic, el):
    machine = uk("hello-bare", cpu=cpu, gic=gic, el=el)
    machine.expect("Hello from Unishyper 💗\r+\n")
    assert machine.wait_end() == 0


@pytest.mark.parametrize("mem", [16, 64, 128, 2048, 8192])
def test_takes_memory_of_any_size_from_the_tree(uk, mem):
    machine = uk("hello-bare", mem=mem)
    machine.expect("Hello from Unishyper 💗\r+\n")
    assert machine.wait_end() == 0


@pytest.mark.parametrize("gic,el", MACHINES)
@pytest.mark.parametrize("mem", [64, 128])
def test_is_what_posix_programs_expect(uk, gic, el, mem):
    machine = uk("smoke", gic=gic, el=el, mem=mem, limit_s=300)
    machine.expect(r"done: \d+ tests, 0 failed\r+\n")
    assert "nobody handles" not in machine.before()
    assert machine.wait_end() == 0


# regression: uk 29
@pytest.mark.parametrize("gic,el", MACHINES)
@pytest.mark.parametrize("smp", [2, 4])
def test_posix_programs_find_the_same_on_several_cpus(uk, gic, el, smp):
    machine = uk("smoke", gic=gic, el=el, smp=smp, limit_s=300, qemu=["-accel", "tcg,thread=single"])
    machine.expect(r"done: \d+ tests, 0 failed\r+\n")
    assert machine.wait_end() == 0


# What hands work from CPU to CPU, or makes all CPUs forget translations, thousands of times waits for the host's scheduler each
# time when CPUs are threads of the host. One thread of the host for all of them does not wait.
WAITS_FOR_THE_HOST = " ".join(["condition_variables_pass_the_turn", "ended_threads_leave_nothing_behind", "ending_and_joining_race",
                               "sleepers_until_the_same_moment_all_wake"])


@pytest.mark.parametrize("smp", [2, 4])
def test_several_cpus_at_once(uk, smp):
    machine = uk("smoke", WAITS_FOR_THE_HOST, smp=smp, limit_s=300)
    machine.expect(r"done: \d+ tests, 0 failed\r+\n")
    assert machine.wait_end() == 0


# regression: uk 24
@pytest.mark.parametrize("smp", [1, 2, 4])
def test_a_killed_thread_leaves_no_lock_taken(uk, smp):
    machine = uk("killing", smp=smp)
    machine.expect("all were killed\r+\n")
    assert machine.wait_end() == 0


def test_main_is_killed_where_its_stack_ends_at_a_page(uk):
    assert uk("killing", "main").wait_end() == 137


def functions(isa, path):
    """Code in a file, as (address, name)."""
    told = subprocess.run([f"{isa}-linux-gnu-nm", os.path.join(os.path.dirname(OUT), isa, "killing", path)], check=True,
                          capture_output=True, text=True).stdout
    return [(int(at, 16), name) for at, name in re.findall(r"^([0-9a-f]+) [tTwW] (.+)$", told, re.MULTILINE)]


# regression: uk 24
@pytest.mark.parametrize("isa", ["aarch64", "riscv64", "x86_64"])
def test_only_the_application_s_code_counts_as_its_own(isa):
    """A kill takes effect there at once. On its ways from libc to the kernel the linker adds code (aarch64's veneers)."""
    found = functions(isa, "killing.elf")
    begin, end = (next(at for at, name in found if name == mark) for mark in ("__text", "__libc_text"))
    inside = {name for at, name in found if begin <= at < end} - {"__text"}
    assert "make_threads" in inside
    own = ("main", "anywhere", "locks", "stdio")
    assert inside <= {name for part in own for _, name in functions(isa, f"apps/killing/{part}.o")}


# regression: uk 31
@pytest.mark.parametrize("smp", [1, 2, 4])
def test_everything_at_random(uk, smp):
    seconds = {1: 3, 2: 6, 4: 20}[smp]
    machine = uk("stress", f"2026 {seconds}", smp=smp, qemu=["-accel", "tcg,thread=single"])
    machine.expect(r"stress: seed 2026, \d+ steps, all was right\r+\n")
    assert machine.wait_end() == 0


# regression: uk 29
@pytest.mark.parametrize("smp", [1, 2, 4])
@pytest.mark.parametrize("gic,el", MACHINES)
def test_runs_a_hundred_threads(uk, gic, el, smp):
    machine = uk("threading", gic=gic, el=el, smp=smp)
    machine.expect("Task yielding tests run OK!\r+\n")
    tasks = re.findall(r"Hello, task (\d+)! id = Tid\((\d+)\)", machine.before())
    assert sorted(int(task) for task, _ in tasks) == list(range(100))
    assert len({tid for _, tid in tasks}) == 100
    assert machine.wait_end() == 0


@pytest.mark.parametrize("gic,cpus", [(2, 8), (3, 9)])
def test_uses_eight_cpus_at_most(uk, gic, cpus):
    machine = uk("threading", gic=gic, smp=cpus)
    if cpus > 8:
        machine.expect(r"9 CPUs: 8 of them are used\r+\n")
    machine.expect("Task yielding tests run OK!\r+\n")
    assert "does not start" not in machine.before()
    assert machine.wait_end() == 0


@pytest.mark.parametrize("el", [1, 2])
@pytest.mark.parametrize("status", [0, 1, 42, 255])
def test_exit_status_reaches_the_caller(uk, status, el):
    assert uk("exit_status", str(status), el=el).wait_end() == status


def test_without_semihosting_the_machine_powers_off(start):
    machine = start(kernel=os.path.join(OUT, "exit_status/exit_status.img"), append="7", mem=64, cpu="cortex-a53",
                    gic=3, el=1, smp=1, limit_s=60)
    assert machine.wait_end() == 0


def test_arguments_are_split_like_a_shell_does(uk):
    assert uk("exit_status", "'0x1'1 \"ignored words\"").wait_end() == 0x11
    assert uk("exit_status").wait_end() == 2


FAULTS = {
    "read-null": "null pointer: read of address 0x0",
    "write-code": "write of address 0x[0-9a-f]+: not allowed there",
    "write-constant": "write of address 0x[0-9a-f]+: not allowed there",
    "write-kernel": "write of address 0xffffffff80001000: not allowed there",
    "write-linear": "write of address 0xffffff8040201000: not allowed there",
    "run-data": "execution of address 0x[0-9a-f]+: not allowed there",
    "run-stack": "execution of address 0x[0-9a-f]+: not allowed there",
    "run-heap": "execution of address 0x[0-9a-f]+: not[^\r]*",
    "undefined": "undefined instruction",
    "svc": "svc instruction[^\r]*",
    "stack": "stack overflow, write of address 0x[0-9a-f]+: nothing is mapped there",
    "stack-in-call": "stack overflow, read of address 0x[0-9a-f]+: nothing is mapped there",
    "nowhere": "execution of address 0x12345000: nothing is mapped there",
    "after-unmap": "read of address 0x[0-9a-f]+: nothing is mapped there",
    "misaligned": "read of address 0x[0-9a-f]+: misaligned",
    "masked": "write of address 0x[0-9a-f]+: nothing is mapped there",
    "memory": "out of memory, write of address 0x[0-9a-f]+: nothing is mapped there",
}
# The function whose name the backtrace has to show.
BLAMED = {"stack": "overflow", "stack-in-call": "call_deeper", "undefined": "undefined", "svc": "system_call", "read-null": "read_null",
          "after-unmap": "after_unmap"}
# What is given to free, and what it says
WRONG_FREES = {"free-twice": "free: this memory has been freed before", "free-inside": "free: this is no pointer from malloc",
               "free-data": "free: this is no pointer from malloc"}


# regression: uk 4, 5, 11, 13, 14
@pytest.mark.parametrize("deed", FAULTS)
def test_fault_of_main_is_reported_once_and_ends_the_system(uk, deed):
    machine = uk("faults", deed)
    machine.expect(r"FAULT in thread 100 \(main\): " + FAULTS[deed] + "\r+\n")
    machine.expect("backtrace:")
    machine.expect(BLAMED.get(deed, "main") + r"\+0x")
    assert machine.wait_end() == 139
    assert "FAULT" not in machine.before()


# regression: uk 4, 5, 13, 14
@pytest.mark.parametrize("deed", FAULTS)
def test_fault_of_a_thread_ends_that_thread_alone(uk, deed):
    machine = uk("faults", deed + " thread")
    machine.expect(r"FAULT in thread 101 \(system-thread\): " + FAULTS[deed] + "\r+\n")
    machine.expect(f"cleanup of {deed} ran")
    machine.expect("joined: the thread was ended")
    assert machine.wait_end() == 3


# Where the kernel's half may not be executed, and why: the kernel itself would have done it, so nothing can go on.
RUN_IN_KERNEL = {"run-kernel-data": "not allowed there", "run-kernel-bss": "not allowed there", "run-kernel-constants": "not allowed there",
                 "run-linear": "not allowed there", "high": "nothing is mapped there"}


def end_by_kernel_fault(machine, deed, thread=r"101 \(system-thread\)"):
    machine.expect(rf"FAULT in thread {thread}, in the kernel: execution of address 0xffff[0-9a-f]{{12}}: {RUN_IN_KERNEL[deed]}\r+\n")
    machine.expect(r"backtrace:\r+\n +0xffff[0-9a-f]{12}\r+\n +0x[0-9a-f]+ call_at\+0x[^☻]*The system ends: this fault cannot be confined")
    assert machine.wait_end() == 70


# regression: uk 13
@pytest.mark.parametrize("deed", RUN_IN_KERNEL)
def test_execution_in_the_kernel_s_half_ends_the_system(uk, deed):
    end_by_kernel_fault(uk("faults", deed + " thread"), deed)


def test_a_jump_of_main_into_the_kernel_s_half_ends_the_system(uk):
    end_by_kernel_fault(uk("faults", "high"), "high", r"100 \(main\)")


# regression: uk 18
@pytest.mark.parametrize("deed", WRONG_FREES)
def test_a_wrong_free_is_told_and_ends_the_thread(uk, deed):
    machine = uk("faults", deed + " thread")
    machine.expect(WRONG_FREES[deed] + r"\r+\n")
    machine.expect(r"FAULT in thread 101 \(system-thread\): [^\r]*")
    machine.expect(r"free\+0x[^☻]*in_thread\+0x")
    machine.expect("joined: the thread was ended")
    assert machine.wait_end() == 3


def test_a_division_by_zero_gives_zero(uk):
    machine = uk("faults", "divide")
    machine.expect(r"7 / 0 = 0\r+\n")
    assert machine.wait_end() == 1


# regression: uk 23
def test_joining_twice_is_found(uk):
    uk("faults", "join-twice thread").expect(r"joining again: error [1-9]|FAULT in thread 101 \(system-thread\)")


# regression: uk 10, 16
@pytest.mark.parametrize("deed", ["threads", "stacks"])
def test_threads_and_stacks_can_be_used_up(uk, deed):
    """The one that asks is told, and goes on."""
    machine = uk("faults", deed)
    machine.expect(r"\d{2,} threads, then error 11\r+\none less, then error 0\r+\n")
    assert machine.wait_end() == 1


def test_a_thread_that_ends_on_the_last_of_its_stack_is_joined(uk):
    """Wherever the end of the stack is met in the end of a thread: a few faults, and all are joined."""
    machine = uk("faults", "end-late")
    faults = int(machine.expect(r"128 threads ended, (\d+) of them with a fault\r+\n").group(1))
    assert 0 < faults < 128
    assert machine.wait_end() == 1


def test_data_larger_than_memory_need_not_all_be_used(uk):
    machine = uk("sparse")
    machine.expect(r"\[memory\] \d+ KiB of data are more than there is memory: not all can be used\r+\n")
    machine.expect(r"16 of 16, and the end\r+\n")
    assert machine.wait_end() == 0


# regression: uk 2
def test_what_nothing_is_kept_from_finds_its_state_unchanged(uk):
    machine = uk("bare")
    machine.expect(r"done: all of it held\r+\n")
    assert machine.wait_end() == 0


def end_by_signal(machine, deed):
    if deed == "assert":
        machine.expect(r"Assertion failed: enough == 7 \([^\r]*: claim: \d+\)\r+\n")
    machine.expect(r"ended by signal 6\r+\n")
    assert machine.wait_end() == 128 + 6


# regression: uk 10
@pytest.mark.parametrize("deed", ["abort", "assert"])
def test_a_signal_is_told_and_gives_the_status(uk, deed):
    end_by_signal(uk("faults", deed), deed)


# Which faults are looked at again where only the way to the report differs
SOME_FAULTS = ["read-null", "run-data", "undefined", "stack", "nowhere", "misaligned"]


@pytest.mark.parametrize("deed", SOME_FAULTS)
def test_faults_are_the_same_when_entered_at_el2(uk, deed):
    machine = uk("faults", deed + " thread", el=2)
    machine.expect(r"FAULT in thread 101 \(system-thread\): " + FAULTS[deed] + "\r+\n")
    machine.expect(r"backtrace:\r+\n[^☻]*" + BLAMED.get(deed, "in_thread") + r"\+0x")
    machine.expect("joined: the thread was ended")
    assert machine.wait_end() == 3


class Terminal:
    """The shell's side of a machine."""

    def __init__(self, machine):
        self.machine = machine
        # The first prompt may have gone by among other output: ask for one that cannot be mistaken.
        machine.send("hello?\r")
        machine.expect('command not found: "hello[?]"')
        machine.expect(re.escape(SHELL))

    def __call__(self, command):
        """Type a command; return the lines it printed."""
        self.machine.send(command + "\r")
        self.machine.expect(re.escape(command) + "\r+\n")
        self.machine.expect(re.escape(SHELL))
        return re.sub("\r+\n", "\n", self.machine.before()).splitlines()


@pytest.mark.parametrize("gic", [2, 3])
def test_shell_transcript(uk, gic):
    machine = uk("hello", gic=gic)
    # main and the shell start side by side; on a busy host either may be first.
    missing = ["Hello from Unishyper 💗\r+\n", "Welcome to unishyper ...\r+\nNo FS support\r+\n[^\r]*help[^\r]*\r+\n"]
    while missing:
        machine.expect(missing)
        del missing[machine.child.match_index]
    shell = Terminal(machine)
    lines = shell("help")
    commands = [line.split()[0] for line in lines if " -- " in line]
    assert commands[:8] == ["cat", "free", "kill", "ls", "mkdir", "ps", "run", "help"]
    assert len({line.index(" -- ") for line in lines if " -- " in line}) == 1
    assert lines[3] == ""
    rows = shell("ps")
    assert rows[0] == " [ TID] STATUS PRI NAME"
    assert any(re.fullmatch(r" \[ +\d+\] Running +KERNEL +terminal", row) for row in rows[1:])
    assert shell("free extra words")[0].startswith("heap: ")
    assert shell("frobnicate now") == ["command not found: \"frobnicate\", please input 'help' for more info."]
    for command in ("cat", "cat x", "ls", "ls /", "mkdir d"):
        assert shell(command) == ["[warning] file system is not supported, please enable \"fs\" feature."]
    assert shell("kill")[0] == "kill: missing operand"
    assert shell("kill 12x") == ["kill: illegal thread id '12x'"]
    assert shell("kill 11") == ["kill: thread 11 belongs to the kernel"]
    assert shell("kill 4294967295") == ["kill: no thread with id 4294967295"]
    assert shell("run")[0] == "run: missing operand"
    assert shell("run 11") == ["run: thread 11 has been started already"]
    assert shell("") == []
    machine.send("pX\x7fs\x08s\r")
    machine.expect(r"\[ TID\]")
    machine.expect(re.escape(SHELL))
    machine.send("shutdown\r")
    assert machine.wait_end() == 0


def end_threads_in_every_state(machine, smp):
    machine.expect("Type 'help'")
    shell = Terminal(machine)
    spinning = "Ready" if smp == 1 else "Running"
    wanted = {"sleeper": "Blocked", "waiter": "Blocked", "main": "Blocked", "spinner": spinning}
    for _ in range(100):
        rows = shell("ps")[1:]
        if wanted.items() <= {row.split()[-1]: row.split()[-3] for row in rows}.items():
            break
    else:
        raise AssertionError(rows)
    ids = {row.split()[-1]: re.search(r"\d+", row).group() for row in rows}
    held = str(max(map(int, ids.values())))
    machine.send(f"run {held}\r")
    machine.expect("background runs")
    for name in ("sleeper", "waiter", "spinner"):
        machine.send(f"kill {ids[name]}\r")
        machine.expect(f"{name} ends")
    machine.expect("all have ended\r+\n")
    machine.expect("ended with status 5")
    machine.send("\r")
    machine.expect(re.escape(SHELL))
    machine.send("ps\r")
    machine.expect(r"\[ TID\] STATUS PRI NAME\r+\n(.*)☻")
    assert "USER" not in machine.child.match.group(1)
    machine.send("shutdown\r")
    assert machine.wait_end() == 5


# regression: uk 24, 25
@pytest.mark.parametrize("smp", [1, 2, 4])
def test_shell_runs_and_ends_threads_in_every_state(uk, smp):
    end_threads_in_every_state(uk("background", smp=smp), smp)


def test_reboot_resets_the_machine(uk):
    """QEMU runs with -no-reboot: a reset is its end."""
    machine = uk("hello")
    machine.expect("Type 'help'")
    machine.send("reboot\r")
    assert machine.wait_end() == 0


# regression: uk 32
def test_a_machine_that_idles_does_not_run(uk):
    """Blocked in the shell, no instruction is executed: the interrupts a guest takes are the keys'."""
    log = os.path.join(BUILD, "logs", "unikernel-idle.int")
    machine = uk("hello", qemu=["-d", "int", "-D", log])
    machine.expect("Type 'help'")
    shell = Terminal(machine)
    shell("ps")
    shell("ps")
    machine.send("shutdown\r")
    machine.wait_end()
    with open(log, encoding="utf-8", errors="replace") as file:
        interrupts = sum("[IRQ]" in line for line in file)
    # Never more than one interrupt per key; on a busy host main and the shell share the CPU for some slices at the start.
    assert interrupts <= len("hello?\rps\rps\rshutdown\r") + 8


def test_without_an_interrupt_controller_the_message_says_so(uk, tmp_path):
    tree = tmp_path / "no-gic.dts"
    tree.write_text("""/dts-v1/;
/ { #address-cells = <2>; #size-cells = <2>; compatible = "test";
    chosen { stdout-path = "/serial@9000000"; };
    memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x4000000>; };
    serial@9000000 { compatible = "arm,pl011"; reg = <0 0x9000000 0 0x1000>; interrupts = <0 1 4>; };
};""")
    blob = tmp_path / "no-gic.dtb"
    assert os.system(f"dtc -I dts -O dtb -q -o {blob} {tree}") == 0
    machine = uk("hello-bare", qemu=["-dtb", str(blob)])
    machine.expect("PANIC.*no interrupt controller we know")
    assert machine.wait_end() == 70


def make(*words, typed=""):
    """Run make as a user would in a script; its exit status and output."""
    clean = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    slot = Slot()
    try:
        done = subprocess.run(["timeout", "-k", "2", "300", "make", *words], cwd=ROOT, env=clean, input=typed.encode(), check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    finally:
        slot.release()
    return done.returncode, done.stdout.decode(errors="replace").replace("\r\n", "\n")


@pytest.mark.alone
def test_make_run_gives_the_shell_what_a_script_types():
    status, output = make("ARCH=aarch64", "MACHINE=qemu", "APP=hello_world", "run", typed="ps\nfree\n")
    assert status == 0
    assert "Hello from Unishyper 💗\n" in output
    assert output.index(" [ TID] STATUS PRI NAME") < output.index("heap: ") < output.index("shutdown\n")


@pytest.mark.alone
@pytest.mark.parametrize("el", [1, 2])
def test_make_run_without_features_ends_with_main(el):
    status, output = make("APP=hello_world", "FEATURES=", f"EL={el}", "run")
    assert status == 0 and "Hello from Unishyper 💗\n" in output and "SHELL" not in output


@pytest.mark.alone
def test_locks_are_taken_in_their_order():
    status, output = make("APP=posix_smoke", "FEATURES=", "SMP=4", "DEBUG=1",
                          "ARGS=condition_variables_pass_the_turn ended_threads_leave_nothing_behind", "run")
    assert status == 0 and ", 0 failed" in output


@pytest.mark.alone
def test_make_run_fails_when_main_does():
    status, output = make("APP=exit_status", "FEATURES=", "ARGS=3", "run")
    assert status == 2 and "Error 3" in output


@pytest.mark.alone
@pytest.mark.parametrize("words,message", [
    (["APP=nothing"], "no application 'nothing'; there are: "),
    (["APP=hello_world", "FEATURES=warp"], "unknown feature warp; there are: fs posix shell symbols unwind"),
    (["APP=hello_world", "ARCH=vax"], "ARCH=vax is not supported"),
    (["APP=hello_world", "MACHINE=toaster"], "MACHINE=toaster is not supported"),
])
def test_make_run_names_what_it_does_not_know(words, message):
    status, output = make(*words, "run")
    assert status == 2 and message in output
