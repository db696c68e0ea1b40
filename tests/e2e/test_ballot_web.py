"""ballot: web. Blindly signed tokens over HTTP: who gets one, what a ballot may be, when it counts, who can recount."""

import datetime as dt
import shutil

import pytest
import requests

from harness import Klass, conversation, eventually, join, sign_in
from harness.blind import Blinded
from harness.server import TREE
from harness.survey import CLOSES, EVERY, ONE_MORNING, OPENS, STAFF, TRAINEES, after_class, fill, klass, rows
from harness.voter import ANSWERS, MESSAGE, Voter, link_of, voter


def refused(response, status, code):
    assert (response.status_code, response.json().get("code")) == (status, code), response.text
    assert response.json()["error"]


@pytest.fixture
def poll(serve):
    """Seven who signed in, one who did not, an hour after the class."""
    server, who = after_class(serve, ballot="web")
    server.who = who
    return server


def voters(server, count, after=0):
    return [voter(server, server.who[n]) for n in TRAINEES[after:count]]


def counted(server):
    return rows(server, "SELECT count(*) FROM survey_ballot")[0][0]


def test_from_the_link_to_the_recount(poll):
    conversation(poll, """
        张伟< survey.opened [填问卷]
        张伟> 问卷
        < survey.token ~ /先说清楚.*指纹.*凑够 5 份.*回执能证明.*没有 https.*\\/token#1/
        孙主办> 问卷结果
        < results.closed ~ 计入 0 份
    """, **poll.who)
    seven = voters(poll, 7)
    assert [v.votes() for v in seven[:4]] == ["held"] * 4 and counted(poll) == 0
    assert seven[4].votes({**ANSWERS, "fit": 1, "improve": "多一点练习"}) == "held"
    eventually(lambda: counted(poll) == 5)
    assert [v.votes({**ANSWERS, "fit": 1, "improve": "多一点练习"} if v is seven[4] else None) for v in seven] \
        == ["counted"] * 5 + ["held"] * 2
    conversation(poll, """
        张伟> 问卷
        < survey.none ~ /选票已经领过.*ballot\\/1/
        孙主办> 问卷结果
        < results.closed ~ 计入 5 份
        clock 2026-03-04T13:00
        张伟< survey.listed ~ /ballot\\/1\\/list/
        黄敏< nothing survey.listed
        孙主办> 问卷结果
        < results.shown ~ /本人签到 7.*有效 7 份.*多一点练习.*重数.*\\/ballot\\/1\\/list/
    """, **poll.who)
    r = Voter(poll).get("/ballot/1/list.json")
    listed = r.json()
    assert r.status_code == 200 and (listed["ballots"], listed["tokens"], listed["entitled"]) == (7, 7, 7)
    keys = [row["key"] for row in listed["rows"]]
    assert keys == sorted(keys) and set(keys) == {v.key for v in seven}
    mine = next(row for row in listed["rows"] if row["key"] == seven[4].key)
    assert mine["answers"] == {**ANSWERS, "fit": 1, "improve": "多一点练习"}
    # anybody can recount: the counters say what the ballots say
    for ask in ANSWERS:
        sums = dict(rows(poll, f"SELECT value, n FROM survey_count WHERE ask = '{ask}' AND n > 0"))
        mine = [row["answers"][ask] for row in listed["rows"]]
        assert sums == {v: mine.count(v) for v in set(mine)}


def test_the_same_blinded_message_is_signed_again_and_no_other(poll):
    one = Voter(poll, link_of(poll.who["张伟"]))
    first = one.asks()
    assert first.status_code == 200 and one.asks().json() == first.json()
    poll.restart(kill=True)
    assert one.asks().json() == first.json()
    other = Blinded(one.blinded.n, MESSAGE)
    refused(one.asks(other.blinded.hex()), 409, "issued")
    assert rows(poll, "SELECT count(*) FROM survey_token") == [(1,)]


