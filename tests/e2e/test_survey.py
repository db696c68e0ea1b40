"""The anonymous survey: who may fill it, what is kept where, when it counts, who sees what."""

import pytest
import re

from harness import Klass, conversation, join

TRAINEES = ["张伟", "李娜", "王芳", "刘洋", "陈静", "杨帆", "赵磊", "黄敏", "周杰", "吴霞", "徐强", "孙丽"]
ONE_MORNING = [("2026-03-02", "09:00", "12:00", "速卖通平台介绍", "郑讲师")]
STAFF = [("m1", "周导师", "导师"), ("t1", "吴老师", "带班老师"), ("l1", "郑讲师", "讲师"), ("o1", "孙主办", "承办")]
OPENS, CLOSES = "2026-03-02T13:00", "2026-03-04T13:00"


def klass(**keys):
    people = [(str(i + 1), name, "学员") for i, name in enumerate(TRAINEES)] + STAFF
    return Klass(people=people, sessions=keys.pop("sessions", ONE_MORNING), **keys)


def sign_in(server, teacher, *people, at="2026-03-02T09:00"):
    server.clock.to(at)
    code = teacher.says("口令").code()
    for person in people:
        assert person.says(f"签到 {code}").key.startswith("signin."), person.last


def after_class(serve, present=7, **keys):
    """A server an hour after the class, with so many trainees who signed in; {name: Person}."""
    server = serve(classes=[klass(**keys)])
    who = {n: join(server, n) for n in [*TRAINEES[:present + 1], "吴老师", "孙主办"]}
    sign_in(server, who["吴老师"], *[who[n] for n in TRAINEES[:present]])
    server.clock.to(OPENS)
    return server, who


def fill(person, choice="1", text=None, send=True):
    """Fills the survey from the start: this option everywhere, this text (or none) in every text question."""
    if person.says("问卷").key == "survey.statement":
        person.last.press("开始")
    for _ in range(30):
        reply = person.last.last
        if reply.key == "form.summary":
            return person.last.press("提交") if send else person.last
        assert reply.key == "form.ask", reply
        if "跳过" in reply.labels:
            person.says(text) if text else reply.press("跳过")
        else:
            person.says("会" if "不会" in reply.labels else choice)
    raise AssertionError("the survey never ends")


def traces(server, text):
    """In which files of the server and in what it logged these words stand."""
    needle = text.encode()
    found = [str(p.relative_to(server.dir)) for p in server.dir.rglob("*") if p.is_file() and needle in p.read_bytes()]
    return found + ["log" for line in server.log() if text in line]


def rows(server, sql):
    with server.db() as db:
        return [tuple(r) for r in db.execute(sql)]


def test_from_opening_to_the_result(serve):
    server, who = after_class(serve)
    conversation(server, """
        张伟< survey.opened ~ /速卖通.*3月4日/ [填问卷]
        黄敏< nothing survey.*
        张伟> 问卷
        < survey.statement ~ /不存是谁.*凑够 5 份.*网页/ [开始]
        张伟> [开始]
        < form.ask ~ 1/8 [超过预期] [无法忍受] [取消]
        张伟> 没看懂
        < form.wrong_choice
        张伟> 达到预期
        < form.ask ~ 郑讲师老师的专业知识 [上一步]
        张伟> 1
        < form.ask ~ 郑讲师老师的表达
        张伟> 1。
        < form.ask ~ 4/8
        张伟> 上一步
        < form.ask ~ 3/8
        张伟> 超过预期
        < form.ask ~ 4/8
        张伟> 超过预期
        < form.ask ~ 5/8 [跳过]
        张伟> 希望多讲选品
        < form.ask ~ 6/8
        张伟> 跳过
        < form.ask ~ 7/8
        张伟> 没有
        < form.ask ~ 8/8 [会] [不会]
        张伟> 会
        < form.summary ~ 希望多讲选品 [提交] [修改]
        张伟> 提交
        < survey.held ~ /已暂存.*5 份/
        张伟> 问卷
        < survey.none ~ 已暂存
        孙主办> 问卷结果
        < results.closed ~ /3月4日.*截止后.*计入 0 份/
    """, **who)
    for name in TRAINEES[1:5]:
        assert fill(who[name], "2").keys == ["survey.held"]
    for name in TRAINEES[:5]:
        assert who[name].hears("survey.counted")
    for name in TRAINEES[5:7]:
        fill(who[name], "5")
    conversation(server, """
        李娜> 问卷
        < survey.none ~ 已经计入
        孙主办> 问卷结果
        < results.closed ~ 计入 5 份
        clock 2026-03-04T12:59
        张伟> 问卷结果
        < not_allowed
        clock 2026-03-04T13:00
        杨帆< survey.counted
        李娜> 问卷
        < survey.none
        孙主办> 问卷结果
        < results.shown ~ /满意度 71.4%.*应到 12 · 本人签到 7 · 补签 0 · 有效 7 份.*平均 3.1.*希望多讲选品/
    """, **who)


