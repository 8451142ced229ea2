# SPDX-License-Identifier: Apache-2.0
"""The unikernel's shell: its line editor and its commands, typed at the console of each ISA."""
import re
import time

import pytest
from test_unikernel import SHELL, Terminal
from test_unikernel_isa import EVERY_ISA, boot

UP, LEFT, HOME = "\033[A", "\033[D", "\033[H"


@pytest.fixture
def shell(start):
    """shell(isa, ...) starts an image with a shell and waits for its prompt."""
    def start_shell(isa, image="hello", arguments="", limit_s=240, **options):
        vm = start(limit_s=limit_s, command=boot(isa, image, arguments, **options))
        vm.expect("Type 'help'")
        return vm, Terminal(vm)
    return start_shell


def typed(vm, keys, answer):
    """Type keys that are not echoed one by one, and wait for the answer and the next prompt."""
    vm.send(keys)
    vm.expect(answer)
    vm.expect(re.escape(SHELL))


@EVERY_ISA
def test_a_line_can_be_edited(shell, isa):
    vm, _ = shell(isa)
    typed(vm, f"cho one two{HOME}e\r", "\none two\r+\n")
    typed(vm, f"{UP}\x17three\r", "\none three\r+\n")
    typed(vm, f"{UP}{UP}{LEFT}{LEFT}\x04\x04\r", "\none t\r+\n")
    typed(vm, "echo nonsense\x15echo x\b\b\b\bo kept\x03", r"\^C\r+\n")
    typed(vm, "echo é€💗\b\bz\r", "\néz\r+\n")
    typed(vm, "echo \033[99~a\033[\033[1;\033O\033[200;7Zb\r", "\nab\r+\n")
    typed(vm, "echo " + "wide " * 30 + "\x02" * 25 + "\x0b\r", "\nwide " + "wide " * 23 + "wide *\r+\n")
    vm.send("exit\r")
    assert vm.wait_end() == 0


# regression: uk 58
@EVERY_ISA
def test_a_line_of_100_kb_does_no_harm(shell, isa):
    vm, run = shell(isa)
    vm.send("echo ")
    for _ in range(100):
        vm.send("x" * 1000)
    vm.send("\r")
    vm.expect("shell: the line does not fit in 1023 bytes: it is not run")
    assert vm.before().count("\a") == 1
    vm.expect(re.escape(SHELL))
    assert run("echo still here") == ["still here"]
    assert run("free")[0].startswith("heap: ")
    vm.send("exit\r")
    assert vm.wait_end() == 0


@EVERY_ISA
def test_nothing_of_a_paste_is_lost(shell, isa):
    vm, _ = shell(isa)
    vm.send("".join(f"echo line {n} of the paste\r" for n in range(300)) + "exit\r")
    for n in range(300):
        vm.expect(f"\nline {n} of the paste\r+\n")
    assert vm.wait_end() == 0


@EVERY_ISA
def test_what_is_wrong_with_a_line_is_said(shell, isa):
    vm, run = shell(isa)
    assert run("echo 'a") == ["shell: a quote is not closed"]
    assert run("echo " + "x " * 32) == ["shell: too many words"]
    assert run("echo >") == ["shell: a file name is missing behind >"]
    assert run("ps > x") == ["ps: only echo can write to a file"]
    assert run("uptime now") == ["uptime: extra operand 'now'", "Try 'help' for more information."]
    assert run("echo 'a  b' c\\ d \"'e'\"") == ["a  b c d 'e'"]
    vm.send("reboot\r")
    assert vm.wait_end() == 0


@EVERY_ISA
def test_time_and_environment_are_told(shell, isa):
    vm, run = shell(isa, arguments="COLOUR=blue 'SHADE=very dark' one NOT=this")
    assert run("env") == ["COLOUR=blue", "SHADE=very dark", "HOME=/"]
    assert re.fullmatch(r"up 0 days, 00:0\d:\d\d", run("uptime")[0])
    told = time.strptime(run("date")[0], "%a %b %d %H:%M:%S UTC %Y")
    assert abs(time.mktime(told) - time.mktime(time.gmtime())) < 300
    vm.send("exit\r")
    assert vm.wait_end() == 0
