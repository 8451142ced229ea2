# SPDX-License-Identifier: Apache-2.0
"""Between the firmware and the guests: nothing a guest calls reaches it, and nothing it left in EL2's registers reaches a guest.
QEMU, which is the firmware here, notes each call it serves."""
import re
import struct

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


def msr(op1, crn, crm, op2):
    """Of an op0 3 register, from x1."""
    return 0xD5180001 | op1 << 16 | crn << 12 | crm << 8 | op2 << 5


# HFGRTR_EL2 and those that follow it, HCRX_EL2
CONTROLS = [msr(4, 1, 1, n) for n in (4, 5, 6)] + [msr(4, 3, 1, n) for n in (4, 5)] + [msr(4, 1, 2, 2)]


def test_a_guest_has_none_of_the_controls_the_firmware_left(start, tmp_path):
    """A boot loader sets every bit of controls that later architectures have, and goes on to Shyper."""
    shyper_at = 0x44000000
    code = [0x92800001, *CONTROLS, 0xD5033FDF, 0xD2A00001 | shyper_at >> 16 << 5, 0xD61F0020]   # x1 = -1 ... isb; x1 = shyper_at; br x1
    header = struct.pack("<IIQQQ24s4sI", 0x14000010, 0, 0, 0x1000, 0xA, b"", b"ARM\x64", 0)
    loader = tmp_path / "loader"
    loader.write_bytes(header + struct.pack(f"<{len(code)}I", *code))
    machine = start(kernel=str(loader), initrd=bundle({"vms": "a=sysregs"}, "left-by-firmware"), gic=3, smp=1, mem=512, cpu="max",
                    qemu=["-device", f"loader,file={SHYPER},addr={shyper_at:#x},force-raw=on"])
    machine.expect(r"\[a\] done: \d+ passed, 0 failed")
    assert machine.wait_end() == 0