def test_the_reminder_goes_half_way_to_those_who_have_not_taken_part(serve):
    server, who = after_class(serve, present=6)
    for name in TRAINEES[:5]:
        fill(who[name])
    conversation(server, """
        clock 2026-03-03T12:59
        杨帆< survey.opened
        杨帆< nothing reminder.survey
        clock 2026-03-03T13:00
        杨帆< reminder.survey [填问卷]
        张伟< nothing reminder.survey
        赵磊< nothing reminder.survey
    """, **who)


def test_only_who_signed_in_personally_and_only_once(serve):
    server, who = after_class(serve, present=6)
    conversation(server, """
        赵磊> 问卷
        < survey.none ~ 亲自签到
    """, **who)
    assert who["赵磊"].send(action="survey:start:1").key == "survey.none"
    assert who["赵磊"].send(action="survey:q:0:o0").key == "survey.gone"
    for name in TRAINEES[:5]:
        fill(who[name])
    assert who["张伟"].hears("survey.counted")
    assert who["张伟"].send(action="survey:start:1").key == "survey.none"
    assert who["张伟"].send(action="survey:q:8:send").key == "survey.gone"
    assert rows(server, "SELECT sum(n) FROM survey_count WHERE ask = 'fit'") == [(5,)]
    assert rows(server, "SELECT count(*) FROM survey_part") == [(5,)]


def test_a_double_press_counts_once(serve):
    server, who = after_class(serve, present=6)
    summary = fill(who["张伟"], send=False).last
    assert summary.press("提交").key == "survey.held"
    assert summary.press("提交").key == "survey.gone"
    for name in TRAINEES[1:5]:
        fill(who[name])
    assert who["张伟"].hears("survey.counted")
    assert rows(server, "SELECT sum(n) FROM survey_count WHERE ask = 'fit'") == [(5,)]


def test_answers_are_on_no_disk_before_they_are_counted(serve):
    server, who = after_class(serve)
    words = "这句话绝对不能落盘八六四二"
    fill(who["张伟"], "3", words, send=False)
    assert traces(server, words) == []
    who["张伟"].last.press("提交")
    assert traces(server, words) == []
    assert rows(server, "SELECT sum(n) FROM survey_count") == [(0,)]
    # the words of the questions and the presses are in no row either
    told = rows(server, "SELECT text FROM inbox WHERE text LIKE 'survey:q%' UNION ALL SELECT text FROM inbox"
                        " WHERE text IN ('3', '提交')")
    assert told == []
    assert not any("郑讲师老师" in (r[0] or "") for r in rows(server, "SELECT text FROM outbox"))
    # the page shows the same: nothing of it
    assert words not in str([r.raw for r in who["张伟"].history()])
    for name in TRAINEES[1:5]:
        fill(who[name], "2")
    assert who["张伟"].hears("survey.counted")
    after = traces(server, words)
    assert after and "log" not in after and not any(p.endswith("-wal") for p in after), after
    assert rows(server, f"SELECT count(*) FROM survey_text WHERE text = '{words}'") == [(3,)]
    columns = [r[1] for r in rows(server, "PRAGMA table_info(survey_text)")]
    assert columns == ["survey", "ask", "key", "text"]


