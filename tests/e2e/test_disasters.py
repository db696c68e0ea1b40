"""The chapters of docs/operations.md for bad days, done as they are written: the commands are read from the page."""

import io
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import zipfile

import openpyxl
import pytest

from harness import Klass, Server, eventually, join
from harness.homework import ONE_THEME
from harness.server import binary
from harness.store import make_old, sound

TREE = pathlib.Path(__file__).parents[2]
PHOTO = b"\x89PNG\r\n\x1a\n" + b"picture" * 2000


def chapter(title):
    """The commands below a heading, blank lines between the blocks kept: [[line, …], …]."""
    text = (TREE / "docs/operations.md").read_text(encoding="utf-8")
    found = re.search(rf"^##+ {re.escape(title)}\n(.*?)(?=^##|\Z)", text, re.M | re.S)
    assert found, f"docs/operations.md has no chapter {title!r}"
    blocks = re.findall(r"(?:^    .*\S.*\n)+", found[1], re.M)
    assert blocks, f"{title!r} has no commands"
    return [[line[4:] for line in block.splitlines()] for block in blocks]


class Machine:
    """A machine with the installed service: the paths of the page are folders of its own, systemctl is the harness."""

    def __init__(self, root, kept, telegram, backups=None):
        self.root, self.telegram = root, telegram
        self.places = {"/etc/banzhang": root / "etc", "/var/lib/banzhang": root / "var", "/backups": backups or root / "backups",
                       "/media/kept": kept, "/usr/local/bin/banzhang": binary()}
        for name in ("/etc/banzhang", "/var/lib/banzhang"):
            self.places[name].mkdir(parents=True)
        tools = root / "tools"
        tools.mkdir()
        for name, text in {"runuser": '[ "$*" != "${*#-u banzhang -- }" ] && shift 3 && exec "$@"', "chown": "true"}.items():
            (tools / name).write_text(f"#!/bin/sh\n{text}\n")
            (tools / name).chmod(0o755)
        self.path = f"{tools}:{os.environ['PATH']}"
        self.server = Server(start=False, classes=[], telegram=telegram, env={"TELEGRAM_TOKEN": telegram.token})
        shutil.rmtree(self.server.dir)
        self.server.dir, self.server.config = self.places["/var/lib/banzhang"], self.places["/etc/banzhang"] / "banzhang.yaml"
        self.server.data_dir = self.server.dir / "data"

    def shell(self, lines, words):
        """Runs lines as a shell would on that machine; what was printed."""
        text = "\n".join(lines)
        for name, value in {**words, **self.places, "http://127.0.0.1:8080": self.server.url or "http://127.0.0.1:1"}.items():
            text = text.replace(name, str(value))
        done = subprocess.run(["bash", "-e", "-c", text], cwd=self.root, capture_output=True, text=True,
                              env={**os.environ, "PATH": self.path}, timeout=120)
        assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
        return done.stdout

    def stop(self):
        """As systemctl does, who does not mind when it has ended already."""
        if self.server.alive():
            self.server.stop()
        self.server.expect_crash = False

    def follow(self, title, block=0, **words):
        """Does what a chapter's block says, line by line; everything that was printed."""
        begin, said, pending = chapter("Bad days")[0], "", []
        for line in chapter(title)[block] + ["systemctl"]:
            if not line.startswith("systemctl"):
                pending.append(line)
                continue
            if pending:
                said += self.shell(begin + pending, words)
            pending = []
            if line != "systemctl":
                assert line in ("systemctl stop banzhang", "systemctl start banzhang"), line
                self.stop() if "stop" in line else self.server.start()
        return said


@pytest.fixture
def machine(tmp_path, telegram):
    """A machine that served a class, whose last backup was taken by itself and who keeps what the page says."""
    kept = tmp_path / "kept"
    m = Machine(tmp_path / "one", kept, telegram)
    etc, backups = m.places["/etc/banzhang"], m.places["/backups"]
    backups.mkdir()
    (etc / "backup.key").write_text("a pass phrase that is long enough\n")
    (etc / "backup.key").chmod(0o600)
    (etc / "secrets").write_text(f"TELEGRAM_TOKEN={telegram.token}\n")
    m.server.settings["telegram"] = {**telegram.section(), "token": "${TELEGRAM_TOKEN}"}
    people = [("1", "张伟", "学员", "13800001111"), ("2", "李娜", "学员"), ("3", "王芳", "学员"), ("t1", "吴老师", "带班老师"), ("o1", "孙主办", "承办")]
    m.server.settings.update(data_dir="data", public_url="https://127.0.0.1",
                             classes=[str(Klass(people=people, syllabus=ONE_THEME).write(etc / "classes"))],
                             backup={"folder": str(backups), "at": "00:00", "key_file": str(etc / "backup.key")})
    m.server.write_config()
    m.server.start()
    zhang, teacher = join(m.server, "张伟"), join(m.server, "吴老师")
    m.server.clock.to("2026-03-02T08:50")
    assert zhang.says("签到 " + teacher.says("口令").code()).key == "signin.ontime"
    m.server.clock.to("2026-03-02T12:00")
    teacher.hears("homework.offer")
    teacher.presses("按默认发布")
    zhang.says("交作业 1")
    zhang.sends_file("shop.png", PHOTO, "image/png")
    assert zhang.says("好了").key == "submit.ontime"
    m.server.stop()
    for old in backups.iterdir():  # of before all that
        old.unlink()
    m.server.start()
    sealed, = eventually(lambda: list(backups.glob("banzhang-*.sealed")), 20)
    kept.mkdir()
    shutil.copytree(etc, kept / "etc")
    shutil.copy2(sealed, kept)
    m.marks = zhang.says("成绩").text
    m.head = "2026-03-02=" + m.server.run("audit", "head", "2026-03-02").stdout.split()[0]
    yield m
    m.server.close()


