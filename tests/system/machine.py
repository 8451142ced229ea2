# SPDX-License-Identifier: Apache-2.0
"""Machines for the system tests: QEMU behind a pseudo-terminal, started by tools/run as a user at a terminal would.

Rules every run keeps: at most two machines at a time on this host (a lock over all working copies' tests that share a build
folder), a limit that finds a hang and decides nothing else, a cap on the output, a log per machine, and an end by process id.
"""
import fcntl
import os
import re
import time

import pexpect

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build")
SLOTS = 2
OUTPUT_LIMIT = 8 << 20
PROMPT = r"(?:^|[\r\n])mvm:\S*# "


class Slot:
    """One of the SLOTS places for a running machine, held through a file lock until release()."""

    def __init__(self, limit_s=900):
        folder = os.path.join(BUILD, ".qemu-slots")
        os.makedirs(folder, exist_ok=True)
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            for number in range(SLOTS):
                file = os.open(os.path.join(folder, str(number)), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    self.file = file
                    return
                except BlockingIOError:
                    os.close(file)
            time.sleep(0.2)
        raise AssertionError(f"no place for a machine became free in {limit_s} s")

    def release(self):
        if self.file is not None:
            os.close(self.file)
            self.file = None


class Log:
    """What the machine printed, in a file; too much of it ends the test."""

    def __init__(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.path = path
        self.file = open(path, "w", encoding="utf-8", newline="")
        self.size = 0

    def write(self, text):
        self.size += len(text)
        if self.size > OUTPUT_LIMIT:
            raise AssertionError(f"the machine printed more than {OUTPUT_LIMIT >> 20} MiB, see {self.path}")
        self.file.write(text)

    def flush(self):
        self.file.flush()


def plugin_of(name, qemu):
    """`make test-irqs-off` has each machine's interrupts-off stretches recorded: IRQS_OFF is the plugin and where the vectors are.

    Not where QEMU counts instructions: there it does not tell a plugin of each block (interrupts are acknowledged without a call of
    irq_handle), and stretches run together."""
    if "IRQS_OFF" not in os.environ or "-icount" in qemu:
        return []
    folder = os.path.join(BUILD, "irqs_off")
    os.makedirs(folder, exist_ok=True)
    return ["-plugin", f"{os.environ['IRQS_OFF']},out={folder}/{name}"]


class Machine:
    """A running machine. `options` are those of tools/run; `qemu` are further options of QEMU itself. With `command`, that is
    what starts the machine."""

    def __init__(self, name, limit_s=60, qemu=(), command=None, **options):
        self.log = Log(os.path.join(BUILD, "logs", name + ".log"))
        if command is None:
            command = [os.path.join(ROOT, "tools/run")]
            for key, value in options.items():
                command += ["--" + key, str(value)]
            command += ["--", *qemu, *plugin_of(name, qemu)]
        command = ["--foreground", "-k", "2", str(limit_s), *command]
        self.limit_s = limit_s
        self.is_wide = False
        self.slot = Slot()
        try:
            self.child = pexpect.spawn("timeout", command, cwd=ROOT, encoding="utf-8", codec_errors="replace",
                                       timeout=limit_s, echo=False, dimensions=(40, 200))
        except BaseException:
            self.slot.release()
            raise
        self.child.delaybeforesend = None
        self.child.logfile_read = self.log

    def _tail(self):
        self.log.flush()
        with open(self.log.path, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-25:])

    def expect(self, pattern):
        """Wait for a pattern (a regular expression, or a list of them); return the match."""
        try:
            self.child.expect(pattern)
        except (pexpect.EOF, pexpect.TIMEOUT) as failure:
            what = "ended" if isinstance(failure, pexpect.EOF) else f"said nothing of the kind for {self.limit_s} s"
            raise AssertionError(f"waiting for {pattern!r}: the machine {what}; its last lines:\n{self._tail()}") from None
        return self.child.match

    def send(self, text):
        self.child.send(text)

    def before(self):
        """What was printed before the last match, since the one before it."""
        return self.child.before

    def prompt(self):
        self.expect(PROMPT)

    def sh(self, command, status=0):
        """Run a command at the management VM's prompt; return what it printed. Its exit status has to be `status`."""
        if not self.is_wide:        # the shell's line editor would break the echo of a long line at 80 columns
            self.is_wide = True
            self.send("stty cols 1000\r")
            self.prompt()
        self.send(f"{command}; echo status=$?\r")
        self.expect(r"echo status=\$\?\r*\n")
        got = int(self.expect(r"status=(\d+)\r*\n").group(1))
        output = re.sub(r"\r+\n", "\n", self.before())
        self.prompt()
        assert status is None or got == status, f"`{command}` exited with {got}, not {status}; it printed:\n{output}"
        return output

    def wait_end(self):
        """Wait for the machine to end by itself; return QEMU's exit status."""
        self.expect(pexpect.EOF)
        self.child.close()
        self.slot.release()
        return self.child.exitstatus

    def close(self):
        if self.child.isalive():
            self.child.close(force=True)
        self.log.flush()
        self.slot.release()