def test_a_batch_is_never_smaller_but_at_the_end(serve):
    server, who = after_class(serve)
    seen = []
    for name in TRAINEES[:7]:
        fill(who[name])
        seen.append(rows(server, "SELECT count(*) FROM survey_part")[0][0])
    assert set(seen[:4]) == {0} and set(seen[5:]) == {5}, seen
    server.clock.to(CLOSES)
    assert rows(server, "SELECT count(*), sum(n) FROM survey_part, survey_count WHERE ask = 'fit'")[0][0] == 7 * 5
    assert rows(server, "SELECT state FROM survey") == [("closed",)]


def test_rows_tell_no_order(serve):
    server, who = after_class(serve)
    order = [TRAINEES[i] for i in (4, 1, 3, 0, 2)]
    for i, name in enumerate(order):
        fill(who[name], "1", f"第{i}个交的人写的话")
    assert who["张伟"].hears("survey.counted")
    server.stop()
    data = b"".join(p.read_bytes() for p in server.data_dir.rglob("*") if p.is_file())
    first = {}
    for ask in range(3):
        places = [[m.start() for m in re.finditer(f"第{i}个交的人写的话".encode(), data)] for i in range(5)]
        assert all(len(p) == 3 for p in places), places
        first[ask] = sorted(range(5), key=lambda i: places[i][ask])
    assert list(first.values()) != [[0, 1, 2, 3, 4]] * 3 and list(first.values()) != [[4, 3, 2, 1, 0]] * 3
    assert rows(server, "SELECT person FROM survey_part") == sorted(rows(server, "SELECT person FROM survey_part"))


@pytest.mark.parametrize("kill", [True, False])
def test_a_restart_forgets_what_was_held_and_asks_again(serve, kill):
    server, who = after_class(serve)
    fill(who["张伟"], "1", "重启前写的话")
    fill(who["李娜"], send=False)
    server.restart(kill=kill)
    conversation(server, """
        张伟< survey.again [填问卷]
        李娜< survey.again
        王芳< nothing survey.again
    """, **who)
    assert traces(server, "重启前写的话") == []
    conversation(server, """
        李娜> 1
        < *
        张伟> 问卷
        < survey.statement
    """, **who)
    for name in TRAINEES[:5]:
        fill(who[name])
    assert who["张伟"].hears("survey.counted")
    server.restart(kill=kill)
    assert rows(server, "SELECT count(*) FROM survey_part") == [(5,)]
    conversation(server, """
        张伟> 问卷
        < survey.none ~ 已经计入
    """, **who)


def test_commands_go_through_an_open_ballot(serve):
    server, who = after_class(serve)
    conversation(server, """
        张伟> 问卷
        张伟> [开始]
        < form.ask ~ 1/8
        张伟> 班级
        < classes.*
        < form.ask ~ 1/8
        张伟> 上一步
        < form.ask ~ 1/8
        张伟> 取消
        < survey.cancelled
        张伟> 取消
        < dialog.nothing
        张伟> 问卷
        < survey.statement
    """, **who)


def test_a_report_that_was_open_is_asked_again_after_the_ballot(serve):
    server, who = after_class(serve)
    conversation(server, """
        张伟> 周报
        < form.ask ~ 1/3
        张伟> /survey
        < survey.statement
        < form.ask ~ 周报（1/3）
        张伟> [开始]
        < form.ask ~ 满意度调查（1/8）
    """, **who)
    person = who["张伟"]
    for _ in range(30):
        if person.last.last.key == "form.summary":
            break
        person.says("没有" if "跳过" in person.last.last.labels else "1")
    conversation(server, """
        张伟> 1
        < survey.held
        < form.ask ~ 周报（1/3）
        张伟> 开店了
        < form.ask ~ 周报（2/3）
    """, **who)
    assert rows(server, "SELECT state FROM dialog") == [('{"done":"开店了"}',)]


