"""批改 and 退回: hand-ins one by one, a score and a comment for each, back for rework; what their authors hear."""

import io
import zipfile

import pytest

from harness import Klass, conversation, join
from harness.homework import SYLLABUS
from harness.server import TREE


HANDED = """
    clock 2026-03-02T12:00
    吴老师> [按默认发布]
    < homework.published
    张伟> 交作业 1 张伟的作业在这里
    < submit.ontime
    clock +1m
    李娜> 交作业 1 李娜的作业在这里
    < submit.ontime
    clock +1m
    王芳> 交作业 1 王芳的作业在这里
    < submit.ontime
"""


@pytest.fixture
def klass(serve):
    """A class with a syllabus, at eight in the morning of its first day; its people by name."""
    server = serve(classes=[Klass(syllabus=SYLLABUS)])
    return server, {n: join(server, n) for n in ("张伟", "李娜", "王芳", "吴老师", "周导师")}


def test_one_by_one_by_button_and_by_word(klass):
    server, people = klass
    conversation(server, HANDED + """
        吴老师> 批改 1
        < homework.grade ~ /还有 3 份没批.张伟 · 今天 12:00 · 按时.张伟的作业在这里/ [100 分] [60 分] [退回修改] [下一份]
        吴老师> [90 分]
        < homework.marked_now ~ 张伟的作业1
        < homework.grade ~ /还有 2 份没批.李娜/
        张伟< homework.told_marked ~ /作业1.*90 分（满分 100）/
        吴老师> 85 图片很清楚
        < homework.marked_now ~ 李娜
        < homework.grade ~ /还有 1 份没批.王芳/
        李娜< homework.told_marked ~ /85 分.*评语：图片很清楚/
        # the comment first, then the score by the button's number
        吴老师> 标题要短一些
        < homework.remarked ~ 王芳 [100 分]
        吴老师> 3
        < homework.marked_now ~ 王芳
        < homework.graded_all ~ /已批 3 份，平均 85 分，退回 0 份，还有 3 人没交/ [谁没交作业1]
        王芳< homework.told_marked ~ /80 分.*评语：标题要短一些/
        张伟> 作业
        < homework.list ~ 已批改：90 分
        # after marking it is not replaced
        张伟> 交作业 1 我又想改一改这份作业
        < submit.refused ~ 已经批改
        吴老师> 批改
        < homework.grade_nothing
    """, **people)


def test_it_goes_on_where_it_was_left(klass):
    server, people = klass
    conversation(server, HANDED + """
        吴老师> 批改
        < homework.grade ~ 张伟
        吴老师> [下一份]
        < homework.grade ~ 李娜
        吴老师> 取消
        < *
        clock +2h
        吴老师> /grade 1
        < homework.grade ~ 张伟
        吴老师> 班情
        < digest
        吴老师> 批改 1 王芳
        < homework.grade ~ 王芳
        # what is a command is no comment
        吴老师> 同意 12
        < approval.*
        吴老师> 未到
        < missing.*
        吴老师> 很好
        < homework.remarked
        吴老师> 跳过
        吴老师> 批改 1 王芳 70 少了一张图
        < homework.marked_now ~ 70
        王芳< homework.told_marked ~ 少了一张图
        # thinking again: the last mark counts
        吴老师> 批改 1 王芳 75 补上了
        < homework.marked_now ~ 75
        王芳> 作业
        < homework.list ~ 已批改：75 分
        吴老师> 未交 1
        < homework.owed [批改作业1（2 份）]
        吴老师> [批改作业1]
        < homework.grade ~ 张伟
    """, **people)


def test_scores_out_of_range_and_words_that_are_none(klass):
    server, people = klass
    conversation(server, HANDED + """
        吴老师> 批改 1
        < homework.grade
        吴老师> 101
        < homework.score_range ~ 0 到 100
        吴老师> 85.5
        < homework.score_range
        吴老师> -5
        < homework.score_range
        吴老师> 八十五分 不错
        < homework.marked_now ~ 85
        吴老师> 批改 9
        < homework.owed_unknown
        吴老师> 批改 1 赵六
        < who.unknown
        吴老师> 批改 1 刘洋
        < homework.not_handed
        张伟> 批改 1
        < not_allowed
    """, **people)


