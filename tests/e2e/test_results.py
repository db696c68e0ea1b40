"""Results of the anonymous survey: from when on, by what, and that no two of them reveal one ballot."""

import io
import re
import struct

import openpyxl

from harness import Klass, conversation, join, sign_in
from harness.survey import CLOSES, OPENS, STAFF, TRAINEES, after_class, fill, klass, rows

TWO_DAYS = [("2026-03-02", "09:00", "12:00", "平台介绍", "郑讲师"), ("2026-03-03", "09:00", "12:00", "店铺注册", "钱老师")]


def two_surveys(serve, second):
    """Two sessions with a survey each; of the second one so many ballots. (server, people), the first is closed."""
    people = [(str(i + 1), name, "学员") for i, name in enumerate(TRAINEES[:6])] + STAFF
    server = serve(classes=[Klass(people=people, sessions=TWO_DAYS, survey_unit="session")])
    who = {n: join(server, n) for n in [*TRAINEES[:6], "吴老师", "孙主办", "郑讲师"]}
    here = [who[n] for n in TRAINEES[:6]]
    sign_in(server, who["吴老师"], *here)
    server.clock.to(OPENS)
    for person in here:
        fill(person, "1")
    sign_in(server, who["吴老师"], *here, at="2026-03-03T09:00")
    server.clock.to("2026-03-03T13:00")
    for person in here[:second]:
        fill(person, "5")
    server.clock.to(CLOSES)
    return server, who


def test_mean_spread_and_the_groupings(serve):
    server, who = after_class(serve)
    for name in TRAINEES[:5]:
        fill(who[name], "2")
    for name in TRAINEES[5:7]:
        fill(who[name], "5")
    conversation(server, """
        clock 2026-03-04T13:00
        孙主办> 问卷结果
        < results.shown ~ /平均 3.14 · 标准差 1.36 · 前两档 71.4%（7 份）/ [按讲师] [按班级] [按月]
        孙主办> [按讲师]
        < results.by_lecturer ~ /郑讲师：满意度 71.4% · 平均 3.14 · 标准差 1.36（1 次问卷）.*应到 12 · 本人签到 7 · 补签 0 · 有效 7/
        孙主办> [按班级]
        < results.by_class ~ /速卖通就业班（测试）：满意度 71.4%.*有效 7 份/
        孙主办> [按月]
        < results.by_month ~ /2026-03：满意度 71.4%.*有效 7 份/
        张伟> 问卷结果
        < not_allowed
    """, **who)
    assert who["张伟"].send(action="survey:by:month").key == "not_allowed"


def test_texts_are_drawn_anew_each_time(serve):
    server, who = after_class(serve)
    texts = [f"第{i}句话" for i in "甲乙丙丁戊己庚"]
    for name, text in zip(TRAINEES, texts):
        fill(who[name], "1", text)
    server.clock.to(CLOSES)
    orders = set()
    for _ in range(12):
        shown = re.findall("第[甲乙丙丁戊己庚]句话", who["孙主办"].says("问卷结果").text)
        assert sorted(shown[:7]) == sorted(texts)
        orders.add(tuple(shown[:7]))
    assert len(orders) > 1


def test_what_was_settled_at_the_closing_stays(serve):
    server, who = after_class(serve, present=6)
    for name in TRAINEES[:6]:
        fill(who[name], "1")
    server.clock.to(CLOSES)
    before = who["孙主办"].says("问卷结果").text
    assert "本人签到 6 · 补签 0 · 有效 6" in before
    assert who["吴老师"].says("补签 赵磊 3月2日 8:55 手机没电").last.key == "correction.made_up"
    assert rows(server, "SELECT count(*) FROM survey_present WHERE survey = 1 AND made_up") == [(1,)]
    assert rows(server, "SELECT expected, entitled, made_up, ballots, shown FROM survey_result") == [(12, 6, 0, 6, 1)]
    assert who["孙主办"].says("问卷结果").text == before


def test_a_survey_with_too_few_ballots_is_in_no_sum(serve):
    server, who = two_surveys(serve, second=4)
    sums = {by: who["孙主办"].send(action=f"survey:by:{by}").text for by in ("lecturer", "class", "month")}
    server.clock.to("2026-03-05T13:00")
    assert rows(server, "SELECT ballots, shown FROM survey_result ORDER BY survey") == [(6, 1), (4, 0)]
    assert rows(server, "SELECT DISTINCT survey FROM survey_item") == [(1,)]
    assert sums == {by: who["孙主办"].send(action=f"survey:by:{by}").text for by in sums}
    assert all("满意度 100.0%" in text and "有效 6 份" in text for text in sums.values())
    conversation(server, """
        孙主办> 问卷结果
        < results.closed ~ /店铺注册.*不到 5 份.*计入 4 份/
    """, **who)


