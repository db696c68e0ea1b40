"""Random sequences of sign-ins, leave, corrections and timetable changes against a plain model of rules.md §1.

One server, each sequence a class, one clock. BANZHANG_SEQUENCES says how many (1000), BANZHANG_SEED repeats a run;
the seed is printed. The model below was written from the rulebook, not from the program."""

import datetime as dt
import os
import random
import re

from harness import Klass

COUNT = int(os.environ.get("BANZHANG_SEQUENCES", "1000"))
PEOPLE = [("1", "张伟", "学员"), ("t1", "吴老师", "带班老师")]
DAYS = ["2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06"]
SLOTS = [("09:00", "12:00"), ("13:30", "16:30"), ("09:00", "16:30")]
OFFSETS = [-1800, -600, -1, 0, 1, 59, 60, 61, 599, 600, 601, 1200, 1201, 3540, 3600, 3601, 5400]
END = dt.datetime(2026, 3, 11, 20)


def at(day, time):
    return dt.datetime.fromisoformat(f"{day}T{time}:00")


def minutes_of(seconds):
    """Started minutes."""
    return -(-seconds // 60)


def ladder(seconds):
    """A2: points for coming so late; None when that is an absence."""
    if seconds <= 0:
        return 0
    return None if seconds > 3600 else -(-seconds // 600)


class Sitting:
    """One half-day and what the model knows about it."""

    def __init__(self, start, end):
        self.start, self.end = start, end
        self.came = self.left_at = self.leave = None

    def halves(self):
        return f"{self.start.month}月{self.start.day}日{'上午' if self.start.hour < 12 else '下午'}"

    def outcome(self):
        """(state, points, reasons) as the rulebook has it."""
        name, reasons, points = self.halves(), [], 0
        if self.came is not None:
            late = ladder(int((self.came - self.start).total_seconds()))
            early = ladder(int((self.end - self.left_at).total_seconds())) if self.left_at else 0
            if late is None or early is None:
                return "absent", 7, [f"{name}缺勤 −7"]
            for seconds, cost, word in (((self.came - self.start).total_seconds(), late, "迟到"),
                                        ((self.end - self.left_at).total_seconds() if self.left_at else 0, early,
                                         "早退")):
                if cost:
                    points += cost
                    reasons.append(f"{name}{word}{minutes_of(int(seconds))}分钟 −{cost}")
            return "present", points, reasons
        if self.leave == "granted":
            return "leave", 5, [f"{name}请假 −5"]
        if self.leave == "pending":
            return "pending", 0, [f"{name}请假待批"]
        return "absent", 7, [f"{name}缺勤 −7"]


class Sequence:
    """A class: its timetable, what happens in it, and what ought to come of it."""

    def __init__(self, number, rand):
        self.id, self.rand, self.events = f"c{number:04}", rand, []
        days = sorted(rand.sample(DAYS, rand.randint(2, 4)))
        self.sessions = [(d, *rand.choice(SLOTS), f"课{i + 1}") for i, d in enumerate(days)]
        self.sittings, self.moved = [], None
        if rand.random() < 0.15:   # the last session is moved on the evening before anything of it happens
            day, start, end, title = self.sessions[-1]
            self.moved = self.sessions[:-1] + [("2026-03-09", start, end, title)]
            self.plan(dt.datetime(2026, 3, 2, 20), self.move)
        for day, start, end, _ in self.moved or self.sessions:
            if (start, end) == SLOTS[2]:
                self.sittings += [Sitting(at(day, "09:00"), at(day, "12:00")), Sitting(at(day, "13:30"), at(day, end))]
            else:
                self.sittings.append(Sitting(at(day, start), at(day, end)))
        for sitting in self.sittings:
            self.imagine(sitting)

    def klass(self, sessions):
        return Klass(id=self.id, title=f"班{self.id}", people=PEOPLE, sessions=sessions)

    def plan(self, when, what, *args):
        self.events.append((when, len(self.events), what, args))

    def imagine(self, sitting):
        """Chooses what happens around one sitting."""
        dice, after = self.rand.random(), sitting.end + dt.timedelta(minutes=10)
        if dice < 0.45:
            self.plan_sign_in(sitting)
        elif dice < 0.57:
            return
        elif dice < 0.75:
            self.plan_leave(sitting)
        elif dice < 0.85:
            arrived = sitting.start + dt.timedelta(minutes=self.rand.choice([-5, 0, 1, 10, 11, 59, 60, 61, 90]))
            self.plan(after, self.make_up, sitting, arrived)
            self.plan_undo(after, sitting)
        elif dice < 0.92:
            self.plan(after, self.excuse, sitting)
            self.plan_undo(after, sitting)
        else:
            self.plan_sign_in(sitting, OFFSETS[:-2])
            gone = sitting.end - dt.timedelta(minutes=self.rand.choice([1, 10, 11, 20, 59, 60, 61]))
            self.plan(after, self.leave_early, sitting, gone)
            self.plan_undo(after, sitting)

    def plan_sign_in(self, sitting, offsets=OFFSETS):
        when = sitting.start + dt.timedelta(seconds=self.rand.choice(offsets))
        self.plan(when, self.sign_in, sitting)
        if self.rand.random() < 0.1:   # again: the first stands
            self.plan(when + dt.timedelta(minutes=7), self.sign_in, sitting)

    def plan_leave(self, sitting):
        asked = self.rand.choice([dt.datetime(2026, 3, 2, 20, 30), sitting.start - dt.timedelta(minutes=45)])
        case = {}
        self.plan(asked, self.ask_leave, sitting, case)
        fate = self.rand.choice(["granted", "granted", "refused", "pending", "withdrawn", "late"])
        if fate == "withdrawn":
            self.plan(asked, self.withdraw, sitting, case)
        elif fate != "pending":
            when = sitting.end + dt.timedelta(minutes=20) if fate == "late" else asked + dt.timedelta(minutes=5)
            self.plan(when, self.decide, sitting, case, fate != "refused")
        if self.rand.random() < 0.25:   # comes all the same
            self.plan_sign_in(sitting, OFFSETS[:-2])

    def plan_undo(self, after, sitting):
        if self.rand.random() < 0.3:
            self.plan(after, self.undo, sitting)

    # What is done, in chat and in the model

    def join(self, server):
        rows = server.invites(self.id)
        self.server, self.story = server, []
        self.trainee, self.teacher = server.person(self.id + "a"), server.person(self.id + "t")
        for person, name in ((self.trainee, "张伟"), (self.teacher, "吴老师")):
            person.says(f"加入 {rows[name]['code']}").press("是我")

    def say(self, person, text, key):
        replies = person.says(text)
        self.story.append(f"{person.id}> {text}\n  {list(replies)}")
        assert any(re.fullmatch(key, k) for k in replies.keys), self.report(f"expected {key}")
        return replies

    def press(self, reply, label, key):
        replies = reply.press(label)
        self.story.append(f"[{label}]\n  {list(replies)}")
        assert any(re.fullmatch(key, k) for k in replies.keys), self.report(f"expected {key}")
        return replies

    def report(self, why):
        return f"{self.id}: {why}\n" + "\n".join(self.story)

    def move(self):
        path = self.klass(self.moved).write(self.server.dir / "classes")
        self.server.run("import", path)
        self.story.append(f"moved: {self.moved}")

    def sign_in(self, sitting):
        code = self.say(self.teacher, "口令", "signin.spoken").code()
        key = "signin.again" if sitting.came else "signin.(ontime|late)"
        self.say(self.trainee, f"签到 {code}", key)
        sitting.came = sitting.came or self.now

    def ask_leave(self, sitting, case):
        shown = self.say(self.trainee, f"请假 {sitting.halves()} 看病", "leave.asked")
        case["reply"] = self.press(shown, "发送", "leave.asked")
        case["asked"] = [r for r in self.teacher.history() if r.key == "approval.ask"][-1]
        sitting.leave = "pending"

    def withdraw(self, sitting, case):
        self.press(case["reply"], "撤回", "approval.withdrawn")
        sitting.leave = None

    def decide(self, sitting, case, granted):
        self.press(case["asked"], "同意" if granted else "驳回", "approval.(agreed|refused|was_.*)")
        if sitting.leave == "pending":
            sitting.leave = "granted" if granted else None

    def make_up(self, sitting, arrived):
        self.done = self.say(self.teacher, f"补签 张伟 {arrived:%H:%M} 手机没电", "correction.made_up")
        sitting.undo, sitting.came = ("came", sitting.came), arrived

    def excuse(self, sitting):
        self.done = self.say(self.teacher, f"补假 张伟 {sitting.halves()} 住院", "leave.excused")
        sitting.undo, sitting.leave = ("leave", sitting.leave), "granted"

    def leave_early(self, sitting, gone):
        self.done = self.say(self.teacher, f"早退 张伟 {gone:%H:%M}", "correction.left_early")
        sitting.undo, sitting.left_at = ("left_at", None), gone

    def undo(self, sitting):
        replies = self.press(self.done, "撤销", "correction.(undone|which)")
        if replies.key == "correction.which":
            self.press(replies, replies.last.labels[0], "correction.undone")
        setattr(sitting, *sitting.undo)

    # What ought to come of it

    def expected(self):
        """(the line of 考勤, warnings) in 成绩 when everything is over."""
        lost, counted, absences, leaves, reasons = 0, 0, 0, 0, []
        for sitting in self.sittings:
            state, points, why = sitting.outcome()
            lost += points
            counted += state != "pending"
            absences += state == "absent"
            leaves += state == "leave"
            reasons += why
        line = f"考勤 {max(0, 20 - lost)}/20" + ("：" + "；".join(reasons) if reasons else "")
        over = [f"缺勤{absences}次，超过3次"] * (absences > 3) + [f"请假{leaves}次，超过2次"] * (leaves > 2)
        return line if counted else "考勤 还没计入（满分20）", over

    def check(self):
        text = self.say(self.trainee, "成绩", "marks.shown").text
        line, over = self.expected()
        assert line in text.split("\n"), self.report(f"expected {line}")
        assert re.findall(r"(?:缺勤|请假)\d+次，超过\d次", text) == over, self.report(f"expected {over}")
        assert ("不达标" in text) == bool(over), self.report("不达标")


def test_attendance_is_what_the_rulebook_says(serve):
    seed = int(os.environ.get("BANZHANG_SEED") or random.SystemRandom().randrange(10 ** 9))
    print(f"seed {seed}, {COUNT} sequences (BANZHANG_SEED={seed} repeats it)")
    rand = random.Random(seed)
    sequences = [Sequence(i, random.Random(rand.random())) for i in range(COUNT)]
    server = serve(classes=[s.klass(s.sessions) for s in sequences])
    for sequence in sequences:
        sequence.join(server)
    events = sorted(((when, i, n, what, args) for i, s in enumerate(sequences) for when, n, what, args in s.events),
                    key=lambda e: e[:3])
    crash = rand.randrange(len(events))   # a power cut in between changes nothing
    for place, (when, i, _, what, args) in enumerate(events):
        server.clock.to(when)
        if place == crash:
            server.restart(kill=True)
        sequences[i].now = when
        what(*args)
    server.clock.to(END)
    for sequence in sequences:
        try:
            sequence.check()
        except AssertionError as e:
            raise AssertionError(f"seed {seed}: {e}") from None
