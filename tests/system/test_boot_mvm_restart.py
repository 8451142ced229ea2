# SPDX-License-Identifier: Apache-2.0
"""The management VM is a client: it panics, resets or is refused its restart, and the guests run on."""
import json
import re
import time

import pytest
from machine import PROMPT
from test_guests import SHYPER, bundle

GAP_US = 500_000        # of a guest under an emulator that shares the host's cores; a restart takes seconds


@pytest.fixture
def boot(start, linux):
    def run(name, vms, *more, gic="3", **options):
        mvm = ["--mvm-kernel", linux["kernel"], "--mvm-initrd", linux["initrd"], "--mvm-cmdline",
               linux["append"] + " panic=1", "--pool", "256M", *more]
        machine = start(kernel=SHYPER, initrd=bundle({"vms": vms}, name, mvm), gic=gic, smp=2, mem=1024, limit_s=60, **options)
        at_prompt(machine)
        return machine
    return run


def at_prompt(machine):
    machine.prompt()
    machine.sh("stty cols 250")


def listed(machine):
    return {vm["name"]: vm for vm in json.loads(machine.sh("shyper vm list -o json"))}


def panic(machine, wait_ms=None):
    machine.send("echo c > /proc/sysrq-trigger\r")
    machine.expect("Kernel panic")
    machine.expect(r"mvm asked for a reset")
    waits = int(machine.expect(r"mvm starts again in (\d+) ms").group(1))
    assert wait_ms in (None, waits)
    at_prompt(machine)


def pulses(machine, name):
    """What a pulse guest said last: how many times, and the longest gap in microseconds."""
    said = machine.sh(f"shyper vm console {name} --until us --timeout 20 </dev/null")
    count, gap = re.findall(r"pulse (\d+) longest gap (\d+) us", said)[-1]
    return int(count), int(gap)


@pytest.mark.parametrize("gic", ("2", "3"))
def test_guests_run_on_while_the_management_vm_panics(boot, gic):
    machine = boot(f"mvm-panics-gic{gic}", "a=pulse bitmap=0b1 b=pulse bitmap=0b10", gic=gic)
    panic(machine)
    vms = listed(machine)
    assert [(vms[name]["state"], vms[name]["restarts"]) for name in ("a", "b")] == [("running", 0)] * 2
    assert vms["mvm"]["restarts"] == 1
    for name in ("a", "b"):
        count, gap_us = pulses(machine, name)
        assert count > 6 and gap_us < GAP_US
    machine.send("poweroff -f\r")
    assert machine.wait_end() == 0
