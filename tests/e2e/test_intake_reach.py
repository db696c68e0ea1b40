"""How far an organiser reaches: a roster sent in chat, 解绑 and 邀请码 touch nobody who also belongs to a class of
somebody else, tell nothing of other classes, and bring no checker of one's own."""

import re

import pytest

from harness import Klass, eventually, join

OURS = [("1", "张伟", "学员", "13800000001"), ("2", "李娜", "学员", "13800000002"), ("l1", "王讲师", "讲师", "13700000001"),
        ("o1", "孙主办", "承办", "13800000009"), ("b1", "钱科长", "商务局", "13700000002")]
THEIRS = [("1", "何同学", "学员", "13900000001"), ("2", "张伟", "学员", "13900000002"), ("l9", "王讲师", "讲师", "13700000001"), ("o9", "严别班", "承办", "13900000009"),
          ("b9", "华科长", "商务局", "13900000008")]
HEAD = "学号,姓名,角色,手机,企业微信账号\n"


@pytest.fixture
def office(serve):
    server = serve(classes=[Klass(people=OURS), Klass("other", "别的班", people=THEIRS)])
    return server, join(server, "孙主办")


def sends(sun, *rows):
    """Sends a roster; what is said of it."""
    known = len(sun.history())
    sun.sends_file("名单.csv", (HEAD + "\n".join(rows) + "\n").encode(), "text/csv")
    return eventually(lambda: [r for r in sun.history()[known:] if r.key in (
        "intake.preview", "intake.nothing", "intake.faulty")])[0]


def writes(sun, *rows):
    """Sends a roster and has it written; what is said of it before."""
    asked = sends(sun, *rows)
    asked.press("确认修改")
    sun.hears("intake.done")
    return asked


def ask(server, sql, *values):
    with server.db() as db:
        return [tuple(row) for row in db.execute(sql, values)]


def people_of(server, klass):
    """Who is in a class: (name, role, number, accounts) of each."""
    return ask(server, "SELECT p.id, p.name, m.role, m.number, (SELECT group_concat(a.name) FROM account a WHERE a.person = p.id)"
               " FROM member m JOIN person p ON p.id = m.person JOIN class c ON c.id = m.class WHERE c.slug = ? ORDER BY m.id", klass)


def classes_of(person):
    return [label for label in person.says("班级").last.labels]


def code_in(replies):
    return re.search(r"/j/(\w+)", replies.text)[1]


def test_name_telephone_and_account_of_somebody_elsewhere_open_nothing_there(office, wecom_accounts):
    server, sun = office
    yan = join(server, "严别班", "other")
    before = people_of(server, "other")
    writes(sun, "77,严别班,学员,13900000009,evil")
    assert people_of(server, "other") == before
    assert wecom_accounts(server, "evil") == ["demo"], "it speaks for somebody of this class alone"
    done = sun.says("解绑 严别班").press("77 严别班")
    evil = server.person("thief")
    assert evil.says("加入 " + code_in(done)).press("是我").key == "join.welcome"
    assert classes_of(evil) == ["✓ 速卖通就业班（测试） · 学员"]
    assert people_of(server, "other") == before and yan.says("今天").key != "help"


@pytest.fixture
def wecom_accounts():
    """The classes for which a WeCom account speaks."""
    return lambda server, name: [slug for (slug,) in ask(
        server, "SELECT c.slug FROM account a JOIN member m ON m.person = a.person JOIN class c ON c.id = m.class"
        " WHERE a.platform = 2 AND a.name = ?", name)]


def test_a_telephone_tells_nothing_of_other_classes(office):
    server, sun = office
    known = sends(sun, "77,某某,学员,13900000009").text
    assert "严别班" not in known
    assert known == sends(sun, "77,某某,学员,13612345678").text, "a number that nobody has is answered just so"
    writes(sun, "77,某某,学员,13900000009")
    assert sends(sun, "77,某某,学员,13900000009").key == "intake.nothing"
    assert "13900000009 是" not in sends(sun, "78,另一个,学员,13900000009").text
    assert "这个手机号登记的是 某某" in sends(sun, "78,另一个,学员,13900000009").text, "in one's own class it is said"


