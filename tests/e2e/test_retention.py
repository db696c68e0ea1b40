"""Retention by class: when all classes of a person are long enough over, the person is forgotten; organisers are told
before and may put it off, what was counted stays, and nobody who is still needed is lost."""

import re
import shutil
import sqlite3
import threading

import pytest

from harness import Klass, conversation, eventually, join
from harness.morning import PEOPLE, WRITTEN, holders, morning

GONE = ("张伟", "李娜", "周导师", "吴老师", "13800138000", "13900139000", *WRITTEN)


@pytest.fixture
def klass(serve):
    """A class that keeps its people for twelve months, and what happened in it."""
    server = serve(classes=[Klass(people=PEOPLE, retention=12)])
    people = morning(server)
    return server, people


def names(server):
    return {row["name"] for row in server.db().execute("SELECT name FROM person")}


def counted(server):
    """What the audit needs: attendance, homework and its marks."""
    return [tuple(map(tuple, server.db().execute(sql))) for sql in (
        "SELECT sitting, member, state, points FROM attendance ORDER BY 1, 2",
        "SELECT homework, member, version, at FROM submission ORDER BY 1, 2, 3")]


def verified(server):
    done = server.run("audit", "verify", check=False)
    return done.returncode == 0 and " 0 faults" in done.stdout


def test_the_people_of_a_class_are_told_of_and_then_in_no_byte(klass, tmp_path):
    server, people = klass
    office = people["孙主办"]
    assert {t for _, t in holders(server, *GONE)} >= {"张伟", "李娜", *WRITTEN}
    conversation(server, """
    孙主办> 保留期限
    < retention.list ~ 2026年3月5日结束，以后保留12个月；2027年3月6日删除4人的个人数据，2027年2月4日先提醒你
    clock 2027-02-04T08:59
    孙主办< nothing retention.* :
    clock 2027-02-04T09:00
    孙主办< retention.notice ~ 2027年3月6日删除4人的个人数据
    孙主办> 班情
    < digest ~ 2027年3月6日删除4人的个人数据
    clock 2027-03-06T02:59
    孙主办< nothing retention.* :
    """)
    before = counted(server)
    assert before[0] and before[1] and names(server) == {p[1] for p in PEOPLE}
    server.clock.to("2027-03-06T03:00")
    ids = {r["name"]: r["id"] for r in server.db().execute("SELECT id, name FROM person")}
    assert set(ids) == {"孙主办", "钱科长", "学员#1", "学员#2", "老师#3", "老师#4"}
    eventually(lambda: not holders(server, *GONE))
    assert counted(server) == before
    assert server.db().execute("SELECT count(*) FROM account").fetchone()[0] == 2
    assert [r.key for r in office.history() if r.key.startswith("retention.")] == ["retention.list", "retention.notice"]
    server.clock.to("2027-03-06T07:00")
    assert "4人的个人数据已经删除" in office.hears("retention.done").text
    conversation(server, """
    孙主办> 保留期限
    < retention.list ~ 2027年3月6日起删除了4人的个人数据
    张伟> 成绩
    < help
    钱科长> 保留期限
    < retention.list ~ 删除了4人
    """)
    server.run("backup", str(tmp_path / "after.tar"))
    assert not [t for t in GONE if t.encode() in (tmp_path / "after.tar").read_bytes()]
    assert verified(server)
    assert server.run("invites", "demo").stdout.count("\n") == 1


def test_the_roster_that_lies_there_brings_nobody_back(klass):
    server, people = klass
    server.clock.to("2027-03-06T03:00")
    there = names(server)
    for kill in (False, True):
        server.restart(kill=kill)
        server.clock.to("+1d")
        assert names(server) == there
    eventually(lambda: not holders(server, *GONE))
    said = server.run("import", str(server.dir / "classes/demo.yaml")).stdout
    assert "4 people are left out, because the class has forgotten its people" in said and "new trainee" not in said
    people["孙主办"].sends_file("名单.csv", "学号,姓名,角色\n001,张伟,学员\n".encode(), "text/csv")
    assert "有 1 人没有加入" in people["孙主办"].hears("intake.nothing").text
    assert [r.key for r in people["孙主办"].history() if r.key == "retention.done"] == ["retention.done"]


