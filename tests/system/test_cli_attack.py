# SPDX-License-Identifier: Apache-2.0
"""Attackers made in the management VM: whatever they do, they are paused, reset, stopped and removed when it says so, and the
victim on the same core notices nothing."""
import json
import random
import time

import pytest
from test_cli import passed
from test_cli_memory import config, info
from test_guests import LONG_SECONDS


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


def everything(machine):
    """What a VM that was made and removed leaves as it was: all there is to count but times, and the VM `still`, which was made
    and does nothing. (The daemon's note that the victim has ended may come at any time.)"""
    now = info(machine)
    for what in ("uptime_ns", "daemon"):
        del now[what]
    return now, json.loads(machine.sh("shyper vm stat still -o json")), machine.sh("find /run/shyper ! -path '*/1/policy' | sort")


def attack_in_turns(mvm, seconds, seed):
    """Attackers that ruin themselves too, and are started again by the daemon, are removed in the middle of it, one after the
    other."""
    machine = mvm(smp=4, mem=1024)
    until = seconds + 5 + int(float(machine.sh("cut -d' ' -f1 /proc/uptime")))
    config(machine, {"name": "victim", "kernel": "/test/victim.bin", "cpus": 2, "cpu_bitmap": "0b0011",
                     "cmdline": f"seconds={until}"})
    config(machine, {"name": "still", "kernel": "/test/hello.bin", "memory": "4M"})
    machine.sh("shyper vm boot victim")
    pid = info(machine)["daemon"]["pid"]
    began = time.monotonic()
    before, files = everything(machine), machine.sh(f"ls /proc/{pid}/fd | wc -l").strip()
    while time.monotonic() - began < seconds:
        config(machine, {"name": "attacker", "kernel": "/test/attack.bin", "cpus": 4, "heartbeat_ms": 3000, "restart": "on-crash",
                         "cmdline": f"seconds=999999,seed={seed}"})
        machine.sh("shyper vm boot attacker && sleep 4")
        stat = json.loads(machine.sh("shyper vm stat attacker -o json"))
        assert min(stat["exits"][kind] for kind in ("hypercall", "mmio", "sysreg", "injected")) > 0
        machine.sh("shyper vm remove attacker")
        assert everything(machine) == before
        machine.sh(f"until [ $(ls /proc/{pid}/fd | wc -l) -le {files} ]; do usleep 100000; done")
        seed += 1
    shown = machine.sh("shyper vm console victim </dev/null")
    assert passed(shown), shown
    assert info(machine)["daemon"]["pid"] == pid
    machine.sh("shyper vm remove victim && shyper vm remove still")
    now = info(machine)
    assert (now["vms"], now["pool_free_bytes"]) == (1, now["pool_bytes"])


# regression: 3, 55
def test_attackers_are_made_and_removed(mvm):
    attack_in_turns(mvm, 15, 6)


@pytest.mark.long
def test_attackers_are_made_and_removed_for_long(mvm):
    attack_in_turns(mvm, LONG_SECONDS, random.getrandbits(32))
