"""What backups there are, and the copy that is taken before an upgrade changes the store."""

import re
import shutil
import sqlite3

from harness import eventually, join
from harness.store import make_old, sound


def listed(server):
    """Its lines taken apart: {class: [(verified, sealed, path)]}."""
    found = {}
    for line in server.run("backups").stdout.splitlines():
        m = re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d +(\d+\.\d) MiB  (scheduled|by hand|before-migration) +(verified|not verified) +"
                         r"(sealed|plain) +(/.*)", line)
        assert m, line
        found.setdefault(m[2], []).append((m[3], m[4], m[5]))
    return found


def test_none_is_said_kindly(serve):
    assert "banzhang backup FILE.tar" in serve().run("backups").stdout


def test_each_is_listed_with_its_kind(serve, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    server = serve(backup={"folder": str(folder), "at": "00:00"})
    key = tmp_path / "key"
    key.write_text("a pass phrase that is long enough\n")
    key.chmod(0o600)
    assert "verified" in server.run("backup", tmp_path / "hand.tar").stdout
    server.run("backup", "near.sealed", "--encrypt", key)
    eventually(lambda: len(listed(server).get("scheduled", [])) == 1)
    (folder / "banzhang-2020-01-01.tar.unverified").write_bytes(b"cut off by a power cut")
    found = listed(server)
    assert sorted(found["by hand"]) == sorted([("verified", "plain", str(tmp_path / "hand.tar")),
                                               ("verified", "sealed", str(server.dir / "near.sealed"))])
    assert sorted(v for v, _, _ in found["scheduled"]) == ["not verified", "verified"]
    server.stop()
    assert listed(server) == found
    (tmp_path / "hand.tar").write_bytes(b"changed")
    (server.dir / "near.sealed").unlink()
    assert listed(server)["by hand"] == [("not verified", "plain", str(tmp_path / "hand.tar"))]


def made_old(server):
    """Makes the store of a stopped server one that an earlier program wrote; what it says about itself."""
    db = sqlite3.connect(server.data_dir / "banzhang.db")
    make_old(db)
    said = sorted(db.execute("SELECT * FROM migration")), sorted(db.execute("SELECT name, sql FROM sqlite_schema"), key=repr)
    db.close()
    return said


def state(path):
    db = sqlite3.connect(path)
    sound(db)
    said = sorted(db.execute("SELECT * FROM migration")), sorted(db.execute("SELECT name, sql FROM sqlite_schema"), key=repr)
    db.close()
    return said


def test_a_copy_is_taken_before_a_migration_and_restores(serve):
    server = serve()
    join(server, "张伟")
    server.stop()
    now = state(server.data_dir / "banzhang.db")
    old = made_old(server)
    assert old != now
    server.start()
    copy, = server.data_dir.glob("banzhang.db.before-*")
    assert state(copy) == old and copy.stat().st_mode & 0o077 == 0
    assert listed(server)["before-migration"] == [("verified", "plain", str(copy))]
    assert server.person("张伟").says("今天").key != "unbound"
    server.restart()
    assert list(server.data_dir.glob("banzhang.db.before-*")) == [copy]  # nothing to change: no copy
    server.stop()
    assert state(server.data_dir / "banzhang.db") == now
    shutil.copy(copy, server.data_dir / "banzhang.db")  # as docs/operations.md says
    assert state(server.data_dir / "banzhang.db") == old
    server.start()
    assert server.person("张伟").says("今天").key != "unbound"


def test_without_a_copy_there_is_no_migration(serve):
    server = serve()
    server.stop()
    old = made_old(server)
    blocked = server.data_dir / "banzhang.db.unfinished"
    blocked.mkdir()
    (blocked / "x").write_text("in the way")
    server.expect_crash = True
    try:
        server.start()
        raise SystemError("it started")
    except AssertionError:
        assert "cannot copy before the upgrade" in server.tail()
    assert state(server.data_dir / "banzhang.db") == old
