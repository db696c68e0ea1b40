"""删除我的数据: whoever is forgotten is in no byte of the store, its log, the files and new backups; what was counted
stays, the audit trail holds, and nobody else loses anything."""

import io
import sqlite3
import tarfile

import openpyxl
import pytest

from harness import Klass, Person, eventually, join
from harness.morning import PEOPLE, WRITTEN, ask_deletion, holders, morning
from harness.upload import UploadPage


@pytest.fixture
def klass(serve):
    """A morning of a class in which both trainees signed in, wrote and handed in."""
    server = serve(classes=[Klass(people=PEOPLE)])
    people = morning(server)
    zhang = people["张伟"]
    zhang.sends_file("图.txt", "张伟的图纸，只此一份".encode())
    zhang.says("取消")
    people["李娜"].says("卡住了 不会上架雨伞")
    people["吴老师"].says("批改 1 张伟 不错")
    return server, people


def forget(server, people):
    number = ask_deletion(people["张伟"])
    assert "请把此人从名单文件里去掉" in people["孙主办"].hears("approval.*", "张伟").text
    people["孙主办"].says(f"同意 {number}")
    assert server.db().execute("SELECT name FROM person WHERE name = '张伟'").fetchone()
    people["钱科长"].says(f"同意 {number}")
    eventually(lambda: server.db().execute("SELECT done FROM erasure").fetchone()[0])
    return server.db().execute("SELECT person FROM erasure").fetchone()[0]


def test_after_it_the_person_is_in_no_byte(klass, tmp_path):
    server, people = klass
    assert {t for _, t in holders(server, "张伟", *WRITTEN, "只此一份")} == {"张伟", *WRITTEN, "只此一份"}
    person = forget(server, people)
    account = people["张伟"].id
    eventually(lambda: not holders(server, "张伟", "13800138000", *WRITTEN, "只此一份"))
    path = tmp_path / "after.tar"
    server.run("backup", str(path))
    with tarfile.open(path) as tar:
        packed = {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}
    for text in ("张伟", *WRITTEN, "只此一份"):
        assert not [name for name, data in packed.items() if text.encode() in data], text
    db = server.db()
    assert db.execute("SELECT count(*) FROM account WHERE person = ?", (person,)).fetchone()[0] == 0
    sealed = db.execute("SELECT phone, phone_sealed, phone_index FROM person WHERE id = ?", (person,)).fetchone()
    assert tuple(sealed) == (None, None, None)
    assert db.execute("SELECT name FROM person WHERE id = ?", (person,)).fetchone()[0] == f"学员#{person}"
    assert db.execute("SELECT count(*) FROM inbox WHERE account = ?", (str(account),)).fetchone()[0] == 0
    verified = server.run("audit", "verify", check=False)
    assert verified.returncode == 0 and " 0 faults" in verified.stdout and "0 with erased" not in verified.stdout


def test_files_that_nobody_took_go_with_their_person(klass):
    server, people = klass
    zhang = people["张伟"]
    zhang.sends_file("讲稿.txt", "没人要的讲稿".encode())
    zhang.says("取消")
    page = UploadPage(server, zhang.says("上传").text)
    page.uploads("清单.txt", "没交的清单".encode())
    assert {t for _, t in holders(server, "没人要的讲稿", "没交的清单")} == {"没人要的讲稿", "没交的清单"}
    forget(server, people)
    eventually(lambda: not holders(server, "没人要的讲稿", "没交的清单"))


def test_what_was_counted_stays_and_others_lose_nothing(klass):
    server, people = klass
    before = server.db().execute("SELECT sitting, member, state, points FROM attendance ORDER BY 1, 2").fetchall()
    theirs = server.db().execute("SELECT text FROM blocker WHERE text LIKE '%雨伞%'").fetchall()
    person = forget(server, people)
    assert server.db().execute("SELECT sitting, member, state, points FROM attendance ORDER BY 1, 2").fetchall() == before
    assert server.db().execute("SELECT text FROM blocker WHERE text LIKE '%雨伞%'").fetchall() == theirs
    people["孙主办"].says("导出 签到表")
    sheet = openpyxl.load_workbook(io.BytesIO(people["孙主办"].hears("export.ready").file())).active
    cells = [c for row in sheet.iter_rows(values_only=True) for c in row]
    assert any(str(c).startswith(f"学员#{person}") for c in cells) and "李娜" in cells and "张伟" not in cells
    assert people["李娜"].says("成绩").key.startswith("marks")
    assert people["张伟"].says("成绩").key in ("unbound", "help")


