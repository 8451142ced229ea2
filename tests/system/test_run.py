# SPDX-License-Identifier: Apache-2.0
"""tools/run fed from a script: the README's way of driving the machine."""
import os
import subprocess

import pytest
from machine import ROOT, Slot


@pytest.fixture
def run_script(linux):
    """run_script(text, *options): the finished tools/run that typed text."""
    slot = Slot()
    machine = [word for key, value in linux.items() for word in (f"--{key}", value)]

    def run(text, *options):
        command = [os.path.join(ROOT, "tools/run"), *machine, "--el", "1", "--smp", "1", "--mem", "256", *options]
        return subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=180, check=False)

    yield run
    slot.release()


def test_lines_are_typed_and_the_machine_is_powered_off_at_the_end(run_script):
    done = run_script("echo $((6*7))-first\ncd /tmp\necho $PWD-third\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.index(b"42-first") < done.stdout.index(b"/tmp-third")
    assert b"reboot: Power down" in done.stdout


def test_no_input_at_all_is_a_boot_and_a_power_off(run_script):
    assert run_script("").returncode == 0


def test_a_machine_that_ends_early_fails_the_script(run_script):
    done = run_script("poweroff -f\necho never\n")
    assert done.returncode != 0
    assert b"before input line 2" in done.stderr


def test_a_panic_fails_the_script(run_script):
    done = run_script("echo c > /proc/sysrq-trigger\n")
    assert done.returncode != 0
    assert b"panicked" in done.stderr


def test_a_prompt_that_does_not_come_back_fails_the_script(run_script):
    done = run_script("cat\necho never\n", "--limit", "10")
    assert done.returncode != 0
    assert b"hangs" in done.stderr
