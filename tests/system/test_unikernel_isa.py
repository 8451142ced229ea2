# SPDX-License-Identifier: Apache-2.0
"""The unikernel on the ISAs beside AArch64: what test_unikernel.py asks, on every machine there is for them."""
import os
import random
import re
import subprocess
import time

import pytest
from machine import BUILD, ROOT
from test_unikernel import (FAULTS, RUN_IN_KERNEL, SHELL, SOME_FAULTS, WAITS_FOR_THE_HOST, WRONG_FREES, Terminal, end_by_kernel_fault,
                            end_by_signal, end_threads_in_every_state, make)

OUT = os.path.join(BUILD, os.environ.get("COMPILER", "gcc"), "uk")

# ISA, name of the machine -> how QEMU is started
MACHINES = {
    ("riscv64", "plic"): ["qemu-system-riscv64", "-M", "virt"],
    ("riscv64", "aplic"): ["qemu-system-riscv64", "-M", "virt,aia=aplic"],
    ("riscv64", "aplic-imsic"): ["qemu-system-riscv64", "-M", "virt,aia=aplic-imsic"],
    ("riscv64", "sswi"): ["qemu-system-riscv64", "-M", "virt,aclint=on"],
    ("riscv64", "no-sstc"): ["qemu-system-riscv64", "-M", "virt", "-cpu", "rv64,sstc=off,svadu=off"],
    ("x86_64", "microvm"): ["qemu-system-x86_64", "-M", "microvm,acpi=off", "-cpu", "max"],
    ("x86_64", "microvm-acpi"): ["qemu-system-x86_64", "-M", "microvm", "-cpu", "max"],
    ("x86_64", "q35"): ["qemu-system-x86_64", "-M", "q35", "-cpu", "max"],
    ("x86_64", "pc"): ["qemu-system-x86_64", "-M", "pc", "-cpu", "qemu64"],
}
# CPUs -> seconds of the stress test: the longest where most can go wrong
STRESS_SECONDS = {1: 3, 2: 6, 4: 20}
# ISA -> the machine for what does not depend on it
USUAL = {"riscv64": "plic", "x86_64": "q35"}
FAULTS_OF = {
    # A system call instruction goes to the firmware there, as the kernel's own do: no fault.
    "riscv64": {**FAULTS, "svc": "breakpoint instruction",
                "write-kernel": "write of address 0xffffffffc0001000: not allowed there",
                "write-linear": "write of address 0xffffffc080201000: not allowed there"},
    "x86_64": {**FAULTS, "svc": "undefined instruction", "misaligned": "general protection fault",
               "write-kernel": "write of address 0xffffffffc0001000: not allowed there",
               "write-linear": "write of address 0xffff800000201000: not allowed there"},
}
EVERYWHERE = pytest.mark.parametrize("isa,machine", [pytest.param(*key, id="-".join(key)) for key in MACHINES])
EACH_ISA = pytest.mark.parametrize("isa", USUAL)
EVERY_ISA = pytest.mark.parametrize("isa", ["aarch64", *USUAL])
AARCH64 = ["qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu", "cortex-a53", "-semihosting"]


def boot(isa, image, arguments="", machine=None, mem=64, smp=1, host_threads="multi", counted=False):
    """The command that starts an image; tools/uk_run.py brings its exit status. counted: time goes by instructions."""
    folder = os.path.join(OUT, isa, image)
    kernel, = [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".img")]
    qemu = AARCH64 if isa == "aarch64" else MACHINES[isa, machine or USUAL[isa]]
    if counted:         # QEMU cannot tell the time within an access to x2APIC
        qemu = [word + ",x2apic=off" if isa == "x86_64" and word == "max" else word for word in qemu]
    return [os.path.join(ROOT, "tools/uk_run.py"), "--", *qemu,
            *(["-icount", "shift=0,sleep=off", "-seed", "1"] if counted else ["-accel", f"tcg,thread={host_threads}"]), "-m", str(mem),
            "-smp", str(smp), "-nodefaults", "-display", "none", "-no-reboot", "-kernel", kernel, "-append", arguments]


