"""While a sealed backup is made nothing of it lies in clear but in data_dir, and the keys in it are those of its store."""

import os
import signal
import subprocess
import tarfile

import pytest

from harness import Klass, eventually
from harness.server import binary

PEOPLE = [("1", "张伟", "学员", "13800000001"), ("o1", "孙主办", "承办", "")]
WORDS = "一句足够长的口令，别人猜不到\n".encode()


class Held:
    """`backup --encrypt` whose key file is a pipe: it waits whenever it wants the key, before packing and before
    verifying."""

    def __init__(self, server, folder):
        self.folder, self.file, self.pipe = folder, folder / "z.sealed", server.dir / "key.pipe"
        folder.mkdir()
        os.mkfifo(self.pipe, 0o600)
        self.process = subprocess.Popen([binary(), "backup", str(self.file), "--encrypt", str(self.pipe), "-c",
                                         str(server.config)], cwd=server.dir, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)

    def open(self):
        """The pipe, for writing, once the backup waits at its other end; None before."""
        try:
            return os.open(self.pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert self.process.poll() is None, self.process.communicate()
            return None

    def packs(self):
        """Waits until it would pack; what to give the key to."""
        return eventually(self.open, what="the backup wants its key")

    def verifies(self):
        """The same when it is packed."""
        eventually(self.file.exists, what="the backup is packed")
        return eventually(self.open, what="the backup wants its key once more")

    def give(self, fd):
        """The key."""
        os.write(fd, WORDS)
        os.close(fd)


@pytest.fixture
def klass(serve):
    return serve(classes=[Klass(people=PEOPLE)])


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "backup.key"
    path.write_bytes(WORDS)
    path.chmod(0o600)
    return path


def sealed_only(folder):
    """Whether all that a folder holds is sealed, or empty."""
    return [p.name for p in folder.rglob("*") if p.is_dir() or p.read_bytes()[:8] not in (b"", b"BZSEAL1\n")] == []


def copies(server):
    return list(server.data_dir.glob("backup-copy-*"))


def test_keys_renewed_while_it_is_packed_are_not_those_in_it(klass, serve, tmp_path, key):
    backup = Held(klass, tmp_path / "off")
    packing = backup.packs()
    assert "master.key is new" in klass.run("keys", "rotate", "--master").stdout
    backup.give(packing)
    backup.give(backup.verifies())
    out, err = backup.process.communicate(timeout=60)
    assert backup.process.returncode == 0 and "verified" in out, err
    other = serve(classes=[], start=False)
    other.run("restore", backup.file, "--decrypt", key)
    assert (other.data_dir / "master.key").read_bytes() != (klass.data_dir / "master.key").read_bytes()
    other.start()
    assert not copies(klass)


def test_nothing_lies_in_clear_beside_it_while_it_is_verified(klass, tmp_path):
    backup = Held(klass, tmp_path / "off")
    backup.give(backup.packs())
    verifying = backup.verifies()
    assert os.listdir(backup.folder) == ["z.sealed"] and sealed_only(backup.folder)
    backup.give(verifying)
    assert backup.process.wait(60) == 0
    assert os.listdir(backup.folder) == ["z.sealed"] and not copies(klass)


@pytest.mark.parametrize("sweeper", ["another backup", "a start"])
def test_what_one_that_was_killed_left_is_taken_away(klass, tmp_path, key, sweeper):
    backup = Held(klass, tmp_path / "off")
    packing = backup.packs()
    backup.process.send_signal(signal.SIGKILL)
    backup.process.wait()
    os.close(packing)
    left, = copies(klass)
    assert left.stat().st_mode & 0o777 == 0o700 and sealed_only(backup.folder)
    if sweeper == "a start":
        klass.restart()
    else:
        klass.run("backup", tmp_path / "next.sealed", "--encrypt", key)
    assert not copies(klass)


def test_one_that_is_being_made_is_left_alone(klass, tmp_path, key):
    backup = Held(klass, tmp_path / "off")
    packing = backup.packs()
    klass.run("backup", tmp_path / "next.sealed", "--encrypt", key)
    klass.restart()
    backup.give(packing)
    backup.give(backup.verifies())
    assert backup.process.wait(60) == 0 and not copies(klass)


def test_a_master_key_that_does_not_open_the_store_is_found(klass, serve, tmp_path):
    """The store of one class with the key of another, as a copy put together by hand may be."""
    tar, folder = tmp_path / "b.tar", tmp_path / "whole"
    klass.run("backup", tar)
    with tarfile.open(tar) as t:
        t.extractall(folder)
    (folder / "master.key").write_bytes(bytes(32))
    sums = subprocess.run(["sha256sum", "banzhang.db", "secret.key", "master.key"], cwd=folder, check=True,
                          capture_output=True, text=True).stdout
    (folder / "manifest.sha256").write_text(sums)
    with tarfile.open(tmp_path / "bad.tar", "w") as t:
        for name in ("banzhang.db", "secret.key", "master.key", "manifest.sha256"):
            t.add(folder / name, name)
    other = serve(classes=[], start=False)
    refused = other.run("restore", tmp_path / "bad.tar", check=False)
    assert refused.returncode == 1 and "master.key: does not open the store" in refused.stderr
    assert "nothing was changed" in refused.stderr and not (other.data_dir / "banzhang.db").exists()
