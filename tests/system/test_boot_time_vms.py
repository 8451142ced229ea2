# SPDX-License-Identifier: Apache-2.0
"""VMs that start with the machine, beside a management VM: guest test programs, the bad neighbours among them. The management
VM goes on, and its list, logs and consoles say what became of each."""
import json
import re

import pytest
from test_guests import SHYPER, bundle

VMS = ("hello=hello unmapped=unmapped exit=exit off=cpus_off cpus=2 reset=reset psci=psci cpus=2 "
       "storm=storm bitmap=0b10 cmdline=wait flood=flood bitmap=0b100 cmdline=wait spin=spin bitmap=0b1 cmdline=wait")


@pytest.fixture
def machine(start, linux, request):
    gic = request.param
    mvm = ["--mvm-kernel", linux["kernel"], "--mvm-initrd", linux["initrd"], "--mvm-cmdline", linux["append"], "--pool", "1G"]
    running = start(kernel=SHYPER, initrd=bundle({"vms": VMS}, f"boot-time-gic{gic}", mvm), gic=gic, smp=4, mem=2048, limit_s=300)
    running.prompt()
    running.sh("stty cols 250")
    yield running
    running.send("poweroff -f\r")
    assert running.wait_end() == 0


def listed(machine):
    return {vm["name"]: vm for vm in json.loads(machine.sh("shyper vm list -o json"))}


def row(machine, name):
    return re.search(rf"^\d+ +{name} .*$", machine.sh("shyper vm list"), re.M).group(0)


def console(machine, name):
    """All that a VM which has ended wrote."""
    return machine.sh(f"shyper vm console {name} </dev/null")


@pytest.mark.parametrize("machine", ("2", "3"), indirect=True)
def test_vms_of_the_bundle_beside_the_management_vm(machine):
    # What ends by itself has ended when its console does.
    for name in ("hello", "unmapped", "off", "reset", "psci"):
        said = console(machine, name)
        assert "done: " in said and " 0 failed" in said or name == "off" and "last one off" in said, said
    assert "leaving" in console(machine, "exit")

    assert "status 3" in row(machine, "exit")
    assert "off" in row(machine, "hello")
    # The bad ones wait for a character. One of them shares the management VM's core.
    for name, sign in (("storm", "faulting"), ("flood", "flood 1"), ("spin", "spinning")):
        machine.sh(f"printf x | shyper vm console {name} --until '{sign}'")
        assert "running" in row(machine, name)
    vms = listed(machine)
    assert vms["reset"]["restarts"] == 1 and vms["hello"]["restarts"] == 0
    assert "at IPA a000000" in machine.sh("shyper vm log unmapped")
    assert "guest-physical 10000000" in machine.sh("shyper vm log storm")     # the first fault is not lost in the storm

    lost = 0
    while lost == 0:                                                    # counted, and nobody waits for a reader
        lost = json.loads(machine.sh("shyper vm stat flood -o json"))["console_lost"]

    machine.sh("shyper vm reboot hello")                                # loaded again from the bundle
    assert console(machine, "hello").count("done: 8 passed, 0 failed") == 2

    for name in ("storm", "flood", "spin"):
        machine.sh(f"shyper vm stop {name}", status=None)
        assert "running" not in row(machine, name)
    for name in vms:
        if name != "mvm":
            machine.sh(f"shyper vm remove {name}")
    assert list(listed(machine)) == ["mvm"]
    info = json.loads(machine.sh("shyper system info -o json"))
    assert info["pool_free_bytes"] == info["pool_bytes"]