def test_a_score_that_no_button_offered_changes_nothing(klass):
    server, people = klass
    conversation(server, HANDED + """
        吴老师> 批改 1
        < homework.grade
    """, **people)
    action = people["吴老师"].last.last.button("90 分")["action"]
    assert people["吴老师"].send(action=action[:action.rindex(":")] + ":900").key == "stale"
    assert people["吴老师"].send(action="homework:score:999:90").key == "stale"
    assert people["张伟"].send(action=action).key in ("stale", "not_allowed")
    assert server.db().execute("SELECT count(*) FROM marking").fetchone()[0] == 0


def test_a_picture_as_comment(klass):
    server, people = klass
    conversation(server, HANDED + """
        吴老师> 批改 1
        < homework.grade
        吴老师> <file 圈出来.png marks>
        < homework.remarked
        吴老师> [80 分]
        < homework.marked_now
    """, **people)
    told = people["张伟"].hears("homework.told_marked", "80 分")
    assert len(told.files) == 1
    assert told.file() == b"marks"


def test_back_for_rework_the_first_time_stands(klass):
    server, people = klass
    conversation(server, HANDED + """
        吴老师> 退回 1 张伟 图片看不清
        < homework.returned ~ 张伟的作业1
        张伟< homework.told_returned ~ /退回来.*图片看不清/ [交作业]
        张伟> 作业
        < homework.list ~ 退回 [交作业1]
        吴老师> 未交 1
        < homework.owed ~ 退回还没重交：张伟
        吴老师> 催交 1
        < homework.nudged_returned ~ 1 人退回后还没改
        张伟< reminder.nudge_returned ~ 退回给你修改 [交作业]
        clock 2026-03-04T20:00
        # long after the due time: no warning, and still on time
        张伟> 交作业 1 重新拍了清楚的图片
        < submit.ontime
        吴老师> 批改 1
        < homework.grade ~ 李娜
        吴老师> [退回修改]
        < homework.return_why ~ 李娜
        吴老师> 步骤写全
        < homework.returned ~ 李娜
        < homework.grade ~ 王芳
        李娜< homework.told_returned ~ 步骤写全
        吴老师> 退回 1 刘洋 没看到
        < homework.not_handed
        吴老师> 退回
        < homework.return_how
    """, **people)
    figures = server.db().execute("SELECT version, late FROM homework_owed WHERE late IS NOT NULL ORDER BY at").fetchall()
    assert sorted(tuple(f) for f in figures) == [(1, 0), (1, 0), (2, 0)]


def test_after_the_cut_off_the_returned_one_may_come_again(klass):
    server, people = klass
    conversation(server, HANDED + """
        clock 2026-03-10T10:00
        吴老师> 退回 1 张伟 再改一改
        < homework.returned
        吴老师> 催交 1
        < homework.nudged_returned ~ 已提醒 1 人
        张伟< reminder.nudge_returned
        clock 2026-03-10T16:00
        张伟> 交作业 1 又改了一遍的作业
        < submit.ontime
    """, **people)


def test_two_teachers_at_once(klass):
    server, people = klass
    conversation(server, HANDED + """
        吴老师> 批改 1
        < homework.grade ~ 张伟
        周导师> 批改 1
        < homework.grade ~ 张伟
        吴老师> [90 分]
        < homework.marked_now
        < homework.grade ~ 李娜
        周导师> [70 分]
        < homework.marked_already ~ /吴老师已经批了 90 分/ [改成 70 分] [下一份]
        周导师> [下一份]
        < homework.grade ~ 李娜
    """, **people)
    rows = server.db().execute("SELECT score FROM marking").fetchall()
    assert [r["score"] for r in rows] == [90]