def test_a_number_noted_in_chat_makes_nobody_the_same_person_elsewhere(office, tmp_path):
    """Whoever types the telephone of somebody to come is not that person when the other class is imported."""
    server, sun = office
    writes(sun, "77,冯新来,学员,13611112222")
    evil = server.person("thief")
    assert evil.says("加入 " + server.invites()["冯新来"]["code"]).press("是我").key == "join.welcome"
    path = Klass("third", "第三个班", people=[("1", "冯新来", "承办", "13611112222")]).write(tmp_path)
    assert server.run("import", path).returncode == 0
    assert classes_of(evil) == ["✓ 速卖通就业班（测试） · 学员"]


def test_who_is_in_another_class_too_keeps_name_telephone_and_account(office):
    server, sun = office
    wang = join(server, "王讲师", "other")
    before, phones = people_of(server, "other"), ask(server, "SELECT id, phone_sealed FROM person WHERE name = '王讲师'")
    for row in ("l1,王大讲,讲师,13700000001", "l1,王讲师,讲师,13612345678", "l1,王讲师,讲师,13700000001,evil"):
        said = sends(sun, row)
        assert said.key == "intake.nothing" and "王讲师 的姓名、手机号和企业微信账号由系统管理员改" in said.text, said.text
    assert people_of(server, "other") == before
    assert ask(server, "SELECT id, phone_sealed FROM person WHERE name = '王讲师'") == phones
    assert sun.says("解绑 王讲师").key == "unbind.elsewhere"
    member = ask(server, "SELECT id FROM member WHERE number = 'l1'")[0][0]
    assert sun.send(action=f"members:unbind:{member}").key == "unbind.elsewhere"
    assert wang.says("班级").key == "classes.list"


def test_who_organises_both_classes_reaches_both(serve):
    both = [*OURS[:3], OURS[3]]
    server = serve(classes=[Klass(people=both), Klass("other", "别的班", people=[("o1", *OURS[3][1:]), ("l9", *OURS[2][1:])])])
    sun = join(server, "孙主办")
    join(server, "王讲师")
    assert sun.says("解绑 王讲师").press("l1 王讲师").key == "unbind.done"


def test_codes_of_who_is_elsewhere_and_of_the_bureau_come_from_the_machine(office):
    server, sun = office
    listed = sun.says("邀请码")
    codes = {name: row["code"] for name, row in server.invites().items()}
    assert codes["张伟"] in listed.text and codes["李娜"] in listed.text
    assert codes["王讲师"] not in listed.text and codes["钱科长"] not in listed.text
    assert "（王讲师、钱科长的邀请码由系统管理员发）" in listed.text or "（钱科长、王讲师的邀请码由系统管理员发）" in listed.text
    assert sun.says("解绑 钱科长").key == "unbind.elsewhere"


def test_a_checker_of_ones_own_cannot_be_brought(office):
    server, sun = office
    for row in ("b2,自己人,商务局", "o1,孙主办,商务局", "1,张伟,商务局,13800000001"):
        said = sends(sun, row)
        assert said.key == "intake.nothing" and "商务局的人由系统管理员加" in said.text, said.text
    assert "由系统管理员改" in sends(sun, "b1,自己人,商务局,13700000002").text
    assert "钱科长" in {row[1] for row in people_of(server, "demo")}
    assert ask(server, "SELECT count(*) FROM person WHERE name = '自己人'") == [(0,)]
    assert "商务局" not in sends(sun, "b1,钱科长,商务局,13700000002").text.split("表里没有了")[0], "who is there stays without a word"


def test_one_is_told_when_an_account_is_bound_or_taken_back(office):
    server, sun = office
    zhang = join(server, "张伟")
    code = code_in(zhang.says("绑定"))
    assert server.person("phone").says("加入 " + code).press("是我").key == "join.welcome"
    assert "另一个账号" in zhang.hears("bind.another").text
    writes(sun, "1,张伟,学员,13800000001,zhangwei")
    assert "企业微信账号" in zhang.hears("bind.by_roster").text
    assert sun.says("解绑 张伟").press("1 张伟").key == "unbind.done"
    told = [r for name in (zhang, server.person("phone")) for r in name.history() if r.key == "unbind.told"]
    assert len(told) == 1 and "你的账号已经收回" in told[0].text


