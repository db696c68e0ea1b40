"""Marks as trainees, mentors and organisers live them."""

import pathlib

import pytest

from harness import Klass, conversation, join

TREE = pathlib.Path(__file__).resolve().parents[2]
PEOPLE = [("1", "张三", "学员"), ("2", "李四", "学员"), ("3", "王五", "学员"), ("m1", "周导师", "导师"),
          ("t1", "吴老师", "带班老师"), ("o1", "孙主办", "承办")]
SESSIONS = [("2026-03-02", "09:00", "12:00", "平台介绍"), ("2026-03-03", "09:00", "16:30", "店铺注册"),
            ("2026-03-09", "09:00", "12:00", "选品"), ("2026-03-10", "09:00", "12:00", "总结")]


@pytest.fixture
def klass(serve):
    """A class of three over two weeks; its people by name."""
    server = serve(classes=[Klass(people=PEOPLE, sessions=SESSIONS)])
    return server, {n: join(server, n) for n in ("张三", "李四", "王五", "周导师", "吴老师")}


SIGN_IN = """
    吴老师> 口令
    < signin.spoken ~ /(?P<code>[0-9]{6})/
"""


def test_every_point_has_its_reason(klass):
    server, people = klass
    conversation(server, """
        张三> 成绩
        < marks.shown ~ /考勤 还没计入.*计划 还没计入.*现在 0 分，最多还能到 100 分/
        clock 2026-03-02T09:11
    """ + SIGN_IN + """
        张三> 签到 {code}
        < signin.late
        clock 2026-03-02T12:00
        张三> 我的成绩
        < marks.shown ~ /考勤 18.20：3月2日上午迟到11分钟 −2/
        李四> 扣了多少
        < marks.shown ~ /考勤 13.20：3月2日上午缺勤 −7/
        李四> /lang en
        < lang.set
        李四> /marks
        < marks.shown ~ /Attendance 13.20: 2 Mar am absent −7/
        张三> 成绩 李四
        < marks.only_own
    """, **people)


def test_a_mentor_marks_one(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T12:00
        周导师> 评分 张三 推进 18
        < mark.done ~ /张三 推进 18.20（第1周）/
        周导师> 评分 推进 张三 十六分
        < mark.changed ~ /推进 16.20.*原来是 18.20/
        周导师> 打分 李四17.5推进
        < mark.done ~ 17.5/20
        周导师> 评分 2 问题 9
        < mark.done ~ /李四 问题 9.10/
        周导师> 评分 张三 推进 21
        < mark.out_of_range ~ 0 到 20
        周导师> 评分 张三 推进 -3
        < mark.out_of_range
        周导师> 评分 张三 推进 3.14
        < mark.out_of_range
        周导师> 评分 赵六 推进 18
        < who.unknown ~ 赵六
        周导师> 评分 张三
        < mark.incomplete ~ 张三
        周导师> 评分
        < mark.usage [周评]
        周导师> 评分 第3周 张三 推进 18
        < mark.future
        吴老师> 评分 张三 推进 18
        < mark.not_yours ~ 导师
        张三> 评分 张三 推进 20
        < not_allowed
        张三> 成绩
        < marks.shown ~ /推进 16.20：第1周16（周导师）/
        周导师> 成绩
        < marks.class ~ 张三 [张三] [周评]
        周导师> 成绩 李四
        < marks.shown ~ 李四的成绩
        周导师> [张三]
        < marks.shown ~ 张三的成绩
        周导师> 成绩 赵六
        < who.unknown
        周导师> /lang en
        < lang.set
        周导师> /mark 张三 push 18
        < mark.changed
    """, **people)


def test_two_of_the_same_name_are_told_apart(serve):
    people = PEOPLE[:3] + [("4", "张三", "学员")] + PEOPLE[3:]
    server = serve(classes=[Klass(people=people, sessions=SESSIONS)])
    conversation(server, """
        clock 2026-03-02T12:00
        周导师> 评分 张三 推进 18
        < who.several [1 张三] [4 张三]
        周导师> [4 张三]
        < mark.done ~ 张三
        周导师> 成绩 张三
        < who.several [1 张三] [4 张三]
        周导师> [4 张三]
        < marks.shown ~ 第1周18
    """, 周导师=join(server, "周导师"))


def test_the_whole_class_in_one_message(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T12:00
        周导师> 周评 推进 全班16 张三12 李四18
        < weekly.kept ~ /推进：记下了3人（第1周）/
        < weekly.list ~ 计划
        张三> 成绩
        < marks.shown ~ 推进 12/20
        王五> 成绩
        < marks.shown ~ 推进 16/20
        周导师> 周评 推进 全班99
        < mark.out_of_range
        周导师> 周评 推进 赵六12
        < who.unknown ~ 赵六
    """, **people)


