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
    return next(int(line.split()[0], 16) for line in listing.splitlines() if line.split()[-1].split(".")[0] == name)


# regression: 17
@pytest.mark.parametrize("gic", [2, 3])
def test_a_fault_in_el2_is_reported_with_names_and_the_machine_is_reset(start, tmp_path, gic):
    stub = str(tmp_path / "gdb")
    machine = start(kernel=HYPERVISOR + ".bin", initrd=os.path.join(BUILD, "bundle.cpio"), gic=gic, smp=2, mem=512,
                    qemu=["-gdb", f"unix:{stub},server=on,wait=off"])
    machine.prompt()
    gdb = Gdb(stub)
    gdb.run_to(address_of({2: "v2_ack", 3: "gicv3_ack"}[gic]))      # called by trap_irq through a pointer, so not part of it
    gdb.go_on_at(0x10)
    machine.expect(r"\*\*\* Shyper panic on CPU \d: exception in EL2, syndrome 86\w+, address 10\b")
    machine.expect(r"x30 leads to 70\w+ (trap_irq|exit_loop)\+")
    machine.expect(r"x0 +[0-9a-f]{16}")
    machine.expect(r"called from 70\w+ (guest_return|trap_irq|hv_main|arch_main|exit_loop)\+")
    machine.expect(r"guest: vm 0 \(mvm\)")
    machine.expect(r"The machine is reset\.")
    assert machine.wait_end() == 0          # -no-reboot: QEMU ends at the reset


def in_el2(start, tmp_path):
    """A machine with a CPU stopped in EL2, and the debugger that stopped it."""
    stub = str(tmp_path / "gdb")
    machine = start(kernel=HYPERVISOR + ".bin", initrd=os.path.join(BUILD, "bundle.cpio"), gic=3, smp=1, mem=512,
                    qemu=["-gdb", f"unix:{stub},server=on,wait=off"])
    machine.prompt()
    gdb = Gdb(stub)
    gdb.run_to(address_of("trap_irq"))
    return machine, gdb


# regression: 53
@pytest.mark.parametrize("what", ["irq_handle", "hcall_table"], ids=["code", "constants"])
def test_el2_cannot_write_what_is_sealed(start, tmp_path, what):
    machine, gdb = in_el2(start, tmp_path)
    for number, value in enumerate((address_of(what), 0, 8)):
        gdb.set_register(number, value)
    gdb.go_on_at(address_of("memset"))
    machine.expect(rf"exception in EL2, syndrome 9600004f, address {address_of(what):x}\b")
    assert machine.wait_end() == 0


# regression: 53
def test_el2_cannot_execute_what_it_sees_of_a_guest(start, tmp_path):
    window = 0x70c0000000               # the first CPU's first window on guest memory, used while the guest was loaded
    machine, gdb = in_el2(start, tmp_path)
    gdb.go_on_at(window)
    machine.expect(rf"exception in EL2, syndrome 8600000[def], address {window:x}\b")      # no permission
    assert machine.wait_end() == 0
