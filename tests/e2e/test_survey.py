"""The anonymous survey: who may fill it, when it counts, who sees what."""

from harness import Klass, conversation, eventually, join, sign_in
from harness.survey import CLOSES, ONE_MORNING, OPENS, STAFF, TRAINEES, after_class, fill, klass, rows


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


def test_a_ballot_counted_at_night_is_told_in_the_morning(serve):
    server, who = after_class(serve, present=6)
    for name in TRAINEES[:4]:
        fill(who[name])
    server.clock.to("2026-03-02T23:30")
    fill(who[TRAINEES[4]])
    eventually(lambda: rows(server, "SELECT count(*) FROM survey_part") == [(5,)])
    conversation(server, """
        clock 2026-03-03T06:59
        张伟< nothing survey.counted
        clock 2026-03-03T07:00
        张伟< survey.counted ~ 速卖通
        陈静< survey.counted ~ 速卖通
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


def test_each_lecturer_may_have_one_and_english_is_spoken(serve):
    server = serve(classes=[klass(survey_unit="lecturer",
                                  sessions=[("2026-03-02", "09:00", "10:00", "平台介绍", "郑讲师"),
                                            ("2026-03-02", "10:00", "11:00", "店铺注册", "Anna"),
                                            ("2026-03-02", "11:00", "12:00", "选品", "郑讲师")])])
    who = {n: join(server, n) for n in [*TRAINEES[:5], "吴老师", "孙主办"]}
    sign_in(server, who["吴老师"], *[who[n] for n in TRAINEES[:5]], at="2026-03-02T10:05")
    for name in [*TRAINEES[:5], "孙主办"]:
        who[name].says("/lang en")
    conversation(server, """
        clock 2026-03-02T12:00
        张伟< survey.opened ~ Anna
        张伟> survey
        < survey.statement ~ 5 can be counted together
    """, **who)
    for name in TRAINEES[:5]:
        assert fill(who[name], "1", "More practice, please").key == "survey.held"
    conversation(server, """
        clock 2026-03-02T13:00
        张伟< nothing survey.opened
        clock 2026-03-04T12:00
        孙主办> results
        < results.shown ~ /"Anna": 100.0% satisfied.*ballots 5.*How were Anna's knowledge.*mean 5.00.*More practice/
    """, **who)
