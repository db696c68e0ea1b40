"""Random sequences of sign-ins, leave and corrections against a plain model of the rules (rules.md A2–A5, A12–A16).

One server, one clock, a class for each sequence. BANZHANG_SEQUENCES sets how many, BANZHANG_SEED which."""

import datetime as dt
import os
import random

from harness import Klass, join

SEQUENCES, SEED = int(os.environ.get("BANZHANG_SEQUENCES", "24")), int(os.environ.get("BANZHANG_SEED", "0"))
PEOPLE = [("1", "张伟", "学员"), ("t1", "吴老师", "带班老师")]
SESSIONS = [("2026-03-02", "09:00", "12:00", "一"), ("2026-03-03", "09:00", "16:30", "二"), ("2026-03-04", "13:30", "16:30", "三")]
DAY = dt.datetime(2026, 3, 2)
# every sitting as minutes from Monday's midnight: a session over midday is two
SITTINGS = [(540, 720), (1440 + 540, 1440 + 720), (1440 + 810, 1440 + 990), (2880 + 810, 2880 + 990)]
WORDS = ["3月2日上午", "3月3日上午", "3月3日下午", "3月4日下午"]


def ladder(late):
    """(state, minutes, points) of coming so many minutes after the start."""
    if late <= 0:
        return "present", 0, 0
    return ("absent", late, 7) if late > 60 else ("present", late, (late + 9) // 10)


class Model:
    """What the rules say of one trainee: sign-ins, leave and early leaving by sitting, and how to take corrections back."""

    def __init__(self):
        self.signed, self.leave, self.early, self.given, self.done = {}, {}, {}, {}, []

    def sitting(self, now):
        return next((i for i, (a, b) in enumerate(SITTINGS) if a - 30 <= now <= b), None)

    def here(self, s):
        return s in self.signed and self.signed[s][0] == "present"

    def signs_in(self, now):
        s = self.sitting(now)
        if s is None or s in self.signed:
            return
        came = ladder(now - SITTINGS[s][0])
        if not (came[0] == "absent" and self.leave.get(s)):
            self.signed[s] = came

    def asks(self, s, now):
        if SITTINGS[s][0] > now and not self.here(s) and not self.leave.get(s):
            self.leave[s] = "pending"

    def decides(self, agreed):
        for s, state in self.leave.items():
            if state == "pending":
                self.leave[s] = "leave" if agreed else None

    def comes_back(self, now):
        for s in self.leave:
            if SITTINGS[s][0] > now:
                self.leave[s] = self.given[s] = None

    def makes_up(self, at, now):
        s = self.sitting(at)
        if at <= now and s is not None:
            self.done.append(("signed", s, self.signed.get(s)))
            self.signed[s] = ladder(at - SITTINGS[s][0])

    def goes_early(self, at, now):
        s = self.sitting(at)
        if at <= now and s is not None and self.here(s):
            self.done.append(("early", s, self.early.get(s)))
            self.early[s] = ladder(SITTINGS[s][1] - at)

    def excuses(self, s, now):
        if not self.here(s) and self.leave.get(s) != "leave":
            self.given[s] = len(self.done), now
            self.done.append(("leave", s, self.given[s]))
            self.leave[s] = "leave"

    def undoes(self):
        if not self.done:
            return
        what, s, before = self.done[-1]
        if what == "leave" and self.given.get(s) != before:
            return  # that leave was taken back meanwhile: there is nothing to undo
        self.done.pop()
        table = getattr(self, what)
        table[s] = None if what == "leave" else before
        if table[s] is None:
            del table[s]

    def counts(self, now):
        """{sitting: (state, minutes, points, early points)} of what is closed or signed."""
        found = {}
        for s, (_, ends) in enumerate(SITTINGS):
            signed, leave, early = self.signed.get(s), self.leave.get(s), self.early.get(s)
            if signed and signed[0] == "present":
                found[s] = ("absent", signed[1], 7, 0) if early and early[0] == "absent" else (*signed, early[2] if early else 0)
            elif leave and (ends <= now or signed):
                found[s] = (leave, 0, 5 if leave == "leave" else 0, 0)
            elif signed or ends <= now:
                found[s] = ("absent", signed[1] if signed else 0, 7, 0)
        return found


def clock(minutes):
    return f"{DAY + dt.timedelta(minutes=minutes):%H:%M}"


def step(rng, model, trainee, teacher, now):
    """One random thing that trainee or teacher does; in the chat and in the model."""
    what = rng.choice(["sign", "sign", "ask", "ask", "agree", "refuse", "back", "makeup", "early", "excuse", "undo", "none"])
    s = rng.randrange(len(SITTINGS))
    at = rng.choice(SITTINGS)[0] + rng.choice([-20, 0, 5, 10, 11, 59, 60, 61, 120])
    when = f"3月{2 + at // 1440}日 {clock(at)}"
    if what == "sign":
        said = teacher.says("口令")
        if said.key == "signin.spoken":
            trainee.says(f"签到 {said.code()}")
        model.signs_in(now)
    elif what == "ask":
        said = trainee.says(f"请假 {WORDS[s]} 有事")
        if said.key == "leave.asked":
            said.press("发送")
        model.asks(s, now)
    elif what in ("agree", "refuse"):
        while teacher.says("待办").key == "todo.list":
            teacher.last.press("同意" if what == "agree" else "驳回")
        model.decides(what == "agree")
    elif what == "back":
        said = trainee.says("销假")
        while said.key == "leave.back_which":
            said.press(said.last.labels[0])
            said = trainee.says("销假")
        model.comes_back(now)
    elif what == "makeup":
        teacher.says(f"补签 张伟 {when} 手机没电")
        model.makes_up(at, now)
    elif what == "early":
        teacher.says(f"早退 张伟 {when} 有事")
        model.goes_early(at, now)
    elif what == "excuse":
        teacher.says(f"补假 张伟 {WORDS[s]} 住院")
        model.excuses(s, now)
    elif what == "undo":
        said = teacher.says("撤销")
        if said.key == "correction.which":
            said.press(said.last.labels[0])
        model.undoes()
    return what


def test_attendance_is_what_the_rules_say(serve):
    seed = SEED or random.SystemRandom().randrange(1 << 32)
    print(f"BANZHANG_SEED={seed}")
    rng = random.Random(seed)
    ids = [f"c{i}" for i in range(SEQUENCES)]
    server = serve(classes=[Klass(id=i, people=PEOPLE, sessions=SESSIONS) for i in ids])
    people = {i: (join(server, "张伟", i, server.person(f"{i}-a")), join(server, "吴老师", i, server.person(f"{i}-b"))) for i in ids}
    models, told = {i: Model() for i in ids}, {i: [] for i in ids}
    moments = sorted({start + d for start, _ in SITTINGS for d in (-25, 0, 7, 40, 61, 150, 181, 240)})
    for minute in moments:
        server.clock.to(DAY + dt.timedelta(minutes=minute))
        for i in ids:
            told[i].append((clock(minute), step(rng, models[i], *people[i], minute)))
    rows = server.db().execute(
        "SELECT c.slug, t.starts, t.state, t.minutes, t.points, t.early_points FROM attendance_all t JOIN class c ON c.id = t.class")
    base = int(DAY.replace(tzinfo=dt.timezone(dt.timedelta(hours=8))).timestamp())
    found = {i: {} for i in ids}
    for slug, starts, *what in rows:
        found[slug][next(s for s, (a, _) in enumerate(SITTINGS) if a * 60 == starts - base)] = tuple(what)
    wrong = [(i, models[i].counts(moments[-1]), found[i], told[i]) for i in ids if models[i].counts(moments[-1]) != found[i]]
    assert not wrong, f"BANZHANG_SEED={seed}\n" + "\n".join(map(str, wrong[0]))