def test_an_open_request_can_be_withdrawn_and_a_refused_one_changes_nothing(klass):
    server, people = klass
    number = ask_deletion(people["张伟"])
    assert "erasure.asked_already" in people["张伟"].says("删除我的数据").keys
    assert "approval.withdrawn" in people["张伟"].presses("撤回").keys
    assert people["孙主办"].says(f"同意 {number}").key == "approval.was_withdrawn"
    number = ask_deletion(people["张伟"])
    people["孙主办"].says(f"驳回 {number} 先把作业交了")
    assert "先把作业交了" in people["张伟"].hears("erasure.refused").text
    assert server.db().execute("SELECT count(*) FROM person WHERE name = '张伟'").fetchone()[0] == 1
    assert people["张伟"].says("今天").key != "unbound"


def test_nobody_stands_in_for_those_who_decide_over_it(klass):
    server, people = klass
    number, wu = ask_deletion(people["张伟"]), people["吴老师"]
    assert wu.says("待办").key == "todo.none" and wu.says(f"同意 {number}").key == "approval.not_yours"
    server.clock.to("+3d")
    assert "todo.none" in wu.says("待办").keys and wu.says(f"同意 {number}").key == "approval.not_yours"
    assert server.db().execute("SELECT name FROM person WHERE name = '张伟'").fetchone()
    people["孙主办"].says(f"同意 {number}")
    people["钱科长"].says(f"同意 {number}")
    eventually(lambda: server.db().execute("SELECT done FROM erasure").fetchone()[0])


OTHER = [("5", "张伟", "学员", "13800138000"), ("o9", "严主办", "承办"), ("b9", "沈科长", "商务局"), ("t9", "郑老师", "带班老师")]


@pytest.fixture
def classes(serve):
    """张伟 is in a class that has no bureau, and in another that has one."""
    here = [("1", "张伟", "学员", "13800138000"), ("o1", "孙主办", "承办"), ("t1", "吴老师", "带班老师")]
    server = serve(classes=[Klass(people=here), Klass("other", "别的班", people=OTHER)])
    people = {n: join(server, n) for n in ("张伟", "孙主办", "吴老师")}
    people.update({n: join(server, n, "other") for n in ("严主办", "沈科长", "郑老师")})
    return server, people


def number_in(told):
    return told.text.split("【")[1].split("】")[0]


def test_every_class_of_the_person_has_to_agree(classes):
    server, people = classes
    zhang = people["张伟"]
    first = ask_deletion(zhang)
    people["孙主办"].says(f"同意 {first}")
    told = zhang.hears("erasure.next", "别的班")
    second = number_in(told)
    assert second != first and "孙主办" in told.text
    assert people["严主办"].hears("approval.ask", "张伟") and people["郑老师"].says("待办").key == "todo.none"
    assert people["孙主办"].says(f"同意 {second}").key in ("approval.unknown", "approval.not_yours")
    people["严主办"].says(f"同意 {second}")
    assert server.db().execute("SELECT count(*) FROM person WHERE name = '张伟'").fetchone()[0] == 1
    people["沈科长"].says(f"同意 {second}")
    eventually(lambda: server.db().execute("SELECT done FROM erasure").fetchone()[0])
    eventually(lambda: not holders(server, "张伟", "13800138000"))


def test_one_class_that_does_not_agree_is_enough(classes):
    server, people = classes
    people["孙主办"].says(f"同意 {ask_deletion(people['张伟'])}")
    second = number_in(people["张伟"].hears("erasure.next"))
    people["严主办"].says(f"驳回 {second} 补贴还没结清")
    assert "补贴还没结清" in people["张伟"].hears("erasure.refused").text
    people["孙主办"].says(f"同意 {ask_deletion(people['张伟'])}")  # asked again, it is asked from the beginning
    assert people["张伟"].presses("撤回").key == "approval.withdrawn"
    assert people["张伟"].says("撤回").key == "approval.nothing_asked"
    assert not server.db().execute("SELECT 1 FROM erasure WHERE done IS NOT NULL").fetchone()
    assert not server.db().execute("SELECT 1 FROM member WHERE left IS NOT NULL").fetchone()


def test_a_class_that_the_person_left_is_asked_too(classes):
    server, people = classes
    zhang = people["张伟"]
    zhang.says("班级")
    zhang.presses("别的班")
    zhang.says("退班 家里有事")
    zhang.presses("确认提交")
    for _ in range(2):  # for the school, and for the enterprise, which has nobody there
        people["郑老师"].says("同意")
    assert server.db().execute("SELECT 1 FROM member WHERE left IS NOT NULL").fetchone()
    people["孙主办"].says(f"同意 {ask_deletion(zhang)}")
    second = number_in(zhang.hears("erasure.next", "别的班"))
    for who in ("严主办", "沈科长"):
        people[who].says(f"同意 {second}")
    eventually(lambda: server.db().execute("SELECT done FROM erasure").fetchone()[0])


def test_where_nobody_else_could_agree_it_is_said(serve):
    server = serve(classes=[Klass(people=[("1", "张伟", "学员")])])
    zhang = join(server, "张伟")
    zhang.says("删除我的数据")
    assert zhang.presses("确认申请删除").key == "erasure.nobody"


