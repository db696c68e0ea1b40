"""评价: forms that are signed with one's name, apart from the anonymous survey; and forms as data, of both kinds."""

import pathlib
import shutil
import sqlite3
import zipfile

import pytest

from harness import Klass, conversation, eventually, join, sign_in
from harness.server import TREE
from harness.survey import EVERY, OPENS, STAFF, TRAINEES, after_class, fill, klass, rows, traces

PEOPLE = [(str(i + 1), name, "学员") for i, name in enumerate(TRAINEES[:6])] + STAFF + [("b1", "钱局长", "商务局")]
TWO = [("2026-03-02", "09:00", "10:00", "平台介绍", "郑讲师"), ("2026-03-02", "10:00", "12:00", "店铺注册", "钱老师")]


@pytest.fixture
def share(tmp_path):
    """A tree of our own, so that a test may change its forms."""
    for part in ("locales", "web", "config"):
        shutil.copytree(TREE / part, tmp_path / "share" / part)
    return pathlib.Path(tmp_path / "share")


def signed(person, form, *answers):
    """Fills a form that the person may sign; the receipt's key."""
    assert person.send(action=f"evaluate:open:{form}").key == "form.ask"
    for answer in answers:
        assert person.says(answer).key in ("form.ask", "form.summary"), person.last
    assert person.last.key == "form.summary"
    return person.says("1").key


def test_a_trainee_signs_the_course_evaluation(serve):
    server = serve(classes=[Klass(people=PEOPLE, sessions=TWO)])
    who = {n: join(server, n) for n in ("张伟", "李娜", "孙主办", "钱局长")}
    conversation(server, """
        张伟> 评价
        < form.ask ~ /课程评价表（署名）（1\\/.*符合我的需要/ [超过预期]
        张伟> 超过预期
        < form.ask ~ 郑讲师老师讲得
        张伟> 2
        < form.ask ~ 钱老师老师讲得
        张伟> 1
        < form.ask ~ 用上了吗
        张伟> 用不上
        < form.ask ~ 为什么用不上
        张伟> 没有店铺
        < form.ask ~ 回访 [是] [否]
        张伟> 是
        < form.ask [跳过]
        张伟> 跳过
        < form.summary [提交]
        张伟> 提交
        < evaluate.done ~ /已签：张伟/ [修改]
        孙主办> 评价结果
        < evaluate.shown ~ /不计入匿名问卷.*课程评价表（署名）】1 份.*张伟（学员.*没有店铺/
        张伟> [修改]
        < form.summary ~ 没有店铺
        张伟> [取消]
        < form.cancelled
        张伟> 评价结果
        < not_allowed
        李娜> 取消
        < dialog.nothing
    """, **who)
    assert rows(server, "SELECT count(*) FROM survey_part") == [(0,)]


def test_the_two_heads_assess_apart_from_trainees_and_each_other(serve, tmp_path):
    server, who = after_class(serve)
    for name in TRAINEES[:5]:
        fill(who[name], "2")
    server.clock.to("2026-03-04T13:00")
    before = rows(server, "SELECT ask, value, n FROM survey_count ORDER BY 1, 2")
    result = who["孙主办"].says("问卷结果")
    conversation(server, """
        孙主办> 评价
        < evaluate.which [企业反馈表] [服务中心负责人学期评价]
        孙主办> [服务中心负责人学期评价]
        < form.ask ~ 1/6
    """, **who)
    for answer in ("5", "5", "5", "5", "否", "讲得太快"):
        who["孙主办"].says(answer)
    assert who["孙主办"].says("1").key == "evaluate.done"
    assert who["孙主办"].says("问卷结果").text == result.text
    assert rows(server, "SELECT ask, value, n FROM survey_count ORDER BY 1, 2") == before
    conversation(server, """
        孙主办> 问卷结果
        < results.shown [署名评价]
        孙主办> [署名评价]
        < evaluate.shown ~ /服务中心负责人学期评价】1 份.*孙主办（承办.*讲得太快/
    """, **who)
    assert "讲得太快" not in who["孙主办"].says("问卷结果").text
    with zipfile.ZipFile(archive_of(server, tmp_path)) as z:
        texts = {i.filename: z.read(i).decode("utf-8", "replace") for i in z.infolist() if i.filename.endswith(".txt")}
    kept = [name for name, text in texts.items() if "讲得太快" in text]
    assert kept == ["署名评价.txt"] and "满意度 100.0%" in texts["满意度调查结果.txt"], texts.keys()


