#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Start a unikernel image in QEMU, halted before its first instruction, and gdb on it: uk_debug.py ELF -- qemu-system-... arguments

gdb reads commands from standard input and knows the threads (tools/uk_gdb.py); the machine's console is only shown. When gdb
ends, so does the machine.
"""
import os
import subprocess
import sys
import tempfile
import time

STARTS_S = 60
PC_ENDS = ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]        # by which the image ends a PC
WITH_US = ["setpriv", "--pdeathsig", "KILL"]        # whatever ends us leaves no QEMU behind


def main():
    elf, qemu = sys.argv[1], sys.argv[sys.argv.index("--") + 1:]
    if "x86_64" in qemu[0]:
        qemu += PC_ENDS
    with tempfile.TemporaryDirectory() as folder:
        socket = os.path.join(folder, "gdb")
        # In a session of its own, so that control-C at gdb's prompt is gdb's
        vm = subprocess.Popen(WITH_US + qemu + ["-S", "-gdb", f"unix:{socket},server=on,wait=off", "-serial", "stdio"],
                              stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            deadline = time.monotonic() + STARTS_S
            while not os.path.exists(socket):
                if vm.poll() is not None or time.monotonic() > deadline:
                    sys.exit("uk_debug: QEMU does not start")
                time.sleep(0.05)
            sys.exit(subprocess.call(["gdb-multiarch", "-q", elf, "-x", os.path.join(os.path.dirname(__file__), "uk_gdb.py"),
                                      "-ex", f"target remote {socket}"]))
        finally:
            vm.kill()
            vm.wait()


main()