def test_a_mark_for_homework_is_on_the_trail_until_its_trainee_is_forgotten(klass):
    server, people = klass
    people["吴老师"].says("批改 1 张伟 95 不错")
    marking = server.db().execute("SELECT id FROM marking").fetchone()[0]
    said = server.run("audit", "list", "500").stdout
    assert f"marking insert {marking}\t" in said and '"score":95' in said
    forget(server, people)
    acts = [line.split("\t") for line in server.run("audit", "list", "500").stdout.splitlines()]
    of_it = {act[3].split()[1]: act[4] for act in acts if act[3].split()[0] == "marking"}
    assert of_it["insert"] == "(erased)"  # only how the row stands, which stays
    assert '"score":95' in of_it["restate"] and "不错" not in of_it["restate"]
    assert server.db().execute("SELECT score, comment FROM marking").fetchone()["score"] == 95


def behind_the_back(server, table, sql):
    """Changes the store as somebody with a shell would: the trigger away, and back again."""
    server.stop()
    db = sqlite3.connect(server.data_dir / "banzhang.db")
    name = f"audit_{table}_update"
    create = db.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (name,)).fetchone()[0]
    db.executescript(f"DROP TRIGGER {name}; {sql}; {create}")
    db.close()
    done = server.run("audit", "verify", check=False)
    return done.returncode, done.stdout


def test_what_is_kept_of_a_forgotten_person_cannot_be_changed_unseen(klass):
    server, people = klass
    people["吴老师"].says("批改 1 张伟 95 不错")
    person = forget(server, people)
    member = server.db().execute("SELECT id FROM member WHERE person = ?", (person,)).fetchone()[0]
    assert server.run("audit", "verify").stdout.count(" 0 faults") == 1
    for table, sql, back in (
            ("marking", "UPDATE marking SET score = 30", "UPDATE marking SET score = 95"),
            ("attendance", f"UPDATE attendance SET points = 9 WHERE member = {member}", f"UPDATE attendance SET points = 0 WHERE member = {member}"),
            ("member", f"UPDATE member SET role = 32 WHERE id = {member}", f"UPDATE member SET role = 1 WHERE id = {member}")):
        exit, said = behind_the_back(server, table, sql)
        assert exit == 1 and f"\n{table} " in "\n" + said and "left it" in said and " 1 faults" in said, said
        assert behind_the_back(server, table, back)[0] == 0
    server.start()
    assert server.run("audit", "verify").stdout.count(" 0 faults") == 1


def test_forgetting_does_not_put_right_what_was_changed_before(klass):
    server, people = klass
    people["吴老师"].says("批改 1 张伟 95 不错")
    assert behind_the_back(server, "marking", "UPDATE marking SET score = 30")[0] == 1
    server.start()
    forget(server, people)
    done = server.run("audit", "verify", check=False)
    assert done.returncode == 1 and "nothing says how marking 1 stood" in done.stdout, done.stdout


def test_no_one_decides_over_ones_own_request_or_presses_it_for_another(klass):
    server, people = klass
    number = ask_deletion(people["张伟"])
    assert people["张伟"].says(f"同意 {number}").key == "not_allowed"
    assert people["李娜"].says(f"同意 {number}").key == "not_allowed"
    assert Person(server, "路人").says("删除我的数据").key in ("unbound", "help")
    assert server.db().execute("SELECT done FROM erasure").fetchone()[0] is None


def test_the_roster_that_lies_there_brings_nobody_back(klass):
    server, people = klass
    roster = server.dir / "classes/demo-roster.csv"
    person = forget(server, people)
    there = {tuple(r) for r in server.db().execute("SELECT id, name FROM person")}
    eventually(lambda: not holders(server, "张伟", "13800138000"))
    for kill in (False, True):
        server.restart(kill=kill)
        eventually(lambda: any("import.forgotten" in line for line in server.log()))
    server.clock.to("+1d")
    said = server.run("import", server.dir / "classes/demo.yaml").stdout
    assert f"{roster}:2:5: left out: the data of this person were deleted here" in said, said
    assert "demo: no change" in said and "学员#" not in said
    assert not holders(server, "张伟", "13800138000")
    office = people["孙主办"]
    office.sends_file("名单.csv", "学号,姓名,角色,手机\n001,张伟,学员,13800138000\n,张伟,学员,\n".encode(), "text/csv")
    told = office.hears("intake.nothing").text
    assert "第 2 行：这一行没有加入" in told and "第 3 行：这一行没有加入" in told, told
    assert {tuple(r) for r in server.db().execute("SELECT id, name FROM person")} == there
    assert "张伟" not in server.invites() and not server.db().execute(
        "SELECT 1 FROM person WHERE phone_index IS NOT NULL AND name <> '李娜'").fetchone()
    # Who takes the number is somebody else; who comes anew has another number, which an organiser gave on purpose.
    roster.write_text(roster.read_text(encoding="utf-8").replace("001,张伟,学员,13800138000",
                                                                 "001,王芳,学员,\n007,张伟,学员,"), encoding="utf-8")
    said = server.run("import", server.dir / "classes/demo.yaml").stdout
    assert "new trainee 王芳 001" in said and "new trainee 张伟 007" in said and "left out" not in said
    assert "demo: no change" in server.run("import", server.dir / "classes/demo.yaml").stdout
    assert join(server, "张伟", person=Person(server, "回来的")).says("今天").key.startswith("today")
    assert server.db().execute("SELECT name FROM person WHERE id = ?", (person,)).fetchone()[0] == f"学员#{person}"
    assert not server.db().execute("SELECT 1 FROM attendance a JOIN member m ON m.id = a.member JOIN person p ON p.id = m.person"
                                   " WHERE p.name = '张伟' AND a.state <> 0").fetchone()