def test_who_may_sign_what(serve):
    server = serve(classes=[Klass(people=PEOPLE, sessions=TWO)])
    who = {n: join(server, n) for n in ("张伟", "周导师", "孙主办", "钱局长", "郑讲师")}
    conversation(server, """
        郑讲师> 评价
        < evaluate.none
        郑讲师> 评价结果
        < not_allowed
        张伟> 企业反馈
        < not_allowed
        钱局长> 评价
        < form.ask ~ 商务局负责人学期评价
        钱局长> 评价结果
        < evaluate.nothing
    """, **who)
    assert who["张伟"].send(action="evaluate:open:bureau-assessment").key == "not_allowed"
    for bad in ("../../banzhang", "nothing", "course-evaluation", ""):
        assert who["张伟"].send(action=f"evaluate:open:{bad}").key in ("stale", "not_allowed")
    who["周导师"].says("企业反馈")
    assert signed(who["周导师"], "enterprise-feedback", "杭州某公司", "12", "跳过", "4", "5", "完成", "否", "离家远", "多练外语") \
        == "evaluate.done"
    conversation(server, """
        钱局长> 评价结果
        < evaluate.shown ~ /企业反馈表】1 份.*周导师（导师.*杭州某公司.*→ 12.*离家远.*多练外语/
    """, **who)


def test_every_kind_of_question_in_the_anonymous_survey(serve, share):
    (share / "config/forms/every.yaml").write_text(EVERY, encoding="utf-8")
    server = serve(share_dir=share, classes=[klass(survey="every")])
    who = {n: join(server, n) for n in [*TRAINEES[:6], "吴老师", "孙主办"]}
    sign_in(server, who["吴老师"], *[who[n] for n in TRAINEES[:6]])
    server.clock.to(OPENS)
    for i, name in enumerate(TRAINEES[:6]):
        person = who[name]
        person.says("问卷")
        person.presses("开始")
        no = i == 0
        for text in ("好", "甲", "完成", str(4 + i % 2), "否" if no else "是", *(["只此一家的理由"] if no else []),
                     f"77{i}31", "3月2日" if i else "跳过"):
            assert person.says(text).key in ("form.ask", "form.summary"), (text, person.last)
        assert person.says("提交").key == "survey.held"
        if i < 4:
            assert traces(server, f"77{i}31") == [] and traces(server, "只此一家的理由") == []
    conversation(server, """
        clock 2026-03-04T13:00
        孙主办> 问卷结果
        < results.shown ~ /满意度 100.0%.*甲 6 · 乙 0.*打几分.*平均 4.50 · 标准差 0.50.*1 0 · 2 0 · 3 0 · 4 3 · 5 3.*是 5 · 否 1.*77531/
    """, **who)
    text = who["孙主办"].last.text
    assert "只此一家的理由" not in text and "不到 5 人" in text
    assert text.count("2026-03-02") == 5


def flipped(form, to):
    text = form.read_text(encoding="utf-8")
    form.write_text(text.replace(f"anonymous: {'false' if to == 'true' else 'true'}", f"anonymous: {to}"), encoding="utf-8")


def test_an_anonymous_form_never_becomes_a_named_one(serve, share):
    server = serve(share_dir=share, classes=[klass()])
    who = {n: join(server, n) for n in [*TRAINEES[:2], "吴老师", "孙主办"]}
    form = share / "config/forms/course-evaluation.yaml"
    sign_in(server, who["吴老师"], *[who[n] for n in TRAINEES[:2]])
    server.clock.to(OPENS)
    flipped(form, "false")
    done = server.run("check", check=False)
    assert done.returncode == 1 and "course-evaluation.yaml:7:12: the form" in done.stdout, done.stdout
    server.hangup()
    refused = eventually(lambda: [line for line in server.log() if "reload_refused" in line])
    assert "course-evaluation.yaml:7:12" in refused[0] and "can never be a named one" in refused[0], refused
    assert who["张伟"].says("问卷").key == "survey.statement"
    assert who["张伟"].presses("开始").key == "form.ask"
    assert rows(server, "SELECT form, anonymous FROM form_opened") == [("course-evaluation", 1)]