def test_tickets_that_are_none(poll):
    one = Voter(poll, link_of(poll.who["张伟"]))
    survey, person, mac = one.ticket.split(".")
    nobody = rows(poll, "SELECT id FROM person WHERE name = '黄敏'")[0][0]
    for ticket in ("", "1", f"{survey}.{person}", f"{survey}.{int(person) + 1}.{mac}", f"2.{person}.{mac}",
                   f"{survey}.{person}.{mac[:-1]}g", f"{one.ticket}.x", f"{survey}.{nobody}.{mac}", "x" * 3000):
        r = one.asks(ticket=ticket or " ")
        assert r.status_code in (400, 403), (ticket, r.text)
    for blinded in ("", "00", "zz" * 256, "0" * 511, "f" * 512, "A" * 512, 7, None, ["0" * 512]):
        r = one.post("/token/sign", {"ticket": one.ticket, "blinded": blinded})
        refused(r, 400, "blinded")
    assert rows(poll, "SELECT count(*) FROM survey_token") == [(0,)]
    assert one.gets_token().votes() == "held"


def test_a_ticket_ends_with_its_account(poll):
    one, two = Voter(poll, link_of(poll.who["张伟"])), Voter(poll, link_of(poll.who["李娜"]))
    poll.who["孙主办"].says("解绑 张伟")
    poll.who["孙主办"].presses("张伟")
    refused(one.asks(), 403, "ticket")
    poll.clock.to("+1m")
    join(poll, "张伟")
    refused(one.asks(), 403, "ticket")
    assert rows(poll, "SELECT count(*) FROM survey_token") == [(0,)]
    assert Voter(poll, link_of(poll.who["张伟"])).gets_token().votes() == "held"
    assert two.gets_token().votes() == "held"


def test_who_was_not_there_gets_no_link(poll):
    conversation(poll, """
        黄敏> 问卷
        < survey.none ~ 亲自签到
    """, **poll.who)
    assert poll.who["黄敏"].send(action="survey:start:1").key == "survey.none"


def test_it_is_never_filled_in_chat(poll):
    assert poll.who["张伟"].send(action="survey:start:1").key == "survey.token"
    assert poll.who["张伟"].send(action="survey:q:0:o0").key == "survey.gone"
    assert rows(poll, "SELECT sum(n) FROM survey_count") == [(0,)]


def test_replayed_and_forged_tokens(poll):
    one, two = voters(poll, 2)
    assert one.votes() == "held" and one.votes() == "held"
    refused(one.casts({**ANSWERS, "fit": 1}), 409, "used")
    refused(two.casts(signature=one.signature), 403, "forged")
    refused(two.casts(token=one.blinded.prefix.hex()), 403, "forged")
    refused(two.casts(signature="0" * 512), 403, "forged")
    refused(two.casts(signature=one.asks().json()["signature"]), 403, "forged")
    for bad in ({"token": ""}, {"token": "00"}, {"token": None}, {"signature": "x" * 512}, {"signature": 1}):
        refused(two.casts(**bad), 400, "token")
    assert two.votes() == "held"
    for v in voters(poll, 5, after=2):
        v.votes()
    eventually(lambda: counted(poll) == 5)
    assert one.votes() == "counted"
    refused(one.casts({**ANSWERS, "fit": 1}), 409, "used")
    assert rows(poll, "SELECT sum(n) FROM survey_count WHERE ask = 'fit'") == [(5,)]


