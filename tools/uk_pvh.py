#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Make a file that PVH boot loaders take: uk_pvh.py IMAGE ELF

IMAGE is the unikernel's memory as it is loaded, entered at its first byte in 32-bit mode; at offset 8 stands how much memory it
takes. ELF gets one segment, loaded at LOAD, and the note that names the entry (Xen, type 18). The kernel's own ELF file will not
do: its segments have places in the image, not in memory.
"""
import struct
import sys

LOAD = 0x200000                 # IMAGE_LMA in unikernel/arch/x86_64/uk_layout.h
HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
SEGMENT = struct.Struct("<IIQQQQQQ")
PT_LOAD, PT_NOTE = 1, 4
NOTE_ENTRY = 18
AT = 256


def main():
    image = open(sys.argv[1], "rb").read()
    memory, = struct.unpack_from("<Q", image, 8)
    note = struct.pack("<III4sQ", 4, 8, NOTE_ENTRY, b"Xen\0", LOAD)
    headers = HEADER.size + 2 * SEGMENT.size
    out = HEADER.pack(b"\x7fELF\2\1\1", 2, 62, 1, LOAD, HEADER.size, 0, 0, HEADER.size, SEGMENT.size, 2, 0, 0, 0)
    out += SEGMENT.pack(PT_LOAD, 7, AT, LOAD, LOAD, len(image), memory, AT)
    out += SEGMENT.pack(PT_NOTE, 4, headers, 0, 0, len(note), len(note), 4)
    out += note
    with open(sys.argv[2], "wb") as f:
        f.write(out.ljust(AT, b"\0") + image)


main()