@pytest.fixture
def uk(start):
    """uk(isa, image, arguments, limit_s=..., ...) starts an image; the others are those of boot()."""
    def start_image(*args, limit_s=240, **options):
        return start(limit_s=limit_s, command=boot(*args, **options))
    return start_image


@EVERYWHERE
def test_says_hello_and_ends_with_status_0(uk, isa, machine):
    vm = uk(isa, "hello-bare", machine=machine)
    vm.expect("Hello from Unishyper 💗\r+\n")
    assert vm.wait_end() == 0


@EACH_ISA
@pytest.mark.parametrize("mem", [16, 128, 2048, 8192])
def test_takes_memory_of_any_size(uk, isa, mem):
    vm = uk(isa, "hello-bare", mem=mem)
    vm.expect("Hello from Unishyper 💗\r+\n")
    assert vm.wait_end() == 0


# regression: uk 29
@EVERYWHERE
@pytest.mark.parametrize("smp", [1, 2, 4])
def test_is_what_posix_programs_expect(uk, isa, machine, smp):
    # A RISC-V CPU that waits for another is not put off before 100 ms have gone by when they share a thread of the host.
    at_once = isa == "riscv64" and smp > 1
    vm = uk(isa, "smoke", WAITS_FOR_THE_HOST if at_once else "", machine=machine, smp=smp, host_threads="multi" if at_once else "single")
    vm.expect(r"done: \d+ tests, 0 failed\r+\n")
    assert "nobody handles" not in vm.before()
    assert vm.wait_end() == 0


# regression: uk 24, 25
@EACH_ISA
@pytest.mark.parametrize("smp", [1, 4])
def test_shell_runs_and_ends_threads_in_every_state(uk, isa, smp):
    end_threads_in_every_state(uk(isa, "background", smp=smp), smp)


# regression: uk 34
@EVERY_ISA
def test_beside_the_shell_a_program_finds_the_same(uk, isa):
    vm = uk(isa, "smoke-shell")
    vm.expect(r"done: \d+ tests, 0 failed\r+\n")
    shell = Terminal(vm)
    assert not any("main" in row for row in shell("ps"))
    vm.send("shutdown\r")
    assert vm.wait_end() == 0


# regression: uk 29
@pytest.mark.long
@pytest.mark.parametrize("smp", [2, 4])
def test_riscv64_is_what_posix_programs_expect_in_full(uk, smp):
    vm = uk("riscv64", "smoke", smp=smp, limit_s=3600)
    vm.expect(r"done: \d+ tests, 0 failed\r+\n")
    assert vm.wait_end() == 0


def race(uk, isa, **options):
    vm = uk(isa, "smoke", "ONLY=ending_and_joining_race LIVES=100000", limit_s=3600, **options)
    vm.expect(r"ok +ending_and_joining_race\r+\n")
    assert vm.wait_end() == 0


# regression: uk 23
@EVERY_ISA
def test_ending_and_joining_race_a_hundred_thousand_times(uk, isa):
    race(uk, isa)


# regression: uk 23
@pytest.mark.long
@EVERY_ISA
def test_ending_and_joining_race_a_hundred_thousand_times_on_several_cpus(uk, isa):
    race(uk, isa, smp=4)


@pytest.mark.parametrize("smp", [2, 4])
def test_several_cpus_at_once(uk, smp):
    vm = uk("x86_64", "smoke", WAITS_FOR_THE_HOST, smp=smp)
    vm.expect(r"done: \d+ tests, 0 failed\r+\n")
    assert vm.wait_end() == 0


# regression: uk 23, 31
@EACH_ISA
@pytest.mark.parametrize("smp", [1, 2, 4])
def test_everything_at_random(uk, isa, smp):
    """Where the CPUs share a thread of the host there are a hundred times as many steps (see above for riscv64)."""
    vm = uk(isa, "stress", f"2026 {STRESS_SECONDS[smp]}", smp=smp, host_threads="multi" if isa == "riscv64" else "single")
    vm.expect(r"stress: seed 2026, \d+ steps, all was right\r+\n")
    assert vm.wait_end() == 0