def test_answers_that_are_not_the_forms(poll):
    one = voter(poll, poll.who["张伟"])
    wrong = [{}, {**ANSWERS, "fit": 6}, {**ANSWERS, "fit": 4.5}, {**ANSWERS, "fit": "4"}, {**ANSWERS, "fit": None},
             {**ANSWERS, "fit": [4]}, {**ANSWERS, "name": "张伟"}, {**ANSWERS, "knowledge.1": 5},
             {**ANSWERS, "knowledge": 5}, {**ANSWERS, "improve": "字" * 501}, {**ANSWERS, "improve": ""},
             {**ANSWERS, "improve": 3}, {**ANSWERS, "again": True},
             {k: v for k, v in ANSWERS.items() if k != "overall"}, [], "x", 3]
    for answers in wrong:
        refused(one.casts(answers), 400, "answers")
    r = one.session.post(f"{poll.url}/ballot/1/cast", data='{"token":', headers={"Content-Type": "application/json"})
    assert r.status_code == 400
    assert one.session.post(f"{poll.url}/ballot/1/cast", data="x").status_code == 415
    assert one.casts({**ANSWERS, "improve": "x" * 70000}).status_code == 413
    assert one.casts(survey=99).status_code == 404
    for path in ("/ballot/", "/ballot/x", "/ballot/1/2", "/ballot/99999999999999999999/form", "/ballot/2/form"):
        assert one.get(path).status_code == 404, path
    assert one.votes({**ANSWERS, "improve": "字" * 500}) == "held"


def test_every_kind_of_question(serve, tmp_path):
    for part in ("locales", "web", "config"):
        shutil.copytree(TREE / part, tmp_path / part)
    (tmp_path / "config/forms/every.yaml").write_text(EVERY, encoding="utf-8")
    server, who = after_class(serve, share_dir=tmp_path, survey="every", ballot="web")
    one = voter(server, who["张伟"])
    kinds = {q["id"]: q for q in one.form()["questions"]}
    assert kinds["why"]["when"] == {"id": "again", "values": [0]} and kinds["pick"]["when"] is None
    assert [o["value"] for o in kinds["again"]["options"]] == [1, 0]
    good = {"pick": 2, "ways": [2, 1], "stars": 5, "again": 0, "why": "太远", "spent": 12.5, "day": "2026-02-28"}
    wrong = [{"ways": []}, {"ways": [1, 1]}, {"ways": [3]}, {"ways": 1}, {"ways": ["1"]}, {"stars": 0}, {"stars": 6},
             {"stars": 4.5}, {"again": 2}, {"again": 1}, {"why": "！！"}, {"spent": -1}, {"spent": "12"}, {"spent": 1e9},
             {"day": "2026-02-29"}, {"day": "28.02.2026"}, {"day": 20260228}, {"day": "2026-02-28x"}, {"pick": [2]},
             {"pick": {"value": 2}}]
    for change in wrong:
        refused(one.casts({**good, **change}), 400, "answers")
    for gone in ("pick", "stars", "why", "spent"):
        refused(one.casts({k: v for k, v in good.items() if k != gone}), 400, "answers")
    assert one.votes(good) == "held"
    short = {"pick": 1, "stars": 1, "again": 1, "spent": 0}
    for v in [voter(server, who[n]) for n in TRAINEES[1:5]]:
        v.votes(short)
    eventually(lambda: counted(server) == 5)
    server.clock.to(CLOSES)
    listed = {row["key"]: row["answers"] for row in one.get("/ballot/1/list.json").json()["rows"]}
    assert listed[one.key] == good and list(listed.values()).count(short) == 4


def test_a_token_of_another_survey(serve):
    sessions = [("2026-03-02", "09:00", "12:00", "平台介绍", "郑讲师"), ("2026-03-02", "12:30", "13:00", "注册", "郑讲师")]
    server = serve(classes=[klass(ballot="web", survey_unit="session", sessions=sessions)])
    who = {n: join(server, n) for n in ("张伟", "吴老师")}
    sign_in(server, who["吴老师"], who["张伟"])
    server.clock.to("2026-03-02T12:29")
    sign_in(server, who["吴老师"], who["张伟"], at="2026-03-02T12:30")
    server.clock.to("2026-03-02T14:00")
    first = voter(server, who["张伟"])
    other = 3 - first.survey
    refused(first.casts(survey=other), 403, "forged")
    assert Voter(server, survey=other).form()["key"] != first.form()["key"]
    assert first.votes() == "held"
    second = voter(server, who["张伟"])
    assert second.survey == other and second.votes() == "held"