def test_a_named_form_never_becomes_anonymous(serve, share):
    form = share / "config/forms/signed-evaluation.yaml"
    server = serve(share_dir=share, classes=[klass(survey="course-evaluation")])
    who = {n: join(server, n) for n in ["张伟", "孙主办"]}
    conversation(server, """
        张伟> 评价
        < form.ask
        张伟> 取消
        < form.cancelled
    """, **who)
    text = form.read_text(encoding="utf-8")
    form.write_text(text.replace("anonymous: false\nby: [trainee]\n", "anonymous: true\n"), encoding="utf-8")
    server.hangup()
    eventually(lambda: [line for line in server.log() if "can never be anonymous" in line])
    server.stop()
    done = server.run("serve", check=False)
    assert done.returncode == 1 and "signed-evaluation.yaml:5:12" in done.stderr, done.stderr
    form.write_text(text, encoding="utf-8")
    server.start()
    assert who["张伟"].says("评价").key == "form.ask"


@pytest.mark.parametrize("line, what", [
    ("  - {id: photo, kind: file, ask: {zh-CN: 发照片, en: A photograph}}", "an anonymous form asks for no file"),
    ("  - {id: more, kind: text, ask: {zh-CN: 说说, en: Say}, when: {question: each, is: [1]}}",
     "what is asked for each lecturer cannot be a condition")])
def test_what_an_anonymous_form_may_not_ask(serve, share, line, what):
    each = "  - {id: each, kind: scale, ask: {zh-CN: \"{lecturer}几分\", en: \"{lecturer}?\"}, repeat: lecturer}"
    (share / "config/forms/every.yaml").write_text(EVERY + each + "\n" + line + "\n", encoding="utf-8")
    server = serve(share_dir=share, classes=[klass()], start=False)
    done = server.run("check", check=False)
    assert done.returncode == 1 and "every.yaml:" in done.stdout and what in done.stdout, done.stdout


def test_by_is_for_named_forms_and_knows_the_roles(serve, share):
    form = share / "config/forms/signed-evaluation.yaml"
    form.write_text(form.read_text(encoding="utf-8").replace("[trainee]", "[trainee, headmaster]"), encoding="utf-8")
    (share / "config/forms/every.yaml").write_text(EVERY + "by: [trainee]\n", encoding="utf-8")
    done = serve(share_dir=share, classes=[klass()], start=False).run("check", check=False)
    assert 'there is no role "headmaster"' in done.stdout and '"by" is for named ones' in done.stdout, done.stdout


def test_signing_again_is_a_version_beside_the_old_and_none_can_be_changed(serve, tmp_path):
    server = serve(classes=[Klass(people=PEOPLE, sessions=TWO)])
    who = {n: join(server, n) for n in ("张伟", "周导师", "孙主办")}
    answers = ["杭州某公司", "12", "跳过", "4", "5", "完成", "否", "离家远"]
    assert signed(who["周导师"], "enterprise-feedback", *answers, "第一次写的") == "evaluate.done"
    server.clock.to("2026-03-03T09:00")
    conversation(server, """
        周导师> [修改]
        < form.summary ~ 第一次写的 [修改]
        周导师> [修改]
        周导师> 9
        < form.ask
        周导师> 第二次写的
        < form.summary ~ 第二次写的
        周导师> [提交]
        < evaluate.done
        孙主办> 评价结果
        < evaluate.shown ~ /企业反馈表】1 份.*第 2 版.*第二次写的/
    """, **who)
    assert "第一次写的" not in who["孙主办"].last.text and "签章对不上" not in who["孙主办"].last.text
    trail = server.run("audit", "list", "500").stdout
    assert trail.count("signed_version insert") == 2 and "第一次写的" in trail
    with zipfile.ZipFile(archive_of(server, tmp_path)) as z:
        text = z.read("署名评价.txt").decode()
    assert "第一次写的" in text and "第二次写的" in text
    server.stop()
    db = sqlite3.connect(server.data_dir / "banzhang.db")
    for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE name LIKE 'audit_%signed_version%'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    for sql in ("UPDATE signed_version SET shown = 'x'", "DELETE FROM signed_version"):
        with pytest.raises(sqlite3.DatabaseError, match="what was signed cannot be"):
            db.execute(sql)
    db.executescript("DROP TRIGGER signed_version_kept;"
                     "UPDATE signed_version SET shown = replace(shown, '离家远', '学得好') WHERE version = 2")
    db.close()
    server.start()
    conversation(server, """
        孙主办> 评价结果
        < evaluate.shown ~ /学得好.*签章对不上/
    """, **who)
    assert server.run("audit", "verify", check=False).returncode == 1


def archive_of(server, tmp_path):
    out = tmp_path / "archive.zip"
    server.run("export", "demo", "-f", "zip", "-o", out)
    return out