def test_keeping_it_longer_is_on_record_and_every_other_press_gets_a_clear_answer(serve):
    server = serve(classes=[Klass(people=[*PEOPLE, ("o2", "何主办", "承办")], retention=12),
                            Klass("other", "别的班", people=[("o9", "严别班", "承办")])])
    people = {name: join(server, name) for name in ("孙主办", "何主办", "钱科长", "张伟")}
    people["严别班"] = join(server, "严别班", "other")
    server.clock.to("2027-02-04T09:00")
    notice = people["孙主办"].hears("retention.notice")
    action = notice.button("再保留12个月")["action"]
    assert people["何主办"].hears("retention.notice").button("再保留")["action"] == action
    assert people["钱科长"].send(action=action).key == "not_allowed"
    assert people["张伟"].send(action=action).key == "not_allowed"
    assert people["严别班"].send(action=action).key == "stale"
    assert server.db().execute("SELECT count(*) FROM retention_put_off").fetchone()[0] == 0
    kept = notice.press("再保留12个月")
    assert kept.key == "retention.kept" and "2028年3月6日" in kept.text and kept.last.edits == notice.id
    assert "孙主办决定把" in people["何主办"].hears("retention.kept_told").text
    assert people["孙主办"].send(action=action).key == "retention.kept_already"
    again = people["何主办"].send(action=action)
    assert again.key == "retention.kept_already" and "孙主办在2027年2月4日已经决定" in again.text
    assert server.db().execute("SELECT count(*) FROM retention_put_off").fetchone()[0] == 1
    assert people["孙主办"].send(action=action.rsplit(":", 1)[0]).key == "retention.moved"
    trail = server.run("audit", "list", "100").stdout
    assert re.search(r"孙主办.*retention_put_off insert 1\t.*2028-03-06", trail)
    server.clock.to("2027-03-07T12:00")
    assert "张伟" in names(server)
    server.clock.to("2028-02-05T09:00")
    assert "2028年3月6日删除4人" in people["孙主办"].hears("retention.notice").text
    server.clock.to("2028-03-06T09:00")
    assert "张伟" not in names(server)
    late = people["孙主办"].presses("再保留12个月")
    assert late.key == "retention.too_late" and "2028年3月6日起删除了4人" in late.text
    assert people["何主办"].send(action=action).key == "retention.too_late"
    assert verified(server)


def test_the_class_that_keeps_longest_counts(serve):
    one = Klass("one", "甲班", people=[("1", "张伟", "学员", "13800138000"), ("2", "李娜", "学员"), ("3", "王芳", "学员", "13700137000"),
                                     ("o1", "孙主办", "承办")], retention=1)
    two = Klass("two", "乙班", people=[("1", "张伟", "学员", "13800138000"), ("o2", "何主办", "承办")], retention=6)
    three = Klass("three", "丙班", people=[("1", "王芳", "学员", "13700137000"), ("o3", "吕主办", "承办")])
    server = serve(classes=[one, two, three])
    sun, he, lv = join(server, "孙主办", "one"), join(server, "何主办", "two"), join(server, "吕主办", "three")
    assert "丙班：没有设保留期限，数据一直保留" in lv.says("保留期限").text
    server.clock.to("2026-03-08T12:00")
    told = sun.hears("retention.notice").text
    assert "2026年4月6日删除1人" in told and "另有2人也在别的班" in told, told
    server.clock.to("2026-04-06T03:00")
    assert {"张伟", "王芳"} <= names(server) and "李娜" not in names(server)
    server.clock.to("2026-08-08T09:00")
    assert "2026年9月6日删除1人" in he.hears("retention.notice").text
    server.clock.to("2026-09-06T08:00")
    assert "张伟" not in names(server) and "王芳" in names(server)
    assert "1人的个人数据已经删除" in he.hears("retention.done").text
    server.clock.to("2030-01-01T08:00")
    assert "王芳" in names(server) and not [r for r in lv.history()[1:] if r.key.startswith("retention.n")]
    assert [r.key for r in sun.history() if r.key.startswith("retention.")] == ["retention.notice", "retention.done"]
    # The third class gets a retention that was over long ago: its organiser has thirty days all the same.
    path = server.dir / "classes/three.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "retention: 24\n", encoding="utf-8")
    said = server.run("import", str(path)).stdout
    assert "three: retention is now 24 months after the end" in said
    server.clock.to("+2h")
    assert "2030年1月31日删除1人" in lv.hears("retention.notice").text
    server.clock.to("2030-01-30T23:00")
    assert "王芳" in names(server)
    server.clock.to("2030-01-31T08:00")
    assert "王芳" not in names(server)
    assert '"retention":24' in server.run("audit", "list", "500").stdout and verified(server)


def test_who_has_a_request_open_stays_until_it_is_decided(klass):
    server, people = klass
    server.clock.to("2027-03-05T10:00")
    number = people["李娜"].says("退班 家里有事").press("确认提交").text.split("】")[0].lstrip("【")
    people["张伟"].says("删除我的数据")
    people["张伟"].presses("确认申请删除")
    server.clock.to("2027-03-06T08:00")
    assert names(server) & {"张伟", "李娜", "周导师"} == {"李娜"}
    done = people["孙主办"].hears("retention.done").text
    assert "3人的个人数据已经删除" in done and "其中1人还有申请没决定" in done
    assert people["李娜"].says("成绩").key.startswith("marks")
    server.clock.to("2027-03-10T08:00")
    assert "李娜" in names(server)
    people["孙主办"].says(f"驳回 {number} 已经结业")
    server.clock.to("2027-03-11T08:00")
    assert "李娜" not in names(server)
    assert "1人的个人数据已经删除" in people["孙主办"].hears("retention.done", "1人").text


