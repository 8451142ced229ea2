# SPDX-License-Identifier: Apache-2.0
"""gdb knows the unikernel's threads: all of them, the frames of each, and the CPU is itself again afterwards."""
import os
import re
import subprocess

import pytest
from machine import ROOT, Slot
from test_unikernel import make
from test_unikernel_unwind import QEMU, image, machine_of

# The first time the CPU idles, main waits for a thread that waits for ever.
COMMANDS = """
uk threads
hbreak arch_wait
continue
uk threads
uk bt 101
uk bt 7
uk thread 101
stepi
info symbol $pc
kill
"""


@pytest.mark.parametrize("isa", QEMU)
def test_threads_and_their_frames(isa):
    slot = Slot()
    try:
        done = subprocess.run([os.path.join(ROOT, "tools/uk_debug.py"), image(isa, "elf"), "--", *machine_of(isa, "wait")],
                              cwd=ROOT, input=COMMANDS, capture_output=True, text=True, timeout=240, check=False)
    finally:
        slot.release()
    told = done.stdout + done.stderr
    assert "there are no threads yet" in told
    for line in (r" +1  work +blocked +0 +99  work_thread", r" +11  idle +running +0 +0  arch_wait",
                 r" +100  main +blocked +0 +0  futex_wait", r" +101  waiter +blocked +0 +0  futex_wait"):
        assert re.search(line, told), (line, told)
    frames = re.findall(r"^#\d+ .*?\b(\w+) \(", told, re.MULTILINE)
    path = iter(frames)
    for function in ("futex_wait", "__uk_syscall", "sem_timedwait", "wait_here", "waiting"):
        assert function in path, (function, told)
    assert "no thread with id '7'" in told
    assert re.search(r"arch_wait( \+ \d+)? in section", told), told
    assert done.returncode == 0


@pytest.mark.alone
@pytest.mark.parametrize("isa", QEMU)
def test_make_gdb_starts_halted_and_the_program_can_run_to_its_end(isa):
    status, output = make(f"ARCH={isa}", "APP=hello_world", "FEATURES=", "gdb",
                          typed="uk threads\nhbreak main\ncontinue\nuk threads\ndelete\ncontinue\n")
    assert status == 0
    assert output.index("there are no threads yet") < output.index("main (") < output.index("100  main")
    assert "Hello from Unishyper 💗" in output and "halted" not in output
