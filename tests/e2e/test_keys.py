"""Telephone numbers are sealed in the store and in what is copied of it; keys are renewed while the server runs; a
backup can be sealed as a whole."""

import io
import os
import re
import shutil
import sqlite3
import tarfile
import zipfile

import openpyxl
import pytest

from harness import Klass, join

PHONES = {"张伟": "13800000001", "李娜": "13800000002"}
PEOPLE = [("1", "张伟", "学员", PHONES["张伟"]), ("2", "李娜", "学员", PHONES["李娜"]), ("o1", "孙主办", "承办", "")]


@pytest.fixture
def klass(serve):
    return serve(classes=[Klass(people=PEOPLE)])


def everything(folder):
    """All bytes of all files of a folder but the keys."""
    return b"".join(p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix != ".key")


def phones(server, tmp_path):
    """What the roster of the exported workbook says of people's telephones."""
    server.run("export", "demo", "-f", "zip", "-o", tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as z:
        name = next(n for n in z.namelist() if n.endswith(".xlsx") and "名单" in n)
        sheet = openpyxl.load_workbook(io.BytesIO(z.read(name))).active
    rows = [[str(c.value) for c in row if c.value] for row in sheet.iter_rows()]
    return {name: phone for name, phone in PHONES.items() if any(name in r and phone in r for r in rows)}


def test_no_telephone_can_be_read_from_what_lies_on_disk(klass, tmp_path):
    klass.run("backup", tmp_path / "b.tar")
    for where in (everything(klass.data_dir), (tmp_path / "b.tar").read_bytes()):
        assert not any(phone.encode() in where for phone in PHONES.values())
    assert phones(klass, tmp_path) == PHONES
    assert os.stat(klass.data_dir / "master.key").st_mode & 0o777 == 0o600


def test_a_person_is_known_again_by_telephone_in_another_class(klass):
    other = Klass(id="second", title="第二期",
                  people=[("7", "张伟", "学员", PHONES["张伟"]), ("8", "李娜", "学员", "13911111111")])
    klass.run("import", other.write(klass.dir / "second"))
    with klass.db() as db:
        classes = dict(db.execute("SELECT p.name || p.id, count(*) FROM member m JOIN person p ON p.id = m.person"
                                  " WHERE p.name IN ('张伟', '李娜') GROUP BY p.id"))
    assert sorted(classes.values()) == [1, 1, 2]


def test_keys_are_renewed_while_the_server_runs(klass, tmp_path):
    with klass.db() as db:
        before = dict(db.execute("SELECT name, phone_sealed FROM person WHERE phone_sealed IS NOT NULL"))
    old_master = (klass.data_dir / "master.key").read_bytes()
    assert "2 fields are sealed under a new key" in klass.run("keys", "rotate").stdout
    with klass.db() as db:
        after = dict(db.execute("SELECT name, phone_sealed FROM person WHERE phone_sealed IS NOT NULL"))
        assert db.execute("SELECT count(*) FROM vault_key").fetchone()[0] == 2
    assert all(before[n] != after[n] and before[n][1:5] != after[n][1:5] for n in PHONES)
    assert phones(klass, tmp_path) == PHONES
    assert "master.key is new" in klass.run("keys", "rotate", "--master").stdout
    assert (klass.data_dir / "master.key").read_bytes() != old_master
    assert not (klass.data_dir / "master.key.new").exists()
    klass.restart()
    assert phones(klass, tmp_path) == PHONES
    assert klass.run("keys", "show").stdout.count("key ") >= 2
    klass.stop()  # and without a server
    assert "2 fields" in klass.run("keys", "rotate", "--master").stdout
    klass.start()
    assert phones(klass, tmp_path) == PHONES


def test_a_crash_between_the_commit_and_the_new_name_costs_nothing(klass, tmp_path):
    klass.run("keys", "rotate", "--master")
    klass.stop()
    os.rename(klass.data_dir / "master.key", klass.data_dir / "master.key.new")
    (klass.data_dir / "master.key").write_bytes(os.urandom(32))
    (klass.data_dir / "master.key").chmod(0o600)
    klass.start()
    assert phones(klass, tmp_path) == PHONES


@pytest.mark.parametrize("running", [True, False])
def test_a_folder_that_takes_no_new_master_key_is_named_and_nothing_changes(serve, tmp_path, running):
    # root may write everywhere, but nobody makes a name of more than 255 bytes: the old key's is short enough, that
    # of the new one beside it is not
    key = tmp_path / ("k" * 246)
    server = serve(classes=[Klass(people=PEOPLE)], master_key=str(key))
    kept, shown = key.read_bytes(), server.run("keys", "show").stdout
    if not running:
        server.stop()
    failed = server.run("keys", "rotate", "--master", check=False)
    assert failed.returncode == 1 and not failed.stdout
    assert re.fullmatch(r".*/k+\.new: cannot be made: File name too long; nothing was changed\n", failed.stderr)
    assert key.read_bytes() == kept and server.run("keys", "show").stdout == shown and list(tmp_path.glob("k*")) == [key]
    if not running:
        server.start()
    assert phones(server, tmp_path) == PHONES


@pytest.mark.parametrize("spoil, said", [
    (lambda key: key.unlink(), "missing, or not the key"),
    (lambda key: key.write_bytes(bytes(32)), "missing, or not the key"),
    (lambda key: key.write_bytes(b"short"), "not a key of 32 bytes"),
    (lambda key: key.chmod(0o644), "others may read it"),
])
def test_a_wrong_key_is_told_and_nothing_is_lost(klass, tmp_path, spoil, said):
    key = klass.data_dir / "master.key"
    klass.stop()
    kept = key.read_bytes()
    spoil(key)
    failed = klass.run("invites", "demo", check=False)
    assert failed.returncode == 1 and said in failed.stderr and failed.stderr.count("\n") == 1
    key.write_bytes(kept)
    key.chmod(0o600)
    klass.start()
    assert phones(klass, tmp_path) == PHONES


def test_a_field_moved_to_another_person_does_not_open(klass, tmp_path):
    klass.stop()
    db = sqlite3.connect(klass.data_dir / "banzhang.db")
    db.execute("UPDATE person SET phone_sealed = (SELECT phone_sealed FROM person WHERE name = '张伟') WHERE name = '李娜'")
    db.commit()
    db.close()
    klass.start()
    assert phones(klass, tmp_path) == {"张伟": PHONES["张伟"]}


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "backup.key"
    path.write_text("一句足够长的口令，别人猜不到\n")
    path.chmod(0o600)
    return path


def test_a_sealed_backup_tells_nothing_and_comes_back_whole(klass, tmp_path, key_file):
    join(klass, "张伟").sends_file("a.jpg", b"\xff\xd8\xff\xe0" + os.urandom(200_000), "image/jpeg")
    sealed = tmp_path / "b.sealed"
    assert "sealed" in klass.run("backup", sealed, "--encrypt", key_file).stdout
    bytes_ = sealed.read_bytes()
    assert b"SQLite format" not in bytes_ and b"banzhang.db" not in bytes_ and "张伟".encode() not in bytes_
    with pytest.raises(tarfile.ReadError):
        tarfile.open(sealed)
    klass.stop()
    shutil.rmtree(klass.data_dir)
    refused = klass.run("restore", sealed, check=False)
    assert refused.returncode == 1 and "--decrypt KEYFILE" in refused.stderr
    klass.run("restore", sealed, "--decrypt", key_file)
    klass.start()
    assert phones(klass, tmp_path) == PHONES


@pytest.mark.parametrize("spoil", [
    lambda b: b[:-1], lambda b: b + b"x", lambda b: b[:100] + bytes([b[100] ^ 1]) + b[101:], lambda b: b[:30],
    lambda b: b[:24] + b[24 + 65552:], lambda b: b[:24 + 65552]])
def test_a_sealed_backup_that_was_touched_is_refused(klass, tmp_path, key_file, spoil):
    join(klass, "张伟").sends_file("a.jpg", b"\xff\xd8\xff\xe0" + os.urandom(100_000), "image/jpeg")
    sealed = tmp_path / "b.sealed"
    klass.run("backup", sealed, "--encrypt", key_file)
    sealed.write_bytes(spoil(sealed.read_bytes()))
    klass.stop()
    shutil.rmtree(klass.data_dir)
    refused = klass.run("restore", sealed, "--decrypt", key_file, check=False)
    assert refused.returncode == 1 and "nothing was changed" in refused.stderr
    assert not (klass.data_dir / "banzhang.db").exists()


def test_keys_that_are_none_are_refused(klass, tmp_path, key_file):
    short = tmp_path / "short.key"
    short.write_text("short\n")
    short.chmod(0o600)
    key_file.chmod(0o644)
    for file, said in ((short, "16 to 4096 bytes"), (key_file, "others may read it"), (tmp_path / "none", "No such file")):
        refused = klass.run("backup", tmp_path / "x", "--encrypt", file, check=False)
        assert refused.returncode == 1 and said in refused.stderr and not (tmp_path / "x").exists()
    for words in (["burn"], ["show", "--master"], ["show", "--codes"], ["rotate", "--renew"]):
        assert klass.run("keys", *words, check=False).returncode == 2
    assert klass.run("restore", tmp_path / "x", "--encrypt", short, check=False).returncode == 2