def test_no_pair_of_snapshots_tells_fewer_apart_than_a_batch(serve):
    server, who = after_class(serve, present=11)
    seen = []

    def look():
        db = server.db()
        db.isolation_level = None
        db.execute("BEGIN")
        counts = {(r[0], r[1]): r[2] for r in db.execute("SELECT ask, value, n FROM survey_count")}
        parts = {r[0] for r in db.execute("SELECT person FROM survey_part")}
        texts = {r[0] for r in db.execute("SELECT text FROM survey_text")}
        db.close()
        seen.append((counts, parts, texts))

    for i, name in enumerate(TRAINEES[:11]):
        fill(who[name], str(i % 5 + 1), f"{name}写的话")
        look()
    for (c1, p1, t1), (c2, p2, t2) in ((a, b) for i, a in enumerate(seen) for b in seen[i:]):
        for ask in ("fit", "overall", "again"):
            more = sum(n - c1[key] for key, n in c2.items() if key[0] == ask)
            assert more == len(p2 - p1) and (more == 0 or more >= 5), (more, p2 - p1)
        assert p1 <= p2 and t1 <= t2 and len(t2 - t1) == len(p2 - p1)
    server.clock.to(CLOSES)
    look()
    assert len(seen[-1][1]) == 11


def test_over_wecom_by_numbers(serve, wecom):
    people = [(str(i + 1), name, "学员", "", "", f"user{i}") for i, name in enumerate(TRAINEES)] + STAFF
    server = serve(classes=[Klass(people=people, sessions=ONE_MORNING)], wecom={**wecom.section(), "buttons": "text"})
    wecom.attach(server)
    teacher, user = join(server, "吴老师"), wecom.user("user0", "张伟")
    server.clock.to("2026-03-02T09:00")
    user.says(f"签到 {teacher.says('口令').code()}")
    user.hears("签到成功")
    server.clock.to(OPENS)
    user.hears("1. 填问卷")
    user.says("1")
    user.hears("企业微信")
    user.says("1")
    for place in range(1, 5):
        user.hears(f"（{place}/8）")
        user.says("3")
    assert "1. 跳过" in user.hears("（5/8）").text
    user.says("只有企业微信知道的这句话")
    user.hears("（6/8）")
    user.says("1")
    user.hears("（7/8）")
    assert traces(server, "只有企业微信知道的这句话") == []
    assert rows(server, "SELECT count(*) FROM inbox WHERE text IS NOT NULL AND platform = 2") == [(0,)]


def test_a_word_typed_much_later_is_not_taken_as_an_answer(serve):
    server, who = after_class(serve)
    zhang = who["张伟"]
    fill_to_text = zhang.says("问卷").press("开始")
    while "跳过" not in fill_to_text.last.labels:
        fill_to_text = zhang.says("1")
    server.clock.to("+2h")
    conversation(server, """
        张伟> 我把作业发给李娜了
        < survey.paused
        < form.ask ~ 5/8
    """, **who)
    assert traces(server, "我把作业发给李娜了") == []


def tg_button(user, label):
    user.fake.eventually(lambda: any(label in x for m in user.fake.sent(user) for x in m.labels), what=label)
    assert user.presses(label) == 200
    user.answered()