def test_the_closing_second(poll):
    early, late, idle = voters(poll, 3)
    idle_ticket = link_of(poll.who["刘洋"])
    poll.clock.to("2026-03-04T12:59:59")
    assert early.votes() == "held"
    poll.clock.to(CLOSES)
    refused(late.casts(), 410, "closed")
    refused(Voter(poll, idle_ticket).asks("0" * 512), 410, "closed")
    refused(idle.asks(), 410, "closed")
    assert early.votes() == "counted"  # closing has written what was held
    assert rows(poll, "SELECT private IS NULL FROM survey_key") == [(1,)]
    assert rows(poll, "SELECT count(*) FROM survey_token WHERE blinded IS NOT NULL OR signature IS NOT NULL") == [(0,)]
    refused(Voter(poll).get("/ballot/1/list.json"), 403, "few")
    poll.clock.to("+1d")
    refused(late.casts(), 410, "closed")


def test_nothing_is_listed_before_the_end(poll):
    for v in voters(poll, 5):
        v.votes()
    eventually(lambda: counted(poll) == 5)
    refused(Voter(poll).get("/ballot/1/list.json"), 403, "open")
    form = Voter(poll).form()
    assert (form["state"], form["ballots"], form["tokens"], form["entitled"]) == ("open", 5, 5, 7)
    assert form["left"] == (dt.datetime.fromisoformat(CLOSES) - dt.datetime.fromisoformat(OPENS)).total_seconds()
    assert [q["id"] for q in form["questions"]] == ["fit", "knowledge.0", "expression.0", "overall", "expectations",
                                                    "helped", "improve", "again"]
    english = Voter(poll).get("/ballot/1/form", params={"lang": "en"}).json()
    assert english["questions"][0]["options"][0] == {"value": 5, "label": "Beyond expectations"}


@pytest.mark.parametrize("kill", [True, False])
def test_a_restart_forgets_held_ballots_and_asks_all_who_have_a_token(poll, kill):
    three = voters(poll, 3)
    assert [v.votes() for v in three[:2]] == ["held", "held"]
    poll.restart(kill=kill)
    conversation(poll, """
        张伟< survey.again_web ~ /ballot\\/1/
        王芳< survey.again_web
        刘洋< nothing survey.*again*
    """, **poll.who)
    assert three[0].votes() == "held"
    more = voters(poll, 5, after=3)
    for v in [*three, *more]:
        v.votes()
    eventually(lambda: counted(poll) == 5)
    poll.restart(kill=kill)
    assert [r.key for r in poll.who["刘洋"].history()].count("survey.again_web") == 0
    assert three[0].votes() == "counted"


def test_reminders_go_to_those_without_a_token_and_the_last_call_to_those_with(poll):
    two = voters(poll, 2)
    two[0].votes()
    conversation(poll, """
        clock 2026-03-03T13:00
        王芳< reminder.survey [填问卷]
        张伟< nothing reminder.survey
        clock 2026-03-04T11:00
        张伟< survey.last_call ~ /我不知道是谁/
        李娜< survey.last_call
        王芳< nothing survey.last_call
    """, **poll.who)


def test_the_way_is_fixed_when_the_survey_opens(serve):
    server, who = after_class(serve, ballot="web")
    path = server.dir / "classes" / "demo.yaml"
    path.write_text(path.read_text().replace("ballot: web", "ballot: chat"))
    assert "ballot is now chat" in server.run("import", path).stdout
    assert who["张伟"].says("问卷").key == "survey.token"
    server, who = after_class(serve)
    path = server.dir / "classes" / "demo.yaml"
    path.write_text(path.read_text() + "ballot: web\n")
    server.run("import", path)
    assert fill(who["张伟"]).key == "survey.held"
    assert Voter(server).get("/ballot/1/form").status_code == 404


