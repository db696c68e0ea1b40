"""The digest in its parts: what changed first, requests decided from it, who is at risk, the week, the organiser across
classes, the picture on every platform, and the nameless one for the group."""

import io
import struct

import pytest
from PIL import Image

from harness import Klass, conversation, eventually, join
from harness.klass import PEOPLE, SESSIONS

TEAM = ("张伟", "李娜", "吴老师", "周导师", "孙主办")
PICTURE = b"\x89PNG\r\n\x1a\n"


def size(png):
    """Width and height of a PNG."""
    assert png[:8] == PICTURE, png[:16]
    return struct.unpack(">II", png[16:24])


@pytest.fixture
def klass(serve):
    server = serve()
    return server, {n: join(server, n) for n in TEAM}


def test_a_request_is_decided_from_the_digest_which_stays(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T10:00
        张伟> 请假 明天上午 发烧
        < leave.asked
        张伟> [发送]
        < leave.asked
        周导师> 班情
        < digest ~ /◆ 等决定.*张伟/
        clock 2026-03-02T20:00
        吴老师> 班情
        < digest ~ /等决定 1 件：张伟/ [同意]
        吴老师> [同意]
        < approval.agreed
        张伟< leave.granted
        吴老师> 班情
        < digest
    """, **people)
    assert not people["吴老师"].history()[-1].edits
    agreed = next(r for r in people["吴老师"].history() if r.key == "approval.agreed")
    assert agreed.edits is None, "the digest stays as it was"
    assert "等决定" not in people["吴老师"].last.text


def test_what_changed_comes_first_and_reasons_stand_by_the_names(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T08:40
        李娜> 请假 今天上午 陪孩子看病
        < leave.asked
        李娜> [发送]
        < leave.asked
        吴老师> [同意]
        < approval.agreed
        吴老师> 开始签到
        < signin.opened ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.ontime
        clock 2026-03-02T20:00
        周导师< digest ~ /◆ 变化\\n到课率 16.7%（1\\/6）.*◆ 到课.*应到6，实到1.*请假：李娜（陪孩子看病）/
        clock 2026-03-03T20:00
        周导师< digest ~ /到课率 0.0%（0\\/6），上次 16.7%/
    """, **people)


def test_who_is_at_risk_and_by_what(klass):
    server, people = klass
    server.clock.to("2026-03-05T20:00")
    first, *_, last = [r.text for r in people["周导师"].history() if r.key == "digest"]
    assert "新进入有风险名单：张伟、李娜" in first and "新进入" not in last
    assert "张伟：缺勤5次，不达标" in last, last


def test_one_screen_then_the_rest_behind_a_button(klass):
    server, people = klass
    server.clock.to("2026-03-05T20:00")
    mentor = people["周导师"]
    short = [r for r in mentor.history() if r.key == "digest"][-1]
    assert len(short.text.encode()) <= 2048 and "……还有 3 条" in short.text and "更多" in short.labels
    assert len([line for line in short.text.splitlines() if "不达标" in line]) == 3
    whole = short.press("更多")
    assert len([line for line in whole.text.splitlines() if "不达标" in line]) == 6 and "更多" not in whole.last.labels
    assert people["张伟"].send(action=short.button("更多")["action"]).key == "not_allowed"
    for args in ("1:2026-13-01", "1:", "999:2026-03-02", "x", "1:2026-03-02:w:x"):
        assert mentor.send(action=f"digest:more:{args}").key in ("stale", "digest")


def test_on_monday_the_week(klass):
    server, people = klass
    server.clock.to("2026-03-09T08:29")
    assert not [r for r in people["周导师"].history() if "上周" in r.text]
    server.clock.to("2026-03-09T08:30")
    week = people["周导师"].hears("digest", "上周 3月2日 周一–3月8日 周日")
    assert "张伟（5次）" in week.text and "到课率 0.0%（0/30）" in week.text
    server.clock.to("2026-03-16T12:00")
    assert len([r for r in people["周导师"].history() if "上周" in r.text]) == 1, "nothing after a week without class"


def test_who_organises_several_classes_hears_one_message_across_them(serve):
    people = [("1", "钱多"), ("2", "赵云")]
    boss = ("o1", "孙主办", "承办", "13800000001")
    second = Klass(id="second", title="第二班", people=[(n, name, "学员") for n, name in people] + [boss],
                   sessions=SESSIONS[:2])
    server = serve(classes=[Klass(people=[*PEOPLE[:6], boss]), second])
    boss = join(server, "孙主办")
    server.clock.to("2026-03-02T20:00")
    across = boss.hears("brief.across", "2 个班")
    assert "速卖通就业班（测试）：没到 6" in across.text and "第二班：没到 2" in across.text
    assert not [r for r in boss.history() if r.key == "digest"]
    assert "第二班" in across.press("第二班").text and boss.last.key == "digest"
    server.clock.to("2026-03-04T20:00")
    assert [r for r in boss.history() if r.key == "digest" and "速卖通" in r.text], "with one class that day its own"