def goes_on(m):
    """People find all as it was when the backup was made, their files too, and go on."""
    zhang = m.server.person("张伟")
    assert zhang.says("成绩").text == m.marks
    db = sqlite3.connect(m.server.data_dir / "banzhang.db")
    sound(db)
    db.close()
    files = [p.read_bytes() for p in m.server.files() if len(p.name) == 64]
    assert PHOTO in files
    assert join(m.server, "李娜").says("作业").key
    m.server.stop()


def test_the_store_is_damaged(machine):
    path = machine.server.data_dir / "banzhang.db"
    machine.server.kill()
    path.write_bytes(b"\0" * 8192 + path.read_bytes()[8192:])
    said = machine.follow("The store is damaged", **{"DAY=HEX": machine.head})
    assert "as published" in said
    goes_on(machine)


def test_the_disk_is_lost(machine):
    machine.server.kill()
    shutil.rmtree(machine.server.data_dir)
    said = machine.follow("The disk is lost", CLASS="demo")
    assert "李娜" in said and "张伟" not in said
    goes_on(machine)


def test_the_machine_is_lost(machine, tmp_path, telegram):
    machine.server.stop()
    new = Machine(tmp_path / "two", machine.places["/media/kept"], telegram)
    new.marks, new.server.people = machine.marks, {}
    config = machine.places["/media/kept"] / "etc/banzhang.yaml"
    text = config.read_text(encoding="utf-8")  # the one thing that differs: these paths are not those of the page
    config.write_text(text.replace(str(machine.root / "etc"), str(new.root / "etc")).replace(
        str(machine.root / "backups"), str(new.root / "backups")), encoding="utf-8")
    shutil.rmtree(machine.root)
    try:
        new.follow("The machine is lost")
        stolen = new.server.invites()["李娜"]["code"]
        said = new.follow("The machine is lost", 1, CLASS="demo")
        assert "李娜" in said and stolen not in said
        assert new.server.person("somebody").says("加入 " + stolen).key == "join.refused"
        goes_on(new)
    finally:
        new.server.close()


def test_both_keys_are_lost(machine):
    machine.server.stop()
    for key in ("secret.key", "master.key"):
        (machine.server.data_dir / key).unlink()
    with pytest.raises(AssertionError):  # it says so and does not start
        machine.server.start()
    (machine.server.data_dir / "secret.key").unlink(missing_ok=True)
    machine.follow("A key is lost")
    machine.server.run("export", "demo", "-f", "zip", "-o", "a.zip")
    with zipfile.ZipFile(machine.server.dir / "a.zip") as z:
        people = openpyxl.load_workbook(io.BytesIO(z.read(next(n for n in z.namelist() if n.endswith(".xlsx") and "名单" in n))))
    assert "13800001111" in [str(cell.value) for row in people.active.iter_rows() for cell in row]
    goes_on(machine)


def test_secret_key_is_lost_and_there_is_no_backup(machine):
    machine.server.stop()
    (machine.server.data_dir / "secret.key").unlink()
    said = machine.follow("A key is lost", 1, CLASS="demo")
    assert "李娜" in said
    assert machine.server.person("张伟").says("成绩").text == machine.marks
    assert machine.server.run("audit", "verify", check=False).returncode == 1


def test_something_was_deleted(machine):
    machine.follow("Something was deleted that should not have been", CLASS="demo")
    assert (machine.places["/var/lib/banzhang"] / "as-it-was.zip").stat().st_size > len(PHOTO)
    organiser = join(machine.server, "孙主办")
    organiser.says("解绑 张伟")
    machine.server.clock.to("2026-03-02T13:00")
    machine.follow("Something was deleted that should not have been", 1)
    aside, = machine.server.data_dir.glob("before-restore-*")
    assert (aside / "banzhang.db").exists()
    goes_on(machine)


def test_an_upgrade_went_wrong(machine):
    machine.server.stop()
    db = sqlite3.connect(machine.server.data_dir / "banzhang.db")
    make_old(db)
    db.close()
    machine.server.start()
    machine.follow("An upgrade went wrong")
    goes_on(machine)


@pytest.fixture
def small(machine):
    """The same machine, its service on a disk of its own, which is small."""
    machine.server.stop()
    var, aside = machine.places["/var/lib/banzhang"], machine.root / "aside"
    shutil.copytree(var, aside)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "room", var], capture_output=True).returncode != 0:
        pytest.skip("only root may mount the small file system that this needs")
    shutil.copytree(aside, var, dirs_exist_ok=True)
    machine.server.settings["limits"] = {"reserve": 4 << 20, "per_minute": 0}
    machine.server.write_config()
    machine.server.start()
    yield machine
    subprocess.run(["umount", "-l", var], check=True)


def test_the_disk_is_full(small):
    zhang, organiser = small.server.person("张伟"), join(small.server, "孙主办")
    with open(small.server.data_dir / "banzhang.db.before-files-2", "wb", buffering=0) as f:
        with pytest.raises(OSError):
            while f.write(b"\0" * 4096):
                pass
    reserve = small.server.data_dir / "reserve"
    eventually(lambda: zhang.post(text="帮助").status_code == 200 and reserve.stat().st_size == 0, 30, "the disk is full")
    said = small.follow("The disk is full")
    assert "scheduled" in said and "disk full" in said
    eventually(lambda: small.server.get("/healthz").text == "ok\n", 30, "all is well")
    assert eventually(lambda: [r for r in organiser.history() if r.key == "alarm.over"], 20)
    goes_on(small)
