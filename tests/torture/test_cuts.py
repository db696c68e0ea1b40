"""The power goes, and with it every byte and every name that was not synced: what was handed in and answered is there
with all its bytes, whichever way it came, and so are a finished backup and the keys."""

import hashlib
import random
import shutil

import pytest
import requests
from faults import KILLS, Plan, program, whole_files

from harness import Klass, eventually, join
from harness.homework import ONE_THEME
from harness.telegram_people import PNG
from harness.upload import UploadPage

PEOPLE = [("1", "张伟", "学员", "", "", ""), ("2", "李娜", "学员", "", "", "lina"), ("3", "王芳", "学员", "", "", ""),
          ("t1", "吴老师", "带班老师", "", "", "")]
DATA = PNG + b"three hats " * 40000
PIECE = 100 * 1000
LEAKS = (0, 50)  # percent of what was not synced that is there all the same


@pytest.fixture
def plan(tmp_path):
    return Plan(tmp_path)


@pytest.fixture
def klass(serve, telegram, wecom, plan):
    """Homework 1 is open to a trainee on each platform."""
    server = serve(classes=[Klass(people=PEOPLE, syllabus=ONE_THEME)], telegram=telegram, wecom=wecom,
                   limits={"per_minute": 0}, env=plan.env(power=0), program=program())
    server.zhang, server.fang, invites = join(server, "张伟"), telegram.user("王芳"), server.invites()
    server.li = wecom.user("lina", "李娜")
    server.fang.starts("j_" + invites["王芳"]["code"])
    server.fang.presses("是我")
    teacher = join(server, "吴老师")
    server.clock.to("2026-03-02T12:00")
    teacher.hears("homework.offer").press("按默认发布")
    return server


def cut(server, plan, leak=0):
    """A power cut and a new start; the SHA-256 of every file on record after it, all of which are whole."""
    server.kill()
    plan.disk.cut(random.Random(leak), leak)
    sums = whole_files(server)
    server.restart()
    return sums


def sha(data=DATA):
    return hashlib.sha256(data).hexdigest()


def page(server):
    """A new upload page of 张伟."""
    return UploadPage(server, server.zhang.says("交作业 1").last.press("在网页上传").text)


def by_chat(server):
    server.zhang.sends_file("选品表.png", DATA)


def by_page(server):
    its = page(server)
    its.uploads("选品表.png", DATA, PIECE)
    assert its.hands_over().json() == {"sent": True}


def fetched(server):
    """Waits until what came from a platform is on record."""
    eventually(lambda: any("files.fetched" in x and "here=1" in x and "recorded=1" in x for x in server.log()))


def by_telegram(server):
    assert server.fang.sends_document("选品表.png", DATA) == 200
    fetched(server)


def by_wecom(server):
    assert server.li.sends_photo(DATA) == 200
    fetched(server)


WAYS = [by_chat, by_page, by_telegram, by_wecom]


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize("way", WAYS)
def test_what_was_handed_in_is_there_after_the_cut(klass, plan, way, leak):
    way(klass)
    assert sha() in cut(klass, plan, leak)


@pytest.mark.parametrize("lazy", [1, 2], ids=["files", "folders"])
@pytest.mark.parametrize("way", WAYS)
def test_a_sync_left_out_is_noticed(klass, plan, way, lazy):
    """The proof that the tests around this one can fail."""
    plan.set("lazy", lazy)
    way(klass)
    with pytest.raises(AssertionError):
        assert sha() in cut(klass, plan)


