"""到场: the lecturer on site 20 minutes before the start (rules.md A10), and the arrival rate (A8)."""

import pytest

from harness import conversation, join


@pytest.fixture
def klass(server):
    return server, {n: join(server, n) for n in ("张伟", "李娜", "吴老师", "郑讲师")}


def test_a_lecturer_is_reminded_and_arrives(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T08:20
        郑讲师< lecturer.reminder ~ /速卖通平台介绍.*09:00.*08:40/ [我到了]
        clock 2026-03-02T08:35
        郑讲师> [我到了]
        < lecturer.here ~ 08:35
        clock 2026-03-02T08:38
        郑讲师> 到场
        < lecturer.here ~ 08:35
        clock 2026-03-02T09:00
        吴老师< nothing lecturer.missing
    """, **people)


def test_the_duty_teacher_is_told_and_may_say_so_for_the_lecturer(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T08:40
        吴老师< lecturer.missing ~ /09:00.*郑讲师/ [已经到了]
        clock 2026-03-02T08:45
        吴老师> [已经到了]
        < lecturer.noted ~ /郑讲师.*08:45/
        clock 2026-03-03T08:46
        郑讲师> 到场
        < lecturer.late ~ /店铺注册.*08:46.*晚了6分钟/
        clock 2026-03-03T13:00
        郑讲师> 到场
        < lecturer.no_lesson
        张伟> 到场
        < not_allowed
    """, **people)
    rows = server.db().execute("SELECT count(*), count(DISTINCT by) FROM lecturer_arrival").fetchone()
    assert tuple(rows) == (2, 2)


def test_the_digest_gives_the_arrival_rate(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T08:30
        郑讲师> 到场
        < lecturer.here
        clock 2026-03-02T08:50
        吴老师> 开始签到
        < signin.opened ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.ontime
        李娜> 签到 {code}
        < signin.ontime
        clock 2026-03-02T12:10
        吴老师> 班情
        < digest ~ 到课率 33.3%（2/6）
    """, **people)
