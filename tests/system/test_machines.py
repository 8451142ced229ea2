# SPDX-License-Identifier: Apache-2.0
"""The whole system on machines of many shapes: GIC, memory, CPUs, CPU model. On each the management VM comes up, a guest is
made, runs, says hello and is removed, and the machine powers itself off."""
import re

import pytest

MACHINES = [
    # gic, MiB, CPUs, model
    (2, 512, 1, "cortex-a53"),
    (3, 512, 1, "cortex-a57"),
    (2, 1024, 8, "cortex-a72"),
    (3, 1024, 8, "max"),
    (3, 3072, 3, "cortex-a72"),
    (2, 4096, 2, "cortex-a57"),
    (3, 8192, 4, "cortex-a53"),
]


# regression: 63
@pytest.mark.parametrize("gic, mem, smp, cpu", MACHINES, ids=[f"gic{g}-{m}M-{s}cpu-{c}" for g, m, s, c in MACHINES])
def test_a_guest_runs_on_this_machine(start, shyper, gic, mem, smp, cpu):
    mvm = start(**shyper, gic=gic, mem=mem, smp=smp, cpu=cpu, limit_s=120)
    mvm.prompt()
    info = mvm.sh("shyper system info")
    assert re.search(rf"^CPUs\s+{smp}$", info, re.MULTILINE)
    assert re.search(rf"^GIC\s+v{gic}$", info, re.MULTILINE)
    assert mvm.sh("nproc").strip() == "1"
    mvm.sh("shyper vm config /etc/shyper/hello.json && shyper vm boot hello")
    mvm.sh("shyper vm console hello --until 'Hello from Unishyper'")
    mvm.sh("shyper vm remove hello")
    assert "hello" not in mvm.sh("shyper vm list")
    mvm.send("poweroff -f\r")
    assert mvm.wait_end() == 0
