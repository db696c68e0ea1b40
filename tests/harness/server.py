"""The real binary, in a temporary directory of its own, and everything one may do to it from outside."""

import csv
import io
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time

import requests
import yaml

from .fake import PATIENCE, eventually
from .klass import Klass
from .sandbox import Clock, Person

TREE = pathlib.Path(__file__).resolve().parents[2]
FIRST_MORNING = "2026-03-02T08:00:00+08:00"
SANITIZER = re.compile(r"==\d+==\s*ERROR|(Address|Leak|Thread|Memory)Sanitizer|: runtime error: ")


def binary():
    """The path of the banzhang under test: $BANZHANG, else build/banzhang of this tree."""
    return os.environ.get("BANZHANG") or str(TREE / "build" / "banzhang")


class Metrics(dict):
    """Prometheus text as {(name, ((label, value), …)): number}."""

    def value(self, name, **labels):
        """The sum of all series of this name that carry these labels; 0 when there is none."""
        want = set(labels.items())
        return sum(v for (n, have), v in self.items() if n == name and want <= set(have))


def parse_metrics(text):
    """Parses Prometheus text; AssertionError on a line that is none."""
    found, line_re = Metrics(), re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$")
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        m = line_re.match(line)
        assert m, f"not a line of Prometheus text: {line!r}"
        labels = tuple(sorted(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', m[2] or "")))
        assert (m[1], labels) not in found, f"series twice: {line!r}"
        found[m[1], labels] = float(m[3])
    return found


class Server:
    """A running `banzhang serve`. Use as a context manager, or through the fixtures `server` and `serve`.

    classes: Klass objects or paths of class files (default: one small class `demo`). telegram, wecom: a fake,
    or the section as a dict. sandbox=False leaves the sandbox out; clock=None lets it run with the machine.
    More keys of the configuration as keywords (a value None removes the key).
    """

    recent = []  # the servers of the running test, for the report when it fails

    def __init__(self, classes=None, sandbox=True, clock=FIRST_MORNING, telegram=None, wecom=None,
                 share_dir=None, env=None, start=True, under=None, program=None, **keys):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="banzhang-test-"))
        self.log_lines, self.out_lines, self.proc, self.url = [], [], None, None
        self.people, self.session = {}, requests.Session()
        self.session.trust_env = False
        self.env = dict(os.environ, **(env or {}))
        self.under = list(under or [])  # e.g. ["prlimit", "--fsize=…"]: a wrapper that execs the server
        self.program = program  # instead of binary()
        self.expect_crash = self.closed = False
        self.sandbox_on = sandbox
        self.telegram = telegram if hasattr(telegram, "attach") else None
        self.wecom = wecom if hasattr(wecom, "attach") else None
        self.config = self.dir / "banzhang.yaml"
        self.data_dir = self.dir / "data"
        files = [str(c.write(self.dir / "classes") if isinstance(c, Klass) else c)
                 for c in ([Klass()] if classes is None else classes)]
        self.settings = {"listen": "127.0.0.1:0", "public_url": "http://127.0.0.1", "data_dir": str(self.data_dir),
                         "timezone": "Asia/Shanghai", "locale": "zh-CN", "classes": files}
        if sandbox:
            self.settings["sandbox"] = {"enabled": True, **({"clock": clock} if clock else {})}
        if telegram:
            self.settings["telegram"] = telegram.section() if self.telegram else telegram
        if wecom:
            self.settings["wecom"] = wecom.section() if self.wecom else wecom
        if share_dir:
            self.settings["share_dir"] = str(share_dir)
        self.settings.update(keys)
        self.write_config()
        for fake in filter(None, (self.telegram, self.wecom)):
            fake.attach(self)
        Server.recent.append(self)
        self.clock = Clock(self)
        if start:
            self.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, *exc):
        self.close(check=kind is None)

    def write_config(self):
        """Writes self.settings where the server and the commands read it."""
        kept = {k: v for k, v in self.settings.items() if v is not None}
        self.config.write_text(yaml.safe_dump(kept, allow_unicode=True, sort_keys=False), encoding="utf-8")

    def start(self, wait=True):
        """Starts the process; waits for `listening on URL` unless told otherwise."""
        assert self.proc is None or self.proc.poll() is not None, "it runs already"
        if self.proc is not None:
            self._join()  # who reads a process that ended by itself says at its end that there is no more to wait for
        self.url, self.listening = None, threading.Event()
        self.proc = subprocess.Popen([*self.under, self.program or binary(), "serve", "-c", str(self.config)], cwd=self.dir,
                                     env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE)
        self.readers = [threading.Thread(target=self._read, args=(f, lines), daemon=True) for f, lines in
                        ((self.proc.stdout, self.out_lines), (self.proc.stderr, self.log_lines))]
        for t in self.readers:
            t.start()
        if wait:
            self.listening.wait(30 * PATIENCE)
            if not self.url:
                self.proc.kill() if self.proc.poll() is None else None
                code = self.proc.wait()
                self._join()  # so that its last words are in the report
                raise AssertionError(f"the server did not come up (exit {code}):\n{self.tail()}")
        return self

    def _read(self, pipe, lines):
        for raw in pipe:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            lines.append(line)
            m = re.search(r"listening on (http\S+)", line) if pipe is self.proc.stdout else None
            if m and not self.url:
                self.url = m[1].rstrip("/")
                self.listening.set()
        pipe.close()
        self.listening.set()

    def stop(self):
        """SIGTERM, and the promise that it ends well: exit 0 within 15 s (× PATIENCE)."""
        if self.proc is None or self.proc.poll() is not None:
            self._check_end()
            return
        self.proc.send_signal(signal.SIGTERM)
        started = time.monotonic()
        try:
            self.proc.wait(15 * PATIENCE)
        except subprocess.TimeoutExpired:
            self.proc.send_signal(signal.SIGABRT)
            self.proc.wait()
            self.expect_crash = True
            raise AssertionError(f"SIGTERM did not end it within 15 s:\n{self.tail()}") from None
        finally:
            self._join()
        self.stopped_in = (time.monotonic() - started) / PATIENCE
        self._check_end()

    def kill(self):
        """SIGKILL, as a power cut would."""
        self.expect_crash = True
        if self.proc.poll() is None:
            self.proc.kill()
        self.proc.wait()
        self._join()
        self._check_sanitizer()

    def restart(self, kill=False):
        """Ends it (gently unless kill) and starts it anew on the same data; the address changes."""
        if self.proc is not None and self.proc.poll() is None:
            self.kill() if kill else self.stop()
        self.expect_crash = False
        return self.start()

    def hangup(self):
        """SIGHUP: read locales, forms and holidays again."""
        self.proc.send_signal(signal.SIGHUP)

    def close(self, check=True):
        """Ends everything and removes the directory; with check, a bad end fails the test."""
        if self.closed:
            return
        self.closed = True
        try:
            if check:
                self.stop()
            elif self.proc is not None and self.proc.poll() is None:
                self.proc.kill()
                self.proc.wait()
                self._join()
        finally:
            self.session.close()
            if not os.environ.get("KEEP"):
                shutil.rmtree(self.dir, ignore_errors=True)

    def _join(self):
        for t in self.readers:
            t.join(5)

    def _check_sanitizer(self):
        bad = [i for i, line in enumerate(self.log_lines) if SANITIZER.search(line)]
        assert not bad, "a sanitizer speaks:\n" + "\n".join(self.log_lines[bad[0]:bad[0] + 60])

    def _check_end(self):
        self._check_sanitizer()
        if self.proc is not None and not self.expect_crash:
            assert self.proc.returncode == 0, f"exit {self.proc.returncode}:\n{self.tail()}"

    def most_memory(self):
        """The most memory that the process has ever had at once, in MiB."""
        status = pathlib.Path(f"/proc/{self.proc.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) / 1024

    def alive(self):
        """Whether the process still runs."""
        return self.proc is not None and self.proc.poll() is None

    def log(self):
        """The lines on stderr so far."""
        return list(self.log_lines)

    def tail(self, lines=60):
        """The end of what it said, for a report."""
        return "\n".join(["stdout: " + x for x in self.out_lines[-10:]] + self.log_lines[-lines:])

    # HTTP

    def http(self, method, path, **kw):
        """One request to the server (requests' own keywords); redirects are not followed."""
        return self.session.request(method, self.url + path, **{"timeout": 30 * PATIENCE, "allow_redirects": False, **kw})

    def get(self, path, **kw):
        return self.http("GET", path, **kw)

    def post(self, path, **kw):
        return self.http("POST", path, **kw)

    def metrics(self):
        """/metrics, parsed."""
        r = self.get("/metrics")
        assert r.status_code == 200, r.text
        return parse_metrics(r.text)

    # The machine's side

    def run(self, *args, timeout=60, check=True, env=None):
        """`banzhang args… -c CONFIG` beside the server; CompletedProcess with text. check: exit 0 is asserted."""
        done = subprocess.run([self.program or binary(), *map(str, args), "-c", str(self.config)], cwd=self.dir,
                              env=dict(self.env, **(env or {})), capture_output=True, timeout=timeout * PATIENCE, text=True)
        assert not SANITIZER.search(done.stderr), f"{args}: {done.stderr}"
        if check:
            assert done.returncode == 0, f"{args}: exit {done.returncode}: {done.stdout}{done.stderr}"
        return done

    def invites(self, klass="demo"):
        """The join codes of people not yet bound: {name: row}."""
        rows = csv.DictReader(io.StringIO(self.run("invites", klass).stdout.lstrip("\ufeff")))
        return {row["name"]: row for row in rows}

    def db(self):
        """A read-only connection to the store."""
        for path in sorted(self.data_dir.rglob("*")):
            if path.is_file() and path.suffix not in ("-wal", "-shm"):
                with open(path, "rb") as f:
                    if f.read(15) == b"SQLite format 3":
                        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
                        db.row_factory = sqlite3.Row
                        return db
        raise AssertionError(f"no store under {self.data_dir}")

    def files(self):
        """What people sent, as it lies on the disk."""
        return [p for p in (self.data_dir / "files").rglob("*") if p.is_file()]

    def person(self, name):
        """The Person of this name (a sandbox account of its own, the same at every call)."""
        if name not in self.people:
            self.people[name] = Person(self, name)
        return self.people[name]

    def settle(self, timeout=10):
        """Waits until the outbox holds nothing that still wants to be sent."""
        def empty():
            m = self.metrics()
            return sum(m.value("banzhang_outbox", state=s) for s in ("waiting", "ready", "sending")) == 0
        eventually(empty, timeout, "an empty outbox")