def test_week_by_week_with_buttons(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T12:00
        周导师> 周评
        < weekly.list ~ /第1周 · 计划.*张三 –/ [就这样] [张三 –]
        周导师> [就这样]
        < weekly.missing ~ 张三、李四、王五
        周导师> [张三 –]
        < weekly.one ~ 张三的计划 [20] [18]
        周导师> [18]
        < weekly.list ~ 张三 18
        周导师> 李四15 王五16
        < weekly.list ~ /张三 18.*李四 15.*王五 16/
        # a question between does not lose it
        周导师> /digest
        < digest
        周导师> [就这样]
        < weekly.kept ~ 计划
        < weekly.list ~ 推进
        周导师> 全班16
        < weekly.list ~ 王五 16
        周导师> [就这样]
        < weekly.all_same ~ 16 [就是都一样] [再改改]
        周导师> [就是都一样]
        < weekly.kept
        < weekly.list ~ 问题
        周导师> 取消
        < weekly.paused
        周导师> 周评
        < weekly.list ~ 问题
        周导师> [先跳过这项]
        < weekly.list ~ 互助
        clock 2026-03-09T12:00
        周导师> 周评
        < weekly.list ~ /第2周 · 计划.*张三 18（照上周）/
        周导师> [张三 18]
        < weekly.one
        周导师> 十七
        < weekly.list ~ /张三 17.*李四 15（照上周）/
    """, **people)
    server.restart()
    conversation(server, """
        周导师> 周评
        < weekly.list ~ /张三 17.*李四 15（照上周）/
        周导师> [就这样]
        < weekly.kept ~ 第2周
        张三> 成绩
        < marks.shown ~ /计划 17.5.20：第1周18（周导师）；第2周17（周导师）/
    """, **people)


def test_limits_warn_in_time_and_veto(serve):
    sessions = [(f"2026-03-0{d}", "09:00", "12:00", f"课{d}") for d in (2, 3, 4, 5, 6)]
    server = serve(classes=[Klass(people=PEOPLE, sessions=sessions)])
    people = {n: join(server, n) for n in ("张三", "周导师")}
    conversation(server, """
        clock 2026-03-03T12:00
        张三< nothing marks.*
        clock 2026-03-04T12:00
        张三< marks.warning ~ 再缺勤一次考勤将不达标 [看成绩]
        张三> 成绩
        < marks.shown ~ /考勤 0.20.*再缺勤一次考勤将不达标/
        clock 2026-03-05T12:00
        张三< marks.warning ~ 缺勤4次
        张三> 成绩
        < marks.shown ~ /不达标.*总分再高也不能合格/
        周导师> 成绩
        < marks.class ~ ✗ 张三
    """, **people)


def settle(server, people):
    """Marks everything and lets the settlement fall due: 3 working days after Tuesday the 10th."""
    conversation(server, """
        clock 2026-03-10T12:00
        周导师> 周评 计划 全班20 李四19
        周导师> 周评 推进 全班20 李四19
        周导师> 周评 问题 全班10 李四9
    """, **people)


def test_settlement_fixes_the_result(klass):
    server, people = klass
    settle(server, people)
    conversation(server, """
        张三> 成绩
        < marks.shown ~ /互助 待评.*还有1项待评/
        周导师> 周评 互助 全班10 李四9
        张三> 成绩
        < marks.shown ~ /结果：不合格.*不达标.*有异议请在 .*3月13日 .*12:00 前提出/
        clock 2026-03-13T12:00
        张三< marks.settled_now ~ 不合格
        张三> 成绩
        < marks.shown ~ 已结算
        周导师> 评分 张三 推进 1
        < mark.settled
    """, **people)
    rows = server.db().execute("SELECT version, passed, substandard FROM result").fetchall()
    assert [tuple(r) for r in rows] == [(1, 0, 1)] * 3


def test_a_missing_mark_blocks_the_result(klass):
    server, people = klass
    settle(server, people)
    conversation(server, """
        clock 2026-03-13T12:00
        吴老师< marks.waiting ~ 3人
        张三< nothing marks.settled_now
        周导师> 周评 互助 全班10 李四9
        张三< marks.settled_now
    """, **people)


def test_an_objection_is_decided_before_the_result_is_final(klass):
    server, people = klass
    settle(server, people)
    conversation(server, """
        周导师> 周评 互助 全班10 李四9
        张三> 申诉 3月2日我9:05就到了，没算
        < request.sent
        李四> 申诉 3月3日我来了
        < request.sent
        clock 2026-03-13T12:00
        吴老师< marks.waiting ~ /2人.*张三（申请待处理）、李四（申请待处理）/
        王五< marks.settled_now
        张三< nothing marks.settled_now
        王五> 申诉 还有一处
        < request.settled
        吴老师> 驳回 2 有监控
        < approval.refused
        李四< marks.settled_now ~ 不合格
        吴老师> 同意 1
        < approval.agreed
        张三< nothing marks.settled_now
        吴老师> 补签 张三 3月2日 9:05 申诉属实
        < correction.made_up
        张三< marks.settled_now
        张三> 成绩
        < marks.shown ~ /3月2日上午迟到5分钟 −1/
    """, **people)


def test_an_objection_agreed_to_and_not_mended_is_settled_a_day_later(klass):
    server, people = klass
    settle(server, people)
    conversation(server, """
        周导师> 周评 互助 全班10 李四9
        张三> 申诉 不对
        clock 2026-03-13T12:30
        吴老师> 同意 1
        < approval.agreed
        clock 2026-03-14T12:29
        张三< nothing marks.settled_now
        clock 2026-03-14T12:30
        张三< marks.settled_now
    """, **people)


def test_an_import_keeps_the_scheme(klass):
    server, _ = klass
    one = [tuple(r) for r in server.db().execute("SELECT version, sha256 FROM class_scheme")]
    server.restart()
    assert [tuple(r) for r in server.db().execute("SELECT version, sha256 FROM class_scheme")] == one
    assert len(one) == 1


def test_a_county_class_is_passed_or_not(serve):
    server = serve(classes=[Klass(people=PEOPLE, sessions=SESSIONS, kind="basic", scheme="county")])
    conversation(server, """
        clock 2026-03-02T12:00
        张三> 成绩
        < marks.shown ~ 结业考核：还没到时候
        周导师> 评分 张三 结业考核 通过
        < mark.not_yours ~ 承办
        孙主办> 评分 张三 通过
        < mark.done ~ 通过
        孙主办> 评分 李四 不通过
        < mark.done ~ 未通过
        孙主办> 评分 王五 90
        < mark.pass_or_fail
        clock 2026-03-10T12:00
        张三> 成绩
        < marks.shown ~ /结业考核：通过（孙主办）.*结果：合格/
    """, **{n: join(server, n) for n in ("张三", "周导师", "孙主办")})


def test_the_enterprise_part_stands_beside(serve):
    server = serve(classes=[Klass(people=PEOPLE, sessions=SESSIONS, kind="startup", scheme="startup")])
    conversation(server, """
        clock 2026-03-02T12:00
        周导师> 评分 张三 总销售额 8万
        < mark.no_target
        周导师> 评分 张三 总销售额 8万/10万
        < mark.indicator ~ /2026-03.*80000.100000，得 12.15/
        周导师> 评分 张三 退货率 10 目标 5
        < mark.indicator ~ 得 3/6
        周导师> 评分 张三 总销售额 20万
        < mark.indicator ~ 得 15/15
        张三> 成绩
        < marks.shown ~ /企业部分 18.100（不影响结业）.*总销售额 15.15：2026-03 200000.100000/
    """, **{n: join(server, n) for n in ("张三", "周导师")})


def test_teams_share_ranks_and_prizes(serve):
    people = [("1", "张三", "学员", "", "甲"), ("2", "李四", "学员", "", "乙"), ("3", "王五", "学员", "", "丙"),
              ("4", "赵六", "学员", "", "丁"), ("m1", "周导师", "导师")]
    server = serve(classes=[Klass(people=people, sessions=SESSIONS, kind="practical", scheme="practical")])
    conversation(server, """
        clock 2026-03-02T12:00
        周导师> 周评 指标 张三28 李四28 王五25 赵六30
        < weekly.kept
        周导师> 小组
        < team.list ~ /第1名 丁.*奖金 2000 元.*第2名 甲.*奖金 1250 元.*第2名 乙.*奖金 1250 元.*第4名 丙.*奖金 500 元/
    """, **{n: join(server, n) for n in ("张三", "周导师")})


def test_a_changed_scheme_is_shown_before_it_counts(klass):
    server, people = klass
    text = (TREE / "config/schemes/employment.yaml").read_text(encoding="utf-8")
    new = server.dir / "milder.yaml"
    new.write_text(text.replace("absence_points: 7", "absence_points: 6").replace("step_points: 1", "step_points: 2"),
                   encoding="utf-8")
    conversation(server, "clock 2026-03-02T09:11" + SIGN_IN + """
        张三> 签到 {code}
        clock 2026-03-02T12:00
    """, **people)
    shown = server.run("scheme", "preview", "demo", new).stdout
    assert "1 张三: 18 of at best 98 -> 16 of at best 96\n" in shown
    assert "2 李四: 13 of at best 93 -> 14 of at best 94\n" in shown
    assert "the result of 3 of 3 would change" in shown
    conversation(server, "张三> 成绩\n< marks.shown ~ 考勤 18/20", **people)
    assert "version 2" in server.run("scheme", "apply", "demo", new).stdout
    conversation(server, "张三> 成绩\n< marks.shown ~ 考勤 16/20", **people)
    server.restart()
    conversation(server, "李四> 成绩\n< marks.shown ~ 考勤 14/20\nclock 2026-03-03T09:11" + SIGN_IN + """
        张三> 签到 {code}
        < signin.late ~ 扣4分
    """, **people)
    assert [r[0] for r in server.db().execute("SELECT version FROM class_scheme ORDER BY version")] == [1, 2]


def test_a_bad_scheme_changes_nothing(klass):
    server, _ = klass
    bad = server.dir / "bad.yaml"
    bad.write_text("id: x\npass: high\n", encoding="utf-8")
    done = server.run("scheme", "apply", "demo", bad, check=False)
    assert done.returncode == 1 and f"{bad}:2:7: " in done.stderr
    assert server.run("scheme", "preview", "nobody", bad, check=False).returncode == 1
    assert server.run("scheme", "look", "demo", bad, check=False).returncode == 2
    assert server.db().execute("SELECT count(*) FROM class_scheme").fetchone()[0] == 1
