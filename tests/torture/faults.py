"""The other side of tests/faults/plan.c: says which passage fails, and sees what was passed; the torture binary."""

import hashlib
import mmap
import os
import pathlib
import shutil
import sqlite3
import struct
import tempfile

import pytest
from disk import Disk

from harness.server import binary

LINE = struct.Struct("24s4q")  # name, passed, from, until, hit
SMALL = "PRAGMA cache_size=16; PRAGMA wal_autocheckpoint=8;"  # so that a short day reads and checkpoints much
KILLS = int(os.environ.get("KILLS") or 0)  # set by `make torture`


def program():
    """The product with faults: build/torture/banzhang beside the binary under test."""
    path = pathlib.Path(binary()).parent / "torture" / "banzhang"
    if not path.exists():
        pytest.fail(f"{path} is not built: make {path.parent.parent.name}/torture/banzhang")
    return str(path)


class Plan:
    """What is to go wrong in the servers that are started with env()."""

    def __init__(self, folder):
        self.path = pathlib.Path(folder) / "plan"
        self.path.write_bytes(b"\0" * 4096)
        with open(self.path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 4096)
        self.known, self.disk = {}, Disk(folder)

    def env(self, power=None, settings=SMALL):
        """The environment that makes a server obey this plan; power: percent of unsynced sectors that survive."""
        more = {} if power is None else {"BANZHANG_POWER": str(power)}
        return {"BANZHANG_FAULTS": str(self.path), "BANZHANG_FAULTS_SQL": settings, **self.disk.env(), **more}

    def line(self, name):
        """Where this fault's line begins."""
        if not self.known:
            rows = [LINE.unpack_from(self.map, at) for at in range(0, 4096 - LINE.size, LINE.size)]
            self.known = {row[0].rstrip(b"\0").decode(): n * LINE.size for n, row in enumerate(rows) if row[0][0]}
        return self.known[name]

    def passed(self, name):
        """How often this was passed, in all servers of the plan."""
        return LINE.unpack_from(self.map, self.line(name))[1]

    def hit(self, name):
        """How often it failed."""
        return LINE.unpack_from(self.map, self.line(name))[4]

    def arm(self, name, n=1, times=1):
        """From now on the n-th passage fails, and the ones after it until there were so many."""
        first = self.passed(name) + n
        struct.pack_into("<2q", self.map, self.line(name) + 32, first, first + times)

    def disarm(self, name):
        """This one fails no more."""
        struct.pack_into("<2q", self.map, self.line(name) + 32, 0, 0)

    def set(self, name, value):
        """Gives a value: speed (of the machine's clocks), jump (seconds), dns (1: no names are found out), result (of lost
        requests),
        lazy (1: files are not synced, 2: folders are not)."""
        struct.pack_into("<q", self.map, self.line(name) + 32, value)

    def calm(self):
        """Nothing fails any more."""
        for at in self.known.values():
            struct.pack_into("<2q", self.map, at + 32, 0, 0)


def whole_files(server):
    """The SHA-256 of every file on record, each of which lies on the disk with those bytes. The server is down: what
    a running one has not synced nobody else sees."""
    with tempfile.TemporaryDirectory() as folder:
        for path in server.data_dir.glob("banzhang.db*"):
            if path.suffix != ".db-shm":
                shutil.copy(path, folder)
        db = sqlite3.connect(folder + "/banzhang.db")
        sums = {s for s, in db.execute("SELECT sha256 FROM file WHERE state = 1 AND sha256 IS NOT NULL")}
        db.close()
    for sha in sums:
        path = server.data_dir / "files" / sha[:2] / sha
        assert path.exists(), f"{sha} is on record and not on the disk"
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sha, f"{sha} has other bytes"
    return sums
