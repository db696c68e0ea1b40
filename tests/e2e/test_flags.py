"""疑点 and 抽查: what looks like a sign-in by somebody else is shown to a human (issue: against proxy sign-in; A16)."""

import re

from harness import Klass, conversation, join
from harness.klass import PEOPLE

BUREAU = PEOPLE + [("b1", "商科员", "商务局")]


def test_a_spot_check_and_its_result(serve):
    server = serve()
    people = {n: join(server, n) for n in ("张伟", "李娜", "吴老师")}
    conversation(server, """
        clock 2026-03-03T08:50
        吴老师> 抽查
        < flags.nobody
        吴老师> 口令
        < signin.spoken ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.ontime
        李娜> 签到 {code}
        < signin.ontime
    """, **people)
    started = people["吴老师"].says("抽查")
    assert started.key == "flags.started"
    number = re.search(r"请念数字 (\d+)", started.text)[1]
    assert people["吴老师"].says("抽查").key == "flags.running"
    asked = people["张伟"].hears("flags.press")
    assert len(asked.labels) == 3 and number in asked.labels
    assert asked.press(number).key == "flags.pressed"
    assert asked.press(number).key == "stale"
    wrong = next(x for x in people["李娜"].hears("flags.press").labels if x != number)
    people["李娜"].presses(wrong)
    conversation(server, """
        clock 2026-03-03T09:00
        吴老师< flags.result ~ /2人中1人按对.*李娜/
        吴老师> 疑点
        < flags.one ~ 李娜 [属实] [没问题]
        吴老师> [属实]
        < flags.settled ~ 属实
        吴老师> 疑点
        < flags.none
        张伟> 疑点
        < not_allowed
    """, **people)
    assert server.db().execute("SELECT how FROM flag").fetchone()[0] == "true"


def test_a_pair_that_keeps_following_each_other(serve):
    sessions = [(f"2026-03-{d:02}", "09:00", "12:00", f"课{d}") for d in (2, 3, 4, 5, 6)]
    server = serve(classes=[Klass(sessions=sessions)])
    people = {n: join(server, n) for n in ("张伟", "李娜", "王芳", "刘洋", "陈静", "吴老师")}
    for day in (2, 3, 4, 5, 6):
        server.clock.to(f"2026-03-{day:02}T08:40")
        code = people["吴老师"].says("口令").code()
        for name in ("王芳", "刘洋", "陈静"):
            people[name].says("签到 " + code)
        server.clock.to(f"2026-03-{day:02}T08:48:00")
        people["张伟"].says("签到 " + code)
        server.clock.to(f"2026-03-{day:02}T08:48:04")
        people["李娜"].says("签到 " + code)
        server.clock.to(f"2026-03-{day:02}T12:30")
    flag = people["吴老师"].hears("flags.raised", "前后脚")
    assert "张伟" in flag.text and "李娜" in flag.text and "王芳" not in flag.text
    assert flag.press("没问题").key == "flags.settled"


def test_the_bureau_hears_what_the_rulebook_reports(serve):
    server = serve(classes=[Klass(people=BUREAU)])
    people = {n: join(server, n) for n in ("商科员", "吴老师", "张伟", "李娜")}
    conversation(server, """
        商科员< nothing flags.*
    """, **people)
    people["王芳"] = join(server, "王芳")
    conversation(server, """
        商科员< flags.raised ~ 5分钟内有3个学员账号绑定
        clock 2026-03-03T09:30
        吴老师> 补签 张伟 8:55 手机没电
        < correction.made_up
        商科员< flags.raised ~ /补签1人.*10%/
        吴老师> 人数 3
        < headcount.*
        商科员< flags.raised ~ /数到3人，记录是1人/
        clock 2026-03-03T12:30
        吴老师> 补签 李娜 8:55 忘了
        < correction.made_up
        商科员< flags.raised ~ 下课后补签了1人
        商科员> 疑点
        < flags.one
        < flags.one
        < flags.one
        < flags.one
        < nothing
    """, **people)


def test_nobody_is_woken_by_a_flag(serve):
    server = serve(classes=[Klass(people=BUREAU)])
    people = {n: join(server, n) for n in ("商科员", "吴老师")}
    server.clock.to("2026-03-02T23:00")
    people.update({n: join(server, n) for n in ("张伟", "李娜", "王芳")})
    conversation(server, """
        商科员< nothing flags.*
        clock 2026-03-03T07:30
        商科员> 疑点
        < flags.one ~ 3个学员账号绑定
    """, **people)