@pytest.mark.long
@EVERY_ISA
@pytest.mark.parametrize("host_threads", ["multi", "single"])
@pytest.mark.parametrize("smp", [1, 2, 4])
def test_everything_at_random_for_long(uk, isa, smp, host_threads):
    seconds, seed = int(os.environ.get("LONG_SECONDS") or 600), random.getrandbits(32)
    vm = uk(isa, "stress", f"{seed} {seconds}", smp=smp, host_threads=host_threads, limit_s=seconds + 240)
    vm.expect(rf"stress: seed {seed}, \d+ steps, all was right\r+\n")
    assert vm.wait_end() == 0


# regression: uk 24
@EACH_ISA
@pytest.mark.parametrize("smp", [1, 2, 4])
def test_a_killed_thread_leaves_no_lock_taken(uk, isa, smp):
    vm = uk(isa, "killing", smp=smp)
    vm.expect("all were killed\r+\n")
    assert vm.wait_end() == 0


@EACH_ISA
def test_main_is_killed_where_its_stack_ends_at_a_page(uk, isa):
    assert uk(isa, "killing", "main").wait_end() == 137


@EACH_ISA
@pytest.mark.parametrize("smp", [1, 4])
def test_runs_a_hundred_threads(uk, isa, smp):
    vm = uk(isa, "threading", smp=smp)
    vm.expect("Task yielding tests run OK!\r+\n")
    assert sorted(int(task) for task in re.findall(r"Hello, task (\d+)!", vm.before())) == list(range(100))
    assert vm.wait_end() == 0


@EVERYWHERE
@pytest.mark.parametrize("status", [0, 42, 255])
def test_exit_status_reaches_the_caller(uk, isa, machine, status):
    assert uk(isa, "exit_status", str(status), machine=machine).wait_end() == status


# regression: uk 4, 5, 11, 13, 14
@EACH_ISA
@pytest.mark.parametrize("deed", FAULTS)
def test_fault_of_a_thread_ends_that_thread_alone(uk, isa, deed):
    vm = uk(isa, "faults", deed + " thread")
    vm.expect(r"FAULT in thread 101 \(system-thread\): " + FAULTS_OF[isa][deed] + "\r+\n")
    vm.expect("backtrace:")
    vm.expect(r"(read_at|write_at|in_thread|misaligned|overflow|call_deeper|undefined|system_call)\+0x")
    vm.expect(f"cleanup of {deed} ran")
    vm.expect("joined: the thread was ended")
    assert vm.wait_end() == 3


# regression: uk 13
@EACH_ISA
@pytest.mark.parametrize("deed", RUN_IN_KERNEL)
def test_execution_in_the_kernel_s_half_ends_the_system(uk, isa, deed):
    end_by_kernel_fault(uk(isa, "faults", deed + " thread"), deed)


@EACH_ISA
@pytest.mark.parametrize("deed", SOME_FAULTS)
def test_fault_of_main_is_reported_once_and_ends_the_system(uk, isa, deed):
    vm = uk(isa, "faults", deed)
    vm.expect(r"FAULT in thread 100 \(main\): " + FAULTS_OF[isa][deed] + "\r+\n")
    vm.expect(r"backtrace:\r+\n[^☻]*(main|misaligned|overflow|read_at|undefined)\+0x")
    assert vm.wait_end() == 139
    assert "FAULT" not in vm.before()


# regression: uk 18
@EACH_ISA
@pytest.mark.parametrize("deed", WRONG_FREES)
def test_a_wrong_free_is_told_and_ends_the_thread(uk, isa, deed):
    vm = uk(isa, "faults", deed + " thread")
    vm.expect(WRONG_FREES[deed] + r"\r+\n")
    vm.expect(r"free\+0x[^☻]*in_thread\+0x")
    vm.expect("joined: the thread was ended")
    assert vm.wait_end() == 3


