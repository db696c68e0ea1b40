"""付款依据: what a training is paid by, for organiser and bureau."""

import io
import subprocess

import openpyxl

from harness import Klass, conversation, join, sign_in
from harness.survey import STAFF, TRAINEES, fill

DAYS = [("2026-03-02", "09:00", "12:00", "平台介绍", "郑讲师"), ("2026-03-03", "09:00", "12:00", "店铺注册", "郑讲师"),
        ("2026-03-04", "09:00", "16:30", "选品", "郑讲师")]


def held(serve):
    """Two mornings held with six of seven there, one made up, an inspection; the day after called off."""
    people = [(str(i + 1), name, "学员") for i, name in enumerate(TRAINEES[:7])] + STAFF + [("b1", "钱局长", "商务局")]
    server = serve(classes=[Klass(people=people, sessions=DAYS)])
    who = {n: join(server, n) for n in [*TRAINEES[:7], "吴老师", "孙主办", "钱局长", "周导师", "郑讲师"]}
    here = [who[n] for n in TRAINEES[:6]]
    sign_in(server, who["吴老师"], *here)
    who["钱局长"].says("查班 实到6")
    sign_in(server, who["吴老师"], *here, at="2026-03-03T09:00")
    who["吴老师"].says("补签 赵磊 8:55 手机没电")
    server.clock.to("2026-03-03T20:00")
    who["孙主办"].says("停课 3月4日 讲师生病")
    who["孙主办"].presses("确定并通知全班")
    server.clock.to("2026-03-04T18:00")
    return server, who


def test_the_summary_in_chat(serve):
    server, who = held(serve)
    conversation(server, """
        钱局长> 付款依据
        < payment.shown ~ /计划课时：16 课时\\n实际授课：8 课时\\n应到：14 人次（7 人，2 次课）\\n实到：13 人次（7 人）\\n到课率：92.9%/
        孙主办> 结算表
        < payment.shown ~ /补签和代录：1 人次，占实到 7.7%.*No. 1.*课表变动.*选品》停课：讲师生病/ [PDF] [Excel]
        张伟> 付款依据
        < not_allowed
        郑讲师> 付款依据
        < not_allowed
        吴老师> 付款依据
        < not_allowed
    """, **who)
    assert who["周导师"].send(action="payment:file:pdf:1").key == "not_allowed"
    assert who["孙主办"].send(action="payment:file:pdf:99").key == "stale"
    assert who["孙主办"].send(action="payment:file").key == "stale"


def test_its_satisfaction_follows_the_survey(serve):
    server, who = held(serve)
    who["孙主办"].says("发布问卷")
    for name in TRAINEES[:5]:
        fill(who[name], "2")
    conversation(server, """
        孙主办> 付款依据
        < payment.shown ~ /满意度：没有/
        clock 2026-03-06T18:30
        孙主办> 付款依据
        < payment.shown ~ /满意度：《速卖通就业班（测试）》100.0%（应到 7 · 本人签到 6 · 补签 1 · 有效 5 份）/
    """, **who)


def test_as_pdf_to_sign_and_as_workbook(serve, tmp_path):
    server, who = held(serve)
    who["钱局长"].says("付款依据")
    who["钱局长"].presses("PDF")
    paper = tmp_path / "payment.pdf"
    paper.write_bytes(who["钱局长"].hears("export.ready", ".pdf").file())
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True, check=True).stdout
    assert "付款依据" in text and "92.9%" in text and "签章" in text and "讲师生病" in text
    who["钱局长"].presses("Excel")
    book = openpyxl.load_workbook(io.BytesIO(who["钱局长"].hears("export.ready", ".xlsx").file()))
    cells = {row[0].value: row[1].value for row in book["付款依据"].iter_rows() if len(row) > 1}
    assert cells["实际授课"] == "8 课时" and cells["到课率"] == "92.9%"


def test_all_classes_of_a_reader_in_one_table_each_with_its_own_hour(serve):
    def people(trainee):
        return [("1", trainee, "学员"), ("t1", "吴老师", "带班老师"), ("o1", "孙主办", "承办")]
    one = Klass(id="one", title="第一班", people=[*people("张伟"), ("b1", "钱局长", "商务局", "13800001111")], sessions=DAYS[:1])
    two = Klass(id="two", title="第二班", people=[*people("李娜"), ("b1", "钱局长", "商务局", "13800001111")], sessions=DAYS[:1], class_hour=60)
    three = Klass(id="three", title="第三班", people=people("王芳"), sessions=DAYS[:1])
    server = serve(classes=[one, two, three])
    bureau = join(server, "钱局长", "one")
    server.clock.to("2026-03-02T13:00")
    bureau.says("付款依据")
    bureau.presses("全部班级 Excel")
    book = openpyxl.load_workbook(io.BytesIO(bureau.hears("export.ready", ".xlsx").file()))
    rows = {row[0].value: [c.value for c in row] for row in book["付款依据"].iter_rows()}
    assert rows["第一班"][1:3] == ["4 课时", "4 课时"] and rows["第二班"][1:3] == ["3 课时", "3 课时"]
    assert "第三班" not in rows
