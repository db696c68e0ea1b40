"""Random sequences of sign-ins, leave, corrections and timetable changes against the plain model of attendance_model.py.

One server, each sequence a class, one clock for all. BANZHANG_SEQUENCES says how many, BANZHANG_SEED repeats a run; the
seed is printed. What happens in different classes at the same moment is sent side by side."""

import collections
import csv
import datetime as dt
import http.client
import io
import itertools
import json
import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor

from attendance_model import MINUTE, Model, Session
from harness import Klass
from harness.fake import PATIENCE

COUNT, LINES = int(os.environ.get("BANZHANG_SEQUENCES", "1000")), 12
TEACHER, TRAINEE = ("t1", "吴老师", "带班老师"), ("1", "张伟", "学员")
MONDAY = dt.date(2026, 3, 2)
DAYS, FREE = [MONDAY + dt.timedelta(d) for d in (1, 2, 3)], [MONDAY + dt.timedelta(d) for d in (4, 5, 7)]
SLOTS = [("09:00", "12:00"), ("13:30", "16:30"), ("09:00", "16:30"), ("09:00", "16:30"), ("", "")]
MOMENTS = ["08:31:00", "08:50:00", "09:00:00", "09:00:01", "09:10:00", "09:10:01", "09:40:00", "10:00:00", "10:00:01", "11:20:00",
           "12:00:00", "12:40:00", "13:30:00", "13:40:01", "14:30:00", "14:30:01", "15:50:00", "16:30:00", "19:00:00"]
START, END = dt.datetime(2026, 3, 2, 8), dt.datetime(2026, 3, 9, 21)
WEIGHTS = {"sign": 26, "ask": 12, "agree": 7, "refuse": 3, "back": 3, "makeup": 10, "early": 8, "excuse": 7, "undo": 12,
           "delay": 8, "early_end": 6, "cancel": 3, "move": 3, "confirm": 3, "import": 3, "quit": 1}


def at(day, time):
    return dt.datetime.combine(day, dt.time.fromisoformat(time))


class Line:
    """A chat line to the sandbox, as cheap as can be: one connection for each thread."""

    def __init__(self, server):
        self.server, self.mine = server, threading.local()

    def send(self, who, **body):
        if not hasattr(self.mine, "http"):
            self.mine.http = http.client.HTTPConnection("127.0.0.1", int(self.server.url.rsplit(":", 1)[1]), timeout=120 * PATIENCE)
        self.mine.http.request("POST", "/sandbox/messages", json.dumps({"from": who, **body}),
                               {"Content-Type": "application/json"})
        answer = self.mine.http.getresponse()
        data = answer.read()
        assert answer.status == 200, data
        return json.loads(data)["replies"]


