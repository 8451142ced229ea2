# SPDX-License-Identifier: Apache-2.0
"""Attackers made in the management VM: whatever they do, they are paused, reset, stopped and removed when it says so, and the
victim on the same core notices nothing."""
import pytest
from test_cli import passed
from test_cli_memory import config, info


def counters(machine):
    now = info(machine)
    return [now[what] for what in ("vms", "pool_free_bytes", "hyp_free_bytes")]


# regression: 35, 59, 60
@pytest.mark.parametrize("gic", [2, 3])
def test_attackers_do_as_they_are_told(mvm, gic):
    machine = mvm(gic=gic, smp=5, mem=1024)
    until = 10 + int(float(machine.sh("cut -d' ' -f1 /proc/uptime")))
    config(machine, {"name": "victim", "kernel": "/test/victim.bin", "cpu_bitmap": "0b0010", "cmdline": f"seconds={until}"})
    machine.sh("shyper vm boot victim")
    before = counters(machine)
    for name, bitmap in (("one", "0b00010"), ("four", "0b11110")):
        config(machine, {"name": name, "kernel": "/test/attack.bin", "cpus": bitmap.count("1"), "cpu_bitmap": bitmap,
                         "cmdline": f"seconds=999999,seed={gic},mortal=0"})      # a reset of its own would come between
        machine.sh(f"shyper vm boot {name} && shyper vm console {name} --until attack: </dev/null")
    machine.sh("shyper vm pause four && shyper vm pause one && shyper vm resume one && shyper vm resume four")
    machine.sh("shyper vm reboot -f four")
    machine.sh("shyper vm stop one && shyper vm boot one")
    machine.sh("shyper vm remove four && shyper vm remove one")
    assert counters(machine) == before
    shown = machine.sh("shyper vm console victim </dev/null")
    assert passed(shown), shown
    machine.sh("shyper vm remove victim")
