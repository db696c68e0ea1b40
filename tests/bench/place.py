"""What the benchmark works on: 300 classes with 10 000 trainees, everybody bound on every platform.

The classes come in the real way, by `banzhang import`. Accounts are then written into the store while no server
runs (10 000 conversations of joining would measure nothing), homework is published and the sign-in codes are
computed from the classes' secrets, as codes.c does.
"""

import hashlib
import hmac
import os
import pathlib
import shutil
import sqlite3
import struct
import subprocess

import yaml

TELEGRAM, WECOM, WEB = 1, 2, 0  # enum platform_id
TRAINEE = 1                     # enum role
STEP = 30                       # seconds a code stands on the screen
MORNING, MOMENT = "2026-03-02T08:30:00+08:00", 1772411400
TOKEN, SECRET = "100000:bench", "bench-secret-0123456789"
CORP, AGENT, WECOM_TOKEN = "wwbench", 1000002, "QDG6eK"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
ACCOUNTS = {TELEGRAM: str, WECOM: "w{}".format, WEB: "u{}".format}


def binary():
    return os.environ.get("BANZHANG") or str(pathlib.Path(__file__).resolve().parents[2] / "build" / "banzhang")


class Place:
    """A folder on a real disk with a prepared store, of which measurements take copies."""

    def __init__(self, folder, trainees=10_000, classes=300):
        self.folder = pathlib.Path(folder)
        self.trainees, self.classes = trainees, classes
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.base, self.people = self.folder / "base", {}

    def config(self, data_dir, ports):
        """Writes a configuration; `ports`: of the fake platforms, by platform."""
        at = {p: f"http://127.0.0.1:{port}" for p, port in ports.items()}
        whole = {"listen": "127.0.0.1:0", "public_url": "http://127.0.0.1", "data_dir": str(data_dir),
                 "timezone": "Asia/Shanghai", "locale": "zh-CN", "classes": [],
                 "sandbox": {"enabled": True, "clock": MORNING}, "limits": {"per_minute": 0}}
        if TELEGRAM in at:
            whole["telegram"] = {"token": TOKEN, "secret": SECRET, "mode": "webhook", "rate": 0,
                                 "api_base": at[TELEGRAM]}
        if WECOM in at:
            whole["wecom"] = {"corp_id": CORP, "agent_id": AGENT, "secret": "s", "token": WECOM_TOKEN,
                              "encoding_aes_key": AES_KEY, "api_base": at[WECOM], "buttons": "text", "rate": 0}
        path = self.folder / f"{pathlib.Path(data_dir).name}.yaml"
        path.write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return path

    def prepare(self):
        """Imports the classes and binds everybody."""
        files, number = [], 0
        for c in range(self.classes):
            size = (self.trainees * (c + 1)) // self.classes - (self.trainees * c) // self.classes
            files.append(self._class_file(c, range(number, number + size)))
            number += size
        config = self.config(self.base, {})
        subprocess.run([binary(), "import", *files, "-c", config], check=True, stdout=subprocess.DEVNULL)
        db = _open(self.base)
        with db:
            self._bind(db)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()

    def _class_file(self, number, trainees):
        folder = self.folder / "classes"
        folder.mkdir(exist_ok=True)
        name = f"c{number:03}"
        with open(folder / f"{name}-roster.csv", "w", encoding="utf-8") as f:
            f.write("学号,姓名,角色\n")
            f.writelines(f"{t + 1:05},学员{t:05},学员\n" for t in trainees)
            f.write(f"t{number},老师{number:03},带班老师\n")
        (folder / f"{name}-timetable.csv").write_text(
            "date,start,end,title\n2026-03-02,09:00,12:00,开店\n2026-03-03,09:00,12:00,选品\n", encoding="utf-8")
        (folder / f"{name}-syllabus.csv").write_text("课程主题,大纲,实施模式,考核\n开店,大纲,讲授,作业\n",
                                                     encoding="utf-8")
        whole = {"id": name, "title": f"就业班{number}", "kind": "employment", "starts": "2026-03-02",
                 "timetable": f"{name}-timetable.csv", "roster": f"{name}-roster.csv",
                 "syllabus": f"{name}-syllabus.csv", "scheme": "employment", "survey": "course-evaluation",
                 "survey_unit": "training", "default_slot": "09:00-12:00", "midday": "12:00-13:30", "signout": "off"}
        path = folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(whole, allow_unicode=True), encoding="utf-8")
        return path

    def _bind(self, db):
        """Accounts on every platform, homework 1 open, and per platform the list of (account, code)."""
        rows = db.execute("SELECT m.id, m.person, m.class FROM member m WHERE m.role = ? ORDER BY m.id % 97, m.id",
                          (TRAINEE,)).fetchall()
        assert len(rows) == self.trainees, f"{len(rows)} trainees were imported"
        codes = {klass: _code(secret, sitting) for klass, secret, sitting in db.execute(
            "SELECT c.id, c.secret, min(s.id) FROM class c JOIN sitting s ON s.class = c.id GROUP BY c.id")}
        for platform, name in ACCOUNTS.items():
            db.executemany("INSERT INTO account (platform, name, person, member, bound, used) VALUES (?,?,?,?,?,?)",
                           [(platform, name(1_000_000 + m), p, m, MOMENT, 1 if platform == TELEGRAM else 0)
                            for m, p, _ in rows])
            self.people[platform] = self.folder / f"people-{platform}.tsv"
            self.people[platform].write_text(
                "".join(f"{name(1_000_000 + m)}\t{codes[c]}\n" for m, _, c in rows))
        db.execute("UPDATE person SET consented = ?", (MOMENT,))
        db.execute("UPDATE homework SET state = 1, published = ?, due = ?, cutoff = ? WHERE number = 1",
                   (MOMENT, MOMENT + 86400, MOMENT + 7 * 86400))

    def copy(self, name):
        """A copy of the prepared store."""
        target = self.folder / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.base, target)
        os.sync()
        return target


def _open(data_dir):
    """The store for writing, with what the triggers of the audit trail call; such acts verify as nobody's."""
    db = sqlite3.connect(pathlib.Path(data_dir) / "banzhang.db")
    for name, arguments, value in (("audit_now", 0, MOMENT), ("audit_actor", 0, -1), ("audit_digest", 2, bytes(32)),
                                   ("audit_mac", 8, bytes(32)), ("audit_row", -1, "{}")):
        db.create_function(name, arguments, lambda *_, value=value: value)
    return db


def _code(secret, sitting):
    """The code on the screen at MOMENT."""
    digest = hmac.new(secret, struct.pack(">qq", sitting, MOMENT // STEP), hashlib.sha256).digest()
    return f"{struct.unpack('>Q', digest[:8])[0] % 1_000_000:06}"


def forget_signins(data_dir):
    """Lets everybody sign in once more; no server may run."""
    db = _open(data_dir)
    with db:
        db.execute("DELETE FROM attendance")
    db.close()
