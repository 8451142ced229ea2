# SPDX-License-Identifier: Apache-2.0
"""Just enough of the GDB remote protocol to stop a machine at an address and change where it goes on."""
import socket
import time

PC = 32     # register number in the aarch64 core feature


class Gdb:
    def __init__(self, path, limit_s=60):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(limit_s)
        deadline = time.monotonic() + limit_s
        while True:
            try:
                self.socket.connect(path)
                break
            except (FileNotFoundError, ConnectionRefusedError):
                assert time.monotonic() < deadline, f"QEMU did not offer {path} in {limit_s} s"
                time.sleep(0.05)
        self.buffer = b""

    def _byte(self):
        while not self.buffer:
            got = self.socket.recv(4096)
            assert got, "QEMU closed the debugger's connection"
            self.buffer = got
        first, self.buffer = self.buffer[:1], self.buffer[1:]
        return first

    def send(self, text):
        data = text.encode()
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) & 0xFF))

    def reply(self):
        while self._byte() != b"$":
            pass
        text = b""
        while (byte := self._byte()) != b"#":
            text += byte
        self._byte()
        self._byte()
        self.socket.sendall(b"+")
        return text.decode()

    def ask(self, text):
        self.send(text)
        return self.reply()

    def run_to(self, address):
        assert self.ask(f"Z1,{address:x},4") == "OK"
        stopped = self.ask("c")
        assert stopped.startswith("T05"), stopped
        assert self.ask(f"z1,{address:x},4") == "OK"

    def set_register(self, number, value):
        assert self.ask(f"P{number:x}={value.to_bytes(8, 'little').hex()}") == "OK"

    def register(self, number):
        return int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")

    def memory(self, address, length=8):
        return int.from_bytes(bytes.fromhex(self.ask(f"m{address:x},{length:x}")), "little")

    def go_on_at(self, address):
        self.set_register(PC, address)
        self.send("c")