def test_a_new_version_while_it_is_being_marked(klass):
    server, people = klass
    conversation(server, HANDED + """
        吴老师> 批改 1
        < homework.grade ~ 张伟的作业在这里
        张伟> 交作业 1 换成更好的一份作业
        < submit.ontime
        吴老师> [90 分]
        < homework.newer
        < homework.grade ~ 换成更好的一份作业
        吴老师> [90 分]
        < homework.marked_now
    """, **people)


def test_at_night_nobody_is_woken(klass):
    server, people = klass
    conversation(server, HANDED + """
        clock 2026-03-02T22:30
        吴老师> 批改 1 张伟 90
        < homework.marked_now
        张伟< nothing homework.told_marked
        clock 2026-03-03T07:00
        张伟< homework.told_marked ~ 90
    """, **people)


def test_the_same_file_is_named_without_accusing(klass):
    server, people = klass
    conversation(server, """
        clock 2026-03-02T12:00
        吴老师> [按默认发布]
        < homework.published
        张伟> 交作业 1
        < homework.bring
        张伟> <file 店铺.png shop>
        < homework.brought_files
        张伟> [交好了]
        < submit.ontime
        李娜> 交作业 1
        < homework.bring
        李娜> <file 我的.png shop>
        < homework.brought_files
        李娜> [交好了]
        < submit.ontime
        吴老师> 未交 1
        < homework.owed ~ 相同文件：张伟、李娜
        吴老师> 批改 1
        < homework.grade ~ /文件：1 个.相同文件：和李娜交的文件一样/
    """, **people)
    assert len(people["吴老师"].last.last.files) == 1


def test_in_english(klass):
    server, people = klass
    conversation(server, HANDED + """
        周导师> /lang en
        < lang.set
        张伟> /lang en
        < lang.set
        周导师> /grade 1
        < homework.grade ~ /3 to go.*张伟.*on time/ [Send back]
        周导师> 88 well done
        < homework.marked_now ~ 88
        张伟< homework.told_marked ~ /88 of 100.*Comment: well done/
        周导师> /rework 1 李娜 blurred
        < homework.returned
        李娜< homework.told_returned ~ blurred
    """, **people)


def test_the_archive_has_marks_and_comments(klass, tmp_path):
    server, people = klass
    conversation(server, HANDED + """
        吴老师> 批改 1 张伟 90 图片很清楚
        < homework.marked_now
    """, **people)
    server.run("export", "demo", "-f", "zip", "-o", str(tmp_path / "a.zip"))
    with zipfile.ZipFile(tmp_path / "a.zip") as z:
        book = next(n for n in z.namelist() if n.startswith("作业/") and n.endswith(".xlsx"))
        with zipfile.ZipFile(io.BytesIO(z.read(book))) as x:
            cells = "".join(x.read(n).decode() for n in x.namelist() if n.endswith(".xml"))
    assert "图片很清楚" in cells and "评语" in cells


def test_the_rules_file_says_what_is_due_when_and_the_best_score(klass, tmp_path):
    """Ten points, due at nine in the evening two days later, open for one day."""
    server, people = klass
    text = (TREE / "config/schemes/employment.yaml").read_text(encoding="utf-8")
    text = text.replace('due: "19:30" ', 'due: "21:00" ').replace("days: 1", "days: 2").replace("open: 7 ", "open: 1 ")
    text = text.replace("best: 100 ", "best: 10 ")
    new = tmp_path / "employment.yaml"
    new.write_text(text, encoding="utf-8")
    assert "version 2" in server.run("scheme", "apply", "demo", str(new)).stdout
    conversation(server, """
        吴老师> 布置作业 平台规则小结 课后
        < homework.assign_preview ~ /3月4日 周三 21:00 截止，补交到 3月5日 周四 21:00/
        吴老师> [发布]
        < homework.published
        张伟> 交作业 3 张伟的小结在这里
        < submit.ontime
        吴老师> 批改 3
        < homework.grade ~ 0–10 分 [1 分] [10 分]
        吴老师> 11
        < homework.score_range ~ 0 到 10
        吴老师> 8
        < homework.marked_now ~ 8 分
        张伟< homework.told_marked ~ 8 分（满分 10）
    """, **people)