class Sequence:
    """A class: what happens in it, and what ought to come of it."""

    def __init__(self, number, rand):
        self.id, self.rand, self.story = f"c{number:04}", rand, []
        self.sessions = [[d, *rand.choice(SLOTS), f"课{i + 1}"] for i, d in
                         enumerate(sorted(rand.sample(DAYS, rand.choice([1, 1, 2, 3]))))]
        self.people, self.free, self.joined = [TRAINEE, TEACHER], list(FREE), None
        self.model = Model([Session(at(d, a or "09:00"), at(d, b or "12:00"), t, bool(a)) for d, a, b, t in self.sessions], START)
        days = [s[0] for s in self.sessions]
        grid = [at(d, m) for d in days for m in MOMENTS] + [at(MONDAY, "19:00:00"), at(days[-1], "20:00:00")]
        self.moments = collections.Counter(rand.choices(grid, k=rand.randint(9, 15)))

    def klass(self):
        rows = [(str(d), a, b, t) for d, a, b, t in self.sessions]
        return Klass(id=self.id, title=f"班{self.id}", people=self.people, sessions=rows)

    # Talking

    def join(self, server, line):
        self.line = line
        rows = {r["name"]: r for r in csv.DictReader(io.StringIO(server.run("invites", self.id).stdout.lstrip("\ufeff")))}
        for who, name in (("a", "张伟"), ("t", "吴老师")):
            self.says(who, f"加入 {rows[name]['code']}")
            self.press(who, "是我")

    def send(self, who, shown, **body):
        self.last = {r["key"]: r for r in self.line.send(f"{self.id}{who}", **body)}
        self.replies = list(self.last.values())
        said = [(r["key"], r["text"][:90]) for r in self.replies]
        self.story.append(f"{who}> {shown}  {said}")
        assert self.replies and "error" not in self.last, f"{who}> {shown}: {said}"
        return self.replies[-1]["key"]

    def says(self, who, text):
        return self.send(who, text, text=text)

    def press(self, who, label):
        """Presses the first button with that label ("" any); None when there is none."""
        found = [b for r in self.replies for row in r["buttons"] for b in row if label in b["text"]]
        return self.send(who, f"[{label}]", action=found[0]["action"]) if found else None

    def change(self, text):
        if self.says("t", text) == "sittings.ask":
            self.press("t", "确定")

    # What may happen; each in the chat and in the model

    def step(self, now):
        self.now = now
        self.story.append(f"-- {now}")
        if not self.model.gone:
            getattr(self, self.rand.choices(list(WEIGHTS), WEIGHTS.values())[0])()

    def pick(self):
        """Some sitting of the timetable as it is, the ones about now more often."""
        near = sorted(self.model.sittings(), key=lambda s: abs(s.start - self.now))
        return near[min(int(self.rand.expovariate(1.2)), len(near) - 1)] if near else None

    def sign(self):
        if self.says("t", "口令") == "signin.spoken":
            digits = "".join(c for c in self.replies[-1]["text"].split("：")[-1][:9] if c.isdigit())
            self.says("a", f"签到 {digits[:6]}")
        self.model.signs_in(self.now)

    def ask(self):
        if sitting := self.pick():
            if self.says("a", f"请假 {sitting.name} 有事") == "leave.asked":
                self.press("a", "发送")
            self.model.asks_leave(sitting.name, self.now)

    def decide(self, agreed):
        while self.says("t", "待办") == "todo.list":
            self.press("t", "同意" if agreed else "驳回")
        self.model.decides(agreed)

    def agree(self):
        self.decide(True)

    def refuse(self):
        self.decide(False)

    def back(self):
        while self.says("a", "销假") == "leave.back_which":
            self.press("a", "")
        self.model.comes_back(self.now)

    def makeup(self):
        if sitting := self.pick():
            arrived = sitting.start + self.rand.choice([-20, 0, 5, 10, 11, 59, 60, 61, 90]) * MINUTE
            self.says("t", f"补签 张伟 {arrived.month}月{arrived.day}日 {arrived:%H:%M} 手机没电")
            self.model.makes_up(arrived, self.now)

    def early(self):
        if sitting := self.pick():
            gone = sitting.end - self.rand.choice([1, 10, 11, 40, 60, 61]) * MINUTE
            if gone > sitting.start:
                self.says("t", f"早退 张伟 {gone.month}月{gone.day}日 {gone:%H:%M} 有事")
                self.model.goes_early(gone, self.now)

    def excuse(self):
        if sitting := self.pick():
            self.says("t", f"补假 张伟 {sitting.name} 住院")
            self.model.excuses(sitting.name, self.now)

    def undo(self):
        if self.says("t", "撤销") == "correction.which":
            self.press("t", "")
        self.model.undoes()

    def clock_of(self, sitting):
        """A time inside of a sitting, as it is typed."""
        inside = int((sitting.end - sitting.start) / MINUTE)
        moment = sitting.start + self.rand.choice([5, 10, 30, 45, 60, 90]) * MINUTE if inside > 1 else None
        return (moment, f"{moment.month}月{moment.day}日 {moment:%H:%M}") if moment and moment < sitting.end else (None, None)

    def delay(self):
        sitting = self.pick()
        moment, typed = self.clock_of(sitting) if sitting else (None, None)
        if moment:
            self.change(f"推迟 {typed} 停电")
            self.model.delays(moment)

    def early_end(self):
        sitting = self.pick()
        moment, typed = self.clock_of(sitting) if sitting else (None, None)
        if moment:
            self.change(f"提前下课 {typed} 停电")
            self.model.ends_early(moment)

    def cancel(self):
        if sitting := self.pick():
            name = self.rand.choice(["", sitting.name])
            self.change(f"停课 {name or f'{sitting.start.month}月{sitting.start.day}日'} 台风")
            self.model.cancels(sitting.start.date(), name, self.now)

    def move(self):
        sitting = self.pick()
        if sitting and self.free:
            target, day = self.free.pop(), sitting.start.date()
            self.change(f"调课 {day.month}月{day.day}日 {target.month}月{target.day}日 讲师有事")
            self.model.moves(day, target, self.now)

    def confirm(self):
        if unsure := [n for n in self.model.sessions if n.held() and not n.confirmed]:
            day = self.rand.choice(unsure).start.date()
            self.change(f"确认时间 {day.month}月{day.day}日 9:10-12:10")
            self.model.confirms(day, at(day, "09:10"), at(day, "12:10"))

    def quit(self):
        self.says("a", "退班 找到工作了")
        self.press("a", "")
        self.decide(True)
        self.model.gone = self.now

    # The timetable and the roster are imported anew: a session is added, put half an hour later, or moved; somebody joins

    def import_(self, server):
        kinds = [("add", None)] + [(k, i) for k in ("shift", "move") for i, n in enumerate(self.model.sessions[:len(self.sessions)])
                                   if not n.touched and n.confirmed and n.held()]
        what, i = self.rand.choice(kinds)
        if self.free and what == "add":
            day = self.free.pop()
            self.sessions.append([day, "09:00", "12:00", f"课{len(self.sessions) + 1}"])
            self.model.sessions.append(Session(at(day, "09:00"), at(day, "12:00"), self.sessions[-1][3]))
        elif what == "shift":
            row, later = self.sessions[i], 30 * MINUTE
            row[1], row[2] = (f"{at(row[0], t) + later:%H:%M}" for t in row[1:3])
            self.model.shifts(self.model.sessions[i], later)
        elif self.free and what == "move":
            self.sessions[i][0], day = self.free.pop(), self.sessions[i][0]
            self.model.moves(day, self.sessions[i][0], self.now)
            self.model.sessions[i].touched = False
        if self.joined is None and self.rand.random() < 0.6:
            self.people = [*self.people, ("2", "李娜", "学员")]
            self.joined = self.now
        self.story.append(f"imported {what}: {self.sessions}")
        return self.klass().write(server.dir / "classes")

    # What ought to come of it

    def wrong(self, rows):
        """Why it is not as the model says; None when it is."""
        found = {name: [(dt.datetime.fromisoformat(s), state) for n, s, state in rows if n == name] for name in ("张伟", "李娜")}
        counts = [(s.start, s.counts(END, START, self.model.gone)) for s in self.model.sittings()]
        expected = [(start, c[0]) for start, c in counts if c]
        if found["张伟"] != expected:
            return f"expected {expected}, found {found['张伟']}"
        absent = [(s.start, "absent") for s in self.model.sittings() if self.joined and s.confirmed and s.start >= self.joined]
        if found["李娜"] != absent:
            return f"李娜: expected {absent}, found {found['李娜']}"
        if self.model.gone:
            return None
        self.says("a", "成绩")
        text, (line, over) = self.replies[-1]["text"], self.model.line(END)
        if line not in text.split("\n") or any(x not in text for x in over) or ("不达标" in text) != bool(over):
            return f"expected {line} {over}, found {text}"
        return None