@pytest.mark.parametrize("isa,said", [("riscv64", r"7 / 0 = -1"), ("x86_64", r"FAULT in thread 100 \(main\): division by zero or overflow")])
def test_a_division_by_zero_is_what_the_processor_makes_of_it(uk, isa, said):
    uk(isa, "faults", "divide").expect(said + r"\r+\n")


def test_a_division_by_zero_of_a_thread_ends_that_thread_alone(uk):
    vm = uk("x86_64", "faults", "divide thread")
    vm.expect(r"FAULT in thread 101 \(system-thread\): division by zero or overflow\r+\n")
    vm.expect(r"backtrace:\r+\n +[^\r]*divide\+0x")
    vm.expect("joined: the thread was ended")
    assert vm.wait_end() == 3


# regression: uk 23
@EACH_ISA
def test_joining_twice_is_found(uk, isa):
    uk(isa, "faults", "join-twice thread").expect(r"joining again: error [1-9]|FAULT in thread 101 \(system-thread\)")


# regression: uk 10, 16
@EACH_ISA
@pytest.mark.parametrize("deed", ["threads", "stacks"])
def test_threads_and_stacks_can_be_used_up(uk, isa, deed):
    vm = uk(isa, "faults", deed)
    vm.expect(r"\d{2,} threads, then error 11\r+\none less, then error 0\r+\n")
    assert vm.wait_end() == 1


@EACH_ISA
def test_data_larger_than_memory_need_not_all_be_used(uk, isa):
    vm = uk(isa, "sparse")
    vm.expect(r"\[memory\] \d+ KiB of data are more than there is memory: not all can be used\r+\n")
    vm.expect(r"16 of 16, and the end\r+\n")
    assert vm.wait_end() == 0


# regression: uk 10
@EACH_ISA
@pytest.mark.parametrize("deed", ["abort", "assert"])
def test_a_signal_is_told_and_gives_the_status(uk, isa, deed):
    end_by_signal(uk(isa, "faults", deed), deed)


# regression: uk 2
@EACH_ISA
def test_what_nothing_is_kept_from_finds_its_state_unchanged(uk, isa):
    vm = uk(isa, "bare")
    vm.expect(r"done: all of it held\r+\n")
    assert vm.wait_end() == 0


# regression: uk 8
@EVERYWHERE
def test_the_shell_hears_its_keyboard(uk, isa, machine):
    vm = uk(isa, "hello", machine=machine)
    vm.expect("Type 'help'")
    shell = Terminal(vm)
    assert shell("ps")[0] == " [ TID] STATUS PRI NAME"
    assert shell("kill 11") == ["kill: thread 11 belongs to the kernel"]
    vm.send("shutdown\r")
    assert vm.wait_end() == 0


@EVERYWHERE
def test_reboot_resets_the_machine(uk, isa, machine):
    """QEMU runs with -no-reboot: a reset is its end."""
    vm = uk(isa, "hello", machine=machine)
    vm.expect("Type 'help'")
    vm.send("reboot\r")
    assert vm.wait_end() == 0


@pytest.mark.alone
@EACH_ISA
def test_make_run_gives_the_shell_what_a_script_types(isa):
    status, output = make(f"ARCH={isa}", "APP=hello_world", "run", typed="ps\n")
    assert status == 0
    assert "Hello from Unishyper 💗\n" in output
    assert output.index(" [ TID] STATUS PRI NAME") < output.index("shutdown\n")
    assert SHELL in output


def test_without_an_interrupt_controller_the_message_says_so(start, tmp_path):
    tree = tmp_path / "virt.dtb"
    subprocess.run(["qemu-system-riscv64", "-M", "virt", "-machine", f"dumpdtb={tree}", "-m", "64", "-display", "none"], check=True)
    blob = tree.read_bytes()
    assert blob.count(b"riscv,plic0") == 1
    tree.write_bytes(blob.replace(b"sifive,plic-1.0.0", b"sifive,plic-9.9.9").replace(b"riscv,plic0", b"riscv,plic9"))
    vm = start(command=["qemu-system-riscv64", "-M", "virt", "-m", "64", "-nodefaults", "-display", "none", "-no-reboot", "-serial",
                        "stdio", "-dtb", str(tree), "-kernel", os.path.join(OUT, "riscv64/hello-bare/hello_world.img")])
    vm.expect("PANIC.*no interrupt controller we know")
    assert vm.wait_end() == 70


