"""Who has a ballot, exactly, and what happens at the edges of the survey's time."""

import re

import pytest

from harness import Klass, conversation, join, sign_in
from harness.survey import CLOSES, ONE_MORNING, OPENS, STAFF, TRAINEES, after_class, fill, klass, rows, traces

LAST_SECOND = "2026-03-04T12:59:59"


def entitled(server, survey=1):
    return {name for (name,) in rows(server, "SELECT p.name FROM survey_present s JOIN person p ON p.id = s.person"
                                             f" WHERE s.survey = {survey} AND s.personally")}


def test_exactly_who_signed_in_personally_has_a_ballot(serve):
    sessions = [("2026-03-02", "09:00", "12:00", "平台介绍", "郑讲师"), ("2026-03-03", "09:00", "12:00", "店铺注册", "郑讲师")]
    other = Klass(id="other", title="另一个班", people=[("1", "周杰", "学员"), ("t1", "吴老师", "带班老师")], sessions=ONE_MORNING)
    server = serve(classes=[klass(sessions=sessions), other])
    who = {n: join(server, n) for n in [*TRAINEES[:8], "吴老师", "孙主办", "周导师"]}
    sign_in(server, who["吴老师"], who["张伟"], who["李娜"])
    sign_in(server, who["吴老师"], who["王芳"], at="2026-03-02T09:31")  # late, but in person
    server.clock.to("2026-03-02T18:00")
    who["刘洋"].says("请假 明天上午 发烧")
    who["刘洋"].says("1")
    sign_in(server, who["吴老师"], who["张伟"], at="2026-03-03T09:00")
    conversation(server, """
        吴老师> 到 陈静
        吴老师> 补签 杨帆 8:55 手机没电
        < correction.made_up
        吴老师> 补签 李娜 8:58 手机没电
        < correction.made_up
        clock 2026-03-03T13:00
    """, **who)
    assert entitled(server) == {"张伟", "李娜", "王芳"}
    for name in ("张伟", "李娜", "王芳"):
        assert fill(who[name]).key == "survey.held"
    for name in ("刘洋", "陈静", "杨帆", "赵磊"):
        assert who[name].says("问卷").key == "survey.none"
        assert not [r for r in who[name].history() if r.key.startswith("survey.opened")]
        for action in ("survey:start:1", "survey:start:2"):
            assert who[name].send(action=action).key in ("survey.none", "survey.over")
    assert who["周导师"].says("问卷").key == "not_allowed"
    server.clock.to("2026-03-05T13:00")
    assert rows(server, "SELECT entitled, made_up, ballots, shown FROM survey_result WHERE survey = 1") == [(3, 2, 3, 0)]


@pytest.mark.parametrize("action", ["survey:start:99", "survey:start:-1", "survey:start:x", "survey:start", "survey:q:0:o9",
                                    "survey:q:99:o0", "survey:q:8:send", "survey:q:-1:o0", "survey:q", "survey:results:1",
                                    "survey:q:0:o18446744073709551616"])
def test_a_forged_press_is_no_answer(serve, action):
    server, who = after_class(serve)
    who["张伟"].says("问卷")
    who["张伟"].presses("开始")
    assert who["张伟"].send(action=action).key
    assert rows(server, "SELECT sum(n) FROM survey_count") == [(0,)]
    assert who["张伟"].says("1").key in ("form.ask", "survey.none", "unknown")
    assert rows(server, "SELECT count(*) FROM survey_part") == [(0,)]


def test_the_last_second_counts_and_the_next_does_not(serve):
    server, who = after_class(serve)
    late = fill(who["李娜"], send=False).last
    summary = fill(who["张伟"], send=False).last
    server.clock.to(LAST_SECOND)
    assert summary.press("提交").key == "survey.held"
    assert rows(server, "SELECT state FROM survey") == [("open",)]
    server.clock.to(CLOSES)
    assert late.press("提交").key == "survey.over"
    assert who["张伟"].hears("survey.counted")
    assert rows(server, "SELECT state FROM survey") == [("closed",)]
    assert rows(server, "SELECT ballots FROM survey_result") == [(1,)]
    assert rows(server, "SELECT sum(n) FROM survey_count WHERE ask = 'fit'") == [(1,)]


