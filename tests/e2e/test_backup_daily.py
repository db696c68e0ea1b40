"""A backup a day by configuration: made by the running server, verified, the oldest removed, failure told."""

import re
import sqlite3

import pytest

from harness import eventually, join


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_todays_backup_is_made_verified_and_the_oldest_go(serve, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in ("2020-01-01", "2020-01-02", "2020-01-03"):
        (folder / f"banzhang-{day}.tar").write_bytes(b"old")
    (folder / "mine.tar").write_bytes(b"not ours")
    server = serve(backup={"folder": str(folder), "at": "00:00", "keep": 2})
    join(server, "张伟")
    eventually(lambda: len(names(folder)) == 3)
    assert names(folder)[0] == "banzhang-2020-01-03.tar" and names(folder)[-1] == "mine.tar"
    made = folder / names(folder)[1]
    assert 0 <= server.metrics().value("banzhang_backup_age_seconds") < 60
    assert not list(server.data_dir.glob("backup-copy-*"))
    server.stop()
    server.run("restore", "--force", str(made))
    assert sqlite3.connect(server.data_dir / "banzhang.db").execute("SELECT count(*) FROM member").fetchone()[0] > 0


def test_a_sealed_one_needs_its_key_and_a_failure_is_told_to_the_organiser(serve, tmp_path):
    key, folder = tmp_path / "key", tmp_path / "backups"
    key.write_text("a pass phrase that is long enough\n")
    key.chmod(0o600)
    folder.mkdir()
    server = serve(backup={"folder": str(folder), "at": "00:00", "key_file": str(key)})
    made, = eventually(lambda: list(folder.glob("banzhang-*.sealed")))
    assert made.read_bytes().startswith(b"BZSEAL1\n")
    server.stop()
    made.unlink()
    key.write_text("short")
    server.start()
    organiser = join(server, "孙主办")
    server.restart()
    assert "备份" in organiser.hears("alarm.told").text
    assert not list(folder.glob("banzhang-*"))


def test_every_hour_has_one_of_its_own(serve, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "banzhang-2020-01-01-0030.tar").write_bytes(b"old")
    (folder / "banzhang-before-the-move.tar").write_bytes(b"not ours")
    server = serve(backup={"folder": str(folder), "at": "03:00", "every": "hour", "keep": 1}, timezone="UTC")
    made, = eventually(lambda: [n for n in names(folder) if re.fullmatch(r"banzhang-20[3-9]\d-.*|banzhang-202[1-9]-.*", n)
                                and n.endswith(".tar")])
    assert re.fullmatch(r"banzhang-\d{4}-\d\d-\d\d-\d\d00\.tar", made)
    eventually(lambda: names(folder) == [made, "banzhang-before-the-move.tar"])
    server.restart()
    assert made in names(folder) or eventually(lambda: len(names(folder)) == 2)  # the hour may just have struck


@pytest.mark.parametrize("backup, fault", [
    ({"at": "03:30"}, '"folder" is missing'), ({"folder": "/nowhere", "at": "03:30"}, "there is no folder /nowhere"),
    ({"folder": "/tmp", "at": "3 o'clock"}, '"at" must be'), ({"folder": "/tmp", "keep": 0}, "keep"), ({"folder": "/tmp", "every": "5 hours"}, '"every" must be'),
    ({"folder": "/tmp", "every": "0 hours"}, '"every" must be'), ({"folder": "/tmp", "every": "hourly"}, '"every" must be')])
def test_a_wrong_section_is_told_with_its_place(serve, backup, fault):
    server = serve(start=False, backup=backup)
    server.expect_crash = True
    with pytest.raises(AssertionError, match="banzhang.yaml:"):
        server.start()
    assert fault in server.tail()
