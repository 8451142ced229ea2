# SPDX-License-Identifier: Apache-2.0
"""A fault of the hypervisor itself: the debugger sends a CPU in EL2 to an address where nothing is mapped."""
import os
import subprocess

import pytest
from gdbstub import Gdb
from machine import BUILD

HYPERVISOR = os.path.join(BUILD, "gcc/hypervisor/shyper")


def address_of(name):
    listing = subprocess.run(["aarch64-linux-gnu-nm", HYPERVISOR + ".elf"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return next(int(line.split()[0], 16) for line in listing.splitlines() if line.split()[-1] == name)


@pytest.mark.parametrize("gic", [2, 3])
def test_a_fault_in_el2_is_reported_with_names_and_the_machine_is_reset(start, tmp_path, gic):
    stub = str(tmp_path / "gdb")
    machine = start(kernel=HYPERVISOR + ".bin", initrd=os.path.join(BUILD, "bundle.cpio"), gic=gic, smp=2, mem=512,
                    qemu=["-gdb", f"unix:{stub},server=on,wait=off"])
    machine.prompt()
    gdb = Gdb(stub)
    gdb.run_to(address_of("irq_handle"))
    gdb.go_on_at(0x10)
    machine.expect(r"\*\*\* Shyper panic on CPU \d: exception in EL2, syndrome 86\w+, address 10\b")
    machine.expect(r"x30 leads to 70\w+ (trap_irq|exit_loop)\+")
    machine.expect(r"x0 +[0-9a-f]{16}")
    machine.expect(r"called from 70\w+ (guest_return|trap_irq|hv_main|arch_main|exit_loop)\+")
    machine.expect(r"guest: vm 0 \(mvm\)")
    machine.expect(r"The machine is reset\.")
    assert machine.wait_end() == 0          # -no-reboot: QEMU ends at the reset
