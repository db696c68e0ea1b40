"""clang-tidy and gcc's -fanalyzer over C files, on all cores, each once for what the compiler sees of a file.

    deep.py [--jobs N] [--times] FILE.c… -- COMPILER FLAGS

A file that a tool found nothing in is remembered in $BANZHANG_DEEP_CACHE (else build/deep, and several checkouts may
share one) by its own text, its preprocessed text, the flags, the tool's version and what it was asked."""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

# Paths are from the root of the tree, where make starts it: several checkouts mean the same by them.
CHECKS, EXCEPTED, MEMORY = (pathlib.Path(x) for x in
                            (".clang-tidy", "tests/lint/analyzer.txt", "tests/lint/analyzer.h"))
TIDY = ["clang-tidy", f"--config-file={CHECKS}", "--quiet", "--warnings-as-errors=*"]
# With -O1 the analyser sees values through small functions, as it does not at -O0.
# What a queue or the turn owns by its first member gcc takes for a leak, and clang does not see that the cleanup
# attribute frees: leaks are LeakSanitizer's to find, which `make asan` has over all the tests.
ANALYZER = ["gcc", "-fanalyzer", "-O1", "-Wno-analyzer-malloc-leak", "-include", str(MEMORY),
            "-fdiagnostics-format=json", "-c", "-o", os.devnull]
BLIND = re.compile(r".*: Potential leak of memory .*\[clang-analyzer-unix\.Malloc")
FINDING = re.compile(r"^(?=\S+:\d+:\d+: (?:error|warning): )", re.M)
EVERY = 20  # seconds between two lines of progress


def run(command):
    """Runs a tool in plain English."""
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})


def excepted():
    """What analyzer.txt lists of each file: {file: {(function, warning)}}; an entry without a reason above is a fault."""
    listed, reason = {}, False
    for number, line in enumerate(EXCEPTED.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("//"):
            reason = True
        elif not line.strip():
            reason = False
        else:
            if not reason:
                sys.exit(f"{EXCEPTED}:{number}: no reason above it")
            file, function, warning = line.split()
            listed.setdefault(file, set()).add((function, warning))
    return listed


def tidy(file, flags, _):
    """What clang-tidy says about a file; empty when nothing."""
    done = run([*TIDY, file, "--", *flags])
    before, *findings = FINDING.split(done.stdout)
    said = before.strip() + "".join(x for x in findings if not BLIND.match(x))
    if said or (done.returncode and not findings):
        said += "".join(x + "\n" for x in done.stderr.splitlines() if "warnings generated" not in x)
    return said


def analyze(file, flags, exceptions):
    """What -fanalyzer says about a file but for its exceptions, and which of these it never said."""
    done = run([*ANALYZER, *flags, file])
    try:
        found = json.loads(done.stderr or "[]")
    except ValueError:
        return done.stderr
    said, met = "", set()
    for one in found:
        path = one.get("path", [])
        name = (path[-1]["function"] if path else "?", one.get("option", one["kind"]))
        if name in exceptions:
            met.add(name)
            continue
        at = one["locations"][0]["caret"]
        said += f"{at['file']}:{at['line']}:{at['column']}: {one['message']} [{name[1]}] in {name[0]}\n"
        said += "".join(f"    {x['location']['file']}:{x['location']['line']}: {x['description']}\n"
                        for x in path if "location" in x)
    for function, warning in sorted(exceptions - met):
        said += f"{EXCEPTED.name}: {file} {function} {warning}: is not found any more, take it out\n"
    return said


class Progress:
    """How far it is: said when it takes long, never more than once in EVERY seconds."""
    def __init__(self, total):
        self.total, self.done, self.said = total, 0, time.monotonic()

    def step(self):
        """One more is done."""
        self.done += 1
        if time.monotonic() - self.said >= EVERY:
            self.said = time.monotonic()
            print(f"  deep: {self.done} of {self.total}", flush=True)


class Deep:
    """The tools, what they are asked, and what is known already."""
    def __init__(self, flags):
        self.flags, self.exceptions = flags, excepted()
        self.cache = pathlib.Path(os.environ.get("BANZHANG_DEEP_CACHE") or "build/deep")
        self.cache.mkdir(parents=True, exist_ok=True)
        checks = "".join(x for x in CHECKS.read_text().splitlines() if not x.startswith("#"))
        self.tools = {tidy: run(["clang-tidy", "--version"]).stdout + repr((TIDY, BLIND, checks, flags)),
                      analyze: run(["gcc", "--version"]).stdout + repr((ANALYZER, MEMORY.read_text(), flags))}

    def look(self, file):
        """(what the tools say about a file, {tool: seconds}); only what is not known as clean is looked at."""
        exceptions = self.exceptions.get(file, set())
        seen = run(["gcc", "-E", "-P", *self.flags, file]).stdout.encode()
        seen += pathlib.Path(file).read_bytes() + file.encode() + repr(sorted(exceptions)).encode()
        text, seconds = "", {}
        for tool, asked in self.tools.items():
            stamp = self.cache / hashlib.sha256((tool.__name__ + asked).encode() + seen).hexdigest()
            if stamp.exists():
                continue
            start = time.monotonic()
            said = tool(file, self.flags, exceptions)
            seconds[tool.__name__] = time.monotonic() - start
            text += said
            if not said:
                stamp.touch()
        return text, seconds


def main(argv):
    """Looks at what is not known as clean; 1 when anything was found."""
    split = argv.index("--")
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--times", action="store_true", help="tell which files took longest")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args(argv[1:split])
    deep, faults, slow = Deep(argv[split + 1:]), 0, []
    progress = Progress(len(options.files))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = {pool.submit(deep.look, file): file for file in options.files}
        for job in concurrent.futures.as_completed(jobs):
            text, seconds = job.result()
            slow += [(took, tool, jobs[job]) for tool, took in seconds.items()]
            progress.step()
            if text:
                faults += 1
                print(text.strip(), flush=True)
    for took, tool, file in sorted(slow, reverse=True)[:10] if options.times else []:
        print(f"  {took:5.1f} s {tool} {file}")
    print(f"deep: {faults} file{'' if faults == 1 else 's'} with findings" if faults else "deep: ok")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
