"""A place for data_dir whose room can be taken away, and the server that lives there."""

import os
import pathlib
import resource
import shutil
import subprocess
import tempfile

from .klass import Klass
from .server import Server

SIZE = 24 << 20
PEOPLE = [("1", "张伟", "学员", "", "", ""), ("2", "李娜", "学员", "", "", ""), ("3", "王芳", "学员", "", "", "wang"),
          ("t1", "吴老师", "带班老师", "", "", ""), ("o1", "孙主办", "承办", "", "", "")]


class Mounted:
    """A file system of its own for data_dir, filled by a file beside it."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="banzhang-room-")
        self.ballast = os.path.join(self.path, "ballast")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "room", self.path], capture_output=True)
        self.mounted = done.returncode == 0

    def fill(self, server=None):
        """Takes all the room there is."""
        with open(self.ballast, "ab", buffering=0) as f:
            for size in (65536, 4096, 1):
                try:
                    while f.write(b"\0" * size):
                        pass
                except OSError:
                    pass

    def free(self, server=None):
        """Gives it back."""
        os.remove(self.ballast)

    def close(self):
        if self.mounted:
            subprocess.run(["umount", "-l", self.path], check=True)
        shutil.rmtree(self.path, ignore_errors=True)


class Limited:
    """Where nothing may be mounted: no file of the server may grow any more."""

    def __init__(self):
        self.path, self.before = tempfile.mkdtemp(prefix="banzhang-room-"), None

    def fill(self, server):
        self.before = resource.prlimit(server.proc.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.proc.pid, resource.RLIMIT_FSIZE, (1, self.before[1]))

    def free(self, server):
        resource.prlimit(server.proc.pid, resource.RLIMIT_FSIZE, self.before)

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)


def server_in(room, reserve, **keys):
    """A server, not yet started, whose data lies in this room."""
    server = Server(classes=[Klass(people=PEOPLE)], start=False, data_dir=os.path.join(room.path, "data"),
                    limits={"per_minute": 0, "reserve": reserve}, under=["env", "--ignore-signal=XFSZ"], **keys)
    server.data_dir = pathlib.Path(room.path) / "data"
    return server
