"""Joining: a one-time code, "are you 张三?", several accounts, several classes, and what an organiser takes back."""

import re

import requests

from harness import Klass, conversation, join


def test_a_person_joins_and_the_code_is_used_up(server):
    code = server.invites()["张伟"]["code"]
    conversation(server, f"""
        甲> 你好
        < help ~ 加入
        甲> 加入 {code}
        < join.ask ~ 你是张伟吗
        甲> [不是]
        < join.not_you
        甲> 加入 {code.lower()[:5]}-{code.lower()[5:]}
        < join.ask
        甲> [是我，同意]
        < join.welcome ~ 速卖通就业班
        甲> 加入 {code}
        < join.refused
        乙> {code}
        < join.refused
    """)


def test_nobody_presses_what_another_was_asked(server):
    a, b = server.person("a"), server.person("b")
    action = a.says("加入 " + server.invites()["张伟"]["code"]).last.button("是我")["action"]
    assert b.send(action=action).key == "stale"
    assert a.presses("是我").key == "join.welcome"
    assert b.send(action=action).key == "stale"


def test_a_code_that_two_were_asked_about_binds_one(server):
    code = server.invites()["张伟"]["code"]
    first, second = server.person("first"), server.person("second")
    for person in (first, second):
        assert person.says("加入 " + code).key == "join.ask"
    assert first.presses("是我").key == "join.welcome"
    assert second.presses("是我").key == "stale"
    assert "已经用过" in second.says("加入 " + code).text


def test_who_was_asked_by_a_code_that_was_renewed_is_not_bound(server):
    person = server.person("late")
    person.says("加入 " + server.invites()["张伟"]["code"])
    server.run("invites", "demo", "--renew")
    assert person.presses("是我").key == "stale"


def test_joining_uses_up_the_codes_of_ones_other_classes(serve):
    both = [("1", "张伟", "学员", "13900000001"), ("t1", "吴老师", "带班老师", "13900000002")]
    server = serve(classes=[Klass(people=both), Klass(id="second", title="第二个班", people=both)])
    slip = server.invites("second")["张伟"]["code"]
    zhang = join(server, "张伟")
    thief = server.person("thief").says("加入 " + slip)
    assert thief.key == "join.refused" and "已经用过" in thief.text
    given = re.search(r"/j/(\w+)", zhang.says("绑定").text)[1]
    teacher = join(server, "吴老师")
    assert teacher.says("加入 " + given).key == "join.refused", "it is for another person"
    assert server.person("phone").says("加入 " + given).key == "join.ask"


def test_taking_accounts_back_ends_the_code_for_another_account(server):
    organiser, zhang = join(server, "孙主办"), join(server, "张伟")
    given = re.search(r"/j/(\w+)", zhang.says("绑定").text)[1]
    organiser.says("解绑 张伟")
    organiser.presses("张伟")
    assert server.person("thief").says("加入 " + given).key == "join.refused"


def test_wrong_codes_are_slowed_after_five(server):
    u = server.person("u")
    right = server.invites()["李娜"]["code"]
    for n in range(5):
        assert u.says(f"加入 ABCDEFGH{n + 2}J").key == "join.refused"
    slow = u.says("加入 " + right)
    assert slow.key == "join.refused" and "秒" in slow.text
    server.clock.to("+2m")
    assert u.says("加入 " + right).key == "join.ask"
    assert server.person("other").says("加入 " + right).key == "join.ask", "others are not slowed"


def test_another_account_joins_by_a_code_of_ten_minutes(server):
    first = join(server, "张伟")
    given = first.says("绑定")
    assert given.key == "bind.code"
    code = re.search(r"/j/(\w+)", given.text).group(1)
    server.clock.to("+11m")
    assert server.person("phone").says("加入 " + code).key == "join.refused"
    code = re.search(r"/j/(\w+)", first.says("绑定").text).group(1)
    second = server.person("phone")
    assert second.says("加入 " + code).key == "join.ask"
    assert second.presses("是我").key == "join.welcome"
    assert server.person("third").says("加入 " + code).key == "join.refused", "used once"
    second.says("语言 en")
    assert "English" in first.says("/lang en").text, "one person, two accounts"


def test_an_organiser_takes_accounts_back(server):
    organiser, trainee = join(server, "孙主办"), join(server, "张伟")
    assert organiser.says("解绑 张伟").key == "unbind.ask"
    done = organiser.presses("1 张伟")
    assert done.key == "unbind.done"
    assert trainee.says("今天").key in ("unbound", "help")
    code = re.search(r"/j/(\w+)", done.text).group(1)
    assert trainee.says("加入 " + code).key == "join.ask"
    assert join(server, "吴老师").says("解绑 李娜").key == "not_allowed"
    assert organiser.says("解绑 谁也不是").key == "who.unknown"


def test_two_memberships_and_the_class_one_speaks_in(serve):
    both = [("1", "张伟", "学员", "13900000001"), ("t1", "吴老师", "带班老师")]
    server = serve(classes=[Klass(people=both), Klass(id="second", title="第二个班", people=both)])
    person = join(server, "张伟")
    assert len(person.says("班级").last.labels) == 2
    assert "第二个班" in person.presses("第二个班").text
    assert person.says("课表").key.startswith("timetable")


def test_by_link_a_browser_is_asked_and_bound_by_a_cookie(server):
    invite = server.invites()["张伟"]
    code = invite["code"]
    assert invite["link"].endswith("/j/" + code)
    assert server.get(f"/j/{code}").status_code == 200
    who = server.get(f"/j/{code}/who").json()
    assert (who["name"], who["role"]) == ("张伟", "学员") and who["text"]
    browser = requests.Session()
    assert browser.get(server.url + "/me/profile").status_code == 401
    assert browser.post(f"{server.url}/j/{code}", json={"agree": False}).status_code == 400
    assert browser.post(f"{server.url}/j/{code}", data="agree").status_code == 415
    joined = browser.post(f"{server.url}/j/{code}", json={"agree": True})
    assert joined.status_code == 200 and joined.json()["next"] == "/me"
    cookie = joined.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert browser.get(server.url + "/me/profile").json()["name"] == "张伟"
    said = browser.post(server.url + "/me/messages", json={"text": "帮助", "id": "k1"}).json()["replies"]
    again = browser.post(server.url + "/me/messages", json={"text": "帮助", "id": "k1"}).json()["replies"]
    assert said == again and said[0]["key"] == "help"
    page = browser.get(server.url + "/me/messages").json()["messages"]
    own = [m for m in page if m["mine"]]
    assert [(m["text"], m["update"]) for m in own] == [("帮助", "k1")] and own[0]["id"] < said[0]["id"]
    stranger = requests.Session()
    assert stranger.post(f"{server.url}/j/{code}", json={"agree": True}).status_code in (404, 410)
    assert stranger.get(server.url + "/me/messages").status_code == 401
    stranger.cookies.set("banzhang", "x" * 24)
    assert stranger.get(server.url + "/me/messages").status_code == 401


def test_guessing_links_is_slowed_for_all(server):
    codes = [server.get(f"/j/ABCDEFGH{a}{b}/who").status_code for a in "23456789" for b in "23456789"]
    assert codes[0] == 404 and 429 in codes, "two minutes may be met"
    invites = server.invites()
    assert server.get(f"/j/{invites['张伟']['code']}/who").json()["name"] == "张伟", "a right code is always let in"
    assert requests.post(f"{server.url}/j/{invites['李娜']['code']}", json={"agree": True}, timeout=30).status_code == 200