@pytest.mark.parametrize("leak", LEAKS)
def test_the_power_goes_at_every_sync(klass, plan, leak):
    """Before and after each sync of a hand-in in the chat; what nobody answered is sent again under its key."""
    for n in range(1, 30):
        moment, data = ("file.before", "file.after")[n % 2], DATA + bytes([n])
        plan.arm(moment, n // 2 + 1)
        answered = True
        try:
            klass.zhang.sends_file("选品表.png", data, id=f"file{n}")
        except requests.RequestException:
            answered = False
        plan.calm()
        sums = cut(klass, plan, leak)
        if not answered:
            klass.zhang.sends_file("选品表.png", data, id=f"file{n}")
            sums = cut(klass, plan, leak)
        assert sha(data) in sums
        if answered:
            break
    assert n > 4, "nothing is synced"


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize("moment", ["file.before", "file.after", "commit.before", "commit.after", "answer.after"])
def test_an_upload_goes_on_after_a_cut_in_any_piece(klass, plan, moment, leak):
    """Where the page is told that it has so many bytes it has them, and what comes out is what was sent."""
    its = page(klass)
    known, most = its.announce("选品表.png", len(DATA)).json(), 12 if KILLS else 6
    for n in range(1, most):
        at = next(f["have"] for f in its.state().json()["files"])
        plan.arm(moment, n)
        try:
            while at < len(DATA):
                at = its.put(known["id"], at, DATA[at:at + PIECE]).json()["have"]
        except (requests.RequestException, KeyError):
            pass
        plan.calm()
        cut(klass, plan, leak)
        if its.state().json()["files"][0]["done"]:
            break
    its.uploads("选品表.png", DATA, PIECE)
    assert its.hands_over().json() == {"sent": True}
    assert sha() in cut(klass, plan, leak)


def test_a_piece_is_not_put_behind_a_part_that_is_gone(klass, plan):
    """The store refused to record the whole after it was laid down: the pieces are asked for again."""
    its = page(klass)
    known = its.announce("选品表.png", len(DATA)).json()
    for at in range(0, len(DATA), PIECE):
        if at + PIECE >= len(DATA):
            plan.arm("write", 1, 3)
        r = its.put(known["id"], at, DATA[at:at + PIECE])
    assert r.status_code == 503
    plan.calm()
    eventually(lambda: its.uploads("选品表.png", DATA, PIECE), what="the page goes on")
    its.hands_over()
    assert sha() in cut(klass, plan)


def test_a_finished_backup_and_what_was_restored_are_there_after_the_cut(klass, plan):
    by_chat(klass)
    tar = klass.dir / "banzhang.tar"
    klass.run("backup", tar)
    cut(klass, plan)
    klass.stop()
    shutil.rmtree(klass.data_dir)
    klass.run("restore", tar)
    plan.disk.cut()
    assert sha() in whole_files(klass)
    klass.restart()


def sealed_only(folder):
    """Whether all that lies in a folder and below it is sealed."""
    return folder.is_dir() and [p for p in folder.rglob("*") if p.is_dir() or p.read_bytes()[:8] != b"BZSEAL1\n"] == []


@pytest.fixture
def apart(tmp_path):
    """A folder for backups, and the file with their key."""
    key, folder = tmp_path / "backup.key", tmp_path / "off"
    key.write_text("a pass phrase that is long enough\n")
    key.chmod(0o600)
    folder.mkdir()
    return folder, key


def test_a_sealed_backup_whose_verifying_was_killed_leaves_nothing_in_clear(klass, plan, apart):
    folder, key = apart
    plan.arm("backup.read")
    assert klass.run("backup", folder / "z.sealed", "--encrypt", key, check=False).returncode == -9
    assert plan.hit("backup.read") and sealed_only(folder)
    klass.run("backup", folder / "z.sealed", "--encrypt", key)
    assert [p.name for p in folder.iterdir()] == ["z.sealed"] and not list(klass.data_dir.glob("backup-copy-*"))


def test_nor_does_a_scheduled_one(serve, plan, apart):
    folder, key = apart
    server = serve(env=plan.env(), program=program(), start=False,
                   backup={"folder": str(folder), "at": "00:00", "key_file": str(key)})
    server.start()
    eventually(lambda: list(folder.glob("banzhang-*.sealed")))
    server.stop()
    for made in folder.iterdir():
        made.unlink()
    plan.arm("backup.read")
    server.expect_crash = True
    server.start()
    server.proc.wait(30)
    assert plan.hit("backup.read") and sealed_only(folder) and list(server.data_dir.glob("backup-copy-*"))
    server.restart()
    eventually(lambda: list(folder.glob("banzhang-*.sealed")))
    eventually(lambda: not list(server.data_dir.glob("backup-copy-*")))
    assert sealed_only(folder)