def test_the_timetable_that_lies_there_does_not_name_a_lecturer_again(serve):
    people = [("l1", "郑讲师", "讲师"), ("l2", "冯讲师", "讲师"), ("o1", "孙主办", "承办")]
    lessons = [("2026-03-02", "09:00", "12:00", "平台介绍", "郑讲师"), ("2026-03-03", "09:00", "12:00", "选品", "冯讲师、郑讲师")]
    server = serve(classes=[Klass(people=people, sessions=lessons)])
    zheng, office = join(server, "郑讲师"), join(server, "孙主办")
    office.says(f"同意 {ask_deletion(zheng)}")
    eventually(lambda: not holders(server, "郑讲师"))
    with open(server.dir / "classes/demo-timetable.csv", "a", encoding="utf-8") as f:
        f.write("2026-03-04,09:00,12:00,店铺装修,郑讲师\n")
    server.restart()
    assert [r["lecturer"] for r in server.db().execute("SELECT lecturer FROM session ORDER BY starts")] == \
        ["老师#1", "冯讲师、老师#1", "老师#1"]
    assert "demo: no change" in server.run("import", server.dir / "classes/demo.yaml").stdout
    assert not holders(server, "郑讲师")


def test_a_name_inside_other_words_and_what_organisers_wrote_stay(serve):
    """Ali is no part of AliExpress; 成本 is a person's name, and a word of the timetable."""
    people = [("1", "Ali", "学员"), ("2", "成本", "学员"), ("3", "Alina", "学员"), ("4", "李娜", "学员"),
              ("t1", "吴老师", "带班老师"), ("o1", "孙主办", "承办")]
    lessons = [("2026-03-02", "09:00", "12:00", "成本核算"), ("2026-03-03", "09:00", "12:00", "AliExpress 入门")]
    server = serve(classes=[Klass(title="AliExpress 就业班", people=people, sessions=lessons, syllabus=[
        ("成本核算", "算清成本", "实训", "作业")])])
    who = {n: join(server, n) for n in ("Ali", "成本", "李娜", "吴老师", "孙主办")}
    server.clock.to("2026-03-02T12:30")
    who["李娜"].says("卡住了 AliExpress 上不了架，Ali也不会，Alina 和 (Ali) 都说问\nAli")
    for name in ("Ali", "成本"):
        person = server.db().execute("SELECT id FROM person WHERE name = ?", (name,)).fetchone()[0]
        who["孙主办"].says(f"同意 {ask_deletion(who[name])}")
        eventually(lambda: server.db().execute("SELECT done FROM erasure WHERE person = ?", (person,)).fetchone()[0])

    def all_of(sql):
        return [row[0] for row in server.db().execute(sql)]

    def unchanged():
        assert all_of("SELECT title FROM class") == ["AliExpress 就业班"]
        assert all_of("SELECT title FROM session ORDER BY starts") == ["成本核算", "AliExpress 入门"]
        assert all_of("SELECT title FROM theme") == all_of("SELECT title FROM homework") == ["成本核算"]
        assert all_of("SELECT task FROM homework") == ["算清成本"] and "Alina" in all_of("SELECT name FROM person")

    unchanged()
    assert all_of("SELECT text FROM blocker") == ["AliExpress 上不了架，学员#1也不会，Alina 和 (学员#1) 都说问\n学员#1"]
    assert server.run("audit", "verify").stdout.count(" 0 faults") == 1
    assert "AliExpress 就业班" in server.run("audit", "list", "500").stdout
    server.restart()
    assert "demo: no change" in server.run("import", server.dir / "classes/demo.yaml").stdout
    unchanged()
    assert all_of("SELECT name FROM person WHERE erased IS NOT NULL ORDER BY id") == ["学员#1", "学员#2"]
