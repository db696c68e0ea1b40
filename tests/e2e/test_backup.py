"""A backup is taken while people write; what it holds is whole, and comes back as it was or not at all."""

import hashlib
import io
import sqlite3
import tarfile
import threading

import pytest

from harness import Klass, join
from harness.homework import ONE_THEME
from harness.store import sound

PHOTO = b"\x89PNG\r\n\x1a\n" + b"picture" * 20000


def entries(path):
    """The tar's files: {name: bytes}."""
    with tarfile.open(path) as tar:
        assert all(m.isreg() and m.mode & 0o077 == 0 for m in tar)
        return {m.name: tar.extractfile(m).read() for m in tar}


def manifest(files):
    """What the manifest says: {name: checksum}."""
    return {line[66:]: line[:64] for line in files["manifest.sha256"].decode().splitlines()}


@pytest.fixture
def kept(serve, tmp_path):
    """A server with some history, and a homework with a photo; the server and a path for the tar."""
    server = serve(classes=[Klass(syllabus=ONE_THEME)])
    zhang, teacher = join(server, "张伟"), join(server, "吴老师")
    server.clock.to("2026-03-02T12:00")
    teacher.hears("homework.offer")
    teacher.presses("按默认发布")
    zhang.says("交作业 1")
    zhang.sends_file("shop.png", PHOTO, "image/png")
    assert zhang.says("好了").key == "submit.ontime"
    return server, tmp_path / "copy.tar"


def test_a_backup_holds_store_key_and_files_with_their_checksums(kept):
    server, path = kept
    server.run("backup", path)
    files = entries(path)
    sums = manifest(files)
    assert set(sums) == set(files) - {"manifest.sha256"} and {"banzhang.db", "secret.key"} <= set(sums)
    assert all(hashlib.sha256(files[n]).hexdigest() == s for n, s in sums.items())
    photo = hashlib.sha256(PHOTO).hexdigest()
    assert files[f"files/{photo[:2]}/{photo}"] == PHOTO
    assert not list(server.data_dir.glob("backup-copy-*"))
    server.stop()
    server.run("backup", path)   # also without a server
    assert manifest(entries(path)).keys() == sums.keys()


def test_it_comes_back_elsewhere_and_people_go_on(kept, serve, tmp_path):
    server, path = kept
    server.run("backup", path)
    other = serve(classes=[], start=False)
    other.run("restore", path)
    other.start()
    assert "已交" in other.person("张伟").says("作业").text or "按时" in other.person("张伟").says("作业").text
    assert other.clock.now == server.clock.now


def test_under_load_the_copy_is_of_one_moment(serve, tmp_path):
    people = [(str(i), f"学员{i}", "学员") for i in range(1, 9)]
    server = serve(classes=[Klass(people=people)])
    joined = [join(server, name) for _, name, _ in people]
    for n in range(400):   # six megabytes: the copy takes several slices, and people write between them
        joined[0].says("说" * 5000 + str(n))
    stop, said = threading.Event(), [0] * len(joined)

    def talk(n):
        import requests
        session = requests.Session()
        while not stop.is_set():
            r = session.post(server.url + "/sandbox/messages", json={"from": joined[n].id, "text": "课表"}, timeout=30)
            assert r.status_code == 200
            said[n] += 1
    threads = [threading.Thread(target=talk, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    try:
        for n in range(3):
            before = sum(said)
            path = tmp_path / f"{n}.tar"
            server.run("backup", path)
            copy = tmp_path / f"{n}.db"
            copy.write_bytes(entries(path)["banzhang.db"])
            db = sqlite3.connect(copy)
            sound(db)
            # every update that was answered before the backup began is in it, with its reply
            asked = db.execute("SELECT count(*) FROM inbox WHERE text LIKE '%课表%'").fetchone()[0]
            told = db.execute("SELECT count(*) FROM outbox WHERE key = 'timetable.list'").fetchone()[0]
            assert asked == told >= before, (asked, told, before)
            db.close()
            other = serve(classes=[], start=False)
            other.run("restore", path)
            other.run("audit", "verify")
    finally:
        stop.set()
        for t in threads:
            t.join()


def test_restore_refuses_what_is_in_use_or_not_empty(kept):
    server, path = kept
    server.run("backup", path)
    done = server.run("restore", path, check=False)
    assert done.returncode == 1 and "in use" in done.stderr
    server.stop()
    done = server.run("restore", path, check=False)
    assert done.returncode == 1 and "not empty" in done.stderr and "--force" in done.stderr
    done = server.run("restore", path, "--force")
    aside = list(server.data_dir.glob("before-restore-*"))
    assert len(aside) == 1 and (aside[0] / "banzhang.db").exists() and str(aside[0].name) in done.stdout
    server.start()
    assert "作业1" in server.person("张伟").says("作业").text


def spoil(path, to, change):
    """Writes the tar anew with some entries changed: change(name, data) → data, or None to leave it out."""
    with tarfile.open(path) as old, tarfile.open(to, "w") as new:
        for m in old:
            data = change(m.name, old.extractfile(m).read())
            if data is not None:
                m.size = len(data)
                new.addfile(m, io.BytesIO(data))


SPOILT = {
    "a changed store": lambda n, d: d[:-1] + b"?" if n == "banzhang.db" else d,
    "a missing file": lambda n, d: None if n.startswith("files/") else d,
    "no manifest": lambda n, d: None if n.startswith("manifest") else d,
    "no store": lambda n, d: None if n == "banzhang.db" else d,
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_is_not_whole_is_not_put_back(kept, serve, tmp_path, what):
    server, path = kept
    server.run("backup", path)
    bad = tmp_path / "bad.tar"
    spoil(path, bad, SPOILT[what])
    other = serve(classes=[], start=False)
    done = other.run("restore", bad, check=False)
    assert done.returncode == 1 and "nothing was changed" in done.stderr, done
    assert [p.name for p in other.data_dir.iterdir()] == ["lock"]


def test_names_that_lead_elsewhere_are_refused(kept, serve, tmp_path):
    server, path = kept
    server.run("backup", path)
    other = serve(classes=[], start=False)
    for name, kind in (("../evil", tarfile.REGTYPE), ("files/aa/../../evil", tarfile.REGTYPE),
                       ("secret.key", tarfile.SYMTYPE), ("/tmp/evil", tarfile.REGTYPE)):
        bad = tmp_path / "bad.tar"
        with tarfile.open(bad, "w") as tar:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
        done = other.run("restore", bad, check=False)
        assert done.returncode == 1 and "no file of a backup" in done.stderr, (name, done)
    cut = tmp_path / "cut.tar"
    cut.write_bytes(path.read_bytes()[:-20000])
    assert other.run("restore", cut, check=False).returncode == 1
    assert other.run("restore", tmp_path / "none.tar", check=False).returncode == 1
    assert [p.name for p in other.data_dir.iterdir()] == ["lock"]
