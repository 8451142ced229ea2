# SPDX-License-Identifier: Apache-2.0
"""Rows of the hypervisor, with Xen and bare Linux beside it."""
import glob
import os
import re
import subprocess

import counting
from counting import HANG_S, OUT, Missing, Row, address_of, benchmark, by_function, note_where, peer, where_notes

MACHINE = "virt,gic-version=3,dtb-randomness=off,virtualization="


def qemu(kernel, *options, el=2, cpu="cortex-a57", smp=1, mem=1024, count=()):
    return counting.run(["qemu-system-aarch64", "-M", MACHINE + ("on" if el == 2 else "off"), "-cpu", cpu, "-smp", str(smp),
                         "-m", str(mem), "-kernel", kernel, *options], count)


def probe_on_shyper(args, *count):
    return qemu(args.hypervisor + ".bin", "-initrd", f"{OUT}/probe.cpio", cpu="cortex-a53", count=("stop=100", *count))


def guest_on_xen(args, image, cpus=1, count=()):
    """A payload as the only dom0less guest of Debian's Xen, described to it in the machine's device tree."""
    if not os.path.exists(args.xen):
        raise Missing("not installed")
    tree = f"{OUT}/xen.dtb"
    machine = ["-M", f"{MACHINE}on,dumpdtb={tree}", "-cpu", "cortex-a53", "-smp", str(cpus), "-m", "1024", "-nodefaults", "-display", "none"]
    subprocess.run(["qemu-system-aarch64", *machine], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)

    def put(node, key, *values, kind="x"):
        subprocess.run(["fdtput", "-t", kind, tree, node, key, *values], check=True)

    guest, module = "/chosen/domU1", "/chosen/domU1/module@50000000"
    put("/chosen", "xen,xen-bootargs", "console=dtuart dtuart=/pl011@9000000 vwfi=native", kind="s")
    put("/chosen", "#address-cells", "2")
    put("/chosen", "#size-cells", "2")
    subprocess.run(["fdtput", "-c", tree, guest, module], check=True)
    put(guest, "compatible", "xen,domain", kind="s")
    put(guest, "#address-cells", "2")
    put(guest, "#size-cells", "2")
    put(guest, "memory", "0", f"{128 << 10:x}")
    put(guest, "cpus", str(cpus))
    put(guest, "vpl011", "", kind="s")
    put(module, "compatible", "multiboot,kernel", "multiboot,module", kind="s")
    put(module, "reg", "0", "50000000", "0", f"{os.path.getsize(image):x}")
    return qemu(args.xen, "-dtb", tree, "-device", f"loader,file={image},addr=0x50000000,force-raw=on", cpu="cortex-a53",
                smp=cpus, count=["stop=100", *count])


def probe_on_xen(args):
    return guest_on_xen(args, f"{OUT}/probe-xen.img")


probes = {}


def probe(args, name):
    """The probe's report on a hypervisor, run once for all rows that need it."""
    if name not in probes:
        try:
            probes[name] = {"shyper": probe_on_shyper, "xen": probe_on_xen}[name](args)
        except Missing as why:
            probes[name] = why
    if isinstance(probes[name], Missing):
        raise probes[name]
    return probes[name]


def cost_row(args, name, unit_mark, aim, call, xen_call):
    value = probe(args, "shyper").cost(unit_mark)
    if value > aim:
        note_where(name, probe_on_shyper(args, f"where={unit_mark}:{unit_mark}"), args.hypervisor + ".elf")
    yield Row(name, "EL2 instructions", value, f"<= {aim}", {"xen": peer(lambda: probe(args, "xen").cost(unit_mark))},
              f"{call}, vector to ERET inclusive, GICv3, one CPU, trace built in and off; Xen: {xen_call}")


@benchmark
def hvc_null(args):
    yield from cost_row(args, "hvc_null", "98", 90, "info_version by HVC", "xen_version")


@benchmark
def vgic_read(args):
    yield from cost_row(args, "vgic_read", "99", 150, "read of GICD_IIDR", "the same")


@benchmark
def s2_fault(args):
    yield from cost_row(args, "s2_fault", "102", 200, "read of the UART's flags", "the same")


measured = {}


def measure(args):
    """mvm_measure in the management VM's place, run once."""
    if not measured:
        measured["report"] = qemu(args.hypervisor + ".bin", "-initrd", f"{OUT}/measure.cpio", mem=4096)
    return measured["report"]


