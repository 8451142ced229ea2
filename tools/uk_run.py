#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Run a unikernel image in QEMU and end with the application's exit status.

uk_run.py [--shell] -- qemu-system-... arguments

On a terminal QEMU simply takes over. Otherwise standard input is typed: at the prompts of a shell line by line, and at the end
`shutdown`; to an image without a shell as fast as it reads, and at the end control-D.
"""
import os
import selectors
import struct
import subprocess
import sys
import tempfile
import threading

PROMPT = "SHELL➜ ".encode()
HANG_S = 60
END, QUOTE, ERASE = b"\4", b"\x16", b"\x7f"
SPECIAL = b"\4\x08\r\x15\x16\x7f"          # what a terminal does not hand on as it is
ENDS = 256                                  # programs read on behind the end
PIECE = 1000                                # a line of a terminal is 4,095 bytes at most
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


def type_in(keyboard):
    """All of standard input, whatever bytes it has. The first key may come before the UART is set up, and get lost."""
    keyboard.write(ERASE)
    while piece := os.read(0, PIECE):
        keyboard.write(b"".join(QUOTE + bytes([c]) if c in SPECIAL else bytes([c]) for c in piece))
        if not piece.endswith(b"\n"):
            keyboard.write(END)
    keyboard.write(END * ENDS)


def type_until_end(keyboard):
    try:
        type_in(keyboard)
    except BrokenPipeError:
        pass


def run(qemu, shell):
    if sys.stdin.isatty():
        return subprocess.call(WITH_US + qemu + ["-serial", "mon:stdio"])
    if shell:
        return feed(qemu)
    vm = subprocess.Popen(WITH_US + qemu + ["-serial", "stdio"], stdin=subprocess.PIPE, bufsize=0)
    threading.Thread(target=type_until_end, args=[vm.stdin], daemon=True).start()
    return vm.wait()


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
