"""The n-th call of curl fails, for every n over what a class says and sends on Telegram and WeCom: curl refuses, the peer
is not there, or the request went out and its end is not known. Nothing crashes, nothing is lost, and nothing is said
twice but where nobody can know whether it was said."""

import pytest
from day import whole
from faults import KILLS, Plan, program

from harness import FakeTelegram, FakeWecom, Klass, eventually
from harness.homework import ONE_THEME
from harness.telegram_people import PNG

PEOPLE = [("1", "张伟", "学员", "", "", ""), ("2", "李娜", "学员", "", "", "lina"),
          ("t1", "吴老师", "带班老师", "", "", ""), ("m1", "周导师", "导师", "", "", "zhou")]
PLENTY = 1_000_000  # hours go by in minutes here, but not for the fakes' limits
ENDS = {"timed out": 28, "not sent": 55, "cut short": 18, "TLS broke": 35, "not received": 56}  # curl's numbers
KINDS = {"curl": None, "refused": None, **{f"lost-{name}": n for name, n in list(ENDS.items())[:None if KILLS else 1]}}


@pytest.fixture
def plan(tmp_path):
    return Plan(tmp_path)


class Talk:
    """A class on both platforms that can say everything again and again."""

    def __init__(self, serve, fakes, plan):
        self.telegram = FakeTelegram(burst=PLENTY, all_second=PLENTY)
        self.wecom = FakeWecom(minute_limit=PLENTY)
        fakes += [self.telegram, self.wecom]
        self.plan, self.photos = plan, 0
        self.server = serve(classes=[Klass(people=PEOPLE, syllabus=ONE_THEME)], telegram=self.telegram, wecom=self.wecom,
                            program=program(), env=plan.env(), limits={"per_minute": 0})
        self.wei, self.wu = self.telegram.user("张伟"), self.telegram.user("吴老师")
        self.na, self.zhou = self.wecom.user("lina", "李娜"), self.wecom.user("zhou", "周导师")
        invites = self.server.invites()
        for user in (self.wei, self.wu):
            user.starts("j_" + invites[user.name]["code"])
            user.presses("是我")
        self.server.clock.to("2026-03-02T12:00")
        self.wu.presses("按默认发布")
        self.server.settle(30)
        self.late = self.dead()  # the morning went by at once
        self.doubtful = dict.fromkeys(("telegram", "wecom"), 0)  # unknown ends that earlier processes counted
        plan.set("speed", 20)

    def unknown(self):
        """How many deliveries ended so that nobody knows whether they came, of this process and those before."""
        metrics = self.server.metrics()
        return {p: n + metrics.value("banzhang_deliveries_total", platform=p, outcome="unknown")
                for p, n in self.doubtful.items()}

    def stop(self):
        """Ends the process, whose count goes with it."""
        self.doubtful = self.unknown()
        self.server.stop()

    def dead(self):
        """What was given up; the answer to a press is after half a minute."""
        db = self.server.db()
        rows = [tuple(r) for r in db.execute("SELECT platform, text, outcome FROM outbox WHERE state = 2 AND lane <> 2")]
        db.close()
        return rows

    def photo(self):
        """A picture that was never sent before."""
        self.photos += 1
        return PNG + b"%d" % self.photos

    def steps(self):
        """What is said; each may be said again."""
        return [lambda: self.wei.says("帮助"), lambda: self.wei.says("天书"), lambda: self.na.says("帮助"),
                lambda: self.wei.sends_photo(self.photo()), lambda: self.na.sends_photo(self.photo()),
                lambda: self.wei.presses("更多"), lambda: self.wu.says("班情"), lambda: self.zhou.says("班情"),
                lambda: self.wei.says("交作业 1 三款帽子"), lambda: self.na.says("课表")]

    def idle(self):
        """Everything is said, fetched and drawn."""
        db = self.server.db()
        left = [db.execute(q).fetchone()[0] for q in ("SELECT count(*) FROM outbox WHERE state = 0",
                                                      "SELECT count(*) FROM file WHERE state = 0",
                                                      "SELECT count(*) FROM paper_wish")]
        db.close()
        return not any(left)

    def check(self):
        """All that was to be said was, once, or more often where its end was unknown; in order; no file is missing."""
        eventually(self.idle, 60, "everything is said and fetched")
        spare, db = self.unknown(), self.server.db()
        assert not db.execute("SELECT count(*) FROM file WHERE state = 2").fetchone()[0]
        assert self.dead() == self.late
        for user in (self.wei, self.wu):
            refs = [int(r) for r, in db.execute("SELECT ref FROM outbox WHERE platform = 1 AND state = 1 AND lane <> 2 AND"
                                                " chat = ? AND coalesce(edits, 0) = 0 ORDER BY id", (str(user.id),))]
            got = [m.id for m in self.telegram.sent(user)]
            assert refs == sorted(set(refs)) and set(refs) <= set(got)
            spare["telegram"] -= len(got) - len(refs)
        for user in (self.na, self.zhou):
            said = db.execute("SELECT text, buttons IS NULL FROM outbox WHERE platform = 2 AND state = 1 AND lane <> 2 AND"
                              " chat = ? AND text <> '' AND coalesce(edits, 0) = 0 ORDER BY id", (user.id,)).fetchall()
            got = [d.text for d in self.wecom.sent(user) if d.kind in ("text", "template_card")]
            plain = [text for text, is_plain in said if is_plain]
            assert all(got.count(text) >= plain.count(text) for text in plain)
            spare["wecom"] -= len(got) - len(said)
        db.close()
        assert spare["telegram"] >= 0 and spare["wecom"] >= 0, spare
        assert not [d for d in self.wecom.lost() if d.fate != "swallowed"], "more than what came twice is not shown"


def stride(nth):
    """The next n to try: each, or in growing strides."""
    return nth + 1 if KILLS or nth < 2 else 2 * nth


@pytest.mark.parametrize("kind", KINDS)
def test_every_nth_call_fails(serve, fakes, plan, kind):
    talk, fault, injected = Talk(serve, fakes, plan), kind.split("-")[0], 0
    if KINDS[kind]:
        plan.set("result", KINDS[kind])
    for n in range(len(talk.steps())):
        nth, hit = 1, True
        while hit:
            before = plan.hit(fault)
            plan.arm(fault, nth)
            talk.wecom.pass_time(120)  # what is pushed twice within a minute WeCom shows once
            assert talk.steps()[n]() == 200
            talk.check()
            hit = plan.hit(fault) > before
            injected += hit
            plan.disarm(fault)
            nth = stride(nth)
    talk.server.stop()
    whole(talk.server)
    print(f"faults injected: {kind}: {injected}")
    assert injected >= len(talk.steps())


def test_curl_fails_at_the_start(serve, fakes, plan):
    talk, hit, nth = Talk(serve, fakes, plan), True, 1
    while hit:
        before = plan.hit("curl")
        talk.stop()
        plan.arm("curl", nth)
        talk.server.start()
        assert talk.wei.says("帮助") == 200 and talk.na.says("帮助") == 200
        talk.check()
        hit = plan.hit("curl") > before
        plan.disarm("curl")
        nth = stride(nth)
