# SPDX-License-Identifier: Apache-2.0
"""Programs from elsewhere, from main to their end, beside the same on Linux: compiled by the same compiler, linked with the same
musl, in the same machine (apps/marked)."""
import os

import counting
from counting import Missing, Row, benchmark, note_where
from unikernel import END, ISAS, uk_file

PROGRAM = "127"             # apps/benches/bench.h
HOW = "all privilege levels, from main to the end of the program, one CPU"


def machine_of(isa, mem):
    return [*ISAS[isa].machine, *ISAS[isa].options, "-m", str(mem)]


def ours(args, isa, app, words, count=()):
    return counting.run([*machine_of(isa, 256), "-kernel", uk_file(args, isa, f"{app}/{app}.img"), "-initrd", f"{counting.OUT}/programs-{isa}.cpio",
                         "-append", words.format(folder="/initrd")], ["stop=" + END, *count])


def linux(args, isa, app, words):
    kernel = getattr(args, "linux_" + isa)
    if not os.path.exists(kernel):
        raise Missing("not available")
    words = f"console={ISAS[isa].console} quiet nokaslr panic=-1 rdinit=/init -- /{app} {words.format(folder='')}"
    return counting.run([*machine_of(isa, 512), "-kernel", kernel, "-initrd", f"{counting.OUT}/programs-{isa}.cpio", "-append", words], ["stop=" + END])


def cost(report):
    begin, end = report.marks[PROGRAM][:2]
    return end - begin - 1


def ratio(name, aim, app, words, how):
    def measure(isa):
        def rows(args):
            here, there = cost(ours(args, isa, app, words)), cost(linux(args, isa, app, words))
            if here / there > aim:
                note_where(f"{name}@{isa}", ours(args, isa, app, words, [f"where={PROGRAM}:{PROGRAM}:0"]), uk_file(args, isa, f"{app}/{app}.elf"))
            yield Row(f"{name}@{isa}", "x Linux", round(here / there, 3), f"<= {aim}", {"instructions": f"{here} / {there}"}, how)
        return rows
    for isa in ISAS:
        benchmark(measure(isa), f"{name}@{isa}")


ratio("lua_ratio", 1.0, "lua_bench", "{folder}/run.lua nbody fannkuch spectral trees mandelbrot nucleotides",
      f"six language benchmarks in Lua; {HOW}")
ratio("sqlite_ratio", 0.9, "sqlite_bench", "--size 5 /speed.db", f"SQLite's speedtest1 --size 5, threads on, rollback journal, on tmpfs; {HOW}")
