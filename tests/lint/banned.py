"""What the tree must not contain: dangerous functions, sleeping tests, open ends, files and functions too long."""
import ast
import re
import sys

import tree

MAX_FILE, MAX_FUNCTION = 450, 70
FUNCTION = re.compile(r"(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atoll|atof|gets|system|popen)\s*\(")
C_SLEEP = re.compile(r"(?<![\w.>])(sleep|usleep|nanosleep|g_usleep)\s*\(")
OPEN_END = re.compile(r"\b(TO" r"DO|FIX" r"ME|st" r"ubs?|for n" r"ow)\b")
# switch labels of libraries whose enums grow with each version: there a default is right
FOREIGN = re.compile(r"^(SQLITE|CURL|XML|MHD|PCRE2|FYE?T?|FYNT|FYNS|cJSON|EV|SIG|E[A-Z0-9]+$|G_|GDK|S_I)")
# clang-tidy is silenced by the names of its checks and a reason; what comes after END needs none
SILENCED = re.compile(r"NOLINT(?!END\([\w.,-]+\))(?!(?:NEXTLINE|BEGIN)?\([\w.,-]+\): \S)")
TEXTS = (".c", ".h", ".py", ".js", ".css", ".html", ".md", ".yaml", ".json", ".sh", "Makefile", ".service", ".example")


def block_end(text, at):
    """The offset behind the brace that closes the one at `at`."""
    depth = 0
    for m in re.compile(r"[{}]").finditer(text, at):
        depth += 1 if m.group() == "{" else -1
        if depth == 0:
            return m.end()
    return len(text)


def enum_defaults(text):
    """Offsets of each `default:` in a switch whose labels are constants of ours."""
    for m in re.finditer(r"\bswitch\s*\(", text):
        brace = text.find("{", m.end())
        if brace < 0:
            continue
        body = text[brace:block_end(text, brace)]
        labels = re.findall(r"\bcase\s+([A-Z][A-Z0-9_]+)\s*(?::|\.\.\.)", body)
        default = re.search(r"\bdefault\s*:", body)
        if default and any(not FOREIGN.match(label) for label in labels):
            yield brace + default.start()


def long_functions(text):
    """(line, lines) of each C function body over the limit; a body opens with a brace in the first column."""
    start = None
    for number, line in enumerate(text.split("\n"), 1):
        if line.rstrip() == "{":
            start = number
        elif line.rstrip() == "}" and start:
            if number - start - 1 > MAX_FUNCTION:
                yield start, number - start - 1
            start = None


def check_c(path, text, faults):
    """Everything that is checked in C."""
    code = tree.bare(text)
    for m in FUNCTION.finditer(code):
        faults.append(f"{path}:{tree.line_of(code, m.start())}: {m.group(1)} is banned")
    for at in enum_defaults(code):
        faults.append(f"{path}:{tree.line_of(code, at)}: default: in a switch over our own enum; name every case")
    for m in SILENCED.finditer(text):
        faults.append(f"{path}:{tree.line_of(text, m.start())}: NOLINT without (the check): and a reason")
    for line, lines in long_functions(code):
        faults.append(f"{path}:{line}: a function of {lines} lines (at most {MAX_FUNCTION})")
    if path.startswith(("tests/unit/", "tests/fuzz/")):
        for m in C_SLEEP.finditer(code):
            faults.append(f"{path}:{tree.line_of(code, m.start())}: a test does not sleep")


def check_python(path, text, faults):
    """Sleeping (but in the one helper that polls, and in the benchmark) and long functions."""
    try:
        module = ast.parse(text)
    except SyntaxError as e:
        faults.append(f"{path}:{e.lineno}: {e.msg}")
        return

    def visit(node, polls):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = node.end_lineno - node.lineno
            if lines > MAX_FUNCTION:
                faults.append(f"{path}:{node.lineno}: a function of {lines} lines (at most {MAX_FUNCTION})")
            polls = polls or node.name == "eventually"
        if isinstance(node, ast.Call) and not polls:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name == "sleep":
                faults.append(f"{path}:{node.lineno}: a test does not sleep; wait for the condition (eventually)")
        for child in ast.iter_child_nodes(node):
            visit(child, polls)

    visit(module, path.startswith("tests/bench/"))


def main(argv):
    """Checks every text of the tree."""
    top, faults = tree.root(argv), []
    for path in tree.files(top, *TEXTS):
        text = tree.read(top, path)
        for m in OPEN_END.finditer(text):
            faults.append(f"{path}:{tree.line_of(text, m.start())}: «{m.group()}» announces unfinished work")
        if path.endswith((".c", ".h", ".py", ".js")) and text.count("\n") > MAX_FILE:
            faults.append(f"{path}:1: {text.count(chr(10))} lines (at most {MAX_FILE})")
        if path.endswith((".c", ".h")):
            check_c(path, text, faults)
        elif path.endswith(".py"):
            check_python(path, text, faults)
    tree.finish("banned", faults)


if __name__ == "__main__":
    main(sys.argv)