def test_who_is_in_another_class_joins_with_the_code_from_the_own_account(office):
    server, sun = office
    he = join(server, "何同学", "other")
    writes(sun, "78,何同学,学员,13900000001")
    own, made = (row[0] for row in ask(server, "SELECT id FROM person WHERE name = '何同学' ORDER BY id"))
    code = server.invites()["何同学"]["code"]
    assert code in sun.says("邀请码").text
    asked = he.says("加入 " + code)
    assert asked.key == "join.ask" and "速卖通就业班（测试） · 学员" in asked.text
    assert asked.press("不是").key == "join.not_you" and len(classes_of(he)) == 1
    assert he.says("加入 " + code).press("是我").key == "join.welcome"
    assert classes_of(he) == ["别的班 · 学员", "✓ 速卖通就业班（测试） · 学员"]
    assert he.says("加入 " + code).key == "join.refused", "used once"
    with server.db() as db:
        tables = [t for (t,) in db.execute("SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c"
                                           " WHERE t.type = 'table' AND c.name = 'person' AND t.name <> 'audit_content'")]
    assert not [t for t in tables if ask(server, f'SELECT 1 FROM "{t}" WHERE person = ?', made)]
    assert ask(server, "SELECT name LIKE '%何%', phone_sealed, phone_index FROM person WHERE id = ?", made) == [(0, None, None)]
    assert ask(server, "SELECT count(*) FROM audit_content c JOIN audit a ON a.id = c.id WHERE a.what = 'person' AND a.subject = ?"
               " AND c.content LIKE '%何同学%'", str(made)) == [(0,)]
    assert ask(server, "SELECT count(*) FROM member WHERE person = ?", own) == [(2,)]
    server.run("audit", "verify")
    assert sun.says("解绑 何同学").key == "unbind.elsewhere", "from now on the person is not this organiser's alone"
    assert sends(sun, "78,何同学,学员,13900000001").key == "intake.nothing"


def test_only_who_has_that_name_takes_what_nobody_ever_joined_as(office):
    server, sun = office
    he, other = join(server, "何同学", "other"), join(server, "张伟", "other", server.person("namesake"))
    writes(sun, "79,何别的,学员")
    assert he.says("加入 " + server.invites()["何别的"]["code"]).key == "join.refused"
    made = ask(server, "SELECT m.id FROM member m JOIN person p ON p.id = m.person WHERE p.name = '何别的'")[0][0]
    assert he.send(action=f"join:yes:{made}").key == "join.already"
    join(server, "张伟")
    code = code_in(sun.says("解绑 张伟").press("1 张伟"))
    assert other.says("加入 " + code).key == "join.refused", "what was said and done as that person is not handed on"
    assert classes_of(other) == ["✓ 别的班 · 学员"]


def test_on_the_machine_anybodys_accounts_are_taken_back(office):
    server, sun = office
    wang = join(server, "王讲师", "other")
    done = server.run("unbind", "demo", "l1")
    (head, row) = done.stdout.splitlines()
    assert head == "id,name,role,code,link" and row.startswith("l1,王讲师,lecturer,")
    assert wang.hears("unbind.told") and wang.says("今天").key == "help"
    assert wang.says("加入 " + row.split(",")[3]).press("是我").key == "join.welcome"
    assert len(classes_of(wang)) == 2, "who runs the server gives the code of the person, in all classes"
    wrong = server.run("unbind", "demo", "l9", check=False)
    assert wrong.returncode == 1 and "nobody with the number" in wrong.stderr
    assert server.run("unbind", "demo", check=False).returncode == 2


def test_the_trail_says_who_sent_a_roster_and_who_joined(office):
    server, sun = office
    zhang = join(server, "张伟")
    writes(sun, "9,新同学,学员")
    acts = ask(server, "SELECT a.what, a.how, coalesce(p.name, a.actor) FROM audit a LEFT JOIN person p ON p.id = a.actor"
               " WHERE a.what IN ('person', 'member', 'account') AND a.how <> 'baseline' AND a.actor <> -1 ORDER BY a.id")
    assert {who for what, how, who in acts} == {"孙主办", "张伟"}, acts
    assert ("account", "insert", "张伟") in acts and ("member", "insert", "孙主办") in acts
    assert zhang.says("今天").key != "help"