def side_by_side(pool, what, items):
    """Runs it for each, side by side; the first failure is raised with its story."""
    def run(one):
        try:
            return what(one)
        except AssertionError as e:
            raise AssertionError(f"{one.id}: {e}\n" + "\n".join(one.story)) from None
    return list(pool.map(run, items))


def play(server, sequences, pool):
    """Everything that happens, moment by moment."""
    for moment in sorted({m for s in sequences for m in s.moments}):
        server.clock.to(moment)
        acting, files = [s for s in sequences if moment in s.moments], []
        for s in acting:
            setattr(s, "import", lambda s=s: files.append(s))
        for turn in range(max(s.moments[moment] for s in acting)):
            side_by_side(pool, lambda s: s.step(moment), [s for s in acting if s.moments[moment] > turn])
            if files:
                server.run("import", *dict.fromkeys(s.import_(server) for s in files))
                files.clear()
    server.clock.to(END)


def test_attendance_is_what_the_rulebook_says(serve):
    seed = int(os.environ.get("BANZHANG_SEED") or random.SystemRandom().randrange(10 ** 9))
    print(f"seed {seed}, {COUNT} sequences (BANZHANG_SEED={seed} repeats it)")
    rand = random.Random(seed)
    sequences = [Sequence(i, random.Random(rand.random())) for i in range(COUNT)]
    server = serve(classes=[s.klass() for s in sequences], limits={"header_timeout": 3600})  # a line may be still for long
    line = Line(server)
    with ThreadPoolExecutor(LINES) as pool:
        side_by_side(pool, lambda s: s.join(server, line), sequences)
        play(server, sequences, pool)
        rows = server.db().execute(
            "SELECT c.slug, p.name, datetime(t.starts, 'unixepoch', '+8 hours'), t.state FROM attendance_all t"
            " JOIN class c ON c.id = t.class JOIN member m ON m.id = t.member JOIN person p ON p.id = m.person"
            " WHERE m.role = 1 ORDER BY c.slug, t.starts").fetchall()
        by_class = {k: [tuple(r)[1:] for r in v] for k, v in itertools.groupby(rows, key=lambda r: r[0])}
        wrong = side_by_side(pool, lambda s: s.wrong(by_class.get(s.id, [])), sequences)
    bad = [(s, w) for s, w in zip(sequences, wrong) if w]
    assert not bad, f"seed {seed}: {len(bad)} of {COUNT}: {bad[0][0].id}: {bad[0][1]}\n" + "\n".join(bad[0][0].story)