@benchmark
def vm_create(args):
    report = measure(args)
    report.first("104")
    how = ("virtual time, vm_create to the VM's first instruction, with loading and zeroing what it needs, one CPU of 1 GHz and "
           "an instruction a cycle")
    for name, mark, first, aim in (("vm_create", "103", 0, 3), ("vm_create_1g", "105", 1, 5)):
        yield Row(name, "ms", round((report.marks["104"][first] - report.first(mark)) / 1e6, 3), f"<= {aim}", {}, how)


@benchmark
def el2_ram(args):
    elf = args.hypervisor + ".elf"
    image = (address_of(elf, "hv_image_end", "ABDbd") - address_of(elf, "hv_image_start") + 4095) // 4096 * 4
    rest = int(re.search(r"(\d+) KiB of pages at rest", measure(args).console).group(1))
    idle = int(re.search(r"(\d+) KiB of pages for an idle VM", measure(args).console).group(1))
    how = "code, data, BSS and stacks of 8 CPUs, and pages in use or set aside for tables, with the management VM alone, GICv3"
    yield Row("el2_ram", "KiB", image + rest, "<= 1024", {}, how)
    yield Row("el2_ram_vm", "KiB", idle, "<= 64", {}, "pages in use by or set aside for a VM of one vCPU and 64 MiB that does not run")


@benchmark
def vcpu_switch(args):
    elf = args.hypervisor + ".elf"
    slice_over = f"at={address_of(elf, 'slice_over'):#x}:slice"
    report = qemu(args.hypervisor + ".bin", "-initrd", f"{OUT}/switch.cpio", cpu="cortex-a53",
                  count=("stop=100", slice_over, "where=107:100"))
    report.first("100")
    functions = [(count, name) for count, name in by_function(report, elf) if not name.startswith("outside")]
    switches = sum(count > report.first("107") for count in report.marks["slice"])
    value = round(sum(count for count, _ in functions) / switches)
    if value > 700:
        where_notes.append(("vcpu_switch", ", ".join(f"{name} {round(count / switches)}" for count, name in functions[:24])))
    yield Row("vcpu_switch", "EL2 instructions", value, "<= 700", {},
              f"the end of a slice, vector to ERET of the other VM, both only spin, with FP, GICv3; mean of {switches}")


@benchmark
def hv_lines(args):
    lines = 0
    for folder in ("core", "arch", "devices", "drivers"):
        for path in sorted(glob.glob(f"hypervisor/{folder}/**/*.[chS]", recursive=True)):
            with open(path, encoding="utf-8") as file:
                text = re.sub(r"/\*.*?\*/|//[^\n]*", "", file.read(), flags=re.DOTALL)
            lines += sum(1 for line in text.splitlines() if line.strip())
    yield Row("hv_lines", "lines", lines, "<= 10000", {}, "hypervisor/core, arch, devices, drivers; neither blank nor comment")