def test_more_ballots_than_tokens_are_refused(poll):
    """Somebody has stolen the key and signs for himself: no more is counted than was given out."""
    from cryptography.hazmat.primitives.serialization import load_der_private_key
    honest = voter(poll, poll.who["张伟"])
    key = load_der_private_key(bytes(rows(poll, "SELECT private FROM survey_key")[0][0]), None).private_numbers()
    thief = Voter(poll)
    thief.blind()
    signed = pow(int.from_bytes(thief.blinded.blinded, "big"), key.d, key.public_numbers.n)
    thief.signature = thief.blinded.finalize(signed.to_bytes(256, "big")).hex()
    assert honest.votes() == "held"
    refused(thief.casts(), 403, "many")
    eventually(lambda: any("survey.more_ballots_than_tokens" in line for line in poll.log()))


def test_a_flood_is_slowed_without_asking_who_it_is(poll):
    one = voter(poll, poll.who["张伟"])
    answers = (one.get("/ballot/1/form") for _ in range(2 * 1200 + 1))  # 1200 a minute, and a minute may end meanwhile
    slowed = next((a for a in answers if a.status_code == 429), None)
    assert slowed is not None and slowed.headers["Retry-After"]
    assert one.votes() == "held"


def test_pages_carry_no_identity(poll):
    for path in ("/token", "/ballot/1", "/ballot/1/list", "/ballot/1/form"):
        r = requests.get(poll.url + path, headers={"Cookie": "banzhang=x"}, timeout=10)
        assert r.status_code == 200 and "Set-Cookie" not in r.headers, path
        assert r.headers["Referrer-Policy"] == "no-referrer", path


def test_http_elsewhere_is_a_fault(serve):
    people = [(str(i + 1), n, "学员") for i, n in enumerate(TRAINEES)] + STAFF
    server = serve(classes=[Klass(people=people, sessions=ONE_MORNING, ballot="web")], sandbox=False, start=False,
                   public_url="http://class.example.org")
    done = server.run("check", check=False)
    assert done.returncode == 1
    line = [x for x in done.stdout.splitlines() if "demo.yaml" in x and '"ballot: web" needs' in x]
    assert line and line[0].split(":")[1].isdigit(), done.stdout
    server.settings["public_url"] = "https://class.example.org"
    server.write_config()
    assert server.run("check").returncode == 0
    server.start()


def test_the_same_ballot_pressed_twice_at_once_counts_once(poll):
    from concurrent.futures import ThreadPoolExecutor
    five = voters(poll, 5)
    for v in five[:4]:
        v.votes()
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda _: requests.post(
            f"{poll.url}/ballot/1/cast", timeout=30,
            json={"token": five[4].blinded.prefix.hex(), "signature": five[4].signature, "answers": ANSWERS}), range(8)))
    assert {r.status_code for r in answers} == {200} and {r.json()["state"] for r in answers} <= {"held", "counted"}
    eventually(lambda: counted(poll) == 5)
    assert rows(poll, "SELECT sum(n) FROM survey_count WHERE ask = 'fit'") == [(5,)]


def test_a_clock_that_jumps_over_the_end_with_ballots_held(poll):
    for v in voters(poll, 6):
        v.votes()
    eventually(lambda: counted(poll) == 5)
    poll.clock.to("2026-03-20T09:00")
    assert poll.clock.post("2026-03-03T09:00:00+08:00").status_code == 409
    assert rows(poll, "SELECT ballots, shown FROM survey_result") == [(6, 1)]
    assert rows(poll, "SELECT sum(n) FROM survey_item WHERE ask = 'overall'") == [(6,)]
    conversation(poll, """
        孙主办> 付款依据
        < payment.shown ~ /本人签到 7 · 补签 0 · 有效 6 份/
        孙主办> 问卷结果
        < results.shown ~ /有效 6 份/ [看图] [Excel 表]
        孙主办> [看图]
        < *
        孙主办< export.ready
    """, **poll.who)
