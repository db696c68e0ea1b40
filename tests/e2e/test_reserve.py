"""A full disk with a reserve: it is given up first, people are answered, organisers hear of it, and it is made anew."""

import base64
import sqlite3
import tarfile
import time

import pytest

from harness import eventually, join
from harness.room import Mounted, server_in
from harness.store import sound
from harness.upload import UploadPage

RESERVE = 4 << 20
SMALL = base64.b64encode(b"abc" * 20_000).decode()
LARGE = base64.b64encode(b"abc" * 300_000).decode()


@pytest.fixture
def room():
    made = Mounted()
    if not made.mounted:
        made.close()
        pytest.skip("only root may mount the small file system that this needs")
    yield made
    made.close()


@pytest.fixture
def school(room, telegram):
    """A server with a reserve, its class joined."""
    server = server_in(room, RESERVE, telegram=telegram)
    server.start()
    server.zhang, server.organiser, server.teacher = (join(server, n) for n in ("张伟", "孙主办", "吴老师"))
    server.li = telegram.user("李娜")
    server.li.joins(server, "李娜")
    yield server
    server.close()


def kept(server):
    """The bytes on the disk that the reserve holds back."""
    return (server.data_dir / "reserve").stat().st_blocks * 512


def full(server):
    return server.metrics().value("banzhang_disk_full") == 1


def talk_until_full(server, limit=4000):
    """Talks until the reserve is given up: all the time there is an answer."""
    for n in range(limit):
        r = server.zhang.post(text="帮助", id=f"fill{n}")
        assert r.status_code == 200, (n, r.text)
        if kept(server) == 0:
            return
    raise AssertionError("the disk is never full")


def alarms(server, text):
    return [r for r in server.organiser.history() if r.key in ("alarm.told", "alarm.over") and text in r.text]


def test_it_is_real_and_in_no_backup(school):
    assert (school.data_dir / "reserve").stat().st_size == RESERVE <= kept(school)
    assert school.metrics().value("banzhang_reserve_bytes") == RESERVE
    school.run("backup", "b.tar")
    with tarfile.open(school.dir / "b.tar") as tar:
        assert {"banzhang.db", "secret.key"} <= set(tar.getnames()) and "reserve" not in tar.getnames()


def test_people_are_answered_and_the_organiser_hears_once(school, room):
    school.clock.to("2026-03-02T08:50")
    code = school.teacher.says("口令").code()
    room.fill()
    talk_until_full(school)
    assert school.zhang.says(f"签到 {code}", id="s1").key == "signin.ontime"
    assert school.li.says(f"签到 {code}") == 200
    eventually(lambda: alarms(school, "磁盘满了"), 20, "the alarm")
    assert full(school) and school.metrics().value("banzhang_reserve_bytes") == 0
    assert school.get("/healthz").status_code == 200 and "disk full" in school.get("/healthz").text
    for n in range(200):
        assert school.zhang.post(text="课表", id=f"on{n}").status_code == 200
    assert len(alarms(school, "磁盘满了")) == 1 and not alarms(school, "又有空间了")
    room.free()
    eventually(lambda: alarms(school, "又有空间了"), 30, "the all-clear")
    assert not full(school) and kept(school) >= RESERVE and school.get("/healthz").text == "ok\n"
    school.stop()
    db = sqlite3.connect(school.data_dir / "banzhang.db")
    assert db.execute("SELECT state, count(*) FROM attendance GROUP BY 1").fetchall() == [("present", 2)]
    asked = db.execute("SELECT count(*) FROM inbox WHERE text IN ('帮助', '课表')").fetchone()
    assert asked == db.execute("SELECT count(*) FROM outbox WHERE key IN ('help', 'timetable.list')").fetchone() and asked[0] > 200
    sound(db)


def test_a_little_room_is_not_yet_enough(school, room):
    room.fill()
    talk_until_full(school)
    eventually(lambda: alarms(school, "磁盘满了"), 20, "the alarm")
    with open(room.ballast, "r+b") as f:  # all that the reserve gave and a little more, but not half as much again
        f.seek(0, 2)
        f.truncate(max(0, f.tell() - RESERVE // 8))
    looked = len(school.log())
    until = time.monotonic() + 8  # longer than it takes to believe that there is room
    while time.monotonic() < until:
        assert "disk full" in school.get("/healthz").text and school.zhang.history()
    assert full(school) and not [line for line in school.log()[looked:] if "reserve.back" in line]


def test_small_files_come_and_large_ones_are_refused_kindly(school, room):
    room.fill()
    small = {"files": [{"name": "店铺.txt", "mime": "text/plain", "base64": SMALL}]}
    large = {"files": [{"name": "录像.txt", "mime": "text/plain", "base64": LARGE}]}
    said = school.zhang.send(**large)
    assert said.key == "files.refused" and "文字照常发" in said.text
    talk_until_full(school)
    assert school.zhang.send(**small).key == "nothing_open" and kept(school) == 0
    done = school.run("backup", "b.tar", check=False)  # whose copy would take what people's messages need
    assert done.returncode == 1 and "no room for a copy" in done.stderr
    assert full(school) and school.zhang.send(**large).key == "files.refused"
    files = [p.stat().st_size for p in school.files()]
    assert files == [60_000]
    room.free()
    eventually(lambda: not full(school), 30, "room again")
    assert school.zhang.send(**large).key == "nothing_open"


def test_an_upload_page_says_so_too(school, room):
    page = UploadPage(school, school.zhang.says("上传").text)
    room.fill()
    talk_until_full(school)
    r = page.announce("录像.mp4", 2_000_000)
    assert r.status_code == 413 and "文字照常发" in r.json()["error"], r.text
    assert page.uploads("a.txt", b"abc" * 300)


def test_a_start_on_a_full_disk_gives_it_up_and_says_later_that_all_is_well(school, room):
    school.kill()
    room.fill()
    school.expect_crash = False
    school.start()
    assert kept(school) == 0 and school.zhang.says("帮助").key == "help"
    eventually(lambda: alarms(school, "磁盘满了"), 20, "the alarm")
    school.kill()
    room.free()
    school.expect_crash = False
    school.start()
    eventually(lambda: alarms(school, "又有空间了"), 20, "the all-clear after a restart")
    assert kept(school) >= RESERVE


@pytest.mark.parametrize("size", [0, 1 << 20, 8 << 20])
def test_its_size_follows_the_configuration(school, size):
    school.stop()
    school.settings["limits"]["reserve"] = size
    school.write_config()
    school.start()
    path = school.data_dir / "reserve"
    assert path.exists() == (size > 0) and (size == 0 or path.stat().st_size == size)
    assert not alarms(school, "磁盘满了") and not alarms(school, "又有空间了")