def test_on_monday_who_organises_several_classes_hears_one_message_of_the_week(serve):
    boss = ("o1", "孙主办", "承办", "13800000001")
    second = Klass(id="second", title="第二班", people=[("1", "钱多", "学员"), boss], sessions=SESSIONS[:2])
    server = serve(classes=[Klass(people=[*PEOPLE[:6], boss]), second])
    boss = join(server, "孙主办")
    server.clock.to("2026-03-09T08:30")
    across = boss.hears("brief.across", "上周 3月2日 周一–3月8日 周日，2 个班")
    assert "速卖通就业班（测试）：没到 6" in across.text and "第二班：没到" in across.text
    assert not [r for r in boss.history() if r.key == "digest" and "上周" in r.text]
    assert "上周" in across.press("第二班").text and "第二班" in boss.last.text
    for args in ("1:", "1:x", "1:2026-13-09", "99:2026-03-08"):
        assert boss.send(action=f"digest:of:{args}").key == "stale"


def test_what_waits_to_be_marked_has_its_button_in_the_digest(serve):
    syllabus = [("速卖通平台介绍", "平台规则；店铺类型", "培训+课件", "作业")]
    server = serve(classes=[Klass(syllabus=syllabus)])
    people = {n: join(server, n) for n in ("张伟", "吴老师", "周导师")}
    conversation(server, """
        clock 2026-03-02T12:00
        吴老师> [按默认发布]
        < homework.published
        张伟> 交作业 1 三款帽子，图片和价格都写好了
        < submit.ontime
        clock 2026-03-03T20:01
        周导师> 班情
        < digest ~ /有 1 份等批改/ [批改作业1（1 份）]
        周导师> [批改作业1（1 份）]
        < homework.grade ~ 三款帽子
        周导师> [90 分]
        < homework.marked_now
        周导师> 班情
        < digest
    """, **people)
    assert not [label for label in people["周导师"].last.last.labels if "批改" in label]


def test_the_picture_follows_on_the_web(klass):
    server, people = klass
    mentor = people["周导师"]
    server.clock.to("2026-03-02T20:00")
    came = mentor.hears("brief.picture")
    width, height = size(came.file())
    assert width == 1080 and 900 < height < 2400 and came.files[0]["mime"] == "image/png"
    mentor.says("班情")
    again = eventually(lambda: [r for r in mentor.history() if r.key == "brief.picture"][1:], what="a second picture")
    assert size(again[0].file())[0] == 1080


def colours(png, left, top):
    """How many pixels of each colour stand right of and below a point of the picture."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    count = picture.crop((left, top, *picture.size)).getcolors(1 << 24)
    return {f"{r:02x}{g:02x}{b:02x}": n for n, (r, g, b) in count}


def test_what_is_not_due_yet_is_not_red_in_the_picture(klass):
    server, people = klass
    mentor, weiwei = people["周导师"], people["张伟"]
    server.clock.to("2026-03-02T14:00")
    assert weiwei.says("周报 完成：上架三款 问题：图片太大 下周：学广告").key == "report.done"
    mentor.says("班情")
    below = colours(mentor.hears("brief.picture").file(), 300, 900)
    assert below["8aa4c8"] > 5000 and below["de5b4f"] < 1000  # five of six have until Sunday; the legend is red
    server.clock.to("2026-03-08T20:01")
    mentor.says("班情")
    pictures = lambda: [r for r in mentor.history() if r.key == "brief.picture"]
    assert eventually(lambda: colours(pictures()[-1].file(), 300, 900)["de5b4f"] > 5000, what="red once it was due")


def test_the_picture_by_telegram(serve, telegram):
    server = serve(telegram=telegram)
    user = telegram.user()
    eventually(lambda: any("telegram.ready" in line for line in server.log()))
    user.joins(server, "周导师")
    server.clock.to("2026-03-02T20:00")
    sent = telegram.eventually(lambda: telegram.called("sendPhoto"), what="the picture")[0]
    assert "到课和作业" in sent.params["caption"]
    assert any("◆ 到课" in m.text for m in telegram.sent(user))


def test_the_picture_by_wecom_and_the_nameless_digest_for_its_group(serve, wecom):
    people = [("1", "张伟", "学员"), ("2", "李娜", "学员"), ("m1", "周导师", "导师", "", "", "ZhouDaoshi")]
    server = serve(classes=[Klass(people=people, robot=wecom.robot_url())], wecom=wecom)
    mentor = wecom.user("ZhouDaoshi", "周导师")
    server.clock.to("2026-03-02T20:12")
    picture = wecom.eventually(lambda: next((d for d in wecom.sent(mentor) if d.kind == "image"), None))
    assert picture
    said = wecom.eventually(lambda: [m for m in wecom.robot_messages if m[1] == "image"] and wecom.robot_messages)
    texts = "\n".join(m[2] for m in said)
    assert "应到2，实到0" in texts and "张伟" not in texts and "李娜" not in texts


def test_a_class_may_keep_its_digest_from_the_group(serve, wecom):
    people = [("1", "张伟", "学员"), ("m1", "周导师", "导师", "", "", "ZhouDaoshi")]
    server = serve(classes=[Klass(people=people, robot=wecom.robot_url(), group_digest=False)], wecom=wecom)
    mentor = wecom.user("ZhouDaoshi", "周导师")
    server.clock.to("2026-03-02T20:12")
    mentor.hears("速卖通就业班")
    server.settle()
    assert not [m for m in wecom.robot_messages if "到课率" in m[2]]
