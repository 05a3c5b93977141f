# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the manual pages show: their literal blocks, and the examples of passthru.conf(5) as the files that they are."""
import re
from pathlib import Path

MAN = Path(__file__).resolve().parents[2] / "man"


def literal_blocks(text):
    """Each .Bd -literal block of a page's source, with the text of the paragraph before it."""
    for found in re.finditer(r"^\.Bd -literal\n(.*?)^\.Ed$", text, re.M | re.S):
        block = re.sub(r"\\\[u([0-9A-F]{4})\]", lambda c: chr(int(c[1], 16)), found[1])
        block = block.replace(r"\(->", "→").replace(r"\&", "").replace(r"\e", "\\")
        yield re.split(r"^\.(?:Pp|Sh .*|Ss .*|Ed)$", text[:found.start()], flags=re.M)[-1], block


def file_of(paragraph):
    """The file that the paragraph before a block names as the block's, as a path below the root; or None."""
    named = re.findall(r"^\.Pa (/\S*passthru\.conf(?:\.d/\S+\.conf)?)\b", paragraph, re.M)
    return named[0].lstrip("/") if named else None


def examples():
    """The .Ss of EXAMPLES in passthru.conf(5): {title: configurations}, each {path: text}. A block whose paragraph names a file
    goes to that one; if it is a drop-in, to what is there by the block before."""
    text = (MAN / "passthru.conf.5").read_text(encoding="utf-8")
    section = re.search(r"^\.Sh EXAMPLES\n(.*?)^\.Sh ", text, re.M | re.S)[1]
    found = {}
    for title, body in re.findall(r"^\.Ss ([^\n]*)\n(.*?)(?=^\.Ss |\Z)", section, re.M | re.S):
        found[title] = []
        for paragraph, block in literal_blocks(body):
            path = file_of(paragraph) or "etc/passthru.conf"
            found[title].append({**(found[title][-1] if ".d/" in path else {}), path: block})
    return found
