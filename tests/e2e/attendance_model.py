"""A plain model of attendance as rules.md §1 has it, written from the rulebook and not from the program.

It keeps facts only (who came when, which leave stands, when a sitting is held) and says at the end what they come
to; so whatever order things happened in, and whatever was changed afterwards, there is one answer. Times are datetimes."""

import datetime as dt

MINUTE = dt.timedelta(minutes=1)
NOON, AFTERNOON = dt.time(12), dt.time(13, 30)
ABSENCE, LEAVE = 7, 5


def ladder(late):
    """A2: (state, started minutes, points) of coming so late."""
    seconds = int(late.total_seconds())
    if seconds <= 0:
        return "present", 0, 0
    return ("absent", 0, ABSENCE) if seconds > 3600 else ("present", -(-seconds // 60), -(-seconds // 600))


class Sitting:
    """One half-day: when it is held, and what is known of the trainee."""

    def __init__(self, start, end, confirmed=True):
        self.start, self.end, self.held, self.confirmed = start, end, True, confirmed
        self.came = self.left = self.leave = None   # leave: the Leave that stands

    @property
    def name(self):
        return f"{self.start.month}月{self.start.day}日{'上午' if self.start.time() < NOON else '下午'}"

    def late(self):
        return ladder(self.came - self.start) if self.confirmed else ("present", 0, 0)

    def here(self):
        return self.came is not None and self.late()[0] == "present"

    def counts(self, now, since, gone):
        """(state, points, reasons) of it at `now`; None when it does not count (yet)."""
        if not self.held:
            return None
        if self.here():
            early = ladder(self.end - self.left) if self.left and self.confirmed else ("present", 0, 0)
            if early[0] == "absent":
                return "absent", ABSENCE, [f"{self.name}缺勤 −{ABSENCE}"]
            _, late, cost = self.late()
            return "present", cost + early[2], [f"{self.name}迟到{late}分钟 −{cost}"] * (cost > 0) + \
                [f"{self.name}早退{early[1]}分钟 −{early[2]}"] * (early[2] > 0)
        over = self.end <= now
        if self.leave and (over or self.came):
            return ("leave", LEAVE, [f"{self.name}请假 −{LEAVE}"]) if self.leave.state == "leave" else \
                ("pending", 0, [f"{self.name}请假待批"])
        if self.came or (over and self.confirmed and since <= self.start and (not gone or self.end <= gone)):
            return "absent", ABSENCE, [f"{self.name}缺勤 −{ABSENCE}"]
        return None


class Leave:
    """What stands for one sitting: asked for and pending, or granted; given by a teacher, in place of a request."""

    def __init__(self, state, instead_of=None):
        self.state, self.instead_of = state, instead_of


class Session:
    """What the timetable calls a session: one sitting, or two when it goes over midday (A5)."""

    def __init__(self, start, end, title, confirmed=True):
        self.title, self.confirmed, self.touched = title, confirmed, False
        self.hold(start, end)

    def hold(self, start, end):
        noon, after = (dt.datetime.combine(start.date(), t) for t in (NOON, AFTERNOON))
        spans = [(start, noon), (after, end)] if start < noon and end > after else [(start, end)]
        self.sittings = [Sitting(*span, self.confirmed) for span in spans]

    def held(self):
        return [s for s in self.sittings if s.held]

    @property
    def start(self):
        return self.held()[0].start

    @property
    def end(self):
        return self.held()[-1].end


class Model:
    """One class with one trainee."""

    def __init__(self, sessions, since):
        self.sessions, self.since, self.gone = sessions, since, None
        self.past = []     # sittings of sessions that were moved: on record, counting for nothing
        self.done = []     # corrections that can be taken back, the newest last

    def sittings(self):
        return sorted((s for n in self.sessions for s in n.held()), key=lambda s: s.start)

    def on(self, day):
        return [n for n in self.sessions if n.held() and n.start.date() == day]

    def open_at(self, moment):
        """A12: from 30 minutes before the start until the end; of two the one whose start is nearer."""
        found = [s for s in self.sittings() if s.start - 30 * MINUTE <= moment <= s.end]
        return min(found, key=lambda s: abs(s.start - moment), default=None)

    def half(self, name):
        return [s for s in self.sittings() if s.name == name]

    # The trainee

    def signs_in(self, now):
        sitting = self.open_at(now)
        if sitting and sitting.came is None:
            late = ladder(now - sitting.start) if sitting.confirmed else ("present",)
            if not (sitting.leave and late[0] == "absent"):   # too late to come back from leave: it stays leave
                sitting.came = now

    def asks_leave(self, name, now):
        for s in self.half(name):
            if s.start > now and not s.here() and not s.leave:
                s.leave = Leave("pending")

    def comes_back(self, now):
        """销假: from all that has not begun."""
        for s in [s for n in self.sessions for s in n.sittings] + self.past:
            if s.start > now:
                s.leave = None

    # The teachers

    def decides(self, agreed):
        for s in [s for n in self.sessions for s in n.sittings] + self.past:
            if s.leave and s.leave.state == "pending":
                if agreed:
                    s.leave.state = "leave"
                else:
                    s.leave = None

    def makes_up(self, arrived, now):
        sitting = self.open_at(arrived)
        if sitting and arrived <= now:
            self.done.append(("came", sitting, sitting.came))
            sitting.came = arrived

    def goes_early(self, at, now):
        sitting = next((s for s in self.sittings() if s.start <= at <= s.end), None)
        if sitting and at <= now and sitting.here():
            self.done.append(("left", sitting, sitting.left))
            sitting.left = at

    def excuses(self, name, now):
        for s in self.half(name):
            if not s.here() and not (s.leave and s.leave.state == "leave"):
                s.leave = Leave("leave", s.leave)
                self.done.append(("leave", s, s.leave))

    def undoes(self):
        if not self.done:
            return
        what, sitting, before = self.done[-1]
        if what == "leave":
            if sitting.leave is not before:
                return   # that leave was taken back meanwhile: there is nothing to undo
            sitting.leave = before.instead_of
        else:
            setattr(sitting, what, before)
        self.done.pop()

    # The timetable (A17, A18)

    def within(self, day, at):
        """The sitting of a day in which a moment lies."""
        return next((s for n in self.on(day) for s in n.held() if s.start < at < s.end), None)

    def touch(self, day):
        for n in self.on(day):
            n.touched = True

    def delays(self, at):
        sitting = self.within(at.date(), at)
        if sitting:
            self.touch(at.date())
            sitting.start = at

    def ends_early(self, at):
        sitting = self.within(at.date(), at)
        if sitting:
            self.touch(at.date())
            sitting.end = at

    def cancels(self, day, name, now):
        """What of the half-day (or day) is not over; of a day that is over, all of it."""
        over = all(n.end <= now for n in self.on(day))
        for n in self.on(day):
            n.touched = True
            for s in n.held():
                if (name in ("", s.name)) and (over or s.end > now):
                    s.held = False

    def moves(self, day, target, now):
        for n in self.on(day)[:1]:
            shift = dt.datetime.combine(target, n.start.time()) - n.start
            if n.start + shift > now and not self.on(target):
                start, end = n.start + shift, n.end + shift
                self.past += n.sittings
                for s in n.sittings:
                    s.held = False
                n.hold(start, end)
                n.touched = True

    def shifts(self, session, by):
        """The timetable file has other times for a session on the same day: what is known stays known."""
        session.held()[0].start += by
        session.held()[-1].end += by

    def confirms(self, day, start, end):
        for n in [n for n in self.on(day) if not n.confirmed][:1]:
            for s in n.held():
                s.start, s.end, s.confirmed = start, end, True
            n.confirmed = n.touched = True

    # What it comes to

    def line(self, now):
        """The line of 考勤 in 成绩, and the limits that are broken (A3, A4)."""
        lost, absences, leaves, counted, reasons = 0, 0, 0, 0, []
        for s in self.sittings():
            found = s.counts(now, self.since, self.gone)
            if found:
                state, points, why = found
                lost += points
                counted += state != "pending"
                absences += state == "absent"
                leaves += state == "leave"
                reasons += why
        over = [f"缺勤{absences}次，超过3次"] * (absences > 3) + [f"请假{leaves}次，超过2次"] * (leaves > 2)
        line = f"考勤 {max(0, 20 - lost)}/20" if counted else "考勤 还没计入（满分20）"
        return line + ("：" + "；".join(reasons) if reasons and counted else ""), over
