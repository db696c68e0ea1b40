"""The machine's clock is wrong, and is set right again: nobody is silenced until the day it told."""

import datetime

import pytest
from faults import Plan, program

from harness import Klass, eventually, join

DAY = 86400
AHEAD = 300 * DAY
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
