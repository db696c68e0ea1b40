"""The machine's clock is wrong, and is set right again: nobody is silenced until the day it told."""

import datetime
import re

import pytest
import requests
from faults import Plan, program
from hours import hours

from harness import Klass, eventually, join

DAY = 86400
AHEAD = 300 * DAY
STEADY = .2  # hours: longer than a step of the clock must stand to be believed
PEOPLE = [("1", "张伟", "学员"), ("t1", "吴老师", "带班老师"), ("o1", "孙主办", "承办")]
SYLLABUS = [("速卖通平台介绍", "平台规则；店铺类型", "培训+课件", "作业")]


@pytest.fixture
def plan(tmp_path):
    return Plan(tmp_path)


def starts_with(server, plan, jump):
    """The server is started anew with the machine's clock off by so many seconds, and knows no better."""
    server.stop()
    plan.set("jump", jump)
    server.start()


@pytest.mark.parametrize("ahead", [AHEAD, -AHEAD])
def test_a_send_that_failed_while_the_clock_was_off(serve, telegram, plan, ahead):
    server = serve(telegram=telegram, clock=None, program=program(), env=plan.env(), limits={"per_minute": 0})
    zhang = telegram.user("张伟")
    assert zhang.says("帮助") == 200
    server.settle(30)
    heard = len(telegram.sent(zhang))
    starts_with(server, plan, ahead)
    telegram.fail(next=None, status=502)
    assert zhang.says("帮助") == 200
    eventually(lambda: server.metrics().value("banzhang_deliveries_total", outcome="unreachable") >= 1)
    starts_with(server, plan, 0)
    telegram.calm()
    assert zhang.says("课表") == 200
    server.settle(30)
    assert len(telegram.sent(zhang)) - heard == (2 if ahead > 0 else 1)  # what was worth a day of long ago is not sent


def test_a_photo_that_could_not_be_fetched_while_the_clock_was_ahead(serve, telegram, plan):
    server = serve(classes=[Klass(people=PEOPLE, syllabus=SYLLABUS)], telegram=telegram, program=program(), env=plan.env(),
                   limits={"per_minute": 0})
    wu, zhang = join(server, "吴老师"), telegram.user("张伟")
    zhang.says("/join " + server.invites()["张伟"]["code"])
    zhang.presses("是我，同意")
    server.clock.to("2026-03-02T12:00")
    wu.hears("homework.offer").press("按默认发布")
    server.settle(20)
    starts_with(server, plan, AHEAD)
    zhang.says("交作业 1 三款帽子的图")
    zhang.hears("1")
    telegram.fail(next=None, status=502, method="getFile")
    assert zhang.sends_photo() == 200
    db = server.db()
    eventually(lambda: db.execute("SELECT 1 FROM file WHERE state = 0 AND tries > 0").fetchone())
    plan.set("jump", 0)
    telegram.calm()
    assert zhang.says("帮助") == 200
    eventually(lambda: not db.execute("SELECT 1 FROM file WHERE state = 0").fetchone(), 20)
    assert [s for s, in db.execute("SELECT state FROM file")] == [1]