@EVERYWHERE
def test_nine_cpus_are_too_many(uk, isa, machine):
    vm = uk(isa, "threading", machine=machine, smp=9)
    vm.expect(r"9 CPUs: 8 of them are used\r+\n")
    vm.expect("Task yielding tests run OK!\r+\n")
    assert "does not start" not in vm.before()
    assert vm.wait_end() == 0


def test_the_riscv64_kernel_has_no_floating_point_instructions():
    """But for those that save and load a thread's registers, which are in assembly."""
    elf = os.path.join(OUT, "riscv64/kernel/none/uk.kernel.o")
    code = subprocess.run(["riscv64-linux-gnu-objdump", "-d", elf], check=True, capture_output=True, text=True).stdout
    inside, guilty = "", set()
    for line in code.splitlines():
        name = re.match(r"[0-9a-f]+ <([a-z].*)>:$", line)
        inside = name.group(1) if name else inside
        if re.search(r"\t(f[a-z.]+\.[sdwlq](\.[a-z]+)?|c?\.?f[ls][wd](sp)?|f[rs]csr)\t", line):
            guilty.add(inside)
    assert guilty
    assert guilty <= {"save_fs", "load_fs", "arch_fp_save", "arch_fp_load", "arch_preempt", "resume_preempted", "resume_with_more", "arch_abandon", "entry", "high", "secondary_high"}


# How a page is zeroed; the barrier behind that, and how many of it the function has at least that makes its entry known, half_show
ZEROED = {"aarch64": (r"\tdc\tzva,", r"\tdsb\tishst", 2), "riscv64": (r"\tsd\tzero,56\(", r"\tfence\tw,w", 1)}


@pytest.mark.parametrize("isa", ZEROED)
def test_a_page_is_zero_before_another_cpu_can_reach_it(isa):
    """No emulator shows stores in another order than they were made."""
    zeroing, barrier, least = ZEROED[isa]
    code = subprocess.run([f"{isa}-linux-gnu-objdump", "-dr", os.path.join(OUT, isa, "unikernel/mm/mmu/space.o")], check=True,
                          capture_output=True, text=True).stdout
    functions = re.split(r"\n(?=[0-9a-f]+ <[a-z_][^>]*>:\n)", code)
    shows = next(f for f in functions if "<half_show>:" in f)
    zeroes = [f for f in functions if re.search(zeroing, f)]
    assert len(re.findall(barrier, shows)) >= least
    assert zeroes and all(re.search(r"\shalf_show\b", f) for f in zeroes)


def cpu_seconds(vm, name):
    """What QEMU has used of the host so far: of all processes below `timeout`, the one of that name."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                rest = file.read().rsplit(")", 1)[1]
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
                command = file.read().split("\0")
        except OSError:
            continue
        if name in command[0] and os.getsid(int(pid)) == os.getsid(vm.child.pid):
            return sum(map(int, rest.split()[11:13])) / os.sysconf("SC_CLK_TCK")
    raise AssertionError(f"no {name} runs")


# regression: uk 32
@EACH_ISA
@pytest.mark.parametrize("smp", [1, 4])
def test_a_machine_that_idles_does_not_run(uk, isa, smp):
    vm = uk(isa, "hello", smp=smp)
    vm.expect("Type 'help'")
    shell = Terminal(vm)
    shell("ps")
    before = cpu_seconds(vm, f"qemu-system-{isa}")
    time.sleep(4)
    assert cpu_seconds(vm, f"qemu-system-{isa}") - before < 0.05 * 4
    vm.send("shutdown\r")
    assert vm.wait_end() == 0