@benchmark
def irqs_off_max(args):
    """Not counted under -icount: CPUs run at once, and waiting for a lock is left out (tests/bench/irqs_off.c)."""
    elf = args.hypervisor + ".elf"
    files = []
    for name, options in (("life", ["--mem", "512"]), ("measure", ["--mem", "4096"]), ("linux", [])):
        files.append(f"{OUT}/irqs_off.{name}")
        bundle = args.bundle if name == "linux" else f"{OUT}/{name}.cpio"
        plugin = f"{OUT}/irqs_off.so,vectors={address_of(elf, 'hv_vectors'):#x},polls={address_of(elf, 'irq_handle'):#x},out={files[-1]}"
        subprocess.run(["tools/run", "--kernel", args.hypervisor + ".bin", "--initrd", bundle, *options, "--", "-plugin", plugin],
                       input="shyper vm list\n" if name == "linux" else "", text=True, stdout=subprocess.DEVNULL, timeout=HANG_S, check=False)
    listing = subprocess.run(["tests/bench/irqs_off", elf, *files], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    value = int(listing[-1].split()[1])
    where_notes.append(("irqs_off_max", " ".join(listing[0].split())))
    yield Row("irqs_off_max", "instructions", value, "<= 20000", {},
              "longest stretch without interrupts in EL2: lives of VMs on 4 CPUs, a 1 GiB VM, Linux; make test-irqs-off: all tests")


def interrupts(args, bundle, *count, smp=1):
    return qemu(args.hypervisor + ".bin", "-initrd", f"{OUT}/{bundle}.cpio", cpu="cortex-a53", smp=smp, count=("stop=100", *count))


def interrupts_on_xen(args, smp=1):
    return guest_on_xen(args, f"{OUT}/interrupts-xen.img", smp, ["cpus=many"])


@benchmark
def irq_spi(args):
    vector = address_of(args.hypervisor + ".elf", "hv_vectors") + 0x480
    count = [f"at={vector:#x}:vector"]
    value = interrupts(args, "interrupts-mvm", *count).latency("vector", "105") + 1
    if value > 180:
        note_where("irq_spi", interrupts(args, "interrupts-mvm", *count, "where=vector:105"), args.hypervisor + ".elf")
    yield Row("irq_spi", "EL2 instructions", value, "<= 180", {"xen": "a dom0less guest has none"},
              "a line of the board, to the MVM's vector while it runs, vector to ERET inclusive, GICv3, one CPU")


@benchmark
def irq_timer(args):
    value = interrupts(args, "interrupts", "cpus=many", smp=2).latency("104", "105")
    if value > 180:
        note_where("irq_timer", interrupts(args, "interrupts", "where=104:105", "cpus=many", smp=2), args.hypervisor + ".elf")
    yield Row("irq_timer", "EL2 instructions", value, "<= 180",
              {"xen": peer(lambda: interrupts_on_xen(args, 2).latency("104", "105"))},
              "the virtual timer's interrupt, to the guest's vector while it runs, vector to ERET inclusive, GICv3")


@benchmark
def vipi(args):
    value = interrupts(args, "interrupts", "cpus=many", smp=2).latency("106", "105")
    if value > 1000:
        note_where("vipi", interrupts(args, "interrupts", "where=106:105", "cpus=many", smp=2), args.hypervisor + ".elf")
    yield Row("vipi", "instructions", value, "<= 1000",
              {"xen": peer(lambda: interrupts_on_xen(args, 2).latency("106", "105"))},
              "SGI write to the first instruction of the handler, all CPUs and levels, receiver in WFI, GICv3, two CPUs; Xen: vwfi=native")


@benchmark
def boot_guest(args):
    report = probe(args, "shyper")
    value = report.first("96")
    detail = probe_on_shyper(args, "where=reset:96")
    copies = sum(count for count, name in by_function(detail, args.hypervisor + ".elf") if name in ("memcpy", "guest_load"))
    if value > 250000:
        note_where("boot_guest", detail, args.hypervisor + ".elf")
    xen = peer(lambda: probe(args, "xen").first("96"))
    how = "reset to the guest's first instruction, cortex-a53, GICv3, one CPU, 128 MiB guest started at boot, no MVM"
    yield Row("boot_guest", "instructions", value, "<= 250000", {"xen": xen}, how)
    yield Row("boot_guest_less_copy", "instructions", value - copies, "", {}, how + ", less what memcpy executes")


def linux_bare(args):
    return qemu(args.linux_aarch64, "-initrd", f"{OUT}/linux.cpio", "-append", args.cmdline, el=1, count=["stop=101"]).first("101")


def linux_on_shyper(args, *count):
    return qemu(args.hypervisor + ".bin", "-initrd", f"{OUT}/mvm.cpio", count=["stop=101", *count])


def linux_on_xen(args):
    if not os.path.exists(args.xen):
        raise Missing("not installed")
    return qemu(args.xen, "-append", "dom0_mem=512M console=dtuart dtuart=/pl011@9000000",
                "-device", f"guest-loader,addr=0x49000000,kernel={args.linux_aarch64},bootargs=console=hvc0 quiet cma=0 rdinit=/init",
                "-device", f"guest-loader,addr=0x4c000000,initrd={OUT}/linux.cpio", count=["stop=101"]).first("101")


@benchmark
def mvm_boot_ratio(args):
    bare = linux_bare(args)
    ratio = round(linux_on_shyper(args).first("101") / bare, 4)
    if ratio > 1.03:
        note_where("mvm_boot_ratio", linux_on_shyper(args, "where=reset:101"), args.hypervisor + ".elf")
    yield Row("mvm_boot_ratio", "ratio", ratio, "<= 1.03",
              {"bare": bare, "xen dom0": peer(lambda: round(linux_on_xen(args) / bare, 4))},
              "reset to the first instruction of /init, Linux as MVM / bare at EL1, all ELs, 1 GiB, one CPU; bare in instructions")


@benchmark
def hv_image(args):
    total = os.path.getsize(args.hypervisor + ".bin")
    listing = subprocess.run(["aarch64-linux-gnu-size", "-A", os.path.join(os.path.dirname(args.hypervisor), "symbols.o")],
                             stdout=subprocess.PIPE, text=True, check=True).stdout
    table = int(re.search(r"^\.symbols\s+(\d+)", listing, re.MULTILINE).group(1))
    xen = os.path.getsize(args.xen) if os.path.exists(args.xen) else "not installed"
    yield Row("hv_image", "bytes", total, "<= 112640", {"xen": xen}, "the image as booted")
    yield Row("hv_symbols", "bytes", table, "", {}, "of it, the table of names for panics")
