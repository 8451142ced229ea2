# SPDX-License-Identifier: Apache-2.0
"""What the tools of an installed Unishyper share: where it is, and what it says about an ISA."""
import os
import subprocess
import sys

LIBEXEC = os.path.dirname(os.path.realpath(__file__))
LIB = os.path.dirname(LIBEXEC)


def fail(text):
    name = os.path.basename(sys.argv[0])
    sys.exit(f"{'uk-cc' if name == 'collect-ld' else name}: {text}")


def arches():
    return sorted(name for name in os.listdir(LIB) if os.path.exists(os.path.join(LIB, name, "flags")))


class Arch:
    """One ISA; flags is what unikernel/build.mk says of it, word by word."""

    def __init__(self, name):
        if name not in arches():
            fail(f"--arch={name} is not installed; there are: {' '.join(arches())}")
        self.name, self.folder = name, os.path.join(LIB, name)
        with open(os.path.join(self.folder, "flags"), encoding="utf-8") as file:
            self.flags = {key: words for key, *words in map(str.split, file)}

    def tool(self, name):
        return self.flags["cross"][0] + name

    def run_cc(self, run, args):
        try:
            return run([self.tool("gcc"), *args])
        except FileNotFoundError:
            return fail(f"there is no {self.tool('gcc')} here; on Debian it is in the package gcc-{self.tool('gcc')[:-4].replace('_', '-')}")

    def file_of_gcc(self, name):
        return self.run_cc(subprocess.check_output, [*self.flags["cflags"], f"-print-file-name={name}"]).decode().strip()

    def features(self, asked):
        """Those asked for, and those they need."""
        unknown = [feature for feature in asked if feature not in self.flags["features"]]
        if unknown:
            fail(f"unknown feature {unknown[0]}; there are: {' '.join(self.flags['features'])}")
        return sorted({more for feature in asked for more in [feature, *self.flags[f"implied.{feature}"]]})

    def kernel(self, features):
        parts = "-".join(feature for feature in features if feature in self.flags["parts"])
        return os.path.join(self.folder, "kernel", parts or "none", "uk.kernel.o")
