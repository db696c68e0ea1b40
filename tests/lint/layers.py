"""The layers of the source (docs: "The folders") as a check over #include lines."""
import os
import re
import sys

import tree

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
SEE_EVERYTHING = {"bot/main.c", "handlers/table.c"}
NOT_FOR_HANDLERS = re.compile(r"^(sqlite3|microhttpd|ev|ev\+\+)\.h$|^curl/")
MAY_SEE = {
    "bot/core": ("bot/core",),
    "bot/platform": ("bot/core", "bot/platform"),
    "bot/school": ("bot/core", "bot/school"),
    "bot": ("bot", "bot/core", "bot/platform", "bot/school"),
}


def layer(path):
    """The layer a source file belongs to."""
    folder = os.path.dirname(path)
    return "handlers" if folder == "handlers" or folder.startswith("handlers/") else folder


def capability(path):
    """The handler a file under handlers/ belongs to: its folder, or the file's name up to a dot or underscore."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else os.path.splitext(parts[1])[0]


def same_capability(a, b):
    """handlers/forms.c, handlers/forms.h, handlers/forms_ask.c and handlers/forms/*.h are one capability."""
    a, b = capability(a), capability(b)
    return a == b or a.startswith(b + "_") or b.startswith(a + "_")


def fault_of(path, system, header):
    """Why this file may not include this header, or None."""
    mine = layer(path)
    if system:
        if mine == "handlers" and NOT_FOR_HANDLERS.match(header):
            return "a handler sees no socket and no database, use bot/core/*.h"
        return None
    if not header.startswith(("bot/", "handlers/")):
        return 'write the whole path, as in "bot/core/store.h"'
    theirs = layer(header)
    if header.endswith(("_private.h", "_internal.h")) and mine != theirs:
        return f"that header is private to {theirs}/"
    if mine == "handlers":
        if theirs in ("bot/core", "bot/school"):
            return None
        if theirs == "handlers":
            return None if same_capability(path, header) else "a handler does not see another one's"
        return f"handlers see bot/core and bot/school, not {theirs}"
    if mine == "bot" and header == "handlers/table.h":
        return None
    return None if theirs in MAY_SEE[mine] else f"{mine} must not see {theirs}"


def main(argv):
    """Checks bot/ and handlers/."""
    top, faults = tree.root(argv), []
    for path in tree.files(top, ".c", ".h"):
        if path in SEE_EVERYTHING or not path.startswith(("bot/", "handlers/")):
            continue
        if layer(path) != "handlers" and layer(path) not in MAY_SEE:
            faults.append(f"{path}:1: {layer(path)} is no layer of the design")
            continue
        text = tree.read(top, path)
        for m in INCLUDE.finditer(text):
            why = fault_of(path, m.group(1) == "<", m.group(2))
            if why:
                faults.append(f"{path}:{tree.line_of(text, m.start(2))}: includes {m.group(2)}: {why}")
    tree.finish("layers", faults)


if __name__ == "__main__":
    main(sys.argv)
