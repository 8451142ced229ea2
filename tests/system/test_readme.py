# SPDX-License-Identifier: Apache-2.0
"""The README's flow, typed at a terminal as a user would: boot, make the two guests of /etc/shyper, talk to them, end."""
import os
import subprocess

import pytest
from machine import BUILD, ROOT, Slot

LEAVE_CONSOLE = "\x1dq"


def states(mvm):
    """{name: state} as `shyper vm list` has it."""
    rows = [line.split() for line in mvm.sh("shyper vm list").splitlines()[1:]]
    return {row[1]: row[3] for row in rows if row}


# regression: 19
@pytest.mark.parametrize("gic", [2, 3])
def test_two_guests_live_and_end_independently(start, shyper, gic):
    mvm = start(**shyper, gic=gic, limit_s=120)
    mvm.prompt()
    for name in ("hello", "hello2"):
        mvm.sh(f"shyper vm config /etc/shyper/{name}.json")
        assert states(mvm)[name] in ("created", "ready")
        mvm.sh(f"shyper vm boot {name}")
    assert states(mvm) == {"mvm": "running", "hello": "running", "hello2": "running"}

    mvm.send("shyper vm console hello\r")
    mvm.expect("unning on Shyper, VM 1")
    mvm.expect("Hello from Unishyper")
    mvm.send("ps\r")
    mvm.expect("ps\r*\n")
    mvm.expect("SHELL➜ ")
    mvm.send(LEAVE_CONSOLE)
    mvm.prompt()

    mvm.sh("shyper vm reboot hello")
    mvm.sh("shyper vm console hello2 --until 'Hello from Unishyper'")
    mvm.sh("shyper vm stop hello")
    assert states(mvm)["hello"].startswith("stopped")
    mvm.sh("shyper vm remove hello")
    assert states(mvm) == {"mvm": "running", "hello2": "running"}

    mvm.send("shyper vm console hello2\r")
    mvm.expect("SHELL➜ ")
    mvm.send("free\r")
    mvm.expect("free\r*\n")
    mvm.expect("SHELL➜ ")
    mvm.send(LEAVE_CONSOLE)
    mvm.prompt()
    mvm.sh("shyper vm remove hello2")
    assert states(mvm) == {"mvm": "running"}
    mvm.send("shyper system shutdown\r")
    assert mvm.wait_end() == 0


@pytest.mark.alone
def test_a_script_drives_make_run():
    """printf '...' | make run, with the exit status a script relies on. The build is done, so make only starts the machine."""
    slot = Slot()
    try:
        done = subprocess.run(["make", "-C", ROOT, "run"], input=b"shyper vm list\nshyper vm config /etc/shyper/hello.json\n",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)
    finally:
        slot.release()
    with open(os.path.join(BUILD, "logs", "make_run.log"), "wb") as log:
        log.write(done.stdout)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    assert b"running" in done.stdout and b"hello" in done.stdout