def restored(server, tar):
    """The server with what a backup holds, on an empty data_dir."""
    server.stop()
    shutil.rmtree(server.data_dir)
    server.run("restore", str(tar))
    return server.start()


def test_an_older_backup_does_not_lose_the_duty(klass, tmp_path):
    server, people = klass
    server.run("backup", str(tmp_path / "march.tar"))
    server.clock.to("2027-02-20T09:00")
    server.run("backup", str(tmp_path / "february.tar"))
    server.clock.to("2027-03-06T03:00")
    assert "张伟" not in names(server)
    restored(server, tmp_path / "february.tar")  # organisers had been told: nothing is waited for
    assert "张伟" in names(server)
    server.clock.to("2027-04-01T03:00")
    assert "张伟" not in names(server)
    eventually(lambda: not holders(server, *GONE))
    restored(server, tmp_path / "march.tar")  # in it nobody was: they are told first
    server.stop()
    db = sqlite3.connect(server.data_dir / "banzhang.db")
    db.execute("UPDATE class_clock SET now = unixepoch('2027-06-01 00:00:00')")  # the time at which it is restored
    db.commit()
    db.close()
    server.start()
    assert "张伟" in names(server)
    server.clock.to("+1m")
    assert "2027年7月1日删除4人" in people["孙主办"].hears("retention.notice", "7月1日").text
    server.clock.to("2027-07-01T03:00")
    assert "张伟" not in names(server) and verified(server)


def test_a_restart_across_the_day_changes_nothing(klass):
    server, people = klass
    server.clock.to("2027-02-10T09:00")
    server.kill()
    db = sqlite3.connect(server.data_dir / "banzhang.db")
    db.execute("UPDATE class_clock SET now = unixepoch('2027-03-20 04:00:00')")
    db.commit()
    db.close()
    server.restart()
    eventually(lambda: "张伟" not in names(server) and "吴老师" not in names(server))
    assert [r.key for r in people["孙主办"].history() if r.key == "retention.notice"] == ["retention.notice"]
    assert "4人的个人数据已经删除" in people["孙主办"].hears("retention.done").text


def test_a_lesson_added_later_moves_the_day_and_a_setting_taken_back_keeps_everybody(klass):
    server, people = klass
    path = server.dir / "classes/demo.yaml"
    text = path.read_text(encoding="utf-8")
    server.clock.to("2027-02-04T09:00")
    notice = people["孙主办"].hears("retention.notice")
    with open(server.dir / "classes/demo-timetable.csv", "a", encoding="utf-8") as f:
        f.write("2027-02-10,09:00,12:00,回炉课\n")
    server.run("import", str(path))
    assert "2028年2月11日删除4人" in people["孙主办"].says("保留期限").text
    assert notice.press("再保留").key == "retention.moved"
    path.write_text(text.replace("retention: 12\n", ""), encoding="utf-8")
    assert "retention is now -: its people are kept" in server.run("import", str(path)).stdout
    server.clock.to("2029-01-01T08:00")
    assert names(server) == {p[1] for p in PEOPLE}
    assert "没有设保留期限" in people["孙主办"].says("保留期限").text


def test_a_large_class_is_erased_few_at_a_time_while_others_are_answered(serve):
    many = [(f"{n:03}", f"同学{chr(0x4e00 + n)}甲", "学员") for n in range(60)]
    server = serve(classes=[Klass(people=[*many, ("o1", "孙主办", "承办")], retention=1),
                            Klass("other", "别的班", people=[("1", "李娜", "学员")])])
    join(server, "孙主办")
    li = join(server, "李娜", "other")
    server.clock.to("2026-04-06T02:59")

    def left():
        return server.db().execute("SELECT count(*) FROM person WHERE name LIKE '同学%'").fetchone()[0]
    assert left() == 60
    moving = threading.Thread(target=server.clock.to, args=("2026-04-06T03:00",))
    moving.start()
    seen = set()
    while moving.is_alive():
        assert li.says("今天").key.startswith("today")
        seen.add(left())
    moving.join()
    assert left() == 0 and len(seen - {0, 60}) >= 3, f"answered while so many were left: {seen}"


@pytest.mark.parametrize("value", ["0", "-1", "601", "1.5", "一年", "[12]"])
def test_a_bad_setting_is_told_with_its_place(server, value):
    path = Klass("bad", retention=12).write(server.dir / "bad")
    text = path.read_text(encoding="utf-8").replace("retention: 12", f"retention: {value}")
    path.write_text(text, encoding="utf-8")
    line = text.splitlines().index(f"retention: {value}") + 1
    done = server.run("check", str(path), check=False)
    assert done.returncode == 1 and re.search(rf"bad\.yaml:{line}:\d+: .*retention", done.stdout), done.stdout
    assert server.run("import", str(path), check=False).returncode == 1