def test_four_held_at_the_closing_are_counted_together(serve):
    server, who = after_class(serve)
    for name in TRAINEES[:4]:
        fill(who[name], "2", "末尾那四个人")
    assert rows(server, "SELECT count(*) FROM survey_part") == [(0,)]
    assert traces(server, "末尾那四个人") == []
    server.clock.to(CLOSES)
    for name in TRAINEES[:4]:
        assert who[name].hears("survey.counted")
    assert rows(server, "SELECT ballots, shown FROM survey_result") == [(4, 0)]
    conversation(server, """
        孙主办> 问卷结果
        < results.closed ~ /不到 5 份.*计入 4 份/
    """, **who)


def test_a_server_that_was_down_over_the_closing_closes_at_its_start(serve):
    server, who = after_class(serve)
    for name in TRAINEES[:5]:
        fill(who[name], "1")
    fill(who["杨帆"], "5")
    server.kill()
    server.start()
    assert who["杨帆"].hears("survey.again")
    server.clock.to("2026-03-09T09:00")
    assert rows(server, "SELECT ballots, shown FROM survey_result") == [(5, 1)]
    assert who["杨帆"].says("问卷").key == "survey.none"


def test_a_clock_that_jumps_over_the_whole_survey(serve):
    people = [(str(i + 1), name, "学员") for i, name in enumerate(TRAINEES[:3])] + STAFF
    server = serve(classes=[Klass(people=people, sessions=ONE_MORNING)])
    who = {n: join(server, n) for n in [*TRAINEES[:3], "吴老师", "孙主办"]}
    sign_in(server, who["吴老师"], who["张伟"])
    server.clock.to("2026-03-20T09:00")
    assert server.clock.post("2026-03-03T09:00:00+08:00").status_code == 409
    conversation(server, """
        张伟> 问卷
        < survey.none
        孙主办> 问卷结果
        < results.closed ~ 计入 0 份
    """, **who)
    assert rows(server, "SELECT state FROM survey") == [("closed",)]
    assert len([r for r in who["张伟"].history() if r.key == "reminder.survey"]) <= 1
    assert not [r for r in who["李娜"].history() if r.key in ("survey.opened", "reminder.survey")]


def test_who_holds_a_ballot_is_not_reminded(serve):
    server, who = after_class(serve)
    fill(who["张伟"])
    conversation(server, """
        clock 2026-03-03T13:00
        李娜< reminder.survey
        张伟< nothing reminder.survey
        clock 2026-03-04T12:59
        李娜< nothing reminder.survey
    """, **who)
    assert len([r for r in who["李娜"].history() if r.key == "reminder.survey"]) == 1


def test_a_survey_keeps_the_terms_it_opened_with(serve):
    server = serve(classes=[klass(survey_terms={"after": 30, "hours": 24, "least": 6, "share": 0})])
    who = {n: join(server, n) for n in [*TRAINEES[:6], "吴老师", "孙主办"]}
    sign_in(server, who["吴老师"], *[who[n] for n in TRAINEES[:6]])
    conversation(server, """
        clock 2026-03-02T12:29
        张伟< nothing survey.opened
        clock 2026-03-02T12:30
        张伟< survey.opened
        张伟> 问卷
        < survey.statement ~ /至少 6 份、参与率 0%/
    """, **who)
    path = server.dir / "classes" / "demo.yaml"
    kept = path.read_text()
    path.write_text(re.sub(r"least: 6", "least: 5", kept))
    assert "shown from 5 ballots" in server.run("import", path).stdout
    for name in TRAINEES[:5]:
        fill(who[name], "2")
    conversation(server, """
        clock 2026-03-03T12:30
        孙主办> 问卷结果
        < results.closed ~ /不到 6 份.*计入 5 份/
    """, **who)
    path.write_text(re.sub(r"least: 6", "least: 4", kept))
    done = server.run("import", path, check=False)
    assert done.returncode == 1 and "least" in done.stderr + done.stdout
