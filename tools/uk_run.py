#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Run a unikernel image in QEMU and end with the application's exit status.

uk_run.py [--shell] -- qemu-system-... arguments

On a terminal, or when the image has no shell, QEMU simply takes over. Otherwise the lines of standard input are typed at the
shell's prompt one by one, and at their end `shutdown`: QEMU would drop what is typed before somebody reads it.
"""
import os
import selectors
import struct
import subprocess
import sys
import tempfile

PROMPT = "SHELL➜ ".encode()
HANG_S = 60
WITH_US = ["setpriv", "--pdeathsig", "KILL"]        # whatever ends us leaves no QEMU behind


def feed(qemu):
    vm = subprocess.Popen(WITH_US + qemu + ["-serial", "stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    ready = selectors.DefaultSelector()
    ready.register(vm.stdout, selectors.EVENT_READ)
    output = b""
    while True:
        if not ready.select(HANG_S):
            vm.kill()
            sys.exit(f"\nuk_run: nothing happened for {HANG_S} s, machine ended")
        piece = os.read(vm.stdout.fileno(), 4096)
        if not piece:
            return vm.wait()
        sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        # A prompt counts wherever it is: other threads may print behind it. What follows the last one is kept for the next.
        output += piece
        for _ in range(output.count(PROMPT)):
            line = sys.stdin.buffer.readline().rstrip(b"\n")
            at_end = not line and not sys.stdin.buffer.peek(1)
            vm.stdin.write((b"shutdown" if at_end else line) + b"\r")
            vm.stdin.flush()
        last = output.rfind(PROMPT)
        output = output[max(last + len(PROMPT) if last >= 0 else 0, len(output) - len(PROMPT) + 1):]


def run(qemu, shell):
    if shell and not sys.stdin.isatty():
        return feed(qemu)
    return subprocess.call(WITH_US + qemu + ["-serial", "mon:stdio" if sys.stdin.isatty() else "stdio"])


def check_memory(qemu):
    """A PC's loader does not see that RAM ends before the image does."""
    with open(qemu[qemu.index("-kernel") + 1], "rb") as file:
        image = file.read()
    table, = struct.unpack_from("<Q", image, 32)
    size, count = struct.unpack_from("<HH", image, 54)
    headers = [struct.unpack_from("<IIQQQQQ", image, table + i * size) for i in range(count)]
    end = max(pa + mem_size for kind, _, _, _, pa, _, mem_size in headers if kind == 1)
    if end > int(qemu[qemu.index("-m") + 1]) << 20:
        sys.exit(f"uk_run: not enough memory: the image ends at {end / (1 << 20):.1f} MiB")


def run_pc(qemu, shell):
    """A PC has no way to hand a whole byte to whoever started QEMU, so the image writes it to the debug console before it ends."""
    check_memory(qemu)
    with tempfile.NamedTemporaryFile() as status:
        ended = run(qemu + ["-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-chardev", f"file,id=status,path={status.name}",
                            "-device", "isa-debugcon,iobase=0xe9,chardev=status"], shell)
        told = open(status.name, "rb").read()
    return told[0] if told else ended


def main():
    args = sys.argv[1:]
    shell = args[0] == "--shell"
    qemu = args[args.index("--") + 1:]
    sys.exit((run_pc if "x86_64" in qemu[0] else run)(qemu, shell))


main()
