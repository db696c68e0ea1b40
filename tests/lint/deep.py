"""clang-tidy and gcc's -fanalyzer over the files that changed since both last found nothing.

    deep.py --cache DIR [--jobs N] FILE.c… -- COMPILER FLAGS

A file is known as clean by its own text, the checks and the flags; what it includes is looked at through it."""
import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import subprocess
import sys

# What -fanalyzer of gcc 12 says about code that is right:
ANALYZER = ["-fanalyzer", "-O1",
            "-Wno-analyzer-malloc-leak",  # it does not see that g_autofree and g_autoptr free at every way out
            "-Wno-analyzer-fd-leak",  # nor that a descriptor was given to a struct or a library
            "-Wno-analyzer-possible-null-dereference",  # nor that GLib's allocation ends the process
            "-Wno-analyzer-possible-null-argument",
            "-Wno-analyzer-null-dereference",  # nor that g_error() and BUG() do not return
            "-Wno-analyzer-null-argument",
            "-Wno-analyzer-use-of-uninitialized-value"]  # nor what a callback of a library fills in


def checks():
    """The text of .clang-tidy, part of what a file is known by."""
    return pathlib.Path(".clang-tidy").read_bytes() + repr(ANALYZER).encode()


def look(file, flags):
    """What both say about a file; empty when nothing."""
    said = ""
    for command in (["clang-tidy", "-quiet", "-warnings-as-errors=*", file, "--", *flags],
                    ["gcc", *flags, *ANALYZER, "-Werror", "-c", "-o", os.devnull, file]):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            said += done.stdout + "\n".join(x for x in done.stderr.splitlines() if "warnings generated" not in x) + "\n"
    return said


def main(argv):
    """Looks at what is not known as clean; 1 when anything was found."""
    split = argv.index("--")
    parser = argparse.ArgumentParser()
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("files", nargs="*")
    options, flags = parser.parse_args(argv[1:split]), argv[split + 1:]
    options.cache.mkdir(parents=True, exist_ok=True)
    common = hashlib.sha256(checks())
    todo = []
    for file in options.files:
        known = common.copy()
        known.update(file.encode() + b"\0" + pathlib.Path(file).read_bytes())
        stamp = options.cache / known.hexdigest()
        if not stamp.exists():
            todo.append((file, stamp))
    faults = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for (file, stamp), said in zip(todo, pool.map(lambda x: look(x[0], flags), todo)):
            if said.strip():
                faults += 1
                print(said.strip(), flush=True)
            else:
                stamp.touch()
    if faults:
        print(f"{faults} files with findings", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