def test_over_telegram_answers_are_on_no_disk_and_no_old_button_stays(serve, telegram):
    server = serve(classes=[klass()], telegram=telegram)
    teacher, user = join(server, "吴老师"), telegram.user("小张")
    user.starts("j_" + server.invites()["张伟"]["code"])
    user.hears("张伟")
    tg_button(user, "是我")
    server.clock.to("2026-03-02T09:00")
    user.says(f"签到 {teacher.says('口令').code()}")
    user.hears("签到成功")
    server.clock.to(OPENS)
    user.hears("匿名评价开放了")
    tg_button(user, "填问卷")
    user.hears("Telegram")
    tg_button(user, "开始")
    words = "只有电报知道的这句话"
    for place in range(1, 5):
        user.hears(f"（{place}/8）")
        tg_button(user, "马马虎虎")
    user.hears("（5/8）")
    assert [m for m in telegram.sent(user) if "马马虎虎" in m.labels] == []
    user.says(words)
    user.hears("（6/8）")
    server.settle()
    assert traces(server, words) == []
    assert rows(server, "SELECT count(*) FROM inbox WHERE text IS NOT NULL AND platform = 1") == [(0,)]


def test_closing(serve):
    server, who = after_class(serve)
    fill(who["张伟"])
    summary = fill(who["李娜"], send=False)
    server.clock.to(CLOSES)
    assert summary.press("提交").key == "survey.over"
    conversation(server, """
        张伟< survey.counted
        孙主办> 问卷结果
        < results.closed ~ /不到 5 份.*计入 1 份/
        李娜> 问卷
        < survey.none
    """, **who)
    assert who["李娜"].send(action="survey:start:1").key == "survey.over"


def test_turnout_below_a_fifth_is_no_result(serve):
    people = [(str(i + 1), f"学员{i + 1:02}", "学员") for i in range(30)] + STAFF
    server = serve(classes=[Klass(people=people, sessions=ONE_MORNING)])
    who = {n: join(server, n) for n in [p[1] for p in people[:30]] + ["吴老师", "孙主办"]}
    sign_in(server, who["吴老师"], *[who[p[1]] for p in people[:30]])
    server.clock.to(OPENS)
    for i in range(5):
        fill(who[f"学员{i + 1:02}"])
    server.clock.to(CLOSES)
    conversation(server, """
        孙主办> 问卷结果
        < results.closed ~ 20%
    """, **who)


def test_publishing_by_hand(serve):
    server = serve(classes=[klass()])
    who = {n: join(server, n) for n in ["张伟", "李娜", "吴老师", "孙主办"]}
    conversation(server, """
        孙主办> 发布问卷
        < survey.nobody
        张伟> 发布问卷
        < not_allowed
        孙主办> 问卷结果
        < results.nothing
    """, **who)
    sign_in(server, who["吴老师"], who["张伟"], who["李娜"])
    conversation(server, """
        孙主办> 发布问卷
        < survey.published ~ 2 人
        张伟< survey.opened
        孙主办> 发布问卷
        < survey.is_open
        张伟> 评课
        < survey.statement
        clock 2026-03-02T13:05
        张伟< nothing survey.opened
    """, **who)


def test_each_session_may_have_its_own(serve):
    server = serve(classes=[klass(survey_unit="session",
                                  sessions=[("2026-03-02", "09:00", "12:00", "平台介绍", "郑讲师"),
                                            ("2026-03-03", "09:00", "12:00", "店铺注册", "钱老师")])])
    who = {n: join(server, n) for n in ["张伟", "李娜", "吴老师", "孙主办"]}
    sign_in(server, who["吴老师"], who["张伟"])
    server.clock.to(OPENS)
    conversation(server, """
        张伟< survey.opened ~ 平台介绍
        李娜> 问卷
        < survey.none
    """, **who)
    sign_in(server, who["吴老师"], who["李娜"], at="2026-03-03T09:00")
    conversation(server, """
        clock 2026-03-03T13:00
        李娜< survey.opened ~ 店铺注册
        李娜> 问卷
        < survey.statement ~ 店铺注册
        李娜> [开始]
        李娜> 1
        < form.ask ~ 钱老师的专业知识
    """, **who)


def test_without_a_survey_there_is_none(serve):
    server = serve(classes=[klass(survey=None)])
    who = {n: join(server, n) for n in ["张伟", "孙主办"]}
    conversation(server, """
        张伟> 问卷
        < survey.none
        孙主办> 发布问卷
        < survey.no_survey
    """, **who)
