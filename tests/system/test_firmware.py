# SPDX-License-Identifier: Apache-2.0
"""Nothing a guest calls reaches the firmware: QEMU, which is the firmware here, notes each call it serves."""
import re

import pytest
from test_guests import SHYPER, bundle


# regression: 21
@pytest.mark.parametrize("gic", ("2", "3"))
@pytest.mark.parametrize("who, programs", (("guests", 2), ("mvm", 1)))
def test_the_firmware_hears_of_the_hypervisors_own_calls_only(start, tmp_path, gic, who, programs):
    """Two guests, or the management VM, make every PSCI call there is by both conduits. The firmware starts a CPU and switches
    the machine off."""
    case = {"vms": "a=psci cpus=2 b=hypercalls"} if who == "guests" else {"vms": "", "mvm": "psci", "mvm_cpus": "0-1"}
    machine = start(kernel=SHYPER, initrd=bundle(case, f"firmware-{who}-gic{gic}"), gic=gic, smp=2,
                    mem=512, limit_s=120, qemu=["-d", "int", "-D", str(tmp_path / "int")])
    assert machine.wait_end() == 0
    with open(machine.log.path, encoding="utf-8", errors="replace") as log:
        assert len(re.findall(r"done: \d+ passed, 0 failed", log.read())) == programs
    with open(tmp_path / "int", encoding="utf-8", errors="replace") as notes:
        exceptions = notes.read()
    trapped = exceptions.count("from EL1 to EL2\n...with ESR 0x17/")     # SMC of a guest
    own, served = exceptions.count("[Secure Monitor Call]"), exceptions.count("handled as PSCI call")
    assert trapped > 50 and (own, served) == (2, 2)
