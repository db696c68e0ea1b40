"""A class's day as a list of steps that can be tried again and again until they stand."""

import base64
import hashlib
import sqlite3

from harness import Klass, eventually, join
from harness.klass import PEOPLE, SESSIONS
from harness.store import sound

NAMES = ("吴老师", "张伟", "李娜", "周导师", "孙主办")


class Step:
    """One request under a fixed key. `body` makes it from what was said before."""

    def __init__(self, who, body):
        self.who, self.body = who, body


def says(text):
    """Says this; {code} is the code last heard."""
    return lambda day: {"text": text.format(code=day.code)}


def presses(label):
    """Presses this button of what the same person heard last."""
    return lambda day: {"action": day.button(label)}


def pushes(action):
    """A button's action, wherever the button stood."""
    return lambda day: {"action": action}


def sends(name, data):
    """Sends one file."""
    return lambda day: {"files": [{"name": name, "mime": "text/plain", "base64": base64.b64encode(data).decode()}]}


STEPS = [
    Step("张伟", says("帮助")), Step("吴老师", says("口令")), Step("张伟", says("签到 {code}")),
    Step("李娜", says("请假 明天上午 发烧")), Step("李娜", presses("发送")), Step("吴老师", says("同意")),
    Step("吴老师", says("布置作业 选品表 截止 周五20:00")), Step("吴老师", presses("发布")),
    Step("张伟", says("交作业 1 三款帽子：https://shop.example/1")),
    Step("张伟", sends("选品表.txt", b"three hats " * 300)), Step("张伟", presses("作业1")),
    Step("张伟", says("周报 完成：上架三款 问题：图片太大 下周：学广告")),
    Step("周导师", says("评分 张伟 推进 18")), Step("张伟", says("成绩")), Step("吴老师", says("未到")),
    Step("吴老师", pushes("group:digest:1")),  # classes are read anew
    Step(None, "2026-03-02T12:30:00+08:00"), Step("吴老师", says("班情")),
    Step(None, "2026-03-02T20:30:00+08:00"), Step("张伟", says("课表")),
]


class Day:
    """The day on one server. try_step(n) sends step n once and gives the response, or None when nobody answered."""

    def __init__(self, serve, **keys):
        self.server = serve(classes=[Klass(people=PEOPLE[:3] + PEOPLE[6:], sessions=SESSIONS[:2])],
                            limits={"per_minute": 0, "reserve": 0}, **keys)  # a reserve bridges what is tried here
        self.people = {name: join(self.server, name) for name in NAMES}
        self.server.clock.to("2026-03-02T08:50")
        self.before = {name: len(p.history()) for name, p in self.people.items()}
        self.heard, self.code, self.said = {}, "", []
        self.watch = self.version = self.digest = None

    def button(self, label):
        """The action under the newest button of this label."""
        flat = [b for name in reversed(self.said) for r in reversed(self.heard[name][-1])
                for row in r["buttons"] for b in row if label in b["text"]]
        assert flat, f"no button {label}"
        return flat[0]["action"]

    def try_step(self, n):
        """Sends step n under its key."""
        step = STEPS[n]
        if step.who is None:
            return self.server.clock.post(step.body)
        return self.people[step.who].post(id=f"step{n}", **step.body(self))

    def took(self, n, response):
        """Step n stands: keeps what was said."""
        step = STEPS[n]
        if step.who is None:  # what it started in the background is to be over before the next step
            eventually(lambda: not self.query("SELECT 1 FROM paper_wish"), 60, "the pictures are sent")
            return
        replies = response.json()["replies"]
        assert replies, f"step {n} was answered by nothing"
        self.heard.setdefault(step.who, []).append(replies)
        self.said.append(step.who)
        digits = [w for r in replies for w in r["text"].replace("：", " ").split() if w.isdigit() and len(w) == 6]
        self.code = digits[0] if digits and replies[0]["key"] == "signin.spoken" else self.code

    def query(self, sql):
        """Rows of the store as they are on disk."""
        if not self.watch:
            self.watch = sqlite3.connect(f"file:{self.server.data_dir}/banzhang.db?mode=ro", uri=True)
        return self.watch.execute(sql).fetchall()

    def rows(self):
        """A digest of every row of the store; made anew only when something was committed."""
        version = self.query("PRAGMA data_version")
        if version == self.version:
            return self.digest
        whole = hashlib.sha256()
        for table, in self.query("SELECT name FROM sqlite_schema WHERE type = 'table'"):
            whole.update(repr((table, sorted(map(repr, self.query(f'SELECT * FROM "{table}"'))))).encode())
        self.version, self.digest = version, whole.hexdigest()
        return self.digest

    def told(self):
        """What everybody was told, as keys, in order."""
        return {name: p.history().keys[self.before[name]:] for name, p in self.people.items()}

    def check(self):
        """Every answer stands exactly as it was given, once; the store is whole."""
        for name, p in self.people.items():
            kept, seen = [m.raw for m in p.history()], []
            for reply in (r for replies in self.heard.get(name, []) for r in replies):
                assert kept.count(reply) == 1, f"{name}: {reply}"
                seen.append(reply["id"])
            assert seen == sorted(seen), name
        if self.watch:
            self.watch.close()
        self.server.stop()
        whole(self.server)


def whole(server):
    """The store of an ended server passes all of SQLite's checks and has no failed update."""
    db = sqlite3.connect(server.data_dir / "banzhang.db")
    try:
        sound(db)
        assert db.execute("SELECT count(*) FROM inbox WHERE failed").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM (SELECT 1 FROM inbox GROUP BY platform, key HAVING count(*) > 1)"
                          ).fetchone() == (0,)
    finally:
        db.close()
