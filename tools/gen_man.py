#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A manual page from a page of docs/: headings, paragraphs, lists, tables (a tagged paragraph per row) and code.

usage: gen_man.py PAGE.md NAME SECTION "what it is" > NAME.SECTION
"""
import re
import sys


def inline(text):
    """Markdown inside a paragraph. Dashes of code are typed, so they must stay dashes."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text.replace("\\", "\\e"))
    text = re.sub(r"`([^`]*)`", lambda m: r"\fB" + m.group(1).replace("-", r"\-") + r"\fR", text)
    text = re.sub(r"\*\*([^*]*)\*\*", r"\\fB\1\\fR", text)
    return safe(text)


def safe(line):
    """A dot or a quote that begins a line would be a request."""
    return r"\&" + line if line.startswith((".", "'")) else line


def row(cells, titles):
    rest = [f"{title}: {cell}" for title, cell in zip(titles[2:], cells[2:]) if cell]
    return [".TP", inline(cells[0]), inline("; ".join([cells[1], *rest]))]


def page(lines):
    out, paragraph, titles, in_code = [], [], None, False

    def close():
        if paragraph:
            out.extend([".PP", inline(" ".join(paragraph))])
            paragraph.clear()

    for line in lines:
        if line.startswith("```"):
            close()
            in_code = not in_code
            out.append(".PP\n.nf" if in_code else ".fi")
        elif in_code:
            out.append(safe(line.replace("\\", "\\e").replace("-", r"\-")))
        elif line.startswith("# "):
            continue
        elif line.startswith("## "):
            close()
            out.append(".SH " + line[3:].upper())
        elif line.startswith("|"):
            close()
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if titles is None:
                titles = cells
            elif not set("".join(cells)) <= set("-: "):
                out.extend(row(cells, titles))
        elif line.startswith("- "):
            close()
            out.extend([r".IP \(bu 2", inline(line[2:])])
        elif line.strip():
            paragraph.append(line.strip())
        else:
            close()
        if not line.startswith("|"):
            titles = None
    close()
    return out


def main():
    source, name, section, what = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        body = page(file.read().splitlines())
    print('.\\" SPDX-License-Identifier: Apache-2.0')
    print(f'.\\" Made from {source} by tools/gen_man.py (make docs).')
    print(f".TH {name.upper()} {section}".replace("-", r"\-"))
    print(".SH NAME\n" + f"{name} - {what}".replace("-", r"\-") + "\n.SH DESCRIPTION")
    print("\n".join(body))


main()