def test_backups_of_days_to_come_give_way_to_todays(serve, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    for n in range(1, 4):
        day = datetime.date.today() + datetime.timedelta(days=100 + n)
        (folder / f"banzhang-{day}.tar").write_bytes(b"made by a clock that was ahead")
    (folder / "banzhang-2020-01-01.tar").write_bytes(b"old")
    server = serve(backup={"folder": str(folder), "at": "00:00", "keep": 2})
    eventually(lambda: len(list(folder.iterdir())) == 2)
    old, made = sorted(folder.iterdir())
    assert old.name == "banzhang-2020-01-01.tar" and made.stat().st_size > 1000
    assert server.metrics().value("banzhang_backup_age_seconds") >= 0


class Tomorrow:
    """A class with one sitting tomorrow from nine to twelve, on the machine's clock."""

    def __init__(self, serve, plan):
        self.plan, self.now = plan, datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
        self.day = (self.now + datetime.timedelta(days=1)).date()
        klass = Klass(people=PEOPLE, sessions=[(self.day.isoformat(), "09:00", "12:00", "选品")],
                      starts=(self.day - datetime.timedelta(days=self.day.weekday())).isoformat())
        self.server = serve(classes=[klass], clock=None, program=program(), env=plan.env(), limits={"per_minute": 0})
        self.zhang, self.wu, self.sun = (join(self.server, name) for name in ("张伟", "吴老师", "孙主办"))
        self.db = self.server.db()

    def until(self, hour, minute, days=0):
        """Seconds from the start of the test until then, on the day of the class or so many days later."""
        at = datetime.datetime.combine(self.day, datetime.time(hour, minute), self.now.tzinfo)
        return int((at - self.now).total_seconds()) + days * DAY

    def is_told(self, jump):
        """The machine's clock is set, and the server knows."""
        self.plan.set("jump", jump)
        self.zhang.says("帮助")

    def waits(self, query, wanted):
        """Until the store says so."""
        eventually(lambda: self.db.execute(query).fetchone()[0] == wanted, 60, query)


CLOSED = "SELECT count(*) FROM sitting WHERE closed IS NOT NULL"


def test_a_clock_that_is_wrong_for_minutes_moves_no_class(serve, plan):
    """The organiser is told; nobody is absent, no survey opens, and the class goes on when its time comes."""
    class_ = Tomorrow(serve, plan)
    hours(class_.server, plan, STEADY)  # it has been right for long
    for ahead in (30 * DAY, -30 * DAY):
        class_.is_told(ahead)
        eventually(lambda: abs(class_.server.metrics().value("banzhang_clock_off_seconds") - ahead) < 5)
        assert class_.db.execute(CLOSED).fetchone()[0] == 0
        class_.is_told(0)
        eventually(lambda: abs(class_.server.metrics().value("banzhang_clock_off_seconds")) < 5)
    assert "时钟" in class_.sun.hears("alarm.told").text
    assert class_.db.execute("SELECT count(*) FROM survey WHERE state <> 'planned'").fetchone()[0] == 0
    class_.is_told(class_.until(12, 1))  # as if it had stood still till now: believed once it has stood
    assert class_.db.execute(CLOSED).fetchone()[0] == 0
    hours(class_.server, plan, STEADY)
    class_.waits(CLOSED, 1)
    assert class_.server.metrics().value("banzhang_clock_off_seconds") < 5


def test_a_sitting_that_a_wrong_clock_ended_is_held_when_its_time_comes(serve, plan):
    class_ = Tomorrow(serve, plan)
    class_.is_told(class_.until(13, 0, days=2))  # a server that has just started believes it
    class_.waits(CLOSED, 1)
    class_.is_told(class_.until(9, 5))
    code = re.search(r"\d{6}", str(class_.wu.says("开始签到"))).group()
    class_.zhang.says("签到 " + code)
    assert class_.db.execute("SELECT state FROM attendance").fetchone()[0] == "late"
    screen = requests.Session()
    token = screen.post(class_.server.url + "/screen/open", json={}).json()["token"]

    def shown():
        return screen.get(class_.server.url + "/screen/state", headers={"X-Screen": token})
    class_.wu.says(f"投屏 {shown().json()['number']}")
    assert shown().status_code == 200 and "code" in shown().json()


def test_an_envelope_that_is_sent_again_when_its_key_is_forgotten(serve, wecom, plan):
    """What WeCom sealed is good for ever: who kept a copy gets 200 and nothing more, and members are heard as ever."""
    server = serve(wecom=wecom, clock=None, program=program(), env=plan.env(), limits={"per_minute": 0})
    zhang = wecom.user("m1", "张伟")
    assert zhang.says("帮助") == 200
    server.settle(30)
    heard, kept = len(wecom.sent(zhang)), zhang.last_body
    starts_with(server, plan, 8 * DAY)
    db = server.db()
    eventually(lambda: db.execute("SELECT count(*) FROM inbox").fetchone()[0] == 0)
    assert zhang.post_raw(*kept) == 200
    assert db.execute("SELECT count(*) FROM inbox").fetchone()[0] == 0
    assert server.metrics().value("banzhang_duplicates_total", platform="wecom") == 1
    assert zhang.says("课表", create_time=wecom.now() + 1) == 200
    server.settle(30)
    assert db.execute("SELECT count(*) FROM inbox").fetchone()[0] == 1
    assert len(wecom.sent(zhang)) > heard
