# SPDX-License-Identifier: Apache-2.0
"""docs/posix.md has a row for every system call, and each says what is so: what is served, on which ISA, in which image, and by
which test that is checked."""
import glob
import os
import re
import subprocess
import sys

import pytest
from machine import BUILD, ROOT

sys.path.insert(0, os.path.join(ROOT, "tools"))
import posix_table  # noqa: E402

OUT = os.path.join(BUILD, os.environ.get("COMPILER", "gcc"), "uk")
MACHINES = {
    "aarch64": ["qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu", "cortex-a53", "-semihosting"],
    "riscv64": ["qemu-system-riscv64", "-M", "virt"],
    "x86_64": ["qemu-system-x86_64", "-M", "q35", "-cpu", "max"],
}

# Where the lists of calls are, and in which image those are served
LISTS = {"unikernel/posix/syscalls.h": "every", "unikernel/posix/fs/calls.h": "fs", "unikernel/posix/signal/calls.h": "posix"}
ISA_LISTS = {"SYSCALL_LIST_ISA": "every", "SYSCALL_LIST_FS_ISA": "fs", "SYSCALL_LIST_POSIX_ISA": "posix"}

ROWS = posix_table.rows(os.path.join(ROOT, "docs/posix.md"))
BY_NAME = {row.call: row for row in ROWS}


def lists(path):
    """Name of a list in a header -> the calls in it."""
    text = open(os.path.join(ROOT, path), encoding="utf-8").read().replace("\\\n", " ")
    return {name: re.findall(r"\bX\((\w+)\)", body) for name, body in re.findall(r"#define (SYSCALL_\w*LIST\w*)\(X\)(.*)", text)}


def served():
    """(call, ISA) -> the images that have it, as the kernel's tables are made."""
    found = {}
    for path, feature in LISTS.items():
        for calls in lists(path).values():
            found.update({(call, isa): feature for call in calls for isa in posix_table.ISAS})
    for isa in posix_table.ISAS:
        for name, calls in lists(f"unikernel/arch/{isa}/uk_linux.h").items():
            found.update({(call, isa): ISA_LISTS[name] for call in calls})
    return found


def body(path, name):
    """Of a function in a C file; None when it is not there."""
    match = re.search(rf"^[\w *]*\b{name}\([^;{{}}]*\)\n{{\n(.*?)^}}", open(path, encoding="utf-8").read(), re.M | re.S)
    return match and match[1]


def test_every_number_of_musl_has_one_row_in_alphabetical_order():
    numbers = {isa: posix_table.numbers(os.path.join(BUILD, "third_party/musl/arch", isa, "bits/syscall.h.in"))
               for isa in posix_table.ISAS}
    assert [row.call for row in ROWS] == sorted(set().union(*numbers.values()))
    wrong = [row.call for row in ROWS if row.isas != tuple(isa for isa in posix_table.ISAS if row.call in numbers[isa])]
    assert not wrong


def test_what_the_table_calls_served_is_what_the_kernel_serves():
    kernel = served()
    assert len(kernel) > 200
    assert not [call for call, _ in kernel if call not in BY_NAME]
    for row in ROWS:
        assert row.state in posix_table.STATES, row.call
        for isa in row.isas:
            assert kernel.get((row.call, isa), "–") == row.feature, f"{row.call} on {isa}"
        assert (row.state == "ENOSYS") == (row.feature == "–"), row.call


@pytest.mark.parametrize("isa", posix_table.ISAS)
def test_whatever_is_served_otherwise_without_signals_brings_them(isa):
    """What these calls do without them, and the pipes, is in test_sdk.py."""
    def named(what, path):
        names = subprocess.run([f"{isa}-linux-gnu-nm", os.path.join(OUT, isa, path)], check=True, capture_output=True, text=True).stdout
        return set(re.findall(rf"\b[AT] __uk_{what}_(\w+)$", names, re.MULTILINE))

    there, without = (named("sys", f"kernel/{features}/uk.kernel.o") for features in ("fs-posix", "fs"))
    assert without < there and not named("signals", "kernel/fs/uk.kernel.o")
    own, pipes = there - without | named("sys", "unikernel/posix/no_signals.o"), {"pipe", "pipe2", "mknod", "mknodat"} & there
    assert {"rt_sigaction", "tkill", "timer_create", "signalfd4"} < own and len(pipes) >= 2
    assert named("signals", "kernel/fs-posix/uk.kernel.o") == own | pipes


def test_what_is_not_complete_says_why():
    assert not [row.call for row in ROWS if (row.state == "complete") != (row.words == "")]


def test_what_is_served_names_a_test_that_calls_it():
    for row in ROWS:
        match = posix_table.TEST.match(row.test)
        assert (match is not None) == (row.state != "ENOSYS"), row.call
        if match is not None:
            path, case, function = match.groups()
            assert os.path.isfile(os.path.join(ROOT, path)), row.call
            assert re.search(rf"\b{function}\b", body(os.path.join(ROOT, path), case) or ""), row.call


@pytest.mark.parametrize("line", ["| `read` | all | every | complete |\n", "| read | all | every | complete | | |\n",
                                  "| `read` | all | nowhere | complete | | |\n"])
def test_a_line_that_is_no_row_is_told(tmp_path, line):
    (tmp_path / "table.md").write_text("| call | on |\n|---|---|\n" + line)
    with pytest.raises(posix_table.Wrong, match="table.md:3: no row"):
        posix_table.rows(tmp_path / "table.md")


@pytest.mark.parametrize("isa", MACHINES)
def test_every_call_answers_as_the_table_says(start, isa):
    image, = glob.glob(os.path.join(OUT, isa, "every_call/every_call.img"))
    vm = start(limit_s=300, command=[os.path.join(ROOT, "tools/uk_run.py"), "--", *MACHINES[isa], "-m", "64", "-nodefaults", "-display",
                                     "none", "-no-reboot", "-kernel", image])
    vm.expect(r"every_call: \d+ calls, 0 answers differ")
    assert "[" not in vm.before()               # nor had the kernel anything to say
    assert vm.wait_end() == 0


@pytest.mark.parametrize("smp", [1, 4])
@pytest.mark.parametrize("isa", MACHINES)
def test_what_a_process_may_ask_is_as_on_linux(start, isa, smp):
    image = os.path.join(OUT, isa, "system/system.img")
    vm = start(limit_s=300, command=[os.path.join(ROOT, "tools/uk_run.py"), "--", *MACHINES[isa], "-accel", "tcg,thread=single", "-m", "64",
                                     "-smp", str(smp), "-nodefaults", "-display", "none", "-no-reboot", "-kernel", image])
    vm.expect(r"done: \d+ tests, 0 failed\r+\n")
    assert vm.wait_end() == 0