def test_two_publications_differ_by_whole_surveys_only(serve):
    """Every sum is a sum of published surveys: what one publication has more than another is one of them."""
    server, who = two_surveys(serve, second=5)

    def published():
        total = rows(server, "SELECT sum(i.n), sum(i.top), sum(i.squares) FROM survey_item i")[0]
        return tuple(x or 0 for x in total), who["孙主办"].send(action="survey:by:month").text

    (before, said_before), _ = published(), None
    server.clock.to("2026-03-05T13:00")
    after, said_after = published()
    second = rows(server, "SELECT sum(n), sum(top), sum(squares) FROM survey_item WHERE survey = 2")[0]
    ballots = rows(server, "SELECT ballots FROM survey_result WHERE survey = 2 AND shown")[0][0]
    assert tuple(a - b for a, b in zip(after, before)) == second and ballots >= 5
    assert "（1 次问卷）" in said_before and "（2 次问卷）" in said_after
    assert "满意度 54.5%" in said_after and "本人签到 12" in said_after and "有效 11 份" in said_after
    conversation(server, """
        孙主办> [按讲师]
        < results.by_lecturer ~ /郑讲师：满意度 100.0%.*有效 6 份.*钱：满意度 0.0%.*有效 5 份/
    """, **who)


def test_a_lecturer_sees_the_own_items_at_the_end_of_term(serve):
    server, who = two_surveys(serve, second=5)
    conversation(server, """
        郑讲师> 问卷结果
        < results.own_closed
        clock 2026-03-05T13:00
        郑讲师> 问卷结果
        < results.own ~ /满意度 100.0%.*平台介绍.*有效 6 份.*郑讲师老师的专业知识/
    """, **who)
    text = who["郑讲师"].last.text
    assert "钱老师" not in text and "店铺注册" not in text
    assert who["郑讲师"].send(action="survey:results:1").key == "not_allowed"
    assert who["郑讲师"].send(action="survey:by:lecturer").key == "not_allowed"


def test_two_lecturers_of_one_training_see_no_common_item(serve):
    server = serve(classes=[klass(sessions=TWO_DAYS)])
    who = {n: join(server, n) for n in [*TRAINEES[:5], "吴老师", "郑讲师", "孙主办"]}
    sign_in(server, who["吴老师"], *[who[n] for n in TRAINEES[:5]], at="2026-03-03T09:00")
    server.clock.to("2026-03-03T13:00")
    for name in TRAINEES[:5]:
        fill(who[name], "2", "只给主办看的话")
    conversation(server, """
        clock 2026-03-05T13:00
        郑讲师> 问卷结果
        < results.own ~ 郑讲师老师的表达
    """, **who)
    text = who["郑讲师"].last.text
    assert "钱老师" not in text and "总的来说" not in text and "只给主办看的话" not in text
    assert "只给主办看的话" in who["孙主办"].says("问卷结果").text


def test_the_picture_and_the_workbook(serve):
    server, who = after_class(serve)
    for i, name in enumerate(TRAINEES[:7]):
        fill(who[name], "12345"[i % 5], "=HYPERLINK(\"http://evil\")" if i == 0 else f"意见{i}")
    conversation(server, """
        clock 2026-03-04T13:00
        孙主办> 问卷结果
        < results.shown [看图] [Excel 表]
        孙主办> [看图]
        < export.making
    """, **who)
    picture = who["孙主办"].hears("export.ready")
    assert picture.files[0]["mime"] == "image/png" and picture.file()[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture.file()[16:24])
    assert width == 1080 and 600 < height < 4000
    who["孙主办"].presses("Excel 表")
    book = openpyxl.load_workbook(io.BytesIO(who["孙主办"].hears("export.ready", "xlsx").file()))
    assert book.sheetnames == ["统计", "文字意见"]
    cells = [[c.value for c in row] for row in book["统计"].iter_rows()]
    assert any(row[1:3] == ["超过预期", 2] for row in cells), cells
    assert any("本人签到 7" in str(row[0]) for row in cells)
    texts = [c for row in book["文字意见"].iter_rows() for c in row]
    assert any(c.value == "=HYPERLINK(\"http://evil\")" for c in texts)
    assert all(c.data_type != "f" for sheet in book for row in sheet.iter_rows() for c in row)
    assert who["张伟"].send(action="survey:file:p1").key == "not_allowed"


def test_no_file_of_a_result_that_may_not_be_shown(serve):
    server, who = after_class(serve)
    fill(who["张伟"])
    assert who["孙主办"].send(action="survey:file:p1").key == "stale"
    server.clock.to(CLOSES)
    assert who["孙主办"].send(action="survey:file:x1").key == "stale"


def test_export_in_chat(serve):
    server, who = after_class(serve)
    conversation(server, """
        孙主办> 导出 问卷
        < export.no_results
    """, **who)
    for name in TRAINEES[:5]:
        fill(who[name], "2")
    conversation(server, """
        clock 2026-03-04T13:00
        孙主办> 导出 问卷
        < export.making ~ 问卷结果
        吴老师> 导出 问卷结果
        < not_allowed
    """, **who)
    assert "统计" in openpyxl.load_workbook(io.BytesIO(who["孙主办"].hears("export.ready").file())).sheetnames
